import { resolvePath } from './path.ts';

/** Objects deeper than this are left to `resolvePath`. */
const DEPTH_MAX = 8;
/** Members looked at; a wider record is left to `resolvePath`. */
const MEMBERS_MAX = 2048;

/**
 * Reads paths of one record as `resolvePath` does, to which it is bound by a test, but from an index made once: for whoever asks for dozens
 * of paths. A record with dots in its keys, or beyond the limits, is read by `resolvePath` itself. Cost: O(members) once, then O(1) a path.
 */
export function recordReader(record: unknown): (path: string) => unknown {
  const known = new Map<string, unknown>();
  /** Where dotted paths may go on in a way that the index does not hold. */
  const open: string[] = [];
  const slow = (path: string): unknown => resolvePath(record, path);
  const take = (value: unknown, prefix: string, depth: number): boolean => {
    if (!isObject(value)) return false;
    for (const [key, member] of Object.entries(value)) {
      if (key.includes('.') || known.size >= MEMBERS_MAX) return false;
      const path = prefix + key;
      known.set(path, member);
      if (typeof member !== 'object' || member === null) continue;
      if (Array.isArray(member) || depth >= DEPTH_MAX) open.push(`${path}.`);
      else if (!take(member, `${path}.`, depth + 1)) return false;
    }
    return true;
  };
  if (!take(record, '', 1)) return slow;
  return (path) => {
    const value = known.get(path);
    if (value !== undefined || open.length === 0) return value;
    return open.some((prefix) => path.startsWith(prefix)) ? slow(path) : undefined;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

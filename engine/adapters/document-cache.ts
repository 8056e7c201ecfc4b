import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const FILE = 'documents.ndjson';
const FORMAT = 'telltale documents 3\n';
/** Hexadecimal digits of a key. */
const KEY_LENGTH = 64;
const LINE_END = 0x0a;
/** Documents kept that this run did not ask for, so that two rule folders in turn do not evict each other. */
const IDLE_MAX = 10_000;

/** Values that were read from texts before, found again by the text. Values are plain JSON data. */
export interface DocumentCache {
  /** The value kept for a text, or undefined. The caller must not change it. */
  get(text: string): unknown;
  set(text: string, value: unknown): void;
  /** Writes what is new. Gives false where the folder cannot be written; a cache that fails only costs time. */
  save(): Promise<boolean>;
}

/** `$XDG_CACHE_HOME/telltale`, else `~/.cache/telltale` (XDG Base Directory Specification). */
export function defaultCacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'telltale');
}

/**
 * Opens the cache in a folder. Keys are SHA-256 of the text together with `reader`, which must name whatever decides what a text is
 * read as (the version of the package). A file of another format counts as empty, and so does a line that is damaged. It is replaced
 * in one step, so a reader sees the old or the new one, never a half. Opening finds the lines only, and a value is read when it is
 * asked for: a command over three rules must not pay for the thousands that another one left here.
 */
export async function openDocumentCache(folder: string, reader: string): Promise<DocumentCache> {
  const lines = await load(join(folder, FILE));
  const fresh = new Map<string, unknown>();
  const used = new Set<string>();
  const keyOf = (text: string): string =>
    createHash('sha256').update(reader).update('\0').update(text).digest('hex');
  return {
    get(text) {
      const key = keyOf(text);
      if (fresh.has(key)) return fresh.get(key);
      const line = lines.get(key);
      const value = line === undefined ? undefined : documentOf(line);
      if (value !== undefined) used.add(key);
      return value;
    },
    set(text, value) {
      fresh.set(keyOf(text), value);
    },
    async save() {
      if (fresh.size === 0) return true;
      const others = [...lines.keys()].filter((key) => !fresh.has(key));
      const idle = others.filter((key) => !used.has(key)).slice(-IDLE_MAX);
      const asked = others.filter((key) => used.has(key));
      const parts: Buffer[] = [Buffer.from(FORMAT)];
      for (const key of [...idle, ...asked]) {
        const line = lines.get(key);
        if (line !== undefined) parts.push(line);
      }
      for (const [key, value] of fresh) parts.push(Buffer.from(`${key}${JSON.stringify(value)}\n`));
      if (!(await store(folder, Buffer.concat(parts)))) return false;
      for (const [i, key] of [...fresh.keys()].entries()) {
        const line = parts[parts.length - fresh.size + i];
        if (line !== undefined) lines.set(key, line);
        used.add(key);
      }
      fresh.clear();
      return true;
    },
  };
}

/** The lines of the file by key: key, value as JSON, line end. */
async function load(path: string): Promise<Map<string, Buffer>> {
  const lines = new Map<string, Buffer>();
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined || bytes.toString('latin1', 0, FORMAT.length) !== FORMAT) return lines;
  for (let from = FORMAT.length; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, from);
    // What a write that was cut off left.
    if (end === -1) break;
    lines.set(bytes.toString('latin1', from, from + KEY_LENGTH), bytes.subarray(from, end + 1));
    from = end + 1;
  }
  return lines;
}

function documentOf(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8', KEY_LENGTH));
  } catch {
    return undefined;
  }
}

async function store(folder: string, bytes: Uint8Array): Promise<boolean> {
  const draft = join(folder, `.${FILE}.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(draft, bytes, { mode: 0o600 });
    await rename(draft, join(folder, FILE));
    return true;
  } catch {
    await rm(draft, { force: true }).catch(() => undefined);
    return false;
  }
}

/** Containers deeper than this below the record are not looked into; a path that leads there is absent. */
export const LOOK_DEPTH_MAX = 64;

/**
 * The value that a dotted path names in a decoded record: the reference semantics of field access. Undefined is "absent"; null is
 * present.
 *
 * 1. Only own properties count: never `constructor`, `length` or anything inherited. A key `__proto__` in the JSON is ordinary data.
 * 2. At each object the longest prefix of the remaining path that is a key is tried first: for `a.b.c` the key `a.b.c`, then `a.b`
 *    with `c` inside it, then `a` with `b.c` inside it. A prefix under which the rest does not resolve falls back to the next shorter.
 * 3. At an array with path left, the rest is resolved in every element; what is found is collected in order, and a found array gives
 *    its elements (one level). Absent where nothing was collected. Indices cannot be named.
 * 4. At a scalar or null with path left: absent.
 * 5. The value at the end comes as it is: scalar, null, array or object.
 * 6. More than `LOOK_DEPTH_MAX` containers on the way: absent.
 *
 * The byte scanner is bound to this by a differential test. Cost: each object of the record is entered at most once, because the keys
 * on the way to it, joined, are the part of the path that is used up.
 */
export function resolvePath(record: unknown, path: string): unknown {
  return resolve(record, path, 1);
}

function resolve(value: unknown, path: string, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > LOOK_DEPTH_MAX) return undefined;
  if (Array.isArray(value)) return collect(value, path, depth);
  if (Object.hasOwn(value, path)) return member(value, path);
  for (let dot = path.lastIndexOf('.'); dot >= 0; dot = dot === 0 ? -1 : path.lastIndexOf('.', dot - 1)) {
    const key = path.slice(0, dot);
    if (!Object.hasOwn(value, key)) continue;
    const found = resolve(member(value, key), path.slice(dot + 1), depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function collect(items: readonly unknown[], path: string, depth: number): readonly unknown[] | undefined {
  const all: unknown[] = [];
  for (const item of items) {
    const found = resolve(item, path, depth + 1);
    if (found === undefined) continue;
    if (Array.isArray(found)) for (const one of found) all.push(one);
    else all.push(found);
  }
  return all.length === 0 ? undefined : all;
}

/** The own property `key` of an object, as unknown data. */
function member(object: object, key: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[key];
}

/**
 * The text of a scalar, as matching and recognition compare it: a string as it is, a number its shortest decimal text (as JavaScript
 * prints it), a boolean `true` or `false`. Null, arrays and objects have none.
 */
export function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return undefined;
  }
}

/** The first of several paths that is present (null counts), or undefined. */
export function firstPresent(read: (path: string) => unknown, paths: readonly string[]): unknown {
  for (const path of paths) {
    const value = read(path);
    if (value !== undefined) return value;
  }
  return undefined;
}

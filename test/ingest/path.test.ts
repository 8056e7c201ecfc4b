import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOOK_DEPTH_MAX, resolvePath, textOf } from '../../engine/ingest/index.ts';

describe('resolving a dotted path', () => {
  const table: readonly { name: string; given: unknown; path: string; expect: unknown }[] = [
    { name: 'a plain key', given: { a: 1 }, path: 'a', expect: 1 },
    { name: 'an absent key', given: { a: 1 }, path: 'b', expect: undefined },
    { name: 'null is present', given: { a: null }, path: 'a', expect: null },
    { name: 'a nested key', given: { a: { b: 'x' } }, path: 'a.b', expect: 'x' },
    {
      name: 'the flat key wins over the nested one',
      given: { a: { b: 1 }, 'a.b': 2 },
      path: 'a.b',
      expect: 2,
    },
    {
      name: 'the longest prefix wins',
      given: { a: { 'b.c': 1 }, 'a.b': { c: 2 } },
      path: 'a.b.c',
      expect: 2,
    },
    {
      name: 'a prefix under which the rest does not resolve falls back to a shorter one',
      given: { a: { b: { c: 1 } }, 'a.b': { d: 2 } },
      path: 'a.b.c',
      expect: 1,
    },
    {
      name: 'a prefix that is null falls back to a shorter one',
      given: { a: { b: { c: 1 } }, 'a.b': null },
      path: 'a.b.c',
      expect: 1,
    },
    {
      name: 'null under a longer prefix counts as found',
      given: { a: { b: 1 }, 'a.b': null },
      path: 'a.b',
      expect: null,
    },
    { name: 'a scalar on the way is absent', given: { a: 1 }, path: 'a.b', expect: undefined },
    { name: 'the length of a text is no field', given: { a: 'xyz' }, path: 'a.length', expect: undefined },
    { name: 'the length of a list is no field', given: { a: [1, 2] }, path: 'a.length', expect: undefined },
    { name: 'an index is no field', given: { a: ['x'] }, path: 'a.0', expect: undefined },
    { name: 'what is inherited is no field', given: {}, path: 'constructor', expect: undefined },
    { name: 'the prototype is no field', given: {}, path: '__proto__.toString', expect: undefined },
    {
      name: '__proto__ as written in JSON is a field',
      given: JSON.parse('{"__proto__":{"x":1}}'),
      path: '__proto__.x',
      expect: 1,
    },
    {
      name: 'constructor as written in JSON is a field',
      given: { constructor: 7 },
      path: 'constructor',
      expect: 7,
    },
    { name: 'a list at the end comes as it is', given: { a: [1, [2]] }, path: 'a', expect: [1, [2]] },
    { name: 'an object at the end comes as it is', given: { a: { b: 1 } }, path: 'a', expect: { b: 1 } },
    {
      name: 'through a list, what its elements have is collected',
      given: { a: [{ b: 1 }, {}, { b: 2 }] },
      path: 'a.b',
      expect: [1, 2],
    },
    {
      name: 'through a list, found lists give their elements',
      given: { a: [{ b: [1, 2] }, { b: [] }, { b: 3 }] },
      path: 'a.b',
      expect: [1, 2, 3],
    },
    { name: 'through a list, null is collected', given: { a: [{ b: null }] }, path: 'a.b', expect: [null] },
    {
      name: 'through a list that nobody answers in: absent',
      given: { a: [{ c: 1 }, 2, null] },
      path: 'a.b',
      expect: undefined,
    },
    { name: 'through an empty list: absent', given: { a: [] }, path: 'a.b', expect: undefined },
    { name: 'through lists in lists', given: { a: [[{ b: 1 }], [{ b: 2 }]] }, path: 'a.b', expect: [1, 2] },
    {
      name: 'through a list, where only empty lists answer: absent',
      given: { a: [{ b: [] }] },
      path: 'a.b',
      expect: undefined,
    },
    {
      name: 'keys with marks and blanks',
      given: { '#attributes': { 'Threat Name': 'x' } },
      path: '#attributes.Threat Name',
      expect: 'x',
    },
    { name: 'a star is an ordinary character', given: { a: { b: 1 } }, path: 'a.*', expect: undefined },
    { name: 'the empty key', given: { '': { '': 1 } }, path: '.', expect: 1 },
    { name: 'a leading dot', given: { '': { a: 1 } }, path: '.a', expect: 1 },
    { name: 'no object at all', given: 7, path: 'a', expect: undefined },
    { name: 'null itself', given: null, path: 'a', expect: undefined },
  ];
  for (const { name, given, path, expect: expected } of table) {
    test(name, () => expect(resolvePath(given, path)).toEqual(expected));
  }

  test('what lies deeper than the limit is absent', () => {
    const nested = (depth: number): unknown => (depth === 1 ? { a: 1 } : { a: nested(depth - 1) });
    const path = (depth: number) => Array(depth).fill('a').join('.');
    expect(resolvePath(nested(LOOK_DEPTH_MAX), path(LOOK_DEPTH_MAX))).toBe(1);
    expect(resolvePath(nested(LOOK_DEPTH_MAX + 1), path(LOOK_DEPTH_MAX + 1))).toBeUndefined();
  });

  test('many flat keys that share a prefix cost no more than the record is large', () => {
    const deep = (depth: number): Record<string, unknown> =>
      depth === 0 ? {} : { a: deep(depth - 1), 'a.a': depth > 1 ? deep(depth - 2) : {} };
    expect(resolvePath(deep(14), `${'a.'.repeat(14)}b`)).toBeUndefined();
  });
});

const key = fc.constantFrom('a', 'b', 'a.b', 'b.a', 'a.b.a', '', '__proto__', 'length');
const tree = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, fc.constantFrom(1, 'x', null, true), tie('object'), tie('list')),
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4 })
    .map((pairs) =>
      JSON.parse(`{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`),
    ),
  list: fc.array(tie('value'), { maxLength: 3 }),
}));

/** The rules once more, written the other way round: all ways to cut the path, longest first keys first. */
function oracle(value: unknown, keys: readonly string[]): unknown {
  if (keys.length === 0) return value;
  if (Array.isArray(value)) {
    const found = value.flatMap((item) => {
      if (typeof item !== 'object' || item === null) return [];
      const one = oracle(item, keys);
      return one === undefined ? [] : Array.isArray(one) ? one : [one];
    });
    return found.length === 0 ? undefined : found;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = new Map(Object.entries(value));
  for (let size = keys.length; size > 0; size--) {
    const name = keys.slice(0, size).join('.');
    if (!entries.has(name)) continue;
    const found = oracle(entries.get(name), keys.slice(size));
    if (found !== undefined) return found;
  }
  return undefined;
}

test('the same as trying all cuts of the path in order', () => {
  fc.assert(
    fc.property(
      tree.object,
      fc.array(fc.constantFrom('a', 'b', '', '__proto__', 'length'), { minLength: 1, maxLength: 5 }),
      (record, keys) => {
        expect(resolvePath(record, keys.join('.'))).toEqual(oracle(record, keys));
      },
    ),
    { numRuns: 5000 },
  );
});

test('a scalar has the text that JavaScript prints, and nothing else has one', () => {
  expect([
    textOf('x'),
    textOf(''),
    textOf(1),
    textOf(4688.0),
    textOf(1e21),
    textOf(-0),
    textOf(true),
    textOf(Number.POSITIVE_INFINITY),
  ]).toEqual(['x', '', '1', '4688', '1e+21', '0', 'true', 'Infinity']);
  expect([textOf(null), textOf(undefined), textOf([]), textOf({})]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

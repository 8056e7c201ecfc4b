import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  RESOLVE_NEVER,
  recordReader,
  resolvePath,
  SLOT_ABSENT,
  SLOT_ARRAY,
  SLOT_FALSE,
  SLOT_NULL,
  SLOT_NUMBER,
  SLOT_OBJECT,
  SLOT_RESOLVE,
  SLOT_STRING,
  SLOT_TRUE,
  SlotScanner,
} from '../../engine/ingest/index.ts';

const ABSENT = Symbol('absent');
const RESOLVE = Symbol('resolve');

function oneUnitAByte(bytes: Uint8Array): string {
  let text = '';
  for (const b of bytes) text += String.fromCharCode(b);
  return text;
}

/** What the scanner says of each path, in terms of the parsed record. */
function slotValue(scanner: SlotScanner, bytes: Uint8Array, slot: number): unknown {
  if (scanner.guard[slot] !== RESOLVE_NEVER) return RESOLVE;
  const raw = (from: number, to: number): unknown =>
    JSON.parse(new TextDecoder().decode(bytes.subarray(from, to)));
  const from = scanner.from[slot] ?? 0;
  const to = scanner.to[slot] ?? 0;
  switch (scanner.kind[slot]) {
    case SLOT_ABSENT:
      return ABSENT;
    case SLOT_STRING:
      return raw(from - 1, to + 1);
    case SLOT_NUMBER:
    case SLOT_OBJECT:
    case SLOT_ARRAY:
      return raw(from, to);
    case SLOT_TRUE:
      return true;
    case SLOT_FALSE:
      return false;
    case SLOT_NULL:
      return null;
    case SLOT_RESOLVE:
      return RESOLVE;
    default:
      throw new Error('unknown kind');
  }
}

function scan(paths: readonly string[], line: string) {
  const scanner = new SlotScanner();
  const slots = paths.map((path) => scanner.addPath(path));
  const bytes = new TextEncoder().encode(line);
  const status = scanner.scanRange({ bytes, text: oneUnitAByte(bytes) }, 0, bytes.length);
  return {
    status,
    values: () => slots.map((slot) => (status === 'ok' ? slotValue(scanner, bytes, slot) : undefined)),
  };
}

describe('the slot scanner', () => {
  const cases: readonly {
    name: string;
    paths: readonly string[];
    line: string;
    expect: readonly unknown[];
  }[] = [
    {
      name: 'reads scalars of every kind',
      paths: ['s', 'n', 't', 'f', 'z'],
      line: '{"s":"x","n":-1.5e3,"t":true,"f":false,"z":null}',
      expect: ['x', -1500, true, false, null],
    },
    { name: 'finds nested values', paths: ['a.b.c'], line: '{"a":{"b":{"c":1}}}', expect: [1] },
    {
      name: 'prefers the flat key over the nested one, wherever it stands',
      paths: ['a.b'],
      line: '{"a":{"b":1},"a.b":2}',
      expect: [2],
    },
    {
      name: 'prefers the flat key when it comes first',
      paths: ['a.b'],
      line: '{"a.b":2,"a":{"b":1}}',
      expect: [2],
    },
    {
      name: 'falls back to a shorter first key',
      paths: ['a.b.c'],
      line: '{"a.b":{"x":1},"a":{"b.c":3}}',
      expect: [3],
    },
    {
      name: 'leaves values inside lists to the parsed record',
      paths: ['a.b'],
      line: '{"a":[{"b":1}]}',
      expect: [RESOLVE],
    },
    {
      name: 'gives a list or an object whole',
      paths: ['a', 'o'],
      line: '{"a":[1,"]"],"o":{"x":"}"}}',
      expect: [[1, ']'], { x: '}' }],
    },
    {
      name: 'is not misled by escaped quotes and backslashes',
      paths: ['a', 'b'],
      line: '{"a":"x\\\\","z":"\\\\\\"","b":"y\\"z"}',
      expect: ['x\\', 'y"z'],
    },
    { name: 'takes white space anywhere', paths: ['a.b'], line: ' {\t"a" : { "b" :\r\n1 } } ', expect: [1] },
    {
      name: 'says absent for what is not there',
      paths: ['x', 'a.x', 'a.b.c'],
      line: '{"a":{"b":1}}',
      expect: [ABSENT, ABSENT, ABSENT],
    },
    {
      name: 'never finds inherited names',
      paths: ['constructor', '__proto__', 'length'],
      line: '{"a":1}',
      expect: [ABSENT, ABSENT, ABSENT],
    },
    { name: 'finds a key called __proto__', paths: ['__proto__'], line: '{"__proto__":1}', expect: [1] },
    { name: 'lets the last of repeated keys win', paths: ['a'], line: '{"a":1,"a":2}', expect: [2] },
  ];
  test.each(cases)('$name', ({ paths, line, expect: wanted }) => {
    const { status, values } = scan(paths, line);
    expect(status).toBe('ok');
    expect(values()).toEqual(wanted);
  });

  test.each([
    ['an object entered twice', ['a.b'], '{"a":{"b":1},"a":{"c":2}}'],
    ['an object that a scalar replaces', ['a.b'], '{"a":{"b":1},"a":2}'],
    ['a key with an escape', ['a'], '{"\\u0061":1}'],
    ['a record that is no object', ['a'], '[1]'],
    ['depth beyond the limit', ['a'], `{"x":${'['.repeat(300)}${']'.repeat(300)}}`],
  ] as const)('leaves %s to the parser', (_, paths, line) => {
    expect(scan(paths, line).status).toBe('fallback');
  });

  test.each([
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a":1',
    '{"a":01}',
    '{"a":1.}',
    '{"a":tru}',
    '{"a":"x}',
    '{"a":1}}',
    '{"a":1} x',
    '{"a":[1,]}',
    '{"a":[1}',
    '{a:1}',
    '{"a" 1}',
    '{"a":-}',
    '{"a":1e}',
    '{"a":nul}',
    '{,}',
    '{"a":1 "b":2}',
    '{"a":[1 2]}',
    '{"a":+1}',
    '{"a":.5}',
  ])('calls %s malformed', (line) => {
    expect(scan(['a'], line).status).toBe('malformed');
  });
});

/** Keys from a small pool with dots, so that flat and nested routes collide. */
const key = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', 'a.b.c', 'é', '', 'x"y', '__proto__', 'constructor');
const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('"', '\\', '\\"', 'C:\\x\\', '}', ']'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const { value: tree } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries)),
  value: fc.oneof({ maxDepth: 5 }, scalar, tie('object'), fc.array(tie('value'), { maxLength: 3 })),
}));
const record = fc.array(fc.tuple(key, tree), { maxLength: 5 }).map((entries) => Object.fromEntries(entries));
const path = fc.constantFrom(
  'a',
  'b',
  'a.b',
  'a.b.c',
  'b.c',
  'a.b.c.a',
  'c.a.b',
  'é',
  'é.a',
  '__proto__',
  '__proto__.a',
  'constructor.b',
);

test('the scanner and resolvePath on JSON.parse agree on every record and path', () => {
  fc.assert(
    fc.property(
      record,
      fc.uniqueArray(path, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(undefined, 1),
      (value, paths, indent) => {
        const line = JSON.stringify(value, null, indent);
        const parsed: unknown = JSON.parse(line);
        const { status, values } = scan(paths, line);
        if (status === 'fallback') return;
        expect(status).toBe('ok');
        const found = values();
        paths.forEach((name, i) => {
          const wanted = resolvePath(parsed, name);
          if (found[i] === RESOLVE) return;
          expect(found[i]).toEqual(wanted === undefined ? ABSENT : wanted);
        });
      },
    ),
    { numRuns: 20_000 },
  );
});

test('an indexed reader and resolvePath agree on every record and path', () => {
  fc.assert(
    fc.property(record, fc.array(path, { minLength: 1, maxLength: 8 }), (value, paths) => {
      const parsed: unknown = JSON.parse(JSON.stringify(value));
      const read = recordReader(parsed);
      for (const name of paths) expect(read(name)).toEqual(resolvePath(parsed, name));
    }),
    { numRuns: 20_000 },
  );
});

test('the scanner refuses what JSON.parse refuses, but for the insides of strings', () => {
  const mutated = fc
    .tuple(
      record,
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\ 01eE.-tfn')), { minLength: 1, maxLength: 3 }),
    )
    .map(([value, edits]) => {
      const line = [...JSON.stringify(value)];
      for (const [at, c] of edits) line[at % line.length] = c;
      return line.join('');
    });
  fc.assert(
    fc.property(mutated, (line) => {
      const { status } = scan(['a', 'a.b'], line);
      const strict = sound(line);
      // Lenient inside strings only: with every string body made harmless, both must agree.
      const tame = sound(
        line.replace(/\\(u[0-9a-fA-F]{4}|["\\/bfnrt])|\\(.)/gs, (all, good) =>
          good === undefined ? 'xx' : all,
        ),
      );
      if (strict) expect(status).not.toBe('malformed');
      if (!tame && status === 'ok') expect.fail(`accepted ${line}`);
    }),
    { numRuns: 20_000 },
  );
});

function sound(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

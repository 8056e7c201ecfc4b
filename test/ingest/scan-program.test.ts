import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { RecordMemory, SlotScanner } from '../../engine/ingest/index.ts';
import { recordBuffer } from '../support/held-bytes.ts';

const PATHS = [
  'a',
  'b',
  'a.b',
  'a.b.c',
  'b.c',
  'c.a.b',
  'a.*',
  'é',
  'é.a',
  '__proto__',
  'EventData.CommandLine',
];
/** Others that are asked for only later, when keys have been remembered as asked for by nobody. */
const LATER = ['key12', 'a.key3', 'c', 'é.b.c', 'EventData.Image'];

const plain = new SlotScanner();
const vectors = new SlotScanner();
let memory: RecordMemory;

beforeAll(() => {
  const made = RecordMemory.create();
  if (made === undefined) throw new Error('this runtime has no vector programs');
  memory = made;
  for (const path of PATHS) {
    plain.addPath(path);
    vectors.addPath(path);
  }
  vectors.moveTo(memory.arena);
});

/** Both scanners on the same line, between others that must not matter. */
function compare(line: string): string {
  const bytes = new TextEncoder().encode(`{"a":"before"}\n${line}\n{"b":"behind"}`);
  const start = 15;
  const end = bytes.length - 15;
  const held = memory.arena.hold(bytes);
  if (held === undefined) throw new Error('too long');
  const wanted = plain.scanRange(recordBuffer(bytes), start, end);
  const found = vectors.scanRange(recordBuffer(held), start, end);
  expect([line, found]).toEqual([line, wanted]);
  if (wanted === 'ok') {
    plain.paths.forEach((path, slot) => {
      const of = (scanner: SlotScanner) => {
        const kind = scanner.kind[slot];
        return [path, kind, ...(kind === 0 || kind === 8 ? [] : [scanner.from[slot], scanner.to[slot]])];
      };
      expect([line, ...of(vectors)]).toEqual([line, ...of(plain)]);
    });
  }
  return wanted;
}

const key = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'c',
    'a.b',
    'b.c',
    'a.b.c',
    'é',
    '',
    'x"y',
    '__proto__',
    'EventData',
    'CommandLine',
    'Image',
  ),
  fc.nat(40).map((n) => `key${n}`),
  fc.constantFrom(15, 16, 17, 40).map((n) => 'k'.repeat(n)),
);
const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('"', '\\', '\\"', 'C:\\x\\', '}', ']', `${'\\'.repeat(15)}"`),
  fc.nat(70).map((n) => 'v'.repeat(n)),
  fc.nat(40).map((n) => '\\'.repeat(n)),
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
const record = fc.array(fc.tuple(key, tree), { maxLength: 8 }).map((entries) => Object.fromEntries(entries));
const line = fc
  .tuple(record, fc.constantFrom(undefined, undefined, '', ' ', '\t'))
  .map(([value, indent]) => JSON.stringify(value, null, indent).replaceAll('\n', ' '));
const edited = fc
  .tuple(
    line,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\ 01eE.-+tfnaés\u0001')), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([sound, edits]) => {
    const letters = [...sound];
    for (const [at, letter] of edits) letters[at % letters.length] = letter;
    return letters.join('');
  });

test('vectors scan every record as TypeScript does', () => {
  const seen = new Map<string, number>();
  let tried = 0;
  fc.assert(
    fc.property(fc.oneof(line, edited), (text) => {
      const status = compare(text);
      seen.set(status, (seen.get(status) ?? 0) + 1);
      if (++tried !== 4000) return;
      for (const path of LATER) {
        plain.addPath(path);
        vectors.addPath(path);
      }
    }),
    { numRuns: 12_000 },
  );
  // All three ways out are tried.
  for (const status of ['ok', 'malformed', 'fallback']) expect(seen.get(status) ?? 0).toBeGreaterThan(300);
});

test.each([
  ['a record nested too deeply', `{"a":${'['.repeat(201)}${']'.repeat(201)}}`],
  ['one that is nested as deeply as may be', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`],
  ['too many values', `{"a":[${'1,'.repeat(20_001)}1]}`],
  ['nothing but blanks', '  \t '],
  ['an unclosed string as long as a vector', `{"a":"${'x'.repeat(26)}`],
  ['a number cut off by the end', '{"a":12'],
  ['literals cut off by the end', '{"a":tru'],
  ['thousands of new keys', `{${Array.from({ length: 5000 }, (_, i) => `"n${i}":${i}`).join(',')}}`],
  [
    'the same keys again, one of them asked for',
    `{${Array.from({ length: 5000 }, (_, i) => `"n${i}":${i}`).join(',')},"a":1}`,
  ],
] as const)('%s', (_, text) => {
  compare(text);
});

test('tables that outgrow the memory are read in TypeScript from then on', () => {
  const own = RecordMemory.create();
  if (own === undefined) throw new Error('this runtime has no vector programs');
  const scanner = new SlotScanner();
  scanner.addPath('a');
  scanner.moveTo(own.arena);
  while (own.arena.holds(own.arena.uint8(1 << 20)));
  for (let i = 0; i < 3000; i++) scanner.addPath(`path${i}.of${i}`);
  const held = own.arena.hold(new TextEncoder().encode('{"path2999":{"of2999":"x"},"a":1}'));
  if (held === undefined) throw new Error('too long');
  expect(scanner.scanRange(recordBuffer(held), 0, held.length)).toBe('ok');
  const slot = scanner.addPath('path2999.of2999');
  expect(held.subarray(scanner.from[slot], scanner.to[slot])).toEqual(new TextEncoder().encode('x'));
});

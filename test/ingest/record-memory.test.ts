import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeUnits, RecordMemory } from '../../engine/ingest/index.ts';
import { foldTable } from '../../engine/match/index.ts';

let memory: RecordMemory;
let units: Uint16Array;

beforeAll(() => {
  const made = RecordMemory.create();
  if (made === undefined) throw new Error('this runtime has no vector programs');
  memory = made;
  units = memory.arena.uint16(4096);
});

function held(text: string): Uint8Array {
  const bytes = memory.arena.hold(new TextEncoder().encode(text));
  if (bytes === undefined) throw new Error('too long');
  return bytes;
}

const RUNS = { numRuns: 10_000 };
const text = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 150 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        'C:\\',
        '\\"',
        'K',
        'ſ',
        '\u212a',
        '\n',
        '\\u00',
        '\\u2',
        '\\u1',
        'u0',
        'abcdefghijklmnopq',
        'Z@[`{',
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join('')),
);

describe('memory in which records are read by vectors', () => {
  test('finds line ends where they are', () => {
    fc.assert(
      fc.property(text, fc.nat(150), (given, from) => {
        const bytes = held(given);
        const start = Math.min(from, bytes.length);
        const at = bytes.indexOf(10, start);
        expect(memory.lineEnd(bytes, start)).toBe(at < 0 ? bytes.length : at);
      }),
      RUNS,
    );
  });

  test('finds line ends and NUL bytes where they are, with what else is less than a line end between', () => {
    const low = fc.array(
      fc.constantFrom('\0', '\n', '\t', '\u0001', '\u000b', 'abcdefghijklmnopqrstuvw', 'ÿ', 'x'),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          low.map((parts) => parts.join('')),
        ),
        fc.nat(150),
        (given, from) => {
          const bytes = held(given);
          const start = Math.min(from, bytes.length);
          const at = bytes.findIndex((byte, i) => i >= start && (byte === 10 || byte === 0));
          expect(memory.lineStop(bytes, start)).toBe(at < 0 ? bytes.length : at);
        },
      ),
      RUNS,
    );
  });

  test('finds the one line end of a run wherever it stands, and none behind the run', () => {
    for (let at = 0; at < 150; at++) {
      const bytes = held(`${'a'.repeat(at)}\n${'a'.repeat(150)}`);
      for (const start of [0, 1, 17]) {
        const wanted = start > at ? bytes.length : at;
        expect(memory.lineEnd(bytes, start), `${at} from ${start}`).toBe(wanted);
      }
      for (const end of [at, at - 1, at - 15, at - 16, at - 64])
        if (end >= 0) expect(memory.lineEnd(bytes.subarray(0, end), 0), `${at} up to ${end}`).toBe(end);
    }
  });

  test('folds the bodies of strings as they are decoded', () => {
    fc.assert(
      fc.property(text, fc.nat(40), (given, at) => {
        const bytes = held(JSON.stringify(given));
        const range = { from: 1, to: bytes.length - 1 };
        const table = foldTable();
        const wanted = new Uint16Array(2048);
        const end = decodeUnits({ bytes, table }, range, { out: wanted, at: 0 });
        const base = bytes.byteOffset;
        const stopped = memory.foldInto(base + range.from, base + range.to, units, at) - base;
        const folded = memory.foldedEnd(units);
        const rest = decodeUnits(
          { bytes, table },
          { from: stopped, to: range.to },
          { out: units, at: folded },
        );
        expect(rest < 0 ? ~rest : rest).toBe((end < 0 ? ~end : end) + at);
        expect([...units.subarray(at, rest < 0 ? ~rest : rest)]).toEqual([
          ...wanted.subarray(0, end < 0 ? ~end : end),
        ]);
        // Nothing but what is beyond ASCII, or an escape of a control character, is left to others.
        if (/^[\x20-\x7e]*$/.test(given)) expect(stopped).toBe(range.to);
      }),
      RUNS,
    );
  });

  test('says of a line whether letters may be spelt otherwise than they are', () => {
    fc.assert(
      fc.property(text, fc.nat(60), fc.nat(60), (given, before, behind) => {
        const bytes = held(given);
        const start = Math.min(before, bytes.length);
        const end = Math.max(start, bytes.length - behind);
        const line = Buffer.from(bytes.subarray(start, end)).toString('latin1');
        // A mark that goes on behind the end belongs to no line: JSON does not end so.
        if (/\\u?$|\xc5$|\xe2$/.test(line)) return;
        expect(memory.mayBeSpelt(bytes, start, end)).toBe(/\\u[02]|\xc5\xbf|\xe2\x84/.test(line));
      }),
      RUNS,
    );
  });

  test('calls a record sound where JSON.parse takes it', () => {
    const seen = { sound: 0, unsound: 0 };
    const part = fc.constantFrom(
      '\\"',
      '\\u00e9',
      '\\u12',
      '\\u123',
      '\\u00eg',
      '\\u00Fz',
      '\\u00G0',
      '\\u00/0',
      '\\u00:0',
      '\u001f',
      ' ',
      '\\x',
      '\\n',
      '\\',
      'é',
      '\u0001',
      '\t',
      'abcdefghijklmnop',
      '\\\\',
      '\\/',
      '\\uD83D',
      '\\B',
      '\\b',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.constantFrom('', '\r', '  \r'), (parts, blanks) => {
        const line = `{"a":"${parts.join('')}"}${blanks}`;
        // Where the string ends elsewhere, the scanner sees to it.
        if (!/^(?:[^"\\]|\\.)*$/s.test(parts.join(''))) return;
        let wanted = true;
        try {
          JSON.parse(line);
        } catch {
          wanted = false;
        }
        seen[wanted ? 'sound' : 'unsound']++;
        const bytes = held(line);
        expect([line, memory.isSound(bytes, 0, bytes.length)]).toEqual([line, wanted]);
      }),
      RUNS,
    );
    expect(Math.min(seen.sound, seen.unsound)).toBeGreaterThan(500);
  });

  test('finds units in units where they are', () => {
    const few = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 40 });
    const needle = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 20 });
    const own = memory.arena.uint16(64);
    let found = 0;
    fc.assert(
      fc.property(few, needle, fc.nat(9), (value, wanted, at) => {
        for (let i = 0; i < value.length; i++) units[at + i] = value.charCodeAt(i);
        // What stands behind the value does not count.
        for (let i = 0; i < 20; i++) units[at + value.length + i] = 97;
        const searched = own.subarray(0, wanted.length);
        for (let i = 0; i < wanted.length; i++) searched[i] = wanted.charCodeAt(i);
        const is = value.includes(wanted);
        if (is) found++;
        expect(memory.occurs(searched, units, at, at + value.length)).toBe(is);
      }),
      RUNS,
    );
    expect(found).toBeGreaterThan(1000);
  });

  test('tells bytes that are the same from others', () => {
    const [a, b] = [memory.arena.uint8(80), memory.arena.uint8(80)];
    for (let length = 0; length <= 80; length++) {
      a.fill(7);
      b.fill(7);
      b.fill(8, length);
      expect(memory.same(a.byteOffset, b.byteOffset, length)).toBe(true);
      if (length === 0) continue;
      b[length - 1] = 8;
      expect(memory.same(a.byteOffset, b.byteOffset, length)).toBe(false);
    }
  });

  test('takes no more than it can hold', () => {
    expect(memory.arena.hold(new Uint8Array(2 << 20))).toBeUndefined();
    expect(memory.arena.hold(new Uint8Array(1 << 20))?.length).toBe(1 << 20);
  });
});

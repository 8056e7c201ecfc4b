import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineFilter } from '../../engine/match/index.ts';
import { Arena } from '../../engine/vector/index.ts';

/** Bytes that begin anywhere in their memory, as lines of a buffer do. */
function placed(text: string, before: number): { bytes: Uint8Array; start: number; end: number } {
  const own = new TextEncoder().encode(text);
  const memory = new Uint8Array(before + own.length + 9).fill(0x3a);
  memory.set(own, before + 2);
  return { bytes: memory.subarray(before), start: 2, end: 2 + own.length };
}

/** Memory for programs. It is full after some hundred filters; what comes then is looked for in TypeScript twice. */
const arena = Arena.create();
const moved = new WeakSet<LineFilter>();

/** What the filter says where the bytes lie, and then in memory where a program looks for words. */
function may(filter: LineFilter, text: string, before = 0): boolean {
  const { bytes, start, end } = placed(text, before);
  if (arena === undefined) throw new Error('this runtime has no vector programs');
  if (!moved.has(filter)) filter.moveTo(arena);
  moved.add(filter);
  const held = arena.hold(new Uint8Array(bytes.buffer));
  const found = filter.mayMatch(bytes, start, end);
  if (held === undefined) throw new Error('too long');
  const from = bytes.byteOffset;
  expect(filter.mayMatch(held.subarray(from), start, end)).toBe(found);
  return found;
}

describe('the filter over raw lines', () => {
  const sets: readonly (readonly string[])[] = [
    ['sekurlsa::', 'privilege::debug'],
    ['mimikatz'],
    ['abcdefg'],
    ['abc', 'mimikatz'],
    ['kerberos::golden', 'misc::shadowcopies'],
    ['a long keyword of many words, all of them common'],
  ];
  test.each(sets.map((keywords) => ({ keywords })))('finds $keywords wherever they stand', ({ keywords }) => {
    const filter = new LineFilter(keywords);
    expect(may(filter, 'nothing of the kind in this line, which goes on for a while')).toBe(false);
    for (const keyword of keywords) {
      for (let before = 0; before < 5; before++) {
        for (let lead = 0; lead < 70; lead++) {
          expect(may(filter, `${'-'.repeat(lead)}${keyword.toUpperCase()}`, before)).toBe(true);
          expect(may(filter, `${'-'.repeat(lead)}${keyword}.`, before)).toBe(true);
        }
        expect(may(filter, keyword.slice(0, -1), before)).toBe(false);
        expect(may(filter, keyword.slice(1), before)).toBe(false);
      }
    }
  });

  test('does not look beyond the line', () => {
    const filter = new LineFilter(['::::::::']);
    expect(may(filter, ':::')).toBe(false);
  });

  test('says yes whenever a keyword occurs, and only then where all of it can be looked for', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', ':', ' ', '1'), maxLength: 40 });
    const keywords = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', ':', '1'), minLength: 3, maxLength: 14 }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(keywords, letters, letters, fc.nat(3), (words, lead, rest, before) => {
        const filter = new LineFilter(words);
        for (const text of [lead, `${lead}${words[0] ?? ''}${rest}`]) {
          const occurs = words.some((word) => text.toLowerCase().includes(word));
          expect(may(filter, text, before)).toBe(occurs);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guardText } from '../../engine/language/guard.ts';
import { DEFAULT_LIMITS } from '../../engine/language/limits.ts';
import { readFast } from '../../engine/language/yaml-fast.ts';
import { preciseValues, readPrecise } from '../../engine/language/yaml-precise.ts';
import { dataDirOrSay } from '../support/data.ts';
import { PUBLIC_FOLDERS, publicRules } from './public-rules.ts';

const data = dataDirOrSay('both YAML readers on the public rule set');

function fastValues(text: string): unknown[] | undefined {
  const reading = readFast(text, DEFAULT_LIMITS);
  return reading.ok ? reading.documents.map(({ value }) => value) : undefined;
}

function preciseValuesOf(text: string): unknown[] | undefined {
  const reading = readPrecise(text);
  return reading === undefined ? undefined : preciseValues(reading);
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('the fast and the precise reader', () => {
  test.skipIf(data === undefined)('read every public file the same', () => {
    let files = 0;
    for (const folder of PUBLIC_FOLDERS) {
      for (const { path, text } of publicRules(data ?? '', folder)) {
        expect(fastValues(text), path).toEqual(preciseValuesOf(text));
        files++;
      }
    }
    expect(files).toBeGreaterThan(3800);
  });

  const scalars: { name: string; given: string; expect: unknown }[] = [
    { name: 'an integer', given: '12', expect: 12 },
    { name: 'an integer with leading zeros', given: '007', expect: 7 },
    { name: 'a signed integer', given: '+5', expect: 5 },
    { name: 'a hexadecimal integer', given: '0x1F', expect: 31 },
    { name: 'an octal integer', given: '0o17', expect: 15 },
    { name: 'what only YAML 1.1 reads as a number', given: '0b11', expect: '0b11' },
    {
      name: 'an integer beyond 2^53, kept as its digits',
      given: '18446744073709551615',
      expect: '18446744073709551615',
    },
    { name: 'a negative integer beyond 2^53', given: '-9007199254740993', expect: '-9007199254740993' },
    { name: 'a decimal', given: '1.50', expect: 1.5 },
    { name: 'a decimal with an exponent', given: '1e3', expect: 1000 },
    { name: 'infinity', given: '-.inf', expect: Number.NEGATIVE_INFINITY },
    { name: 'not a number', given: '.nan', expect: Number.NaN },
    { name: 'a version', given: '1.2.3', expect: '1.2.3' },
    { name: 'a date', given: '2026-01-31', expect: '2026-01-31' },
    { name: 'a boolean', given: 'True', expect: true },
    { name: 'what only YAML 1.1 reads as a boolean', given: 'yes', expect: 'yes' },
    { name: 'null', given: '~', expect: null },
    { name: 'nothing', given: '', expect: null },
    { name: 'a quoted number', given: "'12'", expect: '12' },
    { name: 'a tagged text', given: '!!str 12', expect: '12' },
    { name: 'a merge key, which YAML 1.2 does not have', given: '{<<: {a: 1}}', expect: { '<<': { a: 1 } } },
    { name: 'a key named __proto__', given: '{__proto__: 1}', expect: JSON.parse('{"__proto__": 1}') },
    { name: 'keys that are numbers', given: '{1: a, 0x10: b}', expect: { 1: 'a', 16: 'b' } },
    { name: 'an alias', given: '[&a [1], *a]', expect: [[1], [1]] },
    { name: 'a folded text', given: '>-\n    one\n    two\n\n    three', expect: 'one two\nthree' },
    { name: 'a literal text', given: '|\n    one\n      two', expect: 'one\n  two\n' },
  ];
  for (const { name, given, expect: expected } of scalars) {
    test(`both read ${name}`, () => {
      const text = `key: ${given}\n`;
      expect(fastValues(text)).toEqual([{ key: expected }]);
      expect(preciseValuesOf(text)).toEqual([{ key: expected }]);
    });
  }

  // Not among the pieces: keys that are maps or lists themselves, and tags on another line than their value; the readers differ there.
  const piece = fc.constantFrom(
    ...[
      'a',
      'b: ',
      'c',
      ': ',
      '- ',
      '\n',
      '\n  ',
      '\n    ',
      "'x'",
      '"y"',
      '12',
      '0x1',
      '1.5',
      'null',
      'true',
      '~',
      '[',
      ']',
      '{',
      '}',
      ', ',
    ],
    ...['# c', '|\n', '>\n', '&a ', '*a', '---\n', '!!str 12', "it's", 'x y', '%', '@', '`'],
  );
  test('what the fast reader accepts, the precise one reads the same', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        if (guardText(text, DEFAULT_LIMITS) !== undefined) return;
        const fast = fastValues(text);
        if (fast === undefined) return;
        accepted++;
        const precise = readPrecise(text);
        // Where the stricter reader finds fault with a text that the lenient one takes, there is nothing to compare.
        if (precise === undefined || precise.documents.some((document) => document.errors.length > 0)) return;
        // Only maps are rules; what stands alone as a document is refused whatever it is.
        expect(fast.filter(isMap)).toEqual(preciseValues(precise).filter(isMap));
      }),
      { numRuns: Number(process.env['RUNS'] ?? 4000) },
    );
    expect(accepted).toBeGreaterThan(400);
  });
});

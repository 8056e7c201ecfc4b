import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvReader, type CsvRow } from '../../engine/ingest/index.ts';

const encoder = new TextEncoder();

function read(
  text: string,
  { size = 1 << 20, columns = ['a', 'b'], delimiter = ',' } = {},
): readonly CsvRow[] {
  const reader = new CsvReader({ columns, delimiter });
  const bytes = encoder.encode(text);
  const rows: CsvRow[] = [];
  for (let at = 0; at < bytes.length; at += size) rows.push(...reader.push(bytes.subarray(at, at + size)));
  return [...rows, ...reader.end()];
}

describe('tables in text files', () => {
  const cases = [
    {
      name: 'plain rows, either line end, no last newline',
      given: 'a,b\n1,2\r\n3,4',
      expect: ['1|2', '3|4'],
    },
    {
      name: 'quotes hold delimiters, quotes and line ends',
      given: 'a,b\n"x,""y""","1\n2"\n3,4\n',
      expect: ['x,"y"|1\n2', '3|4'],
    },
    { name: 'columns in another order, others never read', given: 'label,b,a\nEVIL,2,1\n', expect: ['1|2'] },
    { name: 'short rows, empty cells and blank lines', given: 'a,b\n1\n\n,2\n', expect: ['1|', '|2'] },
    { name: 'a byte order mark', given: '\ufeffa,b\n1,2\n', expect: ['1|2'] },
    { name: 'another delimiter', given: 'a;b\n1;"2;3"\n', delimiter: ';', expect: ['1|2;3'] },
    { name: 'a quote that is never closed ends with the file', given: 'a,b\n"1,2\n', expect: ['1,2\n|'] },
  ];
  for (const { name, given, expect: wanted, delimiter = ',' } of cases) {
    test(name, () => {
      const rows = read(given, { delimiter });
      expect(rows.map(({ record }) => `${record['a'] ?? ''}|${record['b'] ?? ''}`)).toEqual(wanted);
    });
  }

  test('what is not among the columns is nowhere: neither in the record nor in the key', () => {
    expect(JSON.stringify(read('label,b,a\nEVIL,2,1\n'))).not.toContain('EVIL');
  });

  test('rows know their lines', () => {
    expect(read('a,b\n"1\n1",2\n3,4\n').map(({ line }) => line)).toEqual([2, 4]);
  });

  test('rows with the very same cells are told apart, in any order', () => {
    const keys = (text: string): readonly string[] =>
      read(text)
        .map(({ key }) => key)
        .sort();
    const one = keys('a,b\n1,2\n1,2\n3,4\n1,2\n');
    expect(new Set(one).size).toBe(4);
    expect(keys('a,b\n3,4\n1,2\n1,2\n1,2\n')).toEqual(one);
  });

  test('however a file is cut into chunks, its rows are the same', () => {
    const cell = fc.string({ unit: fc.constantFrom('x', ',', '"', '\n', '\r', 'ü'), maxLength: 6 });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        (rows, size) => {
          const text = `a,b\n${rows.map(([a, b]) => `${quoted(a)},${quoted(b)}\n`).join('')}`;
          const found = read(text, { size });
          expect(found).toEqual(read(text));
          expect(found.map(({ record }) => [record['a'] ?? '', record['b'] ?? ''])).toEqual(rows);
        },
      ),
      { numRuns: 300 },
    );
  });
});

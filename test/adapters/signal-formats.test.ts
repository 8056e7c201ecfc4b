import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable } from '../../engine/adapters/printable.ts';
import { csvCell, csvFormat } from '../../engine/adapters/signal-csv.ts';
import type { SignalFormat } from '../../engine/adapters/signal-format.ts';
import { jsonFormat } from '../../engine/adapters/signal-json.ts';
import { ndjsonFormat } from '../../engine/adapters/signal-ndjson.ts';
import { prettyFormat } from '../../engine/adapters/signal-pretty.ts';
import { signalRecord } from '../../engine/adapters/signal-record.ts';
import { plainPalette } from '../../engine/diagnostic/index.ts';
import type { Signal } from '../../engine/model/index.ts';
import { signal } from './signals.ts';

function write(format: SignalFormat, signals: readonly Signal[]): string {
  return format.begin() + signals.map((s) => format.signal(s)).join('') + format.end();
}

describe('NDJSON', () => {
  test('a line carries what others read, in a fixed order', () => {
    expect(write(ndjsonFormat(), [signal({})])).toBe(
      `{"kind":"signal","id":"00112233445566778899aabbccddeeff","rule":{"kind":"detection","id":"11111111-2222-4333-8444-555555555555","title":"Something odd","version":2,"level":"high","confidence":0.5,"hash":"${'ab'.repeat(32)}"},"time":"2026-01-01T00:00:00.000Z","score":40,"tags":["attack.execution","attack.t1059.001"],"entities":[{"type":"user","value":"ada","role":"actor"}],"events":[{"file":"a.ndjson","line":7,"id":"e1","time":"2026-01-01T00:00:00.000Z"}]}\n`,
    );
  });

  test('the fast line reads back to the plain record, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.record({
          title: fc.string({ unit: 'binary' }),
          file: fc.string(),
          micros: fc.integer({ min: 0, max: 4e15 }),
          lastsMicros: fc.constantFrom(0, 0, 1_000_000),
          entities: fc.array(
            fc.record({
              type: fc.constant('user' as const),
              value: fc.string({ unit: 'binary' }),
              role: fc.constant('actor' as const),
            }),
          ),
          values: fc.constantFrom(new Map<string, string>(), new Map([['user.name', 'ada']])),
        }),
        (given) => {
          const made = signal(given);
          const line = ndjsonFormat().signal(made);
          expect(line.indexOf('\n')).toBe(line.length - 1);
          expect(line).toBe(`${JSON.stringify(signalRecord(made))}\n`);
        },
      ),
    );
  });
});

describe('JSON', () => {
  for (const count of [0, 1, 3]) {
    test(`${count} signals are one array of ${count}`, () => {
      const text = write(
        jsonFormat(),
        Array.from({ length: count }, (_, line) => signal({ line })),
      );
      expect(JSON.parse(text)).toHaveLength(count);
      expect(text.endsWith('\n')).toBe(true);
    });
  }
});

describe('CSV', () => {
  const cells: { name: string; given: string; expect: string }[] = [
    { name: 'a plain text stands as it is', given: 'plain', expect: 'plain' },
    { name: 'a comma is quoted', given: 'a,b', expect: '"a,b"' },
    { name: 'a quote is doubled', given: 'say "no"', expect: '"say ""no"""' },
    { name: 'a line end is quoted', given: 'a\nb', expect: '"a\nb"' },
    { name: 'a formula is made a text', given: '=cmd|calc', expect: "'=cmd|calc" },
    { name: 'a plus is made a text', given: '+1', expect: "'+1" },
    { name: 'a minus is made a text', given: '-1', expect: "'-1" },
    { name: 'an at sign is made a text', given: '@SUM(A1)', expect: "'@SUM(A1)" },
    { name: 'a leading tab is made a text', given: '\t=1', expect: "'\t=1" },
    { name: 'a formula with a comma is both', given: '=A1,B1', expect: '"\'=A1,B1"' },
  ];
  for (const { name, given, expect: wanted } of cells) {
    test(name, () => expect(csvCell(given)).toBe(wanted));
  }

  test('rows have as many cells as the header, and end in CRLF', () => {
    const rows = write(csvFormat(), [signal({ title: 'plain' })]).split('\r\n');
    expect(rows).toHaveLength(3);
    expect(rows[2]).toBe('');
    expect(rows[1]?.split(',')).toHaveLength(rows[0]?.split(',').length ?? -1);
  });
});

describe('pretty', () => {
  test('signals are lines, and the rules that fired a table, worst first', () => {
    const signals = [
      signal({ title: 'B', level: 'low' }),
      signal({ title: 'A', level: 'critical', micros: 1_767_225_601_000_000 }),
    ].map((s, i) => ({ ...s, rule: { ...s.rule, id: String(i) } }));
    const text = write(prettyFormat(plainPalette), signals);
    expect(text.split('\n').slice(0, 2)).toEqual([
      '2026-01-01T00:00:00.000Z  low            B  user=ada  a.ndjson:7',
      '2026-01-01T00:00:01.000Z  critical       A  user=ada  a.ndjson:7',
    ]);
    const table = text.slice(text.indexOf('┌'));
    expect(table.indexOf('critical')).toBeLessThan(table.indexOf('low'));
  });

  test('what an attacker typed cannot steer the terminal', () => {
    const text = write(prettyFormat(plainPalette), [
      signal({ entities: [{ type: 'user', value: '\u001b]0;owned\u0007\u202e', role: 'actor' }] }),
    ]);
    expect(text).toContain('user=\\u{1b}]0;owned\\u{7}\\u{202e}');
    expect(text).not.toContain('\u001b');
  });

  test('printable leaves ordinary text of any script alone', () => {
    expect(printable('größe 東京 🔥 C:\\Temp')).toBe('größe 東京 🔥 C:\\Temp');
  });
});

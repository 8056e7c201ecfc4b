import { describe, expect, test } from 'vitest';
import { compileRuleset, Engine } from '../../../engine/pipeline/index.ts';
import { type Detected, detectBatch } from '../../../engine/runtime/index.ts';

const RULE = `title: One
id: 11111111-1111-4111-8111-111111111111
logsource: {product: windows}
detection: {s: {EventID: 1}, condition: s}
`;
const { ruleset } = compileRuleset([{ path: 'r.yml', text: RULE }]);
const RECEIVED = 1_700_000_000_000_000;

function detect(given: string | Uint8Array, receivedAt = RECEIVED): Detected {
  const bytes = typeof given === 'string' ? new TextEncoder().encode(given) : given;
  return detectBatch(new Engine(ruleset), { source: 's', bytes, file: 'f', line: 1, receivedAt });
}

describe('a batch of a feed', () => {
  test('every line is an event, or refused under its code', () => {
    const { events, matched, rejected, signals } = detect(
      '{"EventID":1}\n{"EventID":2}\nnonsense\n\n{"EventID":1}',
    );
    expect([events, matched, signals.length]).toEqual([3, 2, 2]);
    expect([...rejected.values()].reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  test('damage that is read past is counted under its code, and refuses nothing', () => {
    const damaged = Buffer.from(
      '{"EventID":1,"a":"\xff"}\n{"EventID":1,"a":"\xc3\xa9"}\n\0\0{"EventID":2,"a":"\xc3"}',
      'latin1',
    );
    const { events, rejected, warned } = detect(damaged);
    expect([events, rejected.size, [...warned]]).toEqual([
      3,
      0,
      [
        ['TT2006', 2],
        ['TT2008', 1],
      ],
    ]);
    expect(detect('{"EventID":1,"a":"\u00e9"}').warned.size).toBe(0);
  });

  test('a fault inside a text by which events are told apart is one refused record, and nothing is lost beside it', () => {
    for (const text of [
      '"Channel":"Microsoft-Windows-Sysmon/\\Operational"',
      '"EventTime":"2026\t-01"',
      '"@timestamp":"\\x"',
    ]) {
      const line = `{"EventID":1,"Channel":"x",${text}}`;
      const { events, matched, rejected } = detect(`{"EventID":1}\n${line}\n{"EventID":1}`);
      expect([events, matched, [...rejected.values()]], text).toEqual([2, 2, [1]]);
    }
  });

  test('its time is that of its signals and of its last record, whether or not a rule holds on it', () => {
    const at = (time: string): string => `{"EventID":2,"@timestamp":"${time}"}`;
    expect(detect(`${at('2026-01-05T10:00:00Z')}\n${at('2026-01-05T10:00:01Z')}\n`).newest).toBe(
      Date.parse('2026-01-05T10:00:01Z') * 1000,
    );
    const early = '{"EventID":1,"@timestamp":"2026-01-05T11:00:00Z"}';
    expect(detect(`${early}\n${at('2026-01-05T10:00:00Z')}\n`).newest).toBe(
      Date.parse('2026-01-05T11:00:00Z') * 1000,
    );
    expect(detect('\n \n').newest).toBeUndefined();
  });

  test('a record without a time has the time of its receipt, from bytes and from a parsed form', () => {
    for (const line of ['{"EventID":1}', '[{"EventID":1}]']) {
      const { signals, newest } = detect(line);
      expect(signals.map(({ end }) => end)).toEqual([RECEIVED]);
      expect(newest).toBe(RECEIVED);
    }
  });
});

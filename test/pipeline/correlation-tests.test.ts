import { describe, expect, test } from 'vitest';
import { createSchemas } from '../../engine/ingest/index.ts';
import { compileRuleset, runRuleTests } from '../../engine/pipeline/index.ts';

const DETECTIONS = `title: Failed logon
name: failed
level: low
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4625}, condition: selection}
---
title: Logon
name: logon
level: low
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4624}, condition: selection}
---
`;
const SEQUENCE = `${DETECTIONS}title: Guessed
name: guessed
level: high
correlation:
  type: sequence
  timespan: 10m
  group-by: [TargetUserName]
  steps: [{rule: failed, as: f, times: 3}, {rule: logon, as: l}]
`;

function results(given: readonly string[], expected: string, files: Readonly<Record<string, string>> = {}) {
  const text = `${SEQUENCE}tests:\n  - name: t\n    given:\n${given.map((line) => `      - ${line}\n`).join('')}    expect: {signals: ${expected}}\n`;
  const { ruleset, diagnostics } = compileRuleset([{ path: 'r.yml', text }]);
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const schemas = createSchemas().value;
  if (schemas === undefined) throw new Error('no schemas');
  const readFile = (name: string) => {
    const found = files[name];
    return found === undefined ? 'no such file' : new TextEncoder().encode(found);
  };
  return runRuleTests(ruleset, { schemas, readFile }).results.map(
    ({ passed, failures }) => [passed, failures.join('\n')] as const,
  );
}

const raw = (id: number, second: number): string =>
  JSON.stringify({
    Channel: 'Security',
    EventID: id,
    TimeCreated: new Date(Date.UTC(2020, 1, 1, 0, 0, second)).toISOString(),
    TargetUserName: 'ada',
  });
const RECORDING = [raw(4625, 0), raw(4625, 10), raw(4625, 20), raw(4624, 30)].join('\n');

describe('a test of a correlation', () => {
  const fail = 'event: {EventID: 4625, TargetUserName: ada}';
  const cases: { name: string; given: string[]; expect: string }[] = [
    {
      name: 'is given events, which go through the detections',
      given: [
        `{${fail}, repeat: 3, every: 1m}`,
        'event: {EventID: 4624, TargetUserName: ada}\n        at: 5m',
      ],
      expect: '[{at: 5m, group: {TargetUserName: ada}, evidence: 4}, {rule: failed, count: 3}]',
    },
    {
      name: 'varies its events',
      given: [
        '{event: {EventID: 4625}, repeat: 6, every: 10s, vary: {TargetUserName: [ada, bob]}}',
        '{event: {EventID: 4624}, at: 5m, repeat: 2, vary: {TargetUserName: [ada, bob]}}',
      ],
      expect: '2',
    },
    {
      name: 'varies them by a template',
      given: [
        "{event: {EventID: 4625}, repeat: 6, every: 10s, vary: {TargetUserName: 'u{n}'}}",
        '{event: {EventID: 4624, TargetUserName: u1}, at: 5m}',
      ],
      expect: '0',
    },
    {
      name: 'is given records as a source sends them',
      given: [`{raw: ${raw(4625, 0)}, repeat: 3, every: 1m}`, `{raw: ${raw(4624, 0)}, at: 4m}`],
      expect: '[{at: 4m}]',
    },
    {
      name: 'is given a recording, whose first event falls on the start',
      given: ['file: e.ndjson'],
      expect: '[{at: 30s}]',
    },
    {
      name: 'delivers a recording late, and it counts all the same',
      given: ['{file: e.ndjson, delivered: 4m}'],
      expect: '[{at: 30s}]',
    },
    {
      name: 'mixes events and signals',
      given: [`{${fail}, repeat: 3, every: 1m}`, '{signal: logon, fields: {TargetUserName: ada}, at: 5m}'],
      expect: '1',
    },
    {
      name: 'delivers late inside the lateness',
      given: [
        `{${fail}, at: 1m, repeat: 3, every: 1s, delivered: 5m}`,
        '{event: {EventID: 4624, TargetUserName: ada}, at: 3m}',
      ],
      expect: '1',
    },
    {
      name: 'delivers too late',
      given: [
        `{${fail}, at: 1m, repeat: 3, every: 1s, delivered: 9m}`,
        '{event: {EventID: 4624, TargetUserName: ada}, at: 7m}',
      ],
      expect: '0',
    },
    {
      name: 'delivers copies, and one event counts once',
      given: [`{${fail}, copies: 3}`, '{event: {EventID: 4624, TargetUserName: ada}, at: 3m}'],
      expect: '0',
    },
    {
      name: 'restarts in between',
      given: [
        `{${fail}, repeat: 2, every: 1m}`,
        `{${fail}, at: 3m, restart: true}`,
        '{event: {EventID: 4624, TargetUserName: ada}, at: 4m, restart: true}',
      ],
      expect: '1',
    },
  ];
  for (const one of cases) {
    test(one.name, () => {
      expect(results(one.given, one.expect, { 'e.ndjson': RECORDING })).toEqual([[true, '']]);
    });
  }

  test('says how near it came when it fails on events', () => {
    const [[passed, text] = [true, '']] = results(
      [`{${fail}, repeat: 2, every: 1m}`, '{event: {EventID: 4624, TargetUserName: ada}, at: 5m}'],
      '1',
    );
    expect(passed).toBe(false);
    expect(text).toContain('TargetUserName=ada: step 1 of 2 (f) came 2 of 3 times');
  });

  test('says what is wrong with a file', () => {
    expect(results(['file: nowhere.ndjson'], '1')).toEqual([
      [false, expect.stringContaining('nowhere.ndjson: no such file')],
    ]);
  });
});

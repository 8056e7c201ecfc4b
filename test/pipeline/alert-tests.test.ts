import { describe, expect, test } from 'vitest';
import { createSchemas } from '../../engine/ingest/index.ts';
import { compileRuleset, runRuleTests } from '../../engine/pipeline/index.ts';

function rule(expected: string): string {
  return `title: Whoami
id: 3f0c6f0e-8a53-4c8f-9d54-0f0f9a2d7b11
level: high
confidence: 0.6
logsource: {product: windows, category: process_creation}
detection: {selection: {Image|endswith: whoami.exe}, condition: selection}
remediation: ['Ask who was on {{Computer}}.']
tests:
  - name: it is run three times on one host and once on another
    given:
      - {event: {Image: 'C:\\whoami.exe', Computer: pc1}, repeat: 3, every: 1m}
      - {event: {Image: 'C:\\whoami.exe', Computer: pc2}, at: 10m}
    expect: {signals: 4, alerts: ${expected}}
`;
}

const cases: readonly { readonly expected: string; readonly failure?: string }[] = [
  { expected: '2' },
  { expected: '3', failure: 'expected 3 alerts, got 2' },
  { expected: "[{severity: high, count: 3, suppressed: false, entities: ['host:pc1']}, {count: 1}]" },
  { expected: "[{remediation: 'on pc2'}]" },
  { expected: '[{severity: low}]', failure: 'its severity is high' },
  { expected: '[{count: 4}]', failure: 'it holds 3 signals' },
  { expected: "[{entities: ['host:pc3']}]", failure: 'it does not name host:pc3' },
  { expected: '[{suppressed: true}]', failure: 'it is not suppressed' },
  { expected: '[{count: 3}, {count: 3}]', failure: 'it holds 1 signals' },
];

const { value: schemas } = createSchemas();
if (schemas === undefined) throw new Error('our own mappings do not link');
const known = schemas;

describe('a test that expects alerts', () => {
  for (const { expected, failure } of cases) {
    test(`${expected} ${failure === undefined ? 'passes' : 'fails'}`, () => {
      const { ruleset, diagnostics } = compileRuleset([{ path: 'a.yml', text: rule(expected) }]);
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const { results } = runRuleTests(ruleset, { schemas: known });
      expect(results).toHaveLength(1);
      expect(results[0]?.passed).toBe(failure === undefined);
      if (failure !== undefined) expect(results[0]?.failures.join('\n')).toContain(failure);
    });
  }
});

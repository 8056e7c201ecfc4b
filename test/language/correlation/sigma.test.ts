import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRules, readCorrelation } from '../../../engine/language/index.ts';
import { dataDir } from '../../support/data.ts';

const data = dataDir();
const folder = data === undefined ? undefined : join(data, 'sigma-spec/tests/schema/correlation');

describe("the specification's own examples of correlations", () => {
  it.skipIf(folder === undefined)('load unchanged (skipped without the data)', () => {
    const types = new Set<string>();
    for (const name of readdirSync(folder ?? '')) {
      const text = readFileSync(join(folder ?? '', name), 'utf8');
      const { rules, diagnostics } = loadRules([{ path: name, text }]);
      const read = rules.others.map(readCorrelation);
      const errors = [...diagnostics, ...read.flatMap((r) => r.diagnostics)].filter(
        (d) => d.severity === 'error',
      );
      expect([name, errors]).toEqual([name, []]);
      for (const { value } of read) if (value !== undefined) types.add(value.body.type);
    }
    expect(types.size).toBeGreaterThanOrEqual(6);
  });
});

describe('a Sigma correlation', () => {
  it('generate is taken at both places', () => {
    const text = (inside: string, outside: string): string => `title: Many
id: 00000000-0000-4000-8000-00000000000a
${outside}correlation:
  type: event_count
  rules: [failed_logon]
  group-by: [User]
  timespan: 5m
  condition: {gte: 5}
${inside}`;
    const generate = (inside: string, outside: string): boolean | undefined => {
      const { rules } = loadRules([{ path: 'many.yml', text: text(inside, outside) }]);
      return rules.others.map(readCorrelation)[0]?.value?.generate;
    };
    expect([generate('', ''), generate('  generate: true\n', ''), generate('', 'generate: true\n')]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

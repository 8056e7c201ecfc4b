import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../engine/language/index.ts';
import { compilePolicies, runPolicyCases } from '../../engine/policy/index.ts';

const FOLDER = resolve(import.meta.dirname, '..', '..', 'rules', 'policies');
const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yml'))
  .sort()
  .map((name) => ({ path: join(FOLDER, name), text: readFileSync(join(FOLDER, name), 'utf8') }));
const { rules, diagnostics } = loadRules(files);
const compiled = compilePolicies(rules);

describe('the policies that are shipped', () => {
  test('load without a finding, are at least eight, and each is named after its file', () => {
    expect([...diagnostics, ...compiled.diagnostics].map(({ message }) => message)).toEqual([]);
    expect(compiled.plan.policies.length).toBeGreaterThanOrEqual(8);
    for (const { rule } of compiled.plan.policies) {
      expect(basename(rule.meta.source.file)).toBe(`${rule.meta.name}.yml`);
      expect(rule.meta.description).toMatch(/\.$/);
    }
  });

  test('have tests that show a decision and none, and all pass', async () => {
    const results = await runPolicyCases(compiled.plan);
    expect(
      results.flatMap(({ failures, rule, test: one }) =>
        failures.map((text) => `${rule.meta.name}: ${one.name}: ${text}`),
      ),
    ).toEqual([]);
    for (const { rule } of compiled.plan.policies) {
      const expected = rule.tests.map((one) => one.expect.decisions);
      expect(
        expected.some((decisions) => decisions === 0),
        rule.meta.name,
      ).toBe(true);
      expect(
        expected.some((decisions) => decisions !== 0),
        rule.meta.name,
      ).toBe(true);
    }
  });

  test('a policy with its bound moved fails its tests', async () => {
    const moved = files.map((file) => ({
      ...file,
      text: file.text.replace('countAtLeast, value: 4', 'countAtLeast, value: 2'),
    }));
    const results = await runPolicyCases(compilePolicies(loadRules(moved).rules).plan);
    expect(results.filter(({ passed }) => !passed).map(({ rule }) => rule.meta.name)).toEqual([
      'many_stages_go_to_response',
    ]);
  });
});

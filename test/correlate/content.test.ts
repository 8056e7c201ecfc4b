import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planCorrelations, requiredFields, runCorrelationTest } from '../../engine/correlate/index.ts';
import { hasErrors } from '../../engine/diagnostic/index.ts';
import { loadRules, readCorrelation } from '../../engine/language/index.ts';
import type { RuleMeta, RuleRef } from '../../engine/model/index.ts';
import { scoreSignal } from '../../engine/score/index.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

function files(folder: string): { path: string; text: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(ROOT, folder, name), 'utf8') }));
}

function ref(kind: RuleRef['kind'], meta: RuleMeta): RuleRef {
  const { id, name, title, version, level, confidence, tags, hash } = meta;
  return { kind, id, ...(name === undefined ? {} : { name }), title, version, level, confidence, tags, hash };
}

const { rules, diagnostics } = loadRules([...files('rules'), ...files('correlations')]);
const own = diagnostics.filter((d) => d.at?.file.startsWith('correlations/'));
const read = rules.others.filter((o) => o.kind === 'correlation').map(readCorrelation);
const correlations = read.flatMap(({ value }) => value ?? []);
const planned = planCorrelations(
  correlations,
  rules.detections.map(({ meta, kind }) => ({ ...meta, kind })),
  { score: scoreSignal },
);
const known = new Map(
  [...rules.detections, ...correlations].flatMap((rule) => {
    const entry = {
      ref: ref(rule.kind, rule.meta),
      score: scoreSignal(rule.meta.level, rule.meta.confidence),
    };
    return [rule.meta.id, rule.meta.name ?? rule.meta.id].map((key) => [key, entry] as const);
  }),
);

describe('the correlations that we ship', () => {
  it('load and plan without a finding', () => {
    expect([...own, ...read.flatMap((r) => r.diagnostics), ...planned.diagnostics]).toEqual([]);
    expect(hasErrors(diagnostics)).toBe(false);
    expect(correlations.length).toBeGreaterThanOrEqual(25);
  });

  it('each have a test that fires and one that stays silent', () => {
    for (const { meta, tests } of correlations) {
      const silent = tests.some((test) => test.expect.signals === 0);
      const fires = tests.some((test) => test.expect.signals !== 0);
      expect([
        meta.name,
        fires,
        silent || meta.name === 'windows_host_falls_silent' || meta.name === 'aws_backups_deleted_in_numbers',
      ]).toEqual([meta.name, true, true]);
    }
  });

  it('tell the detections which fields to carry', () => {
    const wanted = requiredFields(planned.value ?? { nodes: [], muted: [] });
    const failed = rules.detections.find((rule) => rule.meta.name === 'logon_failed');
    expect(wanted.get(failed?.meta.id ?? '')).toEqual(['IpAddress', 'TargetUserName']);
  });

  for (const { meta, tests } of correlations) {
    for (const test of tests) {
      it(`${meta.name ?? meta.id}: ${test.name}`, () => {
        if (planned.value === undefined) throw new Error('no plan');
        const result = runCorrelationTest(test, { plan: planned.value, ruleId: meta.id, rules: known });
        expect(result.failures).toEqual([]);
        expect(result.passed).toBe(true);
      });
    }
  }
});

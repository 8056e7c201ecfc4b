import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventTime, LEVELS, SEVERITIES, type SeverityFacts } from '../../engine/model/index.ts';
import { assess } from '../../engine/score/index.ts';

const PLAIN: SeverityFacts = { level: 'medium', prior: 0.3, adjustments: [] };
const HOST = { type: 'host', value: 'dc1', role: 'target' } as const;

function adjustment(given: Partial<SeverityFacts['adjustments'][number]>): SeverityFacts['adjustments'] {
  return [{ at: eventTime(0), by: 'policy:p', reason: 'because', ...given }];
}

describe('severity', () => {
  const cases: readonly {
    readonly name: string;
    readonly given: Partial<SeverityFacts>;
    readonly expect: { readonly severity: string; readonly confidence?: number; readonly score?: number };
  }[] = [
    {
      name: 'a tested rule of level high is high',
      given: { level: 'high', prior: 0.55 },
      expect: { severity: 'high', score: 41.3 },
    },
    {
      name: 'one of level high that nobody trusts yet is medium',
      given: { level: 'high', prior: 0.44 },
      expect: { severity: 'medium' },
    },
    { name: 'a medium rule is medium', given: {}, expect: { severity: 'medium', score: 15 } },
    { name: 'a low rule is low', given: { level: 'low', prior: 0.15 }, expect: { severity: 'low' } },
    {
      name: 'an informational rule is informational',
      given: { level: 'informational', prior: 0.05 },
      expect: { severity: 'informational' },
    },
    {
      name: 'counter-evidence lowers',
      given: { counter: 0.2 },
      expect: { severity: 'low', confidence: 0.06 },
    },
    {
      name: 'verdicts lower',
      given: { level: 'high', prior: 0.55, verdicts: { truePositive: 0, benign: 0, falsePositive: 30 } },
      expect: { severity: 'low' },
    },
    {
      name: 'verdicts raise',
      given: { level: 'high', prior: 0.3, verdicts: { truePositive: 20, benign: 0, falsePositive: 0 } },
      expect: { severity: 'high' },
    },
    {
      name: 'an indicator raises by noisy-or',
      given: { intel: { name: 'c2', confidence: 0.9 } },
      expect: { severity: 'medium', confidence: 0.93 },
    },
    {
      name: 'a crown jewel weighs more',
      given: { prior: 0.6, asset: { entity: HOST, weight: 1.5, reason: 'domain controller' } },
      expect: { severity: 'high', score: 45 },
    },
    {
      name: 'anomaly alone is never above medium',
      given: { level: 'critical', prior: 0.9, surprise: 6, anomalyOnly: true },
      expect: { severity: 'medium' },
    },
    {
      name: 'a policy multiplies confidence',
      given: { adjustments: adjustment({ confidence: { operation: 'multiply', value: 2 } }) },
      expect: { severity: 'medium', confidence: 0.6 },
    },
    {
      name: 'a policy puts a floor',
      given: { adjustments: adjustment({ severity: { floor: 'high' } }) },
      expect: { severity: 'high' },
    },
    {
      name: 'a policy puts a ceiling',
      given: { level: 'critical', prior: 0.9, adjustments: adjustment({ severity: { ceiling: 'low' } }) },
      expect: { severity: 'low' },
    },
  ];
  for (const { name, given, expect: wanted } of cases) {
    test(name, () => expect(assess({ ...PLAIN, ...given })).toMatchObject(wanted));
  }

  const facts: fc.Arbitrary<SeverityFacts> = fc
    .record({
      level: fc.constantFrom(...LEVELS),
      prior: fc.double({ min: 0, max: 1, noNaN: true }),
      counter: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
      surprise: fc.option(fc.double({ min: 0, max: 8, noNaN: true }), { nil: undefined }),
      right: fc.nat(30),
      wrong: fc.nat(30),
      anomalyOnly: fc.boolean(),
    })
    .map(({ level, prior, counter, surprise, right, wrong, anomalyOnly }) => ({
      level,
      prior,
      ...(counter === undefined ? {} : { counter }),
      ...(surprise === undefined ? {} : { surprise }),
      verdicts: { truePositive: right, benign: 0, falsePositive: wrong },
      ...(anomalyOnly ? { anomalyOnly } : {}),
      adjustments: [],
    }));

  test('every term follows from the one before it, and the last ones are what is given out', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { terms, confidence, score, severity } = assess(given);
        let now = 0;
        for (const { name, operation, value, after } of terms) {
          if (name === 'impact' || name === 'score' || name === 'severity' || name === 'anomaly') break;
          if (operation === 'set') now = value;
          else if (operation === 'multiply') now *= value;
          else if (operation === 'add') now += value;
          else now = Math.min(now, value);
          expect(after).toBeCloseTo(now, 3);
          now = after;
        }
        expect(now).toBe(confidence);
        expect(confidence >= 0 && confidence <= 1 && score >= 0 && score <= 100).toBe(true);
        expect(SEVERITIES[terms.at(-1)?.after ?? -1]).toBe(severity);
      }),
    );
  });

  test('more for it never lowers, more against it never raises', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const rank = (one: SeverityFacts): number => SEVERITIES.indexOf(assess(one).severity);
        const { truePositive, benign, falsePositive } = given.verdicts ?? {
          truePositive: 0,
          benign: 0,
          falsePositive: 0,
        };
        const better = { ...given, verdicts: { truePositive: truePositive + 1, benign, falsePositive } };
        const worse = { ...given, verdicts: { truePositive, benign: benign + 1, falsePositive } };
        expect(rank(better)).toBeGreaterThanOrEqual(rank(given));
        expect(rank(worse)).toBeLessThanOrEqual(rank(given));
        expect(rank({ ...given, counter: (given.counter ?? 1) / 2 })).toBeLessThanOrEqual(rank(given));
      }),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { Correlator, planCorrelations } from '../../engine/correlate/index.ts';
import type { CorrelationBody, CorrelationRule, Signal } from '../../engine/model/index.ts';
import { rule, signal } from './build.ts';

/*
 * A floor under `bench:correlate`, as ratios inside one run: a step that recounts a window, or looks at all values, costs hundreds of times more, and
 * no noise hides that. The least of several turns counts, taken by turns, by the clock: processor time would be that of all threads of the tests.
 */
const SIGNALS = 30_000;
const TURNS = 5;

interface Lane {
  readonly rule: CorrelationRule;
  readonly signals: readonly Signal[];
}

function lane(
  body: Extract<CorrelationBody, { fields: readonly string[] }>,
  of: { readonly seconds: number; readonly groups: number; readonly values: number },
): Lane {
  return {
    rule: rule('r', {
      rules: ['a'],
      body,
      seconds: of.seconds,
      limits: { groups: 100_000, samples: 10_000, evidence: 100 },
    }),
    // Two steps without a common divisor with what they are taken modulo: every pair comes, in no order that helps.
    signals: Array.from({ length: SIGNALS }, (_, i) =>
      signal(
        'a',
        i / 1000,
        { user: `u${(i * 7919) % of.groups}`, v: `v${(i * 104_729) % of.values}` },
        { event: `e${i}` },
      ),
    ),
  };
}

const count = (least: number) =>
  ({ type: 'event_count', fields: [], bounds: [{ op: 'gte', value: least }], minEvents: 1 }) as const;
const distinct = (least: number) =>
  ({ type: 'value_count', fields: ['v'], bounds: [{ op: 'gte', value: least }], minEvents: 1 }) as const;

/** Milliseconds that a fresh engine takes for the signals of a lane. */
function once({ rule: one, signals }: Lane): number {
  const { value: plan } = planCorrelations([one], [{ id: 'a', kind: 'detection' }]);
  if (plan === undefined) throw new Error('no plan');
  const correlator = new Correlator(plan, { items: 1_000_000 });
  const start = performance.now();
  for (const [i, each] of signals.entries()) {
    correlator.accept(each);
    if (i % 256 === 255) correlator.advance(each.end);
  }
  correlator.finish();
  return performance.now() - start;
}

/** How many times what the first costs the second costs. */
function ratio(first: Lane, second: Lane): number {
  let [least, other] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn < TURNS; turn++) {
    least = Math.min(least, once(first));
    other = Math.min(other, once(second));
  }
  return other / least;
}

describe('what a signal costs', () => {
  const cases: readonly { name: string; first: Lane; second: Lane; most: number }[] = [
    {
      name: 'does not grow with the window',
      first: lane(count(50), { seconds: 0.1, groups: 1, values: 1 }),
      second: lane(count(50), { seconds: 100, groups: 1, values: 1 }),
      most: 3,
    },
    {
      name: 'hardly grows with the distinct values',
      first: lane(distinct(9000), { seconds: 100, groups: 3, values: 10 }),
      second: lane(distinct(9000), { seconds: 100, groups: 3, values: 1000 }),
      most: 4,
    },
    {
      name: 'is for a distinct count a small multiple of that for a count',
      first: lane(count(50), { seconds: 100, groups: 1000, values: 100 }),
      second: lane(distinct(50), { seconds: 100, groups: 1000, values: 100 }),
      most: 6,
    },
  ];
  for (const { name, first, second, most } of cases) {
    test(name, () => {
      expect(ratio(first, second)).toBeLessThan(most);
    });
  }
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCorrelations } from '../../engine/correlate/plan-rules.ts';
import { MEASURE_TYPES, type Signal } from '../../engine/model/index.ts';
import {
  DETECTIONS,
  firstSeenRule,
  measureRule,
  orderedRule,
  riskRule,
  riskStream,
  SEQUENCE_DETECTIONS,
  sequenceRule,
  sequenceStream,
  stream,
  temporalRule,
} from '../correlate/arbitrary.ts';
import { planOf, runAll, sorted, summary } from '../correlate/harness.ts';
import { expected, type Firing } from '../correlate/reference.ts';
import { expectedSequence } from '../correlate/reference-sequence.ts';

/** Pairs tried a type; `TELLTALE_RUNS` raises it (the claimed 100,000 pairs are 8,400 for each of the types). */
const RUNS = Number(process.env['TELLTALE_RUNS'] ?? 400);
/** From so many pairs on it is checked that what is drawn fires often enough to show anything; fewer are for a quick look. */
const SHOWS = 100;

const rules = [
  ...MEASURE_TYPES.map((type) => [type, measureRule(type)] as const),
  ['first_seen', firstSeenRule] as const,
  ['temporal', temporalRule] as const,
  ['temporal_ordered', orderedRule] as const,
];

describe('the engine agrees with an implementation that looks at every window again', () => {
  for (const [type, arbitrary] of rules) {
    it(`for ${type}`, () => {
      fc.assert(
        fc.property(arbitrary, stream, (rule, signals) => {
          const plan = planOf([rule], [...DETECTIONS]);
          const node = plan.nodes[0];
          if (node === undefined) throw new Error('no plan');
          expect(sorted(runAll(plan, signals).map(summary))).toEqual(sorted(expected(node, signals)));
        }),
        { numRuns: RUNS },
      );
    });
  }
});

describe('a risk agrees with one that adds everything up again', () => {
  it('for scores, weights, days, tactics and sources', () => {
    let fired = 0;
    fc.assert(
      fc.property(riskRule, riskStream, (rule, signals) => {
        const plan = planOf([rule], [...DETECTIONS]);
        const node = plan.nodes[0];
        if (node === undefined) throw new Error('no plan');
        const got = runAll(plan, signals).map(summary);
        fired += got.length;
        expect(sorted(got)).toEqual(sorted(expected(node, signals)));
      }),
      { numRuns: RUNS },
    );
    if (RUNS >= SHOWS) expect(fired).toBeGreaterThan(RUNS / 8);
  });
});

describe('sequences agree with an implementation that tries every choice of signals', () => {
  const folded = (firing: Firing): unknown => ({
    ...firing,
    group: firing.group
      .map(([name, value]) => [name, value === null ? null : String(value).toLowerCase()])
      .sort(),
  });
  it('for steps, counts, joins, tests, absences and until', () => {
    let planned = 0;
    let fired = 0;
    /** Firings that need a step at the instant of the step before it. */
    let tied = 0;
    fc.assert(
      fc.property(sequenceRule, sequenceStream, (rule, signals) => {
        const { value } = planCorrelations(
          [rule],
          SEQUENCE_DETECTIONS.map((id) => ({ id, kind: 'detection' as const })),
        );
        // Rules that the plan refuses (an absence joined to a later step only, say) have nothing to agree on.
        if (value === undefined || value.nodes.length === 0) return;
        planned++;
        const got = runAll(value, signals).map((s) => folded(summary(s)));
        fired += got.length;
        if (rule.ties === 'allow')
          tied += Number(expectedSequence({ ...rule, ties: 'strict' }, signals).length < got.length);
        expect(sorted(got)).toEqual(sorted(expectedSequence(rule, signals).map(folded)));
      }),
      { numRuns: RUNS * 4 },
    );
    if (RUNS < SHOWS) return;
    expect(planned).toBeGreaterThan(RUNS * 2);
    expect(fired).toBeGreaterThan(RUNS / 4);
    expect(tied).toBeGreaterThan(RUNS / 100);
  });
});

describe('every signal has an id of its own', () => {
  const all = fc.oneof(...rules.map(([, arbitrary]) => arbitrary));
  const differ = (signals: readonly Signal[]): void => {
    expect(new Set(signals.map(({ id }) => id)).size).toBe(signals.length);
  };
  it('for all types', () => {
    fc.assert(
      fc.property(all, stream, (rule, signals) => differ(runAll(planOf([rule], [...DETECTIONS]), signals))),
      { numRuns: RUNS },
    );
  });
  it('for risks', () => {
    fc.assert(
      fc.property(riskRule, riskStream, (rule, signals) =>
        differ(runAll(planOf([rule], [...DETECTIONS]), signals)),
      ),
      { numRuns: RUNS },
    );
  });
  it('for sequences', () => {
    fc.assert(
      fc.property(sequenceRule, sequenceStream, (rule, signals) => {
        const { value } = planCorrelations(
          [rule],
          SEQUENCE_DETECTIONS.map((id) => ({ id, kind: 'detection' as const })),
        );
        if (value !== undefined) differ(runAll(value, signals));
      }),
      { numRuns: RUNS * 2 },
    );
  });
});

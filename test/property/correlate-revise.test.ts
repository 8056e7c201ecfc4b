import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Correlator } from '../../engine/correlate/correlator.ts';
import { standing } from '../../engine/correlate/standing.ts';
import { type CorrelationRule, duration, MEASURE_TYPES, type Signal } from '../../engine/model/index.ts';
import {
  DETECTIONS,
  firstSeenRule,
  measureRule,
  orderedRule,
  riskRule,
  SEQUENCE_DETECTIONS,
  sequenceRule,
  sequenceStream,
  stream,
  temporalRule,
} from '../correlate/arbitrary.ts';
import { rule, S } from '../correlate/build.ts';
import { planOf, runAll, sorted, summary } from '../correlate/harness.ts';

/** The long proof is `TELLTALE_RUNS=20000`. */
const RUNS = Math.min(Number(process.env['TELLTALE_RUNS'] ?? 300), 100_000);

/** Nothing is said to be late, and much is, by up to 5 s: all that is put in its place. */
const REVISED = duration(6 * S);

const anyRule: fc.Arbitrary<CorrelationRule> = fc
  .oneof(
    ...MEASURE_TYPES.map((type) => measureRule(type)),
    temporalRule,
    orderedRule,
    firstSeenRule,
    riskRule,
  )
  // With `update` a signal that revises stands beside what it revises; here one must stand in its place.
  .map((made) => (made.emit === 'update' ? { ...made, emit: 'every' as const } : made));

function parentOf(first: CorrelationRule): CorrelationRule {
  return rule('parent', {
    rules: ['r', 'a'],
    seconds: 6,
    groupBy: first.groupBy.slice(0, 1),
    emit: 'every',
    body: { type: 'event_count', fields: [], bounds: [{ op: 'gte', value: 2 }], minEvents: 1 },
  });
}

/** Dense, so that what is late changes something. */
const dense = fc.tuple(stream, stream, stream).map((streams) => streams.flat());
const denseSequences = fc.tuple(sequenceStream, sequenceStream).map((streams) => streams.flat());

const MOST = 100;
const delivery = fc.record({
  delays: fc.array(fc.constantFrom(0, 0, 1, 7, 20), { minLength: MOST, maxLength: MOST }),
  cuts: fc.array(fc.constantFrom(true, true, true, false), { minLength: MOST, maxLength: MOST }),
  restarts: fc.array(fc.constantFrom(true, false, false), { minLength: MOST, maxLength: MOST }),
});

type Delivery = typeof delivery extends fc.Arbitrary<infer D> ? D : never;

function inTheEnd(
  rules: readonly CorrelationRule[],
  signals: readonly Signal[],
  how: Delivery,
): readonly Signal[] {
  const plan = planOf(rules, [...new Set([...DETECTIONS, ...SEQUENCE_DETECTIONS])]);
  const arrivals = signals
    .map((signal, i) => ({ signal, at: signal.end + ((how.delays[i] ?? 0) * S) / 4 - (i % 3) }))
    .sort((a, b) => a.at - b.at);
  let correlator = new Correlator(plan);
  const said: Signal[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  for (const [i, { signal }] of arrivals.entries()) {
    correlator.accept(signal);
    newest = Math.max(newest, signal.end);
    if (how.cuts[i]) said.push(...correlator.advance(newest));
    if (!how.restarts[i]) continue;
    const restored = Correlator.restore(plan, correlator.snapshot());
    if (restored === undefined) throw new Error('the snapshot was refused');
    correlator = restored.correlator;
  }
  said.push(...correlator.finish());
  return standing(said, plan);
}

function told(signals: readonly Signal[]): unknown[] {
  return sorted(
    signals.map((signal) => ({
      ...summary(signal),
      // Firings of one instant are in the order of their ids, and what is said anew has another: so a parent's groups are told apart as it
      // compares them, not by how the newest of two of one instant wrote them.
      ...(signal.rule.id === 'parent' ? { group: JSON.stringify(summary(signal).group).toLowerCase() } : {}),
      revision: 0,
      rule: signal.rule.id,
      parts: signal.correlation?.partsTotal,
    })),
  );
}

describe('with late: revise, what stands in the end is what in-order delivery says', () => {
  const revising = (made: CorrelationRule): CorrelationRule => ({
    ...made,
    late: 'revise',
    reviseFor: REVISED,
  });

  it('for all types, alone and under a parent that revises too', () => {
    fc.assert(
      fc.property(anyRule, dense, delivery, fc.boolean(), (made, signals, how, chained) => {
        const rules = chained ? [made, parentOf(made)] : [made];
        const plain = planOf(rules, [...DETECTIONS]);
        expect(told(inTheEnd(rules.map(revising), signals, how))).toEqual(told(runAll(plain, signals)));
      }),
      { numRuns: RUNS },
    );
  });

  it('for sequences', () => {
    fc.assert(
      fc.property(sequenceRule, denseSequences, delivery, (drawn, signals, how) => {
        const made = drawn.emit === 'update' ? { ...drawn, emit: 'every' as const } : drawn;
        let plain: ReturnType<typeof planOf>;
        try {
          plain = planOf([made], [...SEQUENCE_DETECTIONS]);
        } catch {
          return;
        }
        expect(told(inTheEnd([revising(made)], signals, how))).toEqual(told(runAll(plain, signals)));
      }),
      { numRuns: RUNS },
    );
  });
});

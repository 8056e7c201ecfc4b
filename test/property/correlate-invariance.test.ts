import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Correlator } from '../../engine/correlate/correlator.ts';
import type { CorrelationPlan } from '../../engine/correlate/plan.ts';
import { planCorrelations } from '../../engine/correlate/plan-rules.ts';
import { type CorrelationRule, MEASURE_TYPES, type Signal } from '../../engine/model/index.ts';
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
import { planOf, runAll } from '../correlate/harness.ts';

const RUNS = Number(process.env['TELLTALE_RUNS'] ?? 1000);

const anyRule: fc.Arbitrary<CorrelationRule> = fc.oneof(
  ...MEASURE_TYPES.map((type) => measureRule(type)),
  temporalRule,
  orderedRule,
  firstSeenRule,
  riskRule,
);

/** Two rules and one over them, so that chains and lanes of different lateness are part of every law. */
const rules: fc.Arbitrary<CorrelationRule[]> = fc
  .tuple(anyRule, fc.constantFrom(0, 1, 3), fc.constantFrom(1, 2))
  .map(([first, lateness, count]) => [
    first,
    rule('parent', {
      rules: ['r', 'a'],
      seconds: 6,
      lateness: lateness * S,
      groupBy: first.groupBy.slice(0, 1),
      emit: 'every',
      body: { type: 'event_count', fields: [], bounds: [{ op: 'gte', value: count }], minEvents: 1 },
    }),
  ]);

/** The whole of what comes out, down to ids, evidence and entities. */
function canonical(signals: readonly Signal[]): string[] {
  return signals.map((s) => JSON.stringify({ ...s, values: [...s.values] })).sort();
}

/** How a stream is delivered: a delay for each signal (below the lateness), batch cuts, restarts. */
const delivery = fc.record({
  delays: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 40, maxLength: 40 }),
  cuts: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
  restarts: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
});

/** How an engine is stopped and goes on. */
type Restart = 'bytes' | 'rows' | 'reload';

interface Delivery {
  readonly restart?: Restart;
  readonly delays: readonly number[];
  readonly cuts: readonly boolean[];
  readonly restarts: readonly boolean[];
}

function deliver(plan: CorrelationPlan, signals: readonly Signal[], how: Delivery): Signal[] {
  const lateness = 5 * S;
  const arrivals = signals
    .map((signal, i) => ({ signal, at: signal.end + ((how.delays[i] ?? 0) * S) / 4 - (i % 3) }))
    .sort((a, b) => a.at - b.at);
  let correlator = new Correlator(plan);
  const store = new Map<string, Uint8Array>();
  const out: Signal[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  for (const [i, { signal }] of arrivals.entries()) {
    correlator.accept(signal);
    newest = Math.max(newest, signal.end);
    if (how.cuts[i]) out.push(...correlator.advance(newest - lateness - 1));
    if (how.restarts[i]) {
      if (how.restart === 'reload') correlator = correlator.reload(plan).correlator;
      // A store that has written every transaction so far; some batches write without a restart.
      for (const { key, bytes } of how.restart === 'bytes' ? [] : correlator.changes()) {
        if (bytes === undefined) store.delete(key);
        else store.set(key, bytes);
      }
      if (how.restart === 'rows' && i % 3 === 0) continue;
      const rows = [...store].map(([key, bytes]) => ({ key, bytes }));
      const restored =
        how.restart === 'bytes'
          ? Correlator.restore(plan, correlator.snapshot())
          : Correlator.restoreRows(plan, rows);
      if (restored === undefined) throw new Error('the snapshot was refused');
      correlator = restored.correlator;
    }
  }
  out.push(...correlator.finish());
  return out;
}

describe('nothing that comes out depends on', () => {
  const plain: Delivery = { delays: [], cuts: [], restarts: [] };
  const laws: readonly { name: string; given: (d: Delivery) => Delivery }[] = [
    {
      name: 'the order of arrival inside the lateness',
      given: (d) => ({ ...plain, delays: d.delays, cuts: d.cuts }),
    },
    { name: 'how the stream is cut into batches', given: (d) => ({ ...plain, cuts: d.cuts }) },
    {
      name: 'where the engine is stopped, saved and restored',
      given: (d) => ({ ...d, restart: 'bytes' }),
    },
    {
      name: 'where it is stopped and restored from the rows of its changes',
      given: (d) => ({ ...d, restart: 'rows' }),
    },
    {
      name: 'where its rules are loaded anew, and its rows written on',
      given: (d) => ({ ...d, restart: 'reload' }),
    },
  ];
  for (const { name, given } of laws) {
    it(name, () => {
      fc.assert(
        fc.property(rules, stream, delivery, (made, signals, how) => {
          const plan = planOf(made, [...DETECTIONS]);
          expect(canonical(deliver(plan, signals, given(how)))).toEqual(canonical(runAll(plan, signals)));
        }),
        { numRuns: RUNS },
      );
    });
  }

  for (const { name, given } of laws) {
    it(`${name}, for sequences`, () => {
      fc.assert(
        fc.property(sequenceRule, sequenceStream, delivery, (made, signals, how) => {
          const { value: plan } = planCorrelations(
            [made],
            SEQUENCE_DETECTIONS.map((id) => ({ id, kind: 'detection' as const })),
          );
          if (plan === undefined) return;
          expect(canonical(deliver(plan, signals, given(how)))).toEqual(canonical(runAll(plan, signals)));
        }),
        { numRuns: RUNS },
      );
    });
  }

  it('a snapshot taken twice of one state: the bytes are equal, and equal after a restore', () => {
    fc.assert(
      fc.property(rules, stream, (made, signals) => {
        const plan = planOf(made, [...DETECTIONS]);
        const correlator = new Correlator(plan);
        for (const signal of signals) correlator.accept(signal);
        correlator.advance(10 * S);
        const bytes = correlator.snapshot();
        const restored = Correlator.restore(plan, bytes);
        expect(new TextDecoder().decode(restored?.correlator.snapshot())).toEqual(
          new TextDecoder().decode(bytes),
        );
      }),
      { numRuns: Math.min(RUNS, 300) },
    );
  });
});

describe('the evidence of a match is minimal', () => {
  const types = ['event_count', 'value_count', 'value_sum', 'value_max', 'value_min'] as const;
  const some: fc.Arbitrary<CorrelationRule> = fc.oneof(
    ...types.map((type) => measureRule(type)),
    temporalRule,
    orderedRule,
  );
  it('the parts alone fire; without any one of them they do not', () => {
    fc.assert(
      fc.property(some, stream, (made, signals) => {
        const { body } = made;
        const bounds = 'bounds' in body ? body.bounds : [];
        const settling = body.type === 'value_min' ? ['lt', 'lte'] : ['gt', 'gte'];
        // What waits for its window's close rests on the whole window, and `min_events` on as many as it says.
        fc.pre(bounds.every((b) => settling.includes(b.op)) && made.emit !== 'at_close');
        fc.pre(!('minEvents' in body) || body.minEvents === 1);
        fc.pre(!('condition' in body) || !JSON.stringify(body.condition).includes('"not"'));
        // What keeps a session open between its parts is no part of the evidence, so the parts need not be a session by themselves.
        fc.pre(made.window.kind !== 'session');
        // Sums of negative numbers are not minimal in any useful sense.
        const positive = signals.filter((s) => body.type !== 'value_sum' || Number(s.values.get('n')) > 0);
        fc.pre(positive.length > 0);
        const plan = planOf([{ ...made, emit: 'every', afterMatch: 'keep' }], [...DETECTIONS]);
        const byId = new Map(positive.map((s) => [s.id, s]));
        for (const match of runAll(plan, positive)) {
          const parts = (match.correlation?.parts ?? []).flatMap((part) => byId.get(part.id) ?? []);
          const group = groupText(match);
          const fires = (given: readonly Signal[]): boolean =>
            runAll(plan, given).some((s) => groupText(s) === group);
          expect(fires(parts)).toBe(true);
          for (const part of parts) expect(fires(parts.filter((other) => other !== part))).toBe(false);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

function groupText(signal: Signal): string {
  return JSON.stringify(
    signal.correlation?.group.map(([, value]) => (value === null ? null : String(value).toLowerCase())),
  );
}

import { Correlator } from '../../engine/correlate/correlator.ts';
import type { CorrelationPlan } from '../../engine/correlate/plan.ts';
import { planCorrelations } from '../../engine/correlate/plan-rules.ts';
import type { CorrelationRule, Scalar, Signal } from '../../engine/model/index.ts';

/** The plan of rules that must plan without findings; the detections they name exist. */
export function planOf(rules: readonly CorrelationRule[], detections: readonly string[]): CorrelationPlan {
  const { value, diagnostics } = planCorrelations(
    rules,
    detections.map((id) => ({ id, kind: 'detection' as const })),
  );
  if (value === undefined || diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  return value;
}

/** Runs a stream at once, in the order given. */
export function runAll(plan: CorrelationPlan, stream: readonly Signal[]): Signal[] {
  const correlator = new Correlator(plan);
  for (const signal of stream) correlator.accept(signal);
  return [...correlator.finish()];
}

/** What is compared of a signal. */
export function summary(signal: Signal): {
  time: number;
  ns: number;
  group: readonly (readonly [string, Scalar])[];
  measure: number;
  revision: number;
} {
  return {
    time: signal.end,
    ns: signal.endNs,
    group: signal.correlation?.group ?? [],
    measure: signal.correlation?.measure ?? Number.NaN,
    revision: signal.correlation?.revision ?? 0,
  };
}

/** An order that depends on nothing but the content. */
export function sorted<T>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => {
    const x = JSON.stringify(a);
    const y = JSON.stringify(b);
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

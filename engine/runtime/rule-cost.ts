import type { MeasuredRule } from '../pipeline/index.ts';

/** What rules cost on one batch that was measured, which stands for so many batches. */
export interface MeasuredCosts {
  readonly batches: number;
  readonly costs: readonly MeasuredRule[];
}

/** What rules have cost since the process began, estimated from the batches that were measured. */
export class RuleCosts {
  readonly #costs = new Map<string, { evaluations: number; tookMs: number }>();

  measured({ batches, costs }: MeasuredCosts): void {
    for (const { rule, evaluations, tookMs } of costs) {
      const known = this.#costs.get(rule) ?? { evaluations: 0, tookMs: 0 };
      known.evaluations += evaluations * batches;
      known.tookMs += tookMs * batches;
      this.#costs.set(rule, known);
    }
  }

  /** By rule id; rules that were never evaluated are not there. */
  all(): ReadonlyMap<string, { readonly evaluations: number; readonly tookMs: number }> {
    return this.#costs;
  }

  /** Milliseconds by rule. */
  times(): ReadonlyMap<string, number> {
    return new Map([...this.#costs].map(([rule, { tookMs }]) => [rule, tookMs]));
  }
}

import type { Changes, Signal } from '../model/index.ts';

/** Signals by rule since the process began. */
export class RuleTally {
  readonly #hits = new Map<string, number>();

  /** Counts what detections said; what baselines only observe is no signal. */
  taken(signals: readonly Signal[]): void {
    for (const { rule } of signals) if (rule.kind !== 'baseline') this.#count(rule.id);
  }

  /** Counts what baselines and correlations said. */
  decided({ signals }: Changes): void {
    for (const { rule } of signals) this.#count(rule.id);
  }

  hits(rule: string): number {
    return this.#hits.get(rule) ?? 0;
  }

  /** By rule id; rules without a signal are not there. */
  all(): ReadonlyMap<string, number> {
    return this.#hits;
  }

  #count(rule: string): void {
    this.#hits.set(rule, (this.#hits.get(rule) ?? 0) + 1);
  }
}

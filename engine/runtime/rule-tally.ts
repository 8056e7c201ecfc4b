import type { Changes, Signal } from '../model/index.ts';

/** Signals by rule, and those that came late by source, since the process began. */
export class RuleTally {
  readonly #late = new Map<string, number>();
  readonly #hits = new Map<string, number>();

  /** Counts what detections said; what baselines only observe is no signal. */
  taken(signals: readonly Signal[]): void {
    for (const { rule } of signals) if (rule.kind !== 'baseline') this.#count(rule.id);
  }

  /** Counts what baselines and correlations said. */
  decided({ signals }: Changes): void {
    for (const { rule } of signals) this.#count(rule.id);
  }

  /** Counts signals of a source whose events came behind a watermark (microseconds). */
  came(source: string, signals: readonly Signal[], watermark: number): void {
    let late = 0;
    for (const { end } of signals) if (end < watermark) late++;
    if (late > 0) this.#late.set(source, this.late(source) + late);
  }

  /** Signals of a source that came late. */
  late(source: string): number {
    return this.#late.get(source) ?? 0;
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

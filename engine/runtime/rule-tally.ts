import type { Changes, Signal } from '../model/index.ts';

/** Signals by rule, and by source those that came late and records that were read though damaged, since the process began. */
export class RuleTally {
  readonly #late = new Map<string, number>();
  readonly #hits = new Map<string, number>();
  readonly #damaged = new Map<string, Map<string, number>>();

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

  /** Counts, by code, what was damaged and read all the same. */
  warned(source: string, counts: ReadonlyMap<string, number>): void {
    if (counts.size === 0) return;
    const known = this.#damaged.get(source) ?? new Map<string, number>();
    for (const [code, count] of counts) known.set(code, (known.get(code) ?? 0) + count);
    this.#damaged.set(source, known);
  }

  /** By code: what of a source was damaged and read all the same. */
  damaged(source: string): ReadonlyMap<string, number> {
    return this.#damaged.get(source) ?? new Map();
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

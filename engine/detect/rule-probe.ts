/**
 * Measures what rules cost on the events for which it is set. The clock is the caller's: this room has none. What a rule asks that another asked before it on the
 * same event is remembered and costs it nothing, so costs are shared out by who asks first.
 */
export class RuleProbe {
  readonly now: () => number;
  readonly #costs = new Map<number, { evaluations: number; tookMs: number }>();

  /** `now`: milliseconds of a monotonic clock, as fine as there is. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** A rule (position in the plan) was evaluated for so long. */
  took(rule: number, tookMs: number): void {
    const known = this.#costs.get(rule);
    if (known === undefined) this.#costs.set(rule, { evaluations: 1, tookMs });
    else {
      known.evaluations++;
      known.tookMs += tookMs;
    }
  }

  /** What rules have cost, by position in the plan. */
  get costs(): ReadonlyMap<number, { readonly evaluations: number; readonly tookMs: number }> {
    return this.#costs;
  }
}

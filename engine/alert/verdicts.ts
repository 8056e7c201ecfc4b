import type { Verdict, VerdictCounts } from '../model/index.ts';

const NONE: VerdictCounts = { truePositive: 0, benign: 0, falsePositive: 0 };

const MEMBER: Readonly<Record<Verdict, keyof VerdictCounts>> = {
  true_positive: 'truePositive',
  benign: 'benign',
  false_positive: 'falsePositive',
};

/** Verdicts by rule, exact: a verdict that is changed counts once, as what it was changed to. */
export class VerdictLedger {
  readonly #counts = new Map<string, VerdictCounts>();

  of(ruleId: string): VerdictCounts | undefined {
    return this.#counts.get(ruleId);
  }

  change(ruleId: string, before: Verdict | undefined, after: Verdict): void {
    if (before !== undefined) this.#count(ruleId, before, -1);
    this.#count(ruleId, after, 1);
  }

  add(ruleId: string, counts: VerdictCounts): void {
    const known = this.#counts.get(ruleId) ?? NONE;
    this.#counts.set(ruleId, {
      truePositive: known.truePositive + counts.truePositive,
      benign: known.benign + counts.benign,
      falsePositive: known.falsePositive + counts.falsePositive,
    });
  }

  counts(): ReadonlyMap<string, VerdictCounts> {
    return this.#counts;
  }

  #count(ruleId: string, verdict: Verdict, by: number): void {
    const known = this.#counts.get(ruleId) ?? NONE;
    const member = MEMBER[verdict];
    this.#counts.set(ruleId, { ...known, [member]: known[member] + by });
  }
}

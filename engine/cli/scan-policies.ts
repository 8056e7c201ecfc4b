import type { Diagnostic } from '../diagnostic/index.ts';
import type { Changes, Decision } from '../model/index.ts';
import {
  CaseHistory,
  Decider,
  type FactSource,
  POLICY_CODES,
  type PolicyPlan,
  PolicyStage,
} from '../policy/index.ts';

/** The policies of a scan: they decide once, when everything has been read. */
export class ScanPolicies {
  readonly #history = new CaseHistory();
  readonly #decider: Decider;
  readonly #stage: PolicyStage;
  #cut = false;
  /** Decisions that were applied. */
  decided = 0;

  constructor(plan: PolicyPlan, sources: readonly FactSource[]) {
    this.#decider = new Decider(plan, { sources: [...sources, this.#history] });
    this.#stage = new PolicyStage(this.#decider);
  }

  /** Every revision: those that came about, and those that decisions made. */
  async settle(found: Changes, apply: (decision: Decision) => Changes): Promise<Changes> {
    if (this.#decider.plan.policies.length === this.#decider.resting.length) return found;
    const alerts = [...found.alerts];
    const incidents = [...found.incidents];
    const settled = await this.#stage.settle(found, {
      history: this.#history,
      apply: (decision) => {
        const changes = apply(decision);
        alerts.push(...changes.alerts);
        incidents.push(...changes.incidents);
        return changes;
      },
    });
    this.#cut = settled.cut;
    this.decided = settled.decisions.length;
    return { signals: found.signals, alerts, incidents };
  }

  /** Policies that asked for facts which nothing gives. */
  get resting(): number {
    return this.#decider.resting.length;
  }

  /** What is to be said of them: decisions withheld (TT6506), and policies that did not come to rest (TT6507). */
  findings(): Diagnostic[] {
    const titles = new Map(
      this.#decider.plan.policies.map(({ rule }) => [rule.meta.id, rule.meta.title] as const),
    );
    const withheld = [...this.#stage.withheld].map(([id, { count, fact, reason }]) => ({
      code: POLICY_CODES.TT6506.code,
      severity: POLICY_CODES.TT6506.severity,
      message: `${titles.get(id) ?? id}: withheld ${count} times; ${fact}: ${reason}`,
    }));
    if (!this.#cut) return withheld;
    const { code, severity } = POLICY_CODES.TT6507;
    return [
      ...withheld,
      { code, severity, message: 'policies went on changing what they decide about, and were cut off' },
    ];
  }
}

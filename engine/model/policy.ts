import type { Place } from '../diagnostic/index.ts';
import type { Verdict } from './alert.ts';
import type { Decision } from './decision.ts';
import type { RuleMeta } from './rule.ts';
import type { Duration, EventTime } from './time.ts';

/** What a policy can be about. */
export const POLICY_SUBJECTS = ['alert', 'incident', 'any'] as const;
export type PolicySubject = (typeof POLICY_SUBJECTS)[number];

/** A comparison of one fact with a value. */
export interface PolicyTest {
  readonly kind: 'test';
  /** Name of the fact: `alert`, `incident`, `case`, `time`, or that of a source of facts. */
  readonly fact: string;
  /** What the source of facts is asked with. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Own properties from the fact's value inwards; lists are stepped through. Empty: the fact itself. */
  readonly path: readonly string[];
  readonly operator: string;
  readonly value: unknown;
  /** The other side is a fact too, where it is not `value`. */
  readonly against?: Omit<PolicyTest, 'kind' | 'operator' | 'value' | 'against'>;
  /** Where it stands; `params`, `value` … of a finding stand below it. */
  readonly at: Place;
}

/** The boolean expression of a policy. */
export type PolicyCondition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly PolicyCondition[] }
  | { readonly kind: 'not'; readonly of: PolicyCondition }
  | PolicyTest;

/** What a policy decides where its condition holds. At least one member is there. */
export interface PolicyEffect {
  readonly severity?: NonNullable<Decision['severity']>;
  readonly confidence?: NonNullable<Decision['confidence']>;
  /** Owner and end are never absent: nobody mutes for good, and somebody answers for it. */
  readonly suppress?: {
    readonly owner: string;
    readonly reason: string;
    readonly until: EventTime | { readonly for: Duration };
  };
  readonly tags?: readonly string[];
  readonly assignee?: string;
  readonly state?: NonNullable<Decision['state']>;
  readonly verdict?: Verdict;
  readonly escalate?: NonNullable<Decision['escalate']>;
  /** Names of outputs; what stands behind a name is the operator's configuration. */
  readonly route?: readonly string[];
}

/** One test of a policy: a subject and facts, and what must be decided. */
export interface PolicyCase {
  readonly name: string;
  readonly subject: {
    readonly kind: 'alert' | 'incident';
    readonly members: Readonly<Record<string, unknown>>;
  };
  /** Values of facts by name, whatever they are asked with. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Facts that fail. */
  readonly failing: readonly string[];
  /** When it is decided; the subject's last event where absent. */
  readonly at?: EventTime;
  readonly expect: {
    /** How many decisions (0 or 1), or what the decision holds; only what is written is compared. */
    readonly decisions: number | readonly Readonly<Record<string, unknown>>[];
    /** That the decision was withheld because a fact failed. */
    readonly withheld?: boolean;
  };
  readonly file: string;
  readonly line: number;
}

/** A rule about alerts and incidents: condition and decision. It decides at the pace of alerts, never of events. */
export interface PolicyRule {
  readonly kind: 'policy';
  readonly meta: RuleMeta;
  readonly applies: PolicySubject;
  /** 1 to 1000; the higher one prevails where two policies disagree. 100 where absent. */
  readonly priority: number;
  readonly when: PolicyCondition;
  readonly effect: PolicyEffect;
  readonly tests: readonly PolicyCase[];
}

import type { Entity } from './entity.ts';
import type { Scalar } from './event.ts';
import type { Level } from './level.ts';
import type { EventRef, RuleRef } from './signal.ts';
import type { EventTime } from './time.ts';

/** Where an alert stands in its life. */
export const ALERT_STATES = ['open', 'acknowledged', 'resolved', 'dismissed'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** What an analyst found an alert or incident to be. */
export const VERDICTS = ['true_positive', 'benign', 'false_positive'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** From least to most severe. Derived from level and confidence, never declared. */
export const SEVERITIES = ['informational', 'low', 'medium', 'high'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One term of a derived figure, in the order it was applied; together they are the waterfall that is printed. */
export interface ScoreTerm {
  /** Short and stable, such as `prior`, `precision`, `asset`, `counter`. */
  readonly name: string;
  /** What the figure was multiplied by, or had added to it; the running value stands in `after`. */
  readonly operation: 'set' | 'multiply' | 'add' | 'cap';
  readonly value: number;
  readonly after: number;
  /** In words, with its source. */
  readonly reason: string;
}

/** An ATT&CK technique of an alert. */
export interface Technique {
  /** `T1059` or `T1059.001`. */
  readonly id: string;
  /** Absent where our table does not know it. */
  readonly name?: string;
}

/** What a policy, an analyst or a suppression said about an alert or incident, kept for the record. */
export interface CaseNote {
  readonly at: EventTime;
  /** `policy:<id>`, `analyst:<name>`, `rule:<id>`, `engine`. */
  readonly by: string;
  readonly text: string;
}

/** Deduplicated signals of one rule and group, with a life. Every change is a new revision; an object never changes. */
export interface Alert {
  /** SHA-256 over rule id, group values and the first signal of this life, 32 hex digits: it does not change with revisions. */
  readonly id: string;
  /** From 1. */
  readonly revision: number;
  /** Rule id and group values: what is one alert while it is open. */
  readonly key: string;
  readonly rule: RuleRef;
  readonly title: string;
  readonly description?: string;
  readonly group: readonly (readonly [string, Scalar])[];
  readonly state: AlertState;
  readonly verdict?: Verdict;
  readonly assignee?: string;
  /** Muted by a suppression or a policy: it is kept and counted, outputs do not see it. */
  readonly suppressed?: { readonly by: string; readonly reason: string; readonly until?: EventTime };
  readonly firstSeen: EventTime;
  readonly lastSeen: EventTime;
  /** Signals in it, exact. */
  readonly count: number;
  readonly level: Level;
  /** 0–1, after all terms. */
  readonly confidence: number;
  readonly severity: Severity;
  /** 0–100. */
  readonly score: number;
  /** How confidence and score came about. */
  readonly terms: readonly ScoreTerm[];
  /** ATT&CK tactics by short name, in the order of the kill chain. */
  readonly tactics: readonly string[];
  readonly techniques: readonly Technique[];
  /** Bounded; actors first. */
  readonly entities: readonly Entity[];
  readonly entitiesTotal: number;
  /** Steps with the event's values filled in. */
  readonly remediation: readonly string[];
  readonly tags: readonly string[];
  /** Ids of the first and latest signals, bounded. */
  readonly signals: readonly string[];
  /** Events of the first and latest signals, bounded. */
  readonly evidence: readonly EventRef[];
  readonly evidenceTotal: number;
  /** Values the rule's signals carried (group-by, templates), of the first signal. */
  readonly values: readonly (readonly [string, Scalar | readonly Scalar[]])[];
  readonly notes: readonly CaseNote[];
}

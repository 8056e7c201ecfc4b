import type { Place } from '../diagnostic/index.ts';
import type { EntitySpec } from './entity.ts';
import type { Expression } from './expression.ts';
import type { Level, Status } from './level.ts';
import type { Logsource } from './logsource.ts';
import type { RuleTest } from './rule-test.ts';
import type { Duration } from './time.ts';

/** The kinds of rule, told apart by the block that a document carries. */
export const RULE_KINDS = [
  'detection',
  'filter',
  'correlation',
  'baseline',
  'incident',
  'policy',
  'feed',
] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** Whether anybody hears of a rule's alerts. */
export const RULE_MODES = ['live', 'shadow'] as const;
export type RuleMode = (typeof RULE_MODES)[number];

/** What every rule carries, whatever its kind. */
export interface RuleMeta {
  /** The document's id; where it has none, one derived from its semantics hash (`x-` and 32 hex digits). */
  readonly id: string;
  /** Sigma's `name`, by which correlations may refer to it. */
  readonly name?: string;
  readonly title: string;
  /** 1 where the document has none. */
  readonly version: number;
  readonly level: Level;
  readonly status: Status;
  /** Prior probability that a firing is malicious, 0–1. */
  readonly confidence: number;
  readonly tags: readonly string[];
  readonly description?: string;
  readonly author?: string;
  readonly owner?: string;
  readonly date?: string;
  readonly modified?: string;
  readonly references: readonly string[];
  readonly falsepositives: readonly string[];
  readonly related: readonly { readonly id: string; readonly type: string }[];
  /** Steps for whoever handles the alert. */
  readonly remediation: readonly string[];
  /** Explicit entities; the defaults by field name apply where empty. */
  readonly entities: readonly EntitySpec[];
  readonly suppress?: Suppression;
  /** `shadow`: its alerts are kept and counted, and reach nobody; `live` where absent. */
  readonly mode?: RuleMode;
  readonly source: Place;
  /** SHA-256 (hex) over the canonical semantics: comments, texts and metadata do not change it. */
  readonly hash: string;
}

/** Keep quiet about repeats: by these fields, for so long, unless one of these levels is reached. */
export interface Suppression {
  readonly by: readonly string[];
  readonly for: Duration;
  readonly unless?: Level;
}

/** A Sigma detection with all its modifiers and its condition resolved. */
export interface DetectionRule {
  readonly kind: 'detection';
  readonly meta: RuleMeta;
  readonly logsource: Logsource;
  readonly expression: Expression;
  /** Fields that the rule's author wants shown (Sigma's `fields`). */
  readonly fields: readonly string[];
  readonly tests: readonly RuleTest[];
}

/** A Sigma filter, ANDed as written to the rules it names. */
export interface FilterRule {
  readonly kind: 'filter';
  readonly meta: RuleMeta;
  readonly logsource: Logsource;
  readonly rules: 'any' | readonly string[];
  readonly expression: Expression;
}

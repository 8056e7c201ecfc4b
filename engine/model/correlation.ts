import type { Place } from '../diagnostic/index.ts';
import type { Comparison, Expression } from './expression.ts';
import type { Logsource } from './logsource.ts';
import type { RuleMeta } from './rule.ts';
import type { RuleTest } from './rule-test.ts';
import type { Duration } from './time.ts';

/** The types that compare one figure of a window with bounds. The first five and `value_percentile` are Sigma's. */
export const MEASURE_TYPES = [
  'event_count',
  'value_count',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
  'value_min',
  'value_max',
  'value_rarity',
] as const;
export type MeasureType = (typeof MEASURE_TYPES)[number];

/** Every correlation type: Sigma 2.1's seven and ours. */
export const CORRELATION_TYPES = [
  ...MEASURE_TYPES,
  'temporal',
  'temporal_ordered',
  'sequence',
  'first_seen',
  'risk',
] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

/** A rule named by its id or its `name`, as written. */
export interface RuleReference {
  readonly text: string;
  readonly at?: Place;
}

/** One comparison of a condition; several must all hold. */
export interface Bound {
  readonly op: Comparison | 'neq';
  readonly value: number;
}

/** Which of the listed rules must have fired in the window. */
export type Presence =
  | { readonly kind: 'rule'; readonly rule: RuleReference }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Presence[] }
  | { readonly kind: 'not'; readonly of: Presence }
  | { readonly kind: 'at_least'; readonly count: number; readonly of: readonly Presence[] }
  /** The weights of the rules present add up to at least so much. */
  | {
      readonly kind: 'weight';
      readonly weights: readonly { readonly rule: RuleReference; readonly weight: number }[];
      readonly atLeast: number;
    };

/** `sliding`: (t − timespan, t]; `tumbling`: aligned to the epoch; `hop`: aligned, every `every`; `session`: until `gap` of silence. */
export type CorrelationWindow =
  | { readonly kind: 'sliding' }
  | { readonly kind: 'tumbling' }
  | { readonly kind: 'hop'; readonly every: Duration }
  | { readonly kind: 'session'; readonly gap: Duration };

/** A value of one step, by the step's label and the field. */
export interface StepField {
  readonly step: string;
  readonly field: string;
}

/** Compares a field of this step's signal with a field of an earlier step's, or with a constant. */
export interface StepTest {
  readonly field: string;
  readonly op: Comparison | 'neq';
  readonly other: StepField | { readonly value: string | number | boolean };
}

/** One step of a sequence: something that must happen, or (`absent`) must not. */
export interface SequenceStep {
  /** `as:`, else the reference as written; what `join` and `where` call it. */
  readonly label: string;
  readonly rule: RuleReference;
  readonly absent: boolean;
  /** So many signals (or so many distinct values of a field) complete the step; 1 where not said. */
  readonly times: number;
  readonly distinct?: string;
  /** The step completes less than this after the step before it; for `absent`: how long it must stay away (before or after). */
  readonly within?: Duration;
  /** … and at least this long after. */
  readonly after?: Duration;
  /** All of which must hold. */
  readonly where: readonly StepTest[];
  /** Where `where` is a list: sets of tests, of which one must hold. */
  readonly anyOf?: readonly (readonly StepTest[])[];
  readonly at?: Place;
}

/** Two step fields that must be equal. */
export interface StepJoin {
  readonly left: StepField;
  readonly right: StepField;
  readonly at?: Place;
}

/** What each type needs beyond the common part. */
export type CorrelationBody =
  | {
      readonly type: MeasureType;
      /** The fields whose values count; empty for `event_count`. */
      readonly fields: readonly string[];
      readonly bounds: readonly Bound[];
      /** 0–100, of `value_percentile`. */
      readonly percentile?: number;
      /** Silent below so many signals in the window. */
      readonly minEvents: number;
    }
  | { readonly type: 'temporal'; readonly condition?: Presence }
  | { readonly type: 'temporal_ordered' }
  | {
      readonly type: 'sequence';
      readonly steps: readonly SequenceStep[];
      readonly join: readonly StepJoin[];
      /** Ends every run of its group. */
      readonly until: readonly RuleReference[];
    }
  | { readonly type: 'first_seen'; readonly fields: readonly string[]; readonly warmup?: Duration }
  | {
      readonly type: 'risk';
      readonly bounds: readonly Bound[];
      readonly halfLife: Duration;
      /** Multiplies a rule's share; 1 where absent. */
      readonly weights: readonly { readonly rule: RuleReference; readonly weight: number }[];
      readonly minTactics: number;
      readonly minSources: number;
    };

/** Counter-evidence: a rule whose firing near the match speaks against it. */
export interface CounterEvidence {
  readonly rule: RuleReference;
  /** How long before the match it still counts. */
  readonly within: Duration;
  /** `veto` drops the match, `lower` multiplies its score. */
  readonly effect: 'veto' | 'lower';
  /** With `lower`: what the score is multiplied by, 0–1. */
  readonly factor: number;
  /** It counts only while this rule fired so recently: a dead source speaks for nobody. */
  readonly alive?: { readonly rule: RuleReference; readonly within: Duration };
}

/** Named bounds of one rule's state. */
export interface CorrelationLimits {
  /** Groups (for sequences: runs and rings) held at once. */
  readonly groups: number;
  /** Signals held in one group. */
  readonly samples: number;
  /** Signals listed as evidence; the rest is counted. */
  readonly evidence: number;
}

/** What a filter or an overlay takes out of what a correlation reads: only firings on which the expression holds count. */
export interface CorrelationFilter {
  /** Title of the filter or overlay. */
  readonly by: string;
  /** The rules whose firings it is asked about; those of other logsources are read as they are. */
  readonly logsource: Logsource;
  readonly expression: Expression;
}

/** A Sigma correlation, and beyond. */
export interface CorrelationRule {
  readonly kind: 'correlation';
  readonly meta: RuleMeta;
  readonly rules: readonly RuleReference[];
  readonly groupBy: readonly string[];
  /** Alias → reference as written → field of that rule. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly timespan: Duration;
  readonly window: CorrelationWindow;
  readonly emit: 'once' | 'every' | 'update' | 'at_close';
  readonly onNull: 'skip' | 'group';
  readonly ties: 'strict' | 'allow';
  readonly sameEvent: 'forbid' | 'allow';
  /** Group, join and distinct values are compared exactly, not by simple folding. */
  readonly cased: boolean;
  /** How much later than the sources' own lateness this rule still waits. */
  readonly lateness: number;
  /** What comes later still: counted and dropped, or put in its place, with a revision of what was said. */
  readonly late: 'drop' | 'revise';
  /** How much later than that is still put in its place; a timespan where absent. */
  readonly reviseFor?: Duration;
  readonly afterMatch: 'keep' | 'reset';
  readonly stateOnEdit: 'keep' | 'replay' | 'reset';
  /** Quiet about a group (or about these fields of it) for so long after a signal, unless the new match has a rule the last had not. */
  readonly suppress?: { readonly for: Duration; readonly by: readonly string[] };
  readonly counter: readonly CounterEvidence[];
  readonly limits: CorrelationLimits;
  /** The rules referred to also alert by themselves. */
  readonly generate: boolean;
  /** Filters and overlays that name this correlation. */
  readonly filters?: readonly CorrelationFilter[];
  readonly body: CorrelationBody;
  readonly tests: readonly RuleTest[];
}

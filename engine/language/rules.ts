import type { Place } from '../diagnostic/index.ts';
import type {
  CorrelationFilter,
  DetectionRule,
  Expression,
  FilterRule,
  Level,
  Logsource,
  RuleKind,
  RuleMeta,
  RuleTest,
  Status,
} from '../model/index.ts';
import type { PlainMap } from './document.ts';
import type { Locator } from './finding.ts';

/** The kinds whose block this room does not look into: the rooms that run them do. */
export type OtherKind = Exclude<RuleKind, 'detection' | 'filter'>;

/** A document of another kind than detection, filter and overlay: its meta read, its block as plain data. */
export interface OtherDocument {
  readonly kind: OtherKind;
  readonly meta: RuleMeta;
  /** What stands under the key that names the kind. */
  readonly block: unknown;
  /** The whole document; ask for own properties only. */
  readonly document: PlainMap;
  readonly tests: readonly RuleTest[];
  /** Of an effective correlation: the filters and overlay filters that name it. */
  readonly filters?: readonly CorrelationFilter[];
  /** Gives a finding about the document its place, by key path from the document's root, e.g. `['correlation', 'rules', 0]`. */
  readonly locate: Locator;
}

/** Which rules an overlay means; a rule must fit every member that is there. */
export interface OverlaySelector {
  /** Ids or names. */
  readonly rules?: 'any' | readonly string[];
  /** Tags of which a rule must have one; `*` stands for anything. */
  readonly tags?: readonly string[];
  readonly logsource?: Logsource;
}

/** A document that changes rules without copying them. */
export interface Overlay {
  readonly title: string;
  readonly selector: OverlaySelector;
  readonly level?: Level;
  readonly confidence?: number;
  readonly status?: Status;
  /** False takes the rules out of the effective set. */
  readonly enabled?: boolean;
  /** ANDed to the rules as written. */
  readonly filter?: Expression;
  readonly source: Place;
  readonly locate: Locator;
}

/** A filter with what is needed to report about it later. */
export interface LoadedFilter extends FilterRule {
  readonly locate: Locator;
}

/** The tests of one rule, wherever they stand. */
export interface RuleTests {
  /** The rule's id. */
  readonly rule: string;
  readonly kind: RuleKind;
  readonly tests: readonly RuleTest[];
}

/** Everything that a set of rule files says. */
export interface LoadedRules {
  readonly detections: readonly DetectionRule[];
  readonly filters: readonly LoadedFilter[];
  /** In the order of file and line, in which they apply. */
  readonly overlays: readonly Overlay[];
  readonly others: readonly OtherDocument[];
  /** Every rule that has tests. */
  readonly tests: readonly RuleTests[];
}

/** A rule of any kind while the set is put together. */
export type LoadedRule =
  | {
      readonly kind: 'detection';
      readonly meta: RuleMeta;
      readonly locate: Locator;
      readonly rule: DetectionRule;
    }
  | {
      readonly kind: 'filter';
      readonly meta: RuleMeta;
      readonly locate: Locator;
      readonly rule: LoadedFilter;
    }
  | {
      readonly kind: 'other';
      readonly meta: RuleMeta;
      readonly locate: Locator;
      readonly rule: OtherDocument;
    };

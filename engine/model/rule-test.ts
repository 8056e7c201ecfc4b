/** One test of a rule, standing in its `tests:` block or in `<rule>.test.yml` beside it. */
export interface RuleTest {
  /** A sentence about behaviour. */
  readonly name: string;
  readonly given: readonly GivenItem[];
  readonly expect: TestExpectation;
  /** Line of the test in its file, from 1. */
  readonly line: number;
  readonly file: string;
}

/**
 * Something that arrives. Exactly one of `event` (fields by Sigma name, of the rule's own logsource), `raw` (a record as
 * a source would send it, decoded and normalised), `file` (recorded lines), `signal` (a firing of a named rule) and `alert` (of another product).
 */
export interface GivenItem {
  readonly event?: Readonly<Record<string, unknown>>;
  readonly raw?: unknown;
  readonly file?: string;
  readonly signal?: string;
  /** An alert of another product, as far as a template looks at it: title, tags, level, confidence. */
  readonly alert?: Readonly<Record<string, unknown>>;
  /** With `signal` or `alert`: the entities it names, as `type:value` or `type/role:value`, beside those that well-known fields name. */
  readonly entities?: readonly string[];
  /** With `signal`: the values it carries. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Event time after the test's start, in Sigma's timespan notation (`0s` where absent). */
  readonly at?: string;
  /** Times to repeat (1), `every` so long, with `vary` naming a list of values or `"u{n}"` templates per field. */
  readonly repeat?: number;
  readonly every?: string;
  readonly vary?: Readonly<Record<string, unknown>>;
  /** Arrival after the start, where it differs from `at`. */
  readonly delivered?: string;
  /** Deliver so many copies (1). */
  readonly copies?: number;
  /** Snapshot, drop and restore the engine before this item arrives. */
  readonly restart?: boolean;
}

/** What must come out. A number is the exact count of the rule's own signals; 0 says it stays silent. */
export interface TestExpectation {
  readonly signals: number | readonly ExpectedSignal[];
  /** Of a detection or correlation: how many alerts its signals make, or which. */
  readonly alerts?: number | readonly ExpectedAlert[];
  /** Of an incident template: how many incidents of its shape there are at the end, or which. */
  readonly incidents?: number | readonly ExpectedIncident[];
}

/** A signal that must be there; only what is written is compared. */
export interface ExpectedSignal {
  readonly rule?: string;
  readonly at?: string;
  readonly group?: Readonly<Record<string, unknown>>;
  readonly count?: number;
  readonly evidence?: number;
  readonly entities?: readonly string[];
}

/** An alert that must be there in its last revision; only what is written is compared. */
export interface ExpectedAlert {
  readonly severity?: string;
  /** Signals in it. */
  readonly count?: number;
  /** Muted: it is kept and counted, and reaches nobody. */
  readonly suppressed?: boolean;
  /** Entities that it names, as `type:value`. */
  readonly entities?: readonly string[];
  /** A text that stands in one of its steps of remediation, filled in. */
  readonly remediation?: string;
}

/** An incident that must be there at the end; only what is written is compared. */
export interface ExpectedIncident {
  readonly title?: string;
  readonly severity?: string;
  readonly state?: string;
  /** How many alerts it holds. */
  readonly alerts?: number;
  /** Names of the template's parts that it holds. */
  readonly parts?: readonly string[];
  /** Its stages: ATT&CK tactics by short name, in order. */
  readonly stages?: readonly string[];
  /** Entities that it names, as `type:value`. */
  readonly entities?: readonly string[];
  /** A text that stands in its story. */
  readonly story?: string;
}

/** How a plain text is compared with a value. */
export type TextShape = 'equals' | 'startswith' | 'endswith' | 'contains';

/** One piece of a wildcard pattern: a literal, any run of characters (`*`), or exactly one character (`?`). */
export type GlobPart = string | { readonly wild: 'many' | 'one' };

/** Parts of a date that Sigma 2.1's time modifiers compare. Weeks are ISO 8601 weeks; all parts are taken in UTC. */
export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

export type Comparison = 'lt' | 'lte' | 'gt' | 'gte' | 'eq';

/** Compares text; a number is its decimal text, a boolean its lower-case name; null and objects have no text. */
export interface TextTest {
  readonly kind: 'text';
  readonly shape: TextShape;
  /** As written in the rule, unfolded. The empty text with `contains` holds for any value that has a text. */
  readonly text: string;
  /** Exact case; otherwise both sides are folded by Unicode simple folding. */
  readonly cased: boolean;
}

/** A text with wildcards inside, always anchored at both ends. */
export interface GlobTest {
  readonly kind: 'glob';
  readonly parts: readonly GlobPart[];
  readonly cased: boolean;
}

/** A regular expression, unanchored, over the text of a value. */
export interface ExpressionTest {
  readonly kind: 'expression';
  readonly source: string;
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

export type FieldTest =
  | TextTest
  | GlobTest
  | ExpressionTest
  /** The field is absent or null. */
  | { readonly kind: 'null' }
  /** The field is there, whatever its value (null too). */
  | { readonly kind: 'exists' }
  | { readonly kind: 'cidr'; readonly network: string }
  /** Numeric: a number, or a text that is one decimal number. */
  | { readonly kind: 'compare'; readonly op: Comparison; readonly value: number }
  | { readonly kind: 'time_part'; readonly part: TimePart; readonly op: Comparison; readonly value: number }
  /** Against another field of the same event: any value of this one with any value of that. */
  | { readonly kind: 'fieldref'; readonly other: string; readonly shape: TextShape; readonly cased: boolean }
  /** Membership in a named set bound at link time (threat intelligence). */
  | { readonly kind: 'set'; readonly set: string };

/** The boolean form of a detection once modifiers, lists and the condition are resolved. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'constant'; readonly value: boolean }
  /** A named detection item of the rule, kept for explanations. */
  | { readonly kind: 'selection'; readonly name: string; readonly of: Expression }
  | { readonly kind: 'field'; readonly field: string; readonly test: FieldTest }
  /** Any string anywhere in the event, any depth to 64. Plain texts have shape `contains`. */
  | { readonly kind: 'keyword'; readonly test: TextTest | GlobTest | ExpressionTest };

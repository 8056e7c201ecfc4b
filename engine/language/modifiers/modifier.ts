import type { CodeDeclaration } from '../../diagnostic/index.ts';
import type { Comparison, GlobPart, TextShape, TimePart } from '../../model/index.ts';

/** A value of a field on its way through the modifiers. */
export type Operand =
  /** A text with wildcards. `raw` is the text as written, until a modifier has changed it; `bytes` says that each character stands for one byte. */
  | {
      readonly kind: 'text';
      readonly parts: readonly GlobPart[];
      readonly raw?: string;
      readonly bytes?: true;
    }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | {
      readonly kind: 'expression';
      readonly source: string;
      readonly ignoreCase: boolean;
      readonly multiline: boolean;
      readonly dotAll: boolean;
    }
  | { readonly kind: 'cidr'; readonly network: string }
  | { readonly kind: 'compare'; readonly op: Comparison; readonly value: number }
  | { readonly kind: 'time_part'; readonly part: TimePart; readonly op: Comparison; readonly value: number }
  | { readonly kind: 'exists'; readonly value: boolean }
  | { readonly kind: 'set'; readonly set: string }
  | { readonly kind: 'fieldref'; readonly other: string; readonly shape: TextShape };

/** What the modifiers of one field say about all its values. */
export interface ItemFlags {
  /** Every value must be found. */
  all: boolean;
  cased: boolean;
  /** The field must not be any of the values. */
  negated: boolean;
}

/** Why a modifier cannot work on a value. */
export interface ModifierProblem {
  readonly code: CodeDeclaration;
  readonly message: string;
  readonly hint?: string;
}

/** What surrounds a modifier: the names before it and all names on the same field, and the flags it may set. */
export interface ModifierContext {
  readonly before: readonly string[];
  readonly all: readonly string[];
  readonly flags: ItemFlags;
  /** Values of the placeholders that `expand` replaces. */
  readonly placeholders: ReadonlyMap<string, readonly (string | number)[]>;
  /** Reports that the modifier is without effect here. */
  warn(message: string): void;
}

/** One of Sigma's value modifiers. */
export interface Modifier {
  readonly name: string;
  /** What it does, in a sentence. */
  readonly doc: string;
  /** A line of a selection that uses it. */
  readonly example: string;
  /** Modifiers of which one must stand directly or earlier before this one. */
  readonly needs?: readonly string[];
  /** Modifiers that must not stand on the same field, in any order. */
  readonly excludes?: readonly string[];
  /** Works on one value; several results are alternatives. */
  apply(operand: Operand, context: ModifierContext): readonly Operand[] | ModifierProblem;
}

/** Whether a modifier's result is a problem. */
export function isProblem(result: readonly Operand[] | ModifierProblem): result is ModifierProblem {
  return 'code' in result;
}

/** Names a value's kind for a message. */
export function describeOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'text':
      return 'a text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    case 'null':
      return 'null';
    case 'expression':
      return 'a regular expression';
    case 'cidr':
      return 'a network';
    case 'compare':
      return 'a comparison';
    case 'time_part':
      return 'a part of a date';
    case 'exists':
      return 'a question whether the field exists';
    case 'set':
      return 'the name of a feed';
    case 'fieldref':
      return 'the name of a field';
    default:
      return unreachable(operand);
  }
}

function unreachable(value: never): never {
  throw new Error(`unknown operand ${JSON.stringify(value)}`);
}

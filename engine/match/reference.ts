import type { Expression, FieldTest, FieldView, TextShape } from '../model/index.ts';
import { compileCidr } from './cidr.ts';
import { compareNumbers, numericValue } from './compare.ts';
import { compileExpression } from './expression/compile.ts';
import { foldText } from './fold.ts';
import { compileText, scalarText } from './text.ts';
import { timePart } from './time-part.ts';

/** How deep keywords look and nested arrays are flattened; a record itself is at depth 0, its members at 1. */
export const DEPTH_MAX = 64;

/** What an expression is evaluated on. */
export interface ReferenceEvent {
  readonly fields: FieldView;
  /** The record as parsed: where keywords are looked for. */
  readonly raw: unknown;
}

/** What a text of a `set` test asks: is this text in the set of that name? */
export type SetLookup = (set: string, text: string) => boolean;

/** How an expression reads a text; the tests put another engine in its place. */
export type ExpressionTester = (
  test: Extract<FieldTest, { kind: 'expression' }>,
) => (text: string) => boolean;

/** What the evaluator may be given from outside. */
export interface ReferenceOptions {
  /** Where absent, no text is in any set. */
  readonly sets?: SetLookup;
  /** Where absent, the room's own `compileExpression`. */
  readonly expressions?: ExpressionTester;
}

/**
 * Whether the expression holds for the event: the slow, obvious evaluator, straight from the semantics. It is the oracle that
 * the fast engine is bound to by tests, and what `explain` asks. An expression or network that does not compile never holds.
 *
 * - A field that is an array matches if any member does; arrays in arrays count as their members, to depth 64.
 * - Null, absent fields and objects have no text and no number; an object exists, and so does null.
 * - A keyword is looked for in the text of every value of the record, numbers and booleans included, not in its names, to depth 64.
 */
export function evaluate(
  expression: Expression,
  event: ReferenceEvent,
  options: ReferenceOptions = {},
): boolean {
  return compileReference(expression, options)(event);
}

/** The same as a function to be called for many events. */
export function compileReference(
  expression: Expression,
  options: ReferenceOptions = {},
): (event: ReferenceEvent) => boolean {
  switch (expression.kind) {
    case 'constant':
      return () => expression.value;
    case 'selection':
      return compileReference(expression.of, options);
    case 'not': {
      const inner = compileReference(expression.of, options);
      return (event) => !inner(event);
    }
    case 'and': {
      const members = expression.of.map((member) => compileReference(member, options));
      return (event) => members.every((member) => member(event));
    }
    case 'or': {
      const members = expression.of.map((member) => compileReference(member, options));
      return (event) => members.some((member) => member(event));
    }
    case 'keyword': {
      const holds = compileTextual(expression.test, options);
      return (event) => keywordTexts(event.raw).some(holds);
    }
    case 'field': {
      const holds = compileFieldTest(expression.test, options);
      return (event) => holds(event.fields.get(expression.field), event);
    }
  }
}

/**
 * The members of a field's value: of an array all members, flattened to depth 64; of anything else itself; of an absent field none.
 */
export function fieldValues(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [value];
  if (!value.some(Array.isArray)) return value;
  const members: unknown[] = [];
  collectMembers(value, DEPTH_MAX, members);
  return members;
}

/** As `flat` has it, which is several times slower. */
function collectMembers(list: readonly unknown[], depth: number, into: unknown[]): void {
  for (const member of list) {
    if (depth > 0 && Array.isArray(member)) collectMembers(member, depth - 1, into);
    else into.push(member);
  }
}

/** The text of every value of a record that has one (strings, numbers, booleans), to depth 64, in the record's order: where keywords are looked for. */
export function keywordTexts(value: unknown): string[] {
  const found: string[] = [];
  collectTexts(value, 0, found);
  return found;
}

function collectTexts(value: unknown, depth: number, into: string[]): void {
  if (depth > DEPTH_MAX) return;
  if (value !== null && typeof value === 'object') {
    for (const member of Object.values(value)) collectTexts(member, depth + 1, into);
    return;
  }
  const text = scalarText(value);
  if (text !== undefined) into.push(text);
}

type Textual = Extract<FieldTest, { kind: 'text' | 'glob' | 'expression' }>;

function compileTextual(test: Textual, options: ReferenceOptions): (text: string) => boolean {
  if (test.kind !== 'expression') return compileText(test);
  if (options.expressions !== undefined) return options.expressions(test);
  const compiled = compileExpression(test).value;
  return (text) => compiled?.test(text) ?? false;
}

/** Whether the test holds for a field's value, absent (undefined) and array values included. */
function compileFieldTest(
  test: FieldTest,
  options: ReferenceOptions,
): (value: unknown, event: ReferenceEvent) => boolean {
  switch (test.kind) {
    case 'exists':
      return (value) => value !== undefined;
    case 'null':
      return (value) => value === undefined || fieldValues(value).includes(null);
    case 'text':
    case 'glob':
    case 'expression':
      return anyText(compileTextual(test, options));
    case 'cidr': {
      const network = compileCidr(test.network).value;
      return anyText((text) => network?.contains(text) ?? false);
    }
    case 'set': {
      const { sets } = options;
      return anyText((text) => sets?.(test.set, text) ?? false);
    }
    case 'compare':
      return (value) =>
        fieldValues(value).some((member) => {
          const number = numericValue(member);
          return number !== undefined && compareNumbers(number, test.op, test.value);
        });
    case 'time_part':
      return (value) =>
        fieldValues(value).some((member) => {
          const number = timePart(member, test.part);
          return number !== undefined && compareNumbers(number, test.op, test.value);
        });
    case 'fieldref': {
      const prepare = test.cased ? (text: string): string => text : foldText;
      const texts = (value: unknown): string[] => textsOf(value).map(prepare);
      return (value, event) => {
        const others = texts(event.fields.get(test.other));
        return texts(value).some((text) => others.some((other) => hasShape(test.shape, text, other)));
      };
    }
  }
}

function anyText(holds: (text: string) => boolean): (value: unknown) => boolean {
  return (value) => textsOf(value).some(holds);
}

function textsOf(value: unknown): string[] {
  return fieldValues(value)
    .map(scalarText)
    .filter((text) => text !== undefined);
}

function hasShape(shape: TextShape, text: string, other: string): boolean {
  switch (shape) {
    case 'equals':
      return text === other;
    case 'startswith':
      return text.startsWith(other);
    case 'endswith':
      return text.endsWith(other);
    case 'contains':
      return text.includes(other);
  }
}

import {
  compareNumbers,
  compileCidr,
  compileExpression,
  compileFoldedGlob,
  compileText,
  foldText,
  numericValue,
  timePart,
  unitsOf,
} from '../match/index.ts';
import type { FieldTest, TextShape, TextTest } from '../model/index.ts';
import { type EventRecord, FIELD_ABSENT, FIELD_LIST, FIELD_NULL, FIELD_TEXT } from './event-record.ts';
import type { PlanPredicate } from './plan.ts';

/** Decides one predicate for the current event. */
export type PredicateCheck = () => boolean;

/** What fieldref needs besides: the number of another field of the plan. */
export interface PredicateContext {
  readonly record: EventRecord;
  fieldNumber(name: string): number;
  /** Membership in named sets; the plan has made sure that they exist. */
  inSet(set: string, text: string): boolean;
  /** What answers all plain texts of a long value at once; undefined where the test is better asked by itself. */
  askTogether(): boolean | undefined;
}

/** A check of one predicate on the context's record. Cost of a call: that of the operator, once a value is read. */
export function compilePredicate(predicate: PlanPredicate, context: PredicateContext): PredicateCheck {
  const { field, test } = predicate;
  const { record } = context;
  switch (test.kind) {
    case 'text':
      return test.cased ? anyText(record, field, compileText(test)) : foldedText(context, field, test);
    case 'glob':
      return test.cased
        ? anyText(record, field, compileText(test))
        : anyFolded(record, field, compileFoldedGlob(test));
    case 'expression': {
      const compiled = compileExpression(test).value;
      return anyText(record, field, (text) => compiled?.test(text) ?? false);
    }
    case 'cidr': {
      const network = compileCidr(test.network).value;
      return anyText(record, field, (text) => network?.contains(text) ?? false);
    }
    case 'set':
      return anyText(record, field, (text) => context.inSet(test.set, text));
    case 'null':
      return () => {
        const kind = record.load(field);
        return (
          kind === FIELD_ABSENT ||
          kind === FIELD_NULL ||
          (kind === FIELD_LIST && record.members(field).includes(null))
        );
      };
    case 'exists':
      return () => record.load(field) !== FIELD_ABSENT;
    case 'compare':
      return anyNumber(record, field, (value) => {
        const number = numericValue(value);
        return number !== undefined && compareNumbers(number, test.op, test.value);
      });
    case 'time_part':
      return anyNumber(record, field, (value) => {
        const number = timePart(value, test.part);
        return number !== undefined && compareNumbers(number, test.op, test.value);
      });
    case 'fieldref': {
      const other = context.fieldNumber(test.other);
      const of = (number: number) => (test.cased ? record.texts(number) : record.foldedTexts(number));
      const { shape } = test;
      if (shape === 'equals') {
        return () => {
          const left = of(field);
          // Nothing is read from the other field where the first has nothing.
          return left.length > 0 && haveCommon(left, of(other));
        };
      }
      return () => {
        const left = of(field);
        const right = left.length === 0 ? left : of(other);
        return left.some((text) => right.some((value) => hasShape(shape, text, value)));
      };
    }
    default:
      return unreachable(test);
  }
}

/** Whether a test holds for one scalar of known text; undefined where that cannot be said from the text alone. */
export function decideConstant(test: FieldTest, text: string): boolean | undefined {
  switch (test.kind) {
    case 'text':
    case 'glob':
      return compileText(test)(text);
    case 'expression':
      return compileExpression(test).value?.test(text) ?? false;
    case 'null':
      return false;
    case 'exists':
      return true;
    case 'cidr':
    case 'compare':
    case 'time_part':
    case 'fieldref':
    case 'set':
      return undefined;
    default:
      return unreachable(test);
  }
}

function haveCommon(left: readonly string[], right: readonly string[]): boolean {
  if (left.length === 1) return right.includes(left[0] ?? '');
  const all = new Set(right);
  return left.some((text) => all.has(text));
}

function anyText(record: EventRecord, field: number, holds: (text: string) => boolean): PredicateCheck {
  return () => {
    const kind = record.load(field);
    if (kind === FIELD_TEXT) return holds(record.text(field));
    return kind === FIELD_LIST && record.texts(field).some(holds);
  };
}

function anyFolded(record: EventRecord, field: number, holds: (folded: string) => boolean): PredicateCheck {
  return () => {
    const kind = record.load(field);
    if (kind === FIELD_TEXT) return holds(record.foldedText(field));
    return kind === FIELD_LIST && record.foldedTexts(field).some(holds);
  };
}

function anyNumber(record: EventRecord, field: number, holds: (value: unknown) => boolean): PredicateCheck {
  return () => {
    const kind = record.load(field);
    if (kind === FIELD_TEXT) return holds(record.scalar(field));
    return kind === FIELD_LIST && record.members(field).some(holds);
  };
}

/** Texts of any case, on folded units; no string is made but for `contains`. */
function foldedText(context: PredicateContext, field: number, test: TextTest): PredicateCheck {
  const { record } = context;
  const wanted = foldText(test.text);
  const units = unitsOf(wanted);
  const { shape } = test;
  let needle: Uint16Array | undefined;
  return () => {
    const kind = record.load(field);
    if (kind !== FIELD_TEXT) {
      if (kind !== FIELD_LIST) return false;
      return context.askTogether() ?? record.foldedTexts(field).some((text) => hasShape(shape, text, wanted));
    }
    const from = record.from[field] ?? 0;
    const to = record.to[field] ?? 0;
    const length = to - from;
    if (length < units.length) return false;
    if (shape === 'contains') {
      if (length <= LONG) {
        needle ??= units.length > 0 ? record.needle(units) : undefined;
        const found = needle === undefined ? undefined : record.occurs(needle, field);
        return found ?? occurs(units, record.units, from, to);
      }
      return context.askTogether() ?? record.foldedText(field).includes(wanted);
    }
    if (shape === 'equals' && length !== units.length) return false;
    const start = shape === 'endswith' ? to - units.length : from;
    for (let i = 0; i < units.length; i++)
      if ((units[i] ?? 0) !== (record.units[start + i] ?? 0)) return false;
    return true;
  };
}

/** Values longer than this are searched as strings, natively; making the string pays off there. */
const LONG = 1024;

function occurs(wanted: Uint16Array, units: Uint16Array, from: number, to: number): boolean {
  const first = wanted[0] ?? 0;
  const { length } = wanted;
  if (length === 0) return true;
  for (let start = from, last = to - length; start <= last; start++) {
    if ((units[start] ?? 0) !== first) continue;
    let i = 1;
    while (i < length && (units[start + i] ?? 0) === (wanted[i] ?? 0)) i++;
    if (i === length) return true;
  }
  return false;
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
    default:
      return unreachable(shape);
  }
}

function unreachable(value: never): never {
  throw new Error(`unhandled test ${JSON.stringify(value)}`);
}

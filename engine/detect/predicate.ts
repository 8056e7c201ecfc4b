import {
  compareNumbers,
  compileCidr,
  compileExpression,
  compileText,
  foldText,
  numericValue,
  scalarText,
  timePart,
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
}

/** A check of one predicate on the context's record. Cost of a call: that of the operator, once a value is read. */
export function compilePredicate(predicate: PlanPredicate, context: PredicateContext): PredicateCheck {
  const { field, test } = predicate;
  const { record } = context;
  switch (test.kind) {
    case 'text':
      return test.cased ? anyText(record, field, compileText(test)) : foldedText(record, field, test);
    case 'glob':
      return anyText(record, field, compileText(test));
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
          (kind === FIELD_LIST && record.values(field).includes(null))
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
      const prepare = test.cased ? (text: string) => text : foldText;
      return () => {
        const right = texts(record, other).map(prepare);
        return texts(record, field).some((text) => {
          const left = prepare(text);
          return right.some((value) => hasShape(test.shape, left, value));
        });
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

function texts(record: EventRecord, field: number): string[] {
  return record
    .values(field)
    .map(scalarText)
    .filter((text) => text !== undefined);
}

function anyText(record: EventRecord, field: number, holds: (text: string) => boolean): PredicateCheck {
  return () => {
    const kind = record.load(field);
    if (kind === FIELD_TEXT) return holds(record.text(field));
    return kind === FIELD_LIST && texts(record, field).some(holds);
  };
}

function anyNumber(record: EventRecord, field: number, holds: (value: unknown) => boolean): PredicateCheck {
  return () => {
    const kind = record.load(field);
    if (kind === FIELD_TEXT) return holds(record.scalar(field));
    return kind === FIELD_LIST && record.values(field).some(holds);
  };
}

/** Texts of any case, on folded units; no string is made but for `contains`. */
function foldedText(record: EventRecord, field: number, test: TextTest): PredicateCheck {
  const wanted = foldText(test.text);
  const inList = compileText(test);
  const units = Uint16Array.from({ length: wanted.length }, (_, i) => wanted.charCodeAt(i));
  const { shape } = test;
  return () => {
    const kind = record.load(field);
    if (kind !== FIELD_TEXT) return kind === FIELD_LIST && texts(record, field).some(inList);
    const from = record.from[field] ?? 0;
    const to = record.to[field] ?? 0;
    const length = to - from;
    if (length < units.length) return false;
    if (shape === 'contains') {
      return length > LONG
        ? record.foldedText(field).includes(wanted)
        : occurs(units, record.units, from, to);
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

import { compileExpression, DEPTH_MAX, globWeight } from '../match/index.ts';
import type { FieldTest } from '../model/index.ts';
import type { EventRecord } from './event-record.ts';
import type { PlanPredicate } from './plan.ts';

/** What one event may cost; see DECISIONS, "What one event may cost". */
export interface EventLimits {
  /** Records of up to so many bytes are always evaluated in full. */
  readonly unlimitedBytes: number;
  /** Steps that the searching tests of a larger record may take. */
  readonly stepsMax: number;
  /** Steps that the passes over its values may take, which look for all plain texts of all rules together. */
  readonly passStepsMax: number;
}

/**
 * 64 KiB (what a Windows event can hold) without a limit; beyond it, three million steps of about two nanoseconds for tests, and as many of about
 * four for passes: a megabyte in one field that many rules look at takes five million.
 */
export const EVENT_LIMITS: EventLimits = {
  unlimitedBytes: 65_536,
  stepsMax: 3_000_000,
  passStepsMax: 3_000_000,
};

/** Steps to look at one more member of a list, and at one value that is read as an address, a number or a time. */
const MEMBER_STEPS = 8;
const READ_STEPS = 32;

/**
 * The steps left for the current event. Prices are worked out from the test and the value *before* a test is asked and never from the time it
 * took or from what happens to be cached, so that the same event is cut short at the same place on every machine, in every thread, and
 * whatever came before it.
 */
export class StepBudget {
  readonly limits: EventLimits;
  /** Steps paid for the current event; only counted for records that have a limit. */
  spent = 0;
  /** Tests of the current event that could not be paid. */
  refused = 0;
  /** Whether the current record is so large that its steps are limited. */
  limited = false;
  #left = 0;

  constructor(limits: EventLimits = EVENT_LIMITS) {
    this.limits = limits;
  }

  /** Begins an event whose record has so many bytes. */
  begin(sizeBytes: number): void {
    this.limited = sizeBytes > this.limits.unlimitedBytes;
    this.spent = 0;
    this.refused = 0;
    this.#left = this.limits.stepsMax;
  }

  /** What the passes over the current record may take. */
  get passSteps(): number {
    return this.limited ? this.limits.passStepsMax : Number.POSITIVE_INFINITY;
  }

  /** Notes that a test could not be decided. */
  refuse(): void {
    this.refused++;
  }

  /** Pays for a test; false where that many steps are not left: then it must not be asked. */
  pay(steps: number): boolean {
    if (steps > this.#left) {
      this.refused++;
      return false;
    }
    this.#left -= steps;
    this.spent += steps;
    return true;
  }
}

/** What a test costs on the current event, in steps; undefined where it needs no search and is free. */
export function priceOf(
  { field, test }: PlanPredicate,
  record: EventRecord,
  fieldNumber: (name: string) => number,
): (() => number) | undefined {
  const weight = weightOf(test);
  if (weight === undefined) return undefined;
  if (test.kind === 'fieldref') {
    return () => {
      const own = record.extent(field);
      const other = record.extent(fieldNumber(test.other));
      const pairs = test.shape === 'equals' ? 0 : own.members * other.members * READ_STEPS;
      const units = own.units * (test.shape === 'equals' ? 1 : other.members) + other.units;
      return Math.ceil(units + pairs + MEMBER_STEPS * (own.members + other.members));
    };
  }
  return () => {
    const { units, members } = record.extent(field);
    return Math.ceil(units * weight.unit + members * weight.member);
  };
}

/** Steps a unit and a member of the value; plain texts without case are answered together (`TextSieve`), so they are free. */
function weightOf(test: FieldTest): { readonly unit: number; readonly member: number } | undefined {
  switch (test.kind) {
    case 'exists':
      return undefined;
    case 'text':
      return test.cased ? { unit: 1 / 4, member: MEMBER_STEPS } : undefined;
    case 'glob':
      return { unit: globWeight(test), member: MEMBER_STEPS };
    case 'expression':
      return { unit: compileExpression(test).value?.weight ?? 0, member: MEMBER_STEPS };
    case 'fieldref':
      return { unit: 1, member: MEMBER_STEPS };
    case 'null':
      return { unit: 0, member: 1 };
    case 'cidr':
    case 'compare':
    case 'time_part':
    case 'set':
      return { unit: 0, member: READ_STEPS };
    default:
      return unreachable(test);
  }
}

function unreachable(value: never): never {
  throw new Error(`unhandled test ${JSON.stringify(value)}`);
}

/** Every number, word and key of a record parsed counts as so many bytes, with its comma or colon. */
const SCALAR_BYTES = 4;

/**
 * About the bytes of a parsed record in compact JSON, for records that come without their bytes; counted until `enough`, so a large record costs
 * no more than a small one.
 */
export function sizeOfRecord(record: unknown, enough: number): number {
  let size = 0;
  const visit = (value: unknown, depth: number): void => {
    if (size > enough) return;
    if (typeof value === 'string') size += value.length + SCALAR_BYTES;
    else if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) size += SCALAR_BYTES;
    else if (Array.isArray(value)) {
      for (let i = 0; i < value.length && size <= enough; i++) visit(value[i], depth + 1);
    } else {
      for (const [key, member] of Object.entries(value)) {
        size += key.length + SCALAR_BYTES;
        visit(member, depth + 1);
      }
    }
  };
  visit(record, 0);
  return size;
}

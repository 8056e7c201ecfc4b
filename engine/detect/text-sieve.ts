import { Fired, foldText } from '../match/index.ts';
import { type EventRecord, FIELD_LIST, FIELD_TEXT } from './event-record.ts';
import { type FieldMatcher, fieldMatcher, matchUnits } from './field-matcher.ts';
import type { PlanPredicate } from './plan.ts';
import type { StepBudget } from './step-budget.ts';
import type { Trigger } from './witness.ts';

/** Tests of one value that are answered one by one before all are answered together. */
const SINGLY = 8;
/** A list of so many members is a value worth sieving, however short they are. */
const MEMBERS_MIN = 8;
/** Units of a text from which on it is. */
const UNITS_MIN = 1024;

/** All plain texts asked of one field. */
interface FieldSieve {
  readonly matcher: FieldMatcher;
  readonly fired: Fired;
  /** By predicate of the field: its number in `fired`. */
  readonly numbers: ReadonlyMap<number, number>;
  /** The event that `fired` speaks of, and that `asked` counts for. */
  sievedEvent: number;
  askedEvent: number;
  asked: number;
}

/**
 * Answers all uncased text tests of a field in one pass over its value, where the value is so long, or a list of so many members, that one
 * pass for each test would be an attacker's way to make an event costly. Whatever the number of tests, the cost is that of one pass a
 * value. Built from the plan when a field first needs it: a few bytes a text.
 */
export class TextSieve {
  readonly #record: EventRecord;
  readonly #budget: StepBudget;
  readonly #byField: ReadonlyMap<number, readonly number[]>;
  readonly #predicates: readonly PlanPredicate[];
  readonly #sieves = new Map<number, FieldSieve>();
  /** Steps of all passes so far, as `Fired` counts them. */
  steps = 0;

  constructor(predicates: readonly PlanPredicate[], record: EventRecord, budget: StepBudget) {
    this.#predicates = predicates;
    this.#budget = budget;
    this.#record = record;
    this.#byField = groupByField(predicates);
  }

  /**
   * Whether the predicate holds for the current event; undefined where it is cheaper to look for its one text. Where a large record cannot pay
   * for the pass, the budget notes that the test is undecided.
   */
  ask(predicate: number, field: number): boolean | undefined {
    const record = this.#record;
    const kind = record.load(field);
    if (kind === FIELD_TEXT) {
      if ((record.to[field] ?? 0) - (record.from[field] ?? 0) < UNITS_MIN) return undefined;
    } else if (kind !== FIELD_LIST) return undefined;
    else if (record.members(field).length < MEMBERS_MIN && record.extent(field).units < UNITS_MIN)
      return undefined;
    let sieve = this.#sieves.get(field);
    if (sieve === undefined) {
      sieve = this.#build(field);
      this.#sieves.set(field, sieve);
    }
    const { event } = record;
    if (sieve.askedEvent !== event) {
      sieve.askedEvent = event;
      sieve.asked = 0;
    }
    if (sieve.sievedEvent !== event) {
      if (++sieve.asked <= SINGLY) return undefined;
      const { units, members } = record.extent(field);
      const price = (units + members) * (1 + sieve.matcher.anywhere.length);
      if (this.#budget.limited && !this.#budget.pay(price)) return false;
      sieve.sievedEvent = event;
      this.#run(field, sieve);
    }
    const number = sieve.numbers.get(predicate);
    return number === undefined ? undefined : sieve.fired.has(number);
  }

  #run(field: number, { matcher, fired }: FieldSieve): void {
    const record = this.#record;
    const before = fired.steps;
    fired.next();
    if (record.load(field) === FIELD_TEXT) {
      matchUnits(matcher, record.units, record.from[field] ?? 0, record.to[field] ?? 0, fired);
    } else {
      const ranges = record.memberRanges(field);
      for (let i = 0; i < ranges.length; i += 2)
        matchUnits(matcher, record.units, ranges[i] ?? 0, ranges[i + 1] ?? 0, fired);
    }
    this.steps += fired.steps - before;
  }

  #build(field: number): FieldSieve {
    const triggers: Pick<Trigger, 'kind' | 'text'>[] = [];
    const numbers = new Map<number, number>();
    for (const predicate of this.#byField.get(field) ?? []) {
      const test = this.#predicates[predicate]?.test;
      if (test?.kind !== 'text') continue;
      numbers.set(predicate, triggers.length);
      triggers.push({ kind: test.shape, text: foldText(test.text) });
    }
    return {
      matcher: fieldMatcher(
        field,
        triggers.map((_, i) => i),
        triggers,
      ),
      fired: new Fired(triggers.length),
      numbers,
      sievedEvent: 0,
      askedEvent: 0,
      asked: 0,
    };
  }
}

/** The uncased text tests by field; the empty text is left out, since it is no pattern to search for. */
function groupByField(predicates: readonly PlanPredicate[]): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  predicates.forEach(({ field, test }, predicate) => {
    if (test.kind !== 'text' || test.cased || test.text === '') return;
    const group = groups.get(field);
    if (group) group.push(predicate);
    else groups.set(field, [predicate]);
  });
  return groups;
}

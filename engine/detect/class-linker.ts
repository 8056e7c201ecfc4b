import type { EventClass, SlotScanner } from '../ingest/index.ts';
import { type Logsource, logsourceApplies } from '../model/index.ts';
import { ClassProgram, type ClassRule, type LineFilters } from './class-program.ts';
import type { DerivedField, FieldPlaces } from './event-record.ts';
import { type DetectionPlan, forEachPredicate, KEYWORD_FIELD, specialise } from './plan.ts';
import { decideConstant } from './predicate.ts';
import { type Trigger, type WitnessChoices, witnessOf } from './witness.ts';

/** Triggers fired and rules woken, an event, below which choosing witnesses anew is not worth the while. */
const ADAPT_WORK_MIN = 1.5;

/** A rule's condition, compiled for one class. */
export type Condition = () => boolean;

/** A program of a class, and by position of a rule its compiled condition. */
export interface LinkedProgram {
  readonly program: ClassProgram;
  readonly conditions: (Condition | undefined)[];
}

/** A class of events, ready to run. */
export interface LinkedClass {
  readonly eventClass: EventClass;
  current: LinkedProgram;
  /** What large records run on, once there was one. */
  large: LinkedProgram | undefined;
  readonly rules: readonly ClassRule[];
  readonly places: FieldPlaces;
  /** How often its witnesses have been chosen anew. */
  adapted: number;
  /** By trigger (its id): in how many events of one it fired. */
  readonly rates: Map<number, number>;
}

/** The plan's fields with those behind them that some are worked out from, and how. */
export interface LinkFields {
  readonly names: readonly string[];
  readonly derived: readonly (DerivedField | undefined)[];
  /** The numbers of the plan's own. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** How a field is worked out where an event lacks it, from which others; undefined where it cannot be. */
export type DeriveField = (
  field: string,
) => { readonly from: readonly string[]; readonly of: (text: string) => unknown } | undefined;

/** What classes are linked with. */
export interface LinkParts {
  readonly plan: DetectionPlan;
  readonly fields: LinkFields;
  readonly choices: WitnessChoices;
  readonly scanner: SlotScanner;
  readonly filters: LineFilters;
}

/**
 * Makes of a class of events what runs for it: which rules look at it, with the class's constants folded in, where their fields lie, and by
 * which triggers each is woken.
 */
export class ClassLinker {
  readonly #plan: DetectionPlan;
  readonly #fields: LinkFields;
  readonly #choices: WitnessChoices;
  readonly #scanner: SlotScanner;
  readonly #filters: LineFilters;
  readonly #byLogsource: readonly { readonly logsource: Logsource; readonly rules: number[] }[];

  constructor({ plan, fields, choices, scanner, filters }: LinkParts) {
    this.#plan = plan;
    this.#fields = fields;
    this.#choices = choices;
    this.#scanner = scanner;
    this.#filters = filters;
    this.#byLogsource = groupByLogsource(plan);
  }

  /** The class's rules with its constants folded in, and their program. Cost: O(rules of its logsource), some milliseconds for thousands. */
  link(eventClass: EventClass): LinkedClass {
    const plan = this.#plan;
    const constants = new Map<number, string>();
    for (const [name, text] of eventClass.constants) {
      const field = this.#fields.numbers.get(name);
      if (field !== undefined) constants.set(field, text);
    }
    const decided = new Map<number, boolean | undefined>();
    const truthOf = (predicate: number): boolean | undefined => {
      const found = plan.predicates[predicate];
      const text = found === undefined ? undefined : constants.get(found.field);
      if (found === undefined || text === undefined) return undefined;
      if (!decided.has(predicate)) decided.set(predicate, decideConstant(found.test, text));
      return decided.get(predicate);
    };
    const rules: ClassRule[] = [];
    for (const { logsource, rules: members } of this.#byLogsource) {
      if (!logsourceApplies(logsource, eventClass.logsource)) continue;
      for (const rule of members) {
        const whole = plan.rules[rule]?.expression ?? false;
        const expression = constants.size === 0 ? whole : specialise(whole, truthOf);
        if (expression !== false) rules.push({ rule, expression });
      }
    }
    const linked = {
      eventClass,
      rules,
      places: this.#places(eventClass, rules),
      adapted: 0,
      rates: new Map<number, number>(),
    };
    return { ...linked, current: { program: this.#program(linked), conditions: [] }, large: undefined };
  }

  /** The raw places of all fields that the class's rules ask for; new paths become slots of the scanner. */
  #places(eventClass: EventClass, rules: readonly ClassRule[]): FieldPlaces {
    const plan = this.#plan;
    const { names, derived } = this.#fields;
    const slots = new Array<Int32Array | undefined>(names.length).fill(undefined);
    const paths = new Array<readonly string[] | undefined>(names.length).fill(undefined);
    const want = (field: number): void => {
      if (field === KEYWORD_FIELD || paths[field] !== undefined) return;
      const found = eventClass.paths(names[field] ?? '');
      paths[field] = found;
      slots[field] = Int32Array.from(found, (path) => this.#scanner.addPath(path));
      for (const from of derived[field]?.from ?? []) want(from);
    };
    for (const { expression } of rules) {
      forEachPredicate(expression, (predicate) => {
        const found = plan.predicates[predicate];
        if (found === undefined) return;
        want(found.field);
        if (found.test.kind === 'fieldref') want(this.#fields.numbers.get(found.test.other) ?? KEYWORD_FIELD);
      });
    }
    return { slots, paths };
  }

  /**
   * The program of the class's large records: it looks for all plain texts of the rules in the one pass that wakes them, and it learns nothing, so
   * that what is decided about a large record rests on nothing that came before it.
   */
  large(linked: LinkedClass): LinkedProgram {
    linked.large ??= {
      program: this.#program({ rules: linked.rules, rates: new Map() }, this.#plainTexts(linked.rules)),
      conditions: [],
    };
    return linked.large;
  }

  #plainTexts(rules: readonly ClassRule[]): readonly Trigger[] {
    const triggers = new Map<number, Trigger>();
    for (const { expression } of rules) {
      forEachPredicate(expression, (predicate) => {
        const trigger = this.#choices.exact(predicate);
        if (trigger !== undefined) triggers.set(predicate, trigger);
      });
    }
    return [...triggers.values()];
  }

  /** The class's program; `besides` are triggers to watch that wake nothing by themselves. */
  #program(linked: Pick<LinkedClass, 'rules' | 'rates'>, besides: readonly Trigger[] = []): ClassProgram {
    const numbers = new Map<number, number>();
    const triggers: Trigger[] = [];
    const wakes: number[][] = [];
    const always: number[] = [];
    const { rates } = linked;
    const costOf = (trigger: Trigger): number =>
      (rates.size > 0 ? rates.get(trigger.id) : undefined) ?? trigger.guess;
    linked.rules.forEach(({ expression }, position) => {
      const witness = witnessOf(expression, this.#choices, costOf);
      if (witness === undefined) {
        always.push(position);
        return;
      }
      for (const trigger of witness.triggers) {
        const { id } = trigger;
        let number = numbers.get(id);
        if (number === undefined) {
          number = triggers.length;
          numbers.set(id, number);
          triggers.push(trigger);
          wakes.push([]);
        }
        wakes[number]?.push(position);
      }
    });
    for (const trigger of besides) {
      // Keywords are looked for in the whole line; those that wake nothing are better asked by themselves.
      if (trigger.field === KEYWORD_FIELD || numbers.has(trigger.id)) continue;
      numbers.set(trigger.id, triggers.length);
      triggers.push(trigger);
      wakes.push([]);
    }
    return new ClassProgram({
      rules: linked.rules,
      triggers,
      numbers,
      wakes: wakes.map((list) => Int32Array.from(list)),
      always: Int32Array.from(always),
      lineFilter: this.#filters.of(triggers),
    });
  }

  /** Chooses the class's witnesses anew from how often each trigger has fired so far. */
  adapt(linked: LinkedClass): void {
    const { program } = linked.current;
    linked.adapted++;
    // Where next to nothing fires or wakes, better witnesses could save next to nothing.
    if (program.work < program.events * ADAPT_WORK_MIN) return;
    program.parts.triggers.forEach((trigger, i) => {
      linked.rates.set(trigger.id, ((program.counts[i] ?? 0) + 0.05) / program.events);
    });
    const { events } = program;
    linked.current = { program: this.#program(linked), conditions: [] };
    linked.current.program.events = events;
  }
}

/** The plan's fields, and those that some are worked out from; `derive` is as a detector is given it. */
export function linkFields(planned: readonly string[], derive: DeriveField | undefined): LinkFields {
  const numbers: ReadonlyMap<string, number> = new Map(planned.map((name, number) => [name, number]));
  if (derive === undefined) return { names: planned, derived: [], numbers };
  const fields = [...planned];
  const all = new Map(numbers);
  const derived = planned.map((name) => {
    const found = derive(name);
    if (found === undefined) return undefined;
    const from = found.from.map((one) => {
      const known = all.get(one);
      if (known !== undefined) return known;
      all.set(one, fields.length);
      return fields.push(one) - 1;
    });
    return { from, of: found.of };
  });
  return { names: fields, derived, numbers };
}

function groupByLogsource(plan: DetectionPlan): { logsource: Logsource; rules: number[] }[] {
  const groups = new Map<string, { logsource: Logsource; rules: number[] }>();
  plan.rules.forEach(({ logsource }, position) => {
    const key = JSON.stringify([
      logsource.product ?? null,
      logsource.category ?? null,
      logsource.service ?? null,
    ]);
    const group = groups.get(key);
    if (group) group.rules.push(position);
    else groups.set(key, { logsource, rules: [position] });
  });
  return [...groups.values()];
}

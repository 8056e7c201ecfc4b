import type { Condition, LinkedClass, LinkedProgram, LinkFields } from './class-linker.ts';
import type { ClassProgram } from './class-program.ts';
import type { EventRecord } from './event-record.ts';
import { type DetectionPlan, KEYWORD_FIELD, type PlanExpression, type PlanPredicate } from './plan.ts';
import { compilePredicate, type PredicateCheck } from './predicate.ts';
import { priceOf, type StepBudget } from './step-budget.ts';
import type { TextSieve } from './text-sieve.ts';
import type { WitnessChoices } from './witness.ts';

/** Generations share a 32-bit word with a truth value. */
const GENERATION_MAX = 0x3fff_fff0;

/** What is known of predicates for the current event. */
export class Truths {
  /** By predicate: the generation (event) in which it was decided last, and below it one bit: how. */
  readonly known: Int32Array;
  generation = 0;

  constructor(predicateCount: number) {
    this.known = new Int32Array(predicateCount);
  }

  /** Begins an event, of which nothing is known. */
  next(): void {
    if (++this.generation <= GENERATION_MAX) return;
    this.generation = 1;
    this.known.fill(0);
  }
}

/** What conditions are compiled with. */
export interface ConditionParts {
  readonly plan: DetectionPlan;
  readonly fields: LinkFields;
  readonly choices: WitnessChoices;
  readonly record: EventRecord;
  readonly sieve: TextSieve;
  readonly budget: StepBudget;
  readonly truths: Truths;
  /** Membership in the named sets that rules ask for. */
  readonly inSet: (set: string, text: string) => boolean;
}

/** Compiles conditions to closures when a rule is first woken: cheap tests first, and each predicate decided once an event. */
export class ConditionCompiler {
  readonly #plan: DetectionPlan;
  readonly #fields: LinkFields;
  readonly #choices: WitnessChoices;
  readonly #record: EventRecord;
  readonly #sieve: TextSieve;
  readonly #budget: StepBudget;
  readonly #truths: Truths;
  readonly #inSet: (set: string, text: string) => boolean;
  readonly #checks: (PredicateCheck | undefined)[];

  constructor(parts: ConditionParts) {
    this.#plan = parts.plan;
    this.#fields = parts.fields;
    this.#choices = parts.choices;
    this.#record = parts.record;
    this.#sieve = parts.sieve;
    this.#budget = parts.budget;
    this.#truths = parts.truths;
    this.#inSet = parts.inSet;
    this.#checks = new Array<PredicateCheck | undefined>(parts.plan.predicates.length).fill(undefined);
  }

  /** The condition of a rule of a class, on one of its programs; kept there. Cost: O(its size). */
  conditionOf({ rules }: LinkedClass, { program, conditions }: LinkedProgram, position: number): Condition {
    const condition = this.#compile(rules[position]?.expression ?? false, program, program.parts.numbers).run;
    conditions[position] = condition;
    return condition;
  }

  #compile(node: PlanExpression, program: ClassProgram, exact: ReadonlyMap<number, number>): Costed {
    if (typeof node === 'boolean') return { run: () => node, cost: 0 };
    if (typeof node === 'number') return this.#leaf(node, program, exact);
    if ('not' in node) {
      const { run, cost } = this.#compile(node.not, program, exact);
      return { run: () => !run(), cost };
    }
    const of = ('and' in node ? node.and : node.or)
      .map((child) => this.#compile(child, program, exact))
      .sort((a, b) => a.cost - b.cost);
    const runs = of.map((child) => child.run);
    const cost = of.reduce((sum, child) => sum + child.cost, 0) + 1;
    return { run: 'and' in node ? allOf(runs) : anyOf(runs), cost };
  }

  #leaf(predicate: number, program: ClassProgram, exact: ReadonlyMap<number, number>): Costed {
    const found = this.#plan.predicates[predicate];
    if (found === undefined) return { run: () => false, cost: 0 };
    const trigger = this.#choices.exact(predicate);
    const number = trigger === undefined ? undefined : exact.get(trigger.id);
    if (number !== undefined) {
      const { stamp } = program.fired;
      const counter = program.fired;
      if (!this.#budget.limited || trigger?.kind !== 'contains')
        return { run: () => stamp[number] === counter.generation, cost: 0 };
      const budget = this.#budget;
      const { field } = found;
      const run = (): boolean => {
        if (stamp[number] === counter.generation) return true;
        if (program.isCut(field)) budget.refuse();
        return false;
      };
      return { run, cost: 0 };
    }
    let check = this.#checks[predicate];
    if (check === undefined) {
      check = compilePredicate(found, {
        record: this.#record,
        fieldNumber: (name) => this.#fields.numbers.get(name) ?? KEYWORD_FIELD,
        inSet: this.#inSet,
        askTogether: () => this.#sieve.ask(predicate, found.field),
      });
      check = this.#priced(found, check);
      this.#checks[predicate] = check;
    }
    const gates = this.#gates(predicate, exact);
    const decide = gates.length === 0 ? check : gated(check, gates, program);
    const truths = this.#truths;
    const { known: memo } = truths;
    const budget = this.#budget;
    const run = (): boolean => {
      // Truth is remembered by predicate; a gate only answers sooner what the check would.
      const known = memo[predicate] ?? 0;
      const { generation } = truths;
      if (known >> 1 === generation) return (known & 1) === 1;
      const { refused } = budget;
      const truth = decide();
      // What could not be paid is not known to be false: the rule stays undecided, and the next one that asks as well.
      if (budget.refused !== refused) return false;
      memo[predicate] = (generation << 1) | (truth ? 1 : 0);
      return truth;
    };
    return { run, cost: found.field === KEYWORD_FIELD ? 100 : (COSTS[found.test.kind] ?? 1) };
  }

  /** The check, asked only if it can be paid. */
  #priced(predicate: PlanPredicate, check: PredicateCheck): PredicateCheck {
    const budget = this.#budget;
    const price = priceOf(predicate, this.#record, (name) => this.#fields.numbers.get(name) ?? KEYWORD_FIELD);
    if (price === undefined) return check;
    return () => (budget.limited && !budget.pay(price()) ? false : check());
  }

  /** The sets of triggers that the program watches anyway and of which one must have fired for the predicate to hold. */
  #gates(predicate: number, exact: ReadonlyMap<number, number>): readonly Int32Array[] {
    const gates: Int32Array[] = [];
    for (const choice of this.#choices.of(predicate)) {
      const numbers = choice.map((trigger) => exact.get(trigger.id));
      if (numbers.every((number) => number !== undefined)) gates.push(Int32Array.from(numbers));
    }
    return gates;
  }
}

/** The check, asked only where one trigger of each gate has fired, or may have in a value that was not searched to its end. */
function gated(check: PredicateCheck, gates: readonly Int32Array[], program: ClassProgram): PredicateCheck {
  const { fired } = program;
  return () => {
    for (let g = 0; g < gates.length; g++) {
      const gate = gates[g];
      if (gate === undefined) continue;
      let open = false;
      for (let i = 0; i < gate.length && !open; i++) {
        const trigger = gate[i] ?? 0;
        open = fired.has(trigger) || program.isCut(program.fieldOf(trigger));
      }
      if (!open) return false;
    }
    return check();
  };
}

interface Costed {
  readonly run: Condition;
  readonly cost: number;
}

/** What a test costs relative to comparing the end of a value; cheap ones are asked first. */
const COSTS: Readonly<Record<string, number>> = {
  null: 1,
  exists: 1,
  text: 2,
  compare: 6,
  set: 6,
  cidr: 8,
  time_part: 8,
  fieldref: 10,
  glob: 10,
  expression: 40,
};

function allOf(runs: readonly Condition[]): Condition {
  return () => {
    for (let i = 0; i < runs.length; i++) if (runs[i]?.() === false) return false;
    return true;
  };
}

function anyOf(runs: readonly Condition[]): Condition {
  return () => {
    for (let i = 0; i < runs.length; i++) if (runs[i]?.() === true) return true;
    return false;
  };
}

// Longer than 400 lines only with its comments: recognise, link, run and adapt are one way an event takes.
import {
  decodeRecord,
  type EventClass,
  lift,
  RESOLVE_NEVER,
  type RecordBuffer,
  RecordMemory,
  resolvePath,
  type Schemas,
  SLOT_ARRAY,
  SLOT_FALSE,
  SLOT_NULL,
  SLOT_NUMBER,
  SLOT_OBJECT,
  SLOT_RESOLVE,
  SLOT_STRING,
  SLOT_TRUE,
  SlotScanner,
  textOf,
} from '../ingest/index.ts';
import { type Logsource, logsourceApplies } from '../model/index.ts';
import { ClassFinder } from './class-finder.ts';
import { ClassProgram, type ClassRule, LineFilters } from './class-program.ts';
import { type DerivedField, EventRecord, type FieldPlaces } from './event-record.ts';
import {
  type DetectionPlan,
  KEYWORD_FIELD,
  type PlanExpression,
  type PlanPredicate,
  specialise,
} from './plan.ts';
import { compilePredicate, decideConstant, type PredicateCheck } from './predicate.ts';
import { UncertainBytes } from './raw-line.ts';
import { type EventLimits, priceOf, StepBudget, sizeOfRecord } from './step-budget.ts';
import { TextSieve } from './text-sieve.ts';
import { exactTrigger, guessedCost, type Trigger, triggerKey, WitnessChoices, witnessOf } from './witness.ts';

/** What became of a record's bytes. */
export type DetectStatus = 'ok' | 'malformed';

/** Options of a detector. */
export interface DetectorOptions {
  /** Membership in the named sets that rules ask for. */
  readonly inSet?: (set: string, text: string) => boolean;
  /** What one event may cost; `EVENT_LIMITS` where absent. */
  readonly limits?: EventLimits;
  /** How a field is worked out where an event lacks it, from which others; undefined where it cannot be. */
  readonly derive?: (
    field: string,
  ) => { readonly from: readonly string[]; readonly of: (text: string) => unknown } | undefined;
}

/** After so many events of a class, its witnesses are chosen anew from measured rates. */
const ADAPT_AT: readonly number[] = [512, 8192];
/** Triggers fired and rules woken, an event, below which that is not worth the while. */
const ADAPT_WORK_MIN = 1.5;
/** Programs kept in each of two generations; classes are told by data that an attacker may choose. */
const PROGRAMS_MAX = 512;
/** Generations share a 32-bit word with a truth value. */
const GENERATION_MAX = 0x3fff_fff0;

const NO_BYTES: RecordBuffer = { bytes: new Uint8Array(0), text: '' };
/** For fewer bytes than this, memory of their own is not worth the while. */
const HELD_BYTES_MIN = 16_384;

type Condition = () => boolean;

/** A program of a class, and by position of a rule its compiled condition. */
interface LinkedProgram {
  readonly program: ClassProgram;
  readonly conditions: (Condition | undefined)[];
}

interface LinkedClass {
  readonly eventClass: EventClass;
  current: LinkedProgram;
  /** What large records run on, once there was one. */
  large: LinkedProgram | undefined;
  readonly rules: readonly ClassRule[];
  readonly places: FieldPlaces;
  adapted: number;
  readonly rates: Map<string, number>;
}

/**
 * Runs a detection plan over events. Stateful only in what it has learnt about speed (linked classes, measured rates); results depend
 * on the event alone. One instance serves one thread.
 */
export class Detector {
  readonly plan: DetectionPlan;
  /** Rules (positions in `plan.rules`) that hold for the event detected last, ascending; the first `hitCount` count. */
  readonly hits: Int32Array;
  hitCount = 0;
  /**
   * Rules (positions in `plan.rules`) that were left undecided for the event detected last, because it is so large that what they ask of it
   * could not be paid (`EventLimits`); the first `undecidedCount` count. They are not among the hits.
   */
  readonly undecided: Int32Array;
  undecidedCount = 0;
  /** Events whose rules were evaluated, and conditions evaluated for them: the cost per event in one figure. */
  evaluations = 0;
  /**
   * Steps so far: units that were looked at for plain texts, patterns compared, conditions evaluated, and what large records paid for searching
   * tests. The measure of work that tests look at.
   */
  steps = 0;

  readonly #schemas: Schemas;
  readonly #scanner = new SlotScanner();
  readonly #record: EventRecord;
  readonly #finder: ClassFinder<LinkedClass>;
  readonly #choices: WitnessChoices;
  readonly #sieve: TextSieve;
  readonly #filters = new LineFilters();
  readonly #budget: StepBudget;
  readonly #checks: (PredicateCheck | undefined)[];
  readonly #memo: Int32Array;
  readonly #byLogsource: readonly { readonly logsource: Logsource; readonly rules: number[] }[];
  readonly #fieldNumbers: ReadonlyMap<string, number>;
  /** The plan's fields, and behind them those that others are worked out from. */
  readonly #fields: readonly string[];
  readonly #derived: readonly (DerivedField | undefined)[];
  readonly #inSet: (set: string, text: string) => boolean;
  readonly #uncertain = new UncertainBytes();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #young = new Map<EventClass, LinkedClass>();
  #old = new Map<EventClass, LinkedClass>();
  #generation = 0;
  #bytes: Uint8Array | undefined;
  /** A value that was read of the record at hand is no JSON, which the scanner does not look for inside texts. */
  #broken = false;
  #source: RecordBuffer = NO_BYTES;
  #memory: RecordMemory | undefined;
  #memoryAsked = false;
  #start = 0;
  #end = 0;
  #current: LinkedClass | undefined;
  #running: ClassProgram | undefined;

  constructor(plan: DetectionPlan, schemas: Schemas, options: DetectorOptions = {}) {
    this.plan = plan;
    this.#schemas = schemas;
    this.#inSet = options.inSet ?? (() => false);
    this.hits = new Int32Array(plan.rules.length);
    this.undecided = new Int32Array(plan.rules.length);
    this.#budget = new StepBudget(options.limits);
    this.#finder = new ClassFinder(this.#scanner, schemas);
    const { fields, derived } = derivedFields(plan.fields, options.derive);
    this.#fields = fields;
    this.#derived = derived;
    this.#record = new EventRecord(fields.length, this.#scanner, derived);
    this.#choices = new WitnessChoices(plan.predicates);
    this.#sieve = new TextSieve(plan.predicates, this.#record, this.#budget);
    this.#checks = new Array<PredicateCheck | undefined>(plan.predicates.length).fill(undefined);
    this.#memo = new Int32Array(plan.predicates.length);
    this.#fieldNumbers = new Map(plan.fields.map((name, number) => [name, number]));
    this.#byLogsource = groupByLogsource(plan);
  }

  /**
   * Memory in which bytes are read by vectors, for runs of this length; undefined where there is none, or it is not worth the while. What is held there
   * (`arena.hold`) stays until the next is.
   */
  memoryFor(lengthBytes: number): RecordMemory | undefined {
    if (this.#memoryAsked || lengthBytes < HELD_BYTES_MIN) return this.#memory;
    this.#memoryAsked = true;
    this.#memory = RecordMemory.create();
    if (this.#memory !== undefined) {
      this.#scanner.moveTo(this.#memory.arena);
      this.#record.moveTo(this.#memory);
      this.#finder.moveTo(this.#memory);
      this.#filters.moveTo(this.#memory);
    }
    return this.#memory;
  }

  /**
   * Detects on the JSON record in `source.bytes[start, end)`. The rules that hold are in `hits`. Records that the scanner does not take are parsed.
   */
  detectBytes(source: RecordBuffer, start: number, end: number): DetectStatus {
    this.hitCount = 0;
    this.undecidedCount = 0;
    const { bytes } = source;
    const status = this.#scanner.scanRange(source, start, end);
    if (status !== 'ok') return status === 'malformed' ? 'malformed' : this.#detectParsed(bytes, start, end);
    this.#bytes = bytes;
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.#budget.begin(end - start);
    this.#record.beginBytes(source, start, end);
    this.#broken = false;
    const slots = this.#finder.recognise(bytes, this.#slotValue);
    if (this.#broken) return 'malformed';
    if (slots !== undefined && this.#finder.needsLift(slots)) return this.#detectParsed(bytes, start, end);
    let linked = this.#finder.find(slots, bytes, this.#record.memory);
    if (linked === undefined) {
      const texts = (slots?.discriminators ?? []).map((alternatives) => this.#discriminator(alternatives));
      if (this.#broken) return 'malformed';
      const eventClass = this.#schemas.classOf(slots?.mapping, texts);
      const before = this.#scanner.paths.length;
      linked = this.#young.get(eventClass) ?? this.#link(eventClass);
      this.#finder.remember(slots, { bytes, memory: this.#record.memory }, linked);
      if (this.#scanner.paths.length !== before) this.#scanner.scanRange(source, start, end);
    }
    this.#record.setPlaces(linked.places);
    return this.#run(linked) ? 'ok' : 'malformed';
  }

  /** Detects on a parsed record; `sizeBytes` is the size of its text, worked out where absent. */
  detectRecord(record: unknown, sizeBytes?: number): void {
    this.hitCount = 0;
    this.undecidedCount = 0;
    const mapping = this.#schemas.recognise((path) => resolvePath(record, path));
    const view = mapping === undefined ? record : lift(record, mapping);
    const texts = (mapping?.discriminators ?? []).map((paths) => textOf(firstPresent(view, paths)));
    const eventClass = this.#schemas.classOf(mapping, texts);
    this.detectView({ record, view, eventClass, ...(sizeBytes === undefined ? {} : { sizeBytes }) });
  }

  /** Detects on a record whose class is known, reading fields from `view`. */
  detectView(given: {
    readonly record: unknown;
    readonly view: unknown;
    readonly eventClass: EventClass;
    readonly sizeBytes?: number;
  }): void {
    this.hitCount = 0;
    this.undecidedCount = 0;
    this.#bytes = undefined;
    const linked = this.#young.get(given.eventClass) ?? this.#link(given.eventClass);
    this.#budget.begin(given.sizeBytes ?? sizeOfRecord(given.record, this.#budget.limits.unlimitedBytes));
    this.#record.beginRecord(given.record, given.view);
    this.#record.setPlaces(linked.places);
    this.#run(linked);
  }

  /** The class of the event detected last. */
  get eventClass(): EventClass | undefined {
    return this.#current?.eventClass;
  }

  /** Whether the event detected last was read from its bytes, and reaches every path without a lift. */
  get scanned(): boolean {
    return this.#bytes !== undefined;
  }

  /** The record detected last as parsed, as its mapping's lifts leave it, and its class. */
  get last(): { readonly record: unknown; readonly view: unknown; readonly eventClass: EventClass } {
    return {
      record: this.#record.parsed(),
      view: this.#record.view(),
      eventClass: this.#current?.eventClass ?? this.#schemas.unknown,
    };
  }

  #detectParsed(bytes: Uint8Array, start: number, end: number): DetectStatus {
    const decoded = decodeRecord(bytes.subarray(start, end));
    if (decoded.kind !== 'record') return 'malformed';
    this.detectRecord(decoded.value, end - start);
    return 'ok';
  }

  /** Runs the class's program; false where a record that looked sound turns out not to be JSON. */
  #run(linked: LinkedClass): boolean {
    this.#current = linked;
    if (++this.#generation > GENERATION_MAX) {
      this.#generation = 1;
      this.#memo.fill(0);
    }
    try {
      this.#evaluate(linked);
      // A signal never rests on a record that no strict reader would take.
      if (this.hitCount > 0) this.#record.assureSound();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.hitCount = 0;
      this.undecidedCount = 0;
      return false;
    }
    const { program } = linked.current;
    if (program.events === ADAPT_AT[linked.adapted]) this.#adapt(linked);
    return true;
  }

  #evaluate(linked: LinkedClass): void {
    const budget = this.#budget;
    const { program, conditions } = budget.limited ? this.#large(linked) : linked.current;
    this.#running = program;
    const { fired } = program;
    const before = fired.steps + this.#sieve.steps;
    program.wake(this.#record, this.#mayHoldKeyword, budget.passSteps);
    const { candidates, candidateCount } = program;
    // Where steps are limited, who comes first matters: the order of the rules, and not that in which they were woken.
    if (budget.limited) candidates.subarray(0, candidateCount).sort();
    this.evaluations += candidateCount;
    const { hits, undecided } = this;
    let count = 0;
    let undecidedCount = 0;
    for (let i = 0; i < candidateCount; i++) {
      const position = candidates[i] ?? 0;
      const condition = conditions[position] ?? this.#conditionOf(linked, position);
      const { refused } = budget;
      const holds = condition();
      if (budget.refused !== refused) undecided[undecidedCount++] = linked.rules[position]?.rule ?? 0;
      else if (holds) hits[count++] = linked.rules[position]?.rule ?? 0;
    }
    if (count > 1) hits.subarray(0, count).sort();
    if (undecidedCount > 1) undecided.subarray(0, undecidedCount).sort();
    this.steps += fired.steps + this.#sieve.steps - before + budget.spent + candidateCount;
    this.hitCount = count;
    this.undecidedCount = undecidedCount;
  }

  readonly #mayHoldKeyword = (): boolean => {
    const filter = this.#running?.parts.lineFilter;
    const bytes = this.#bytes;
    if (filter === undefined || bytes === undefined) return true;
    if (filter.mayMatch(bytes, this.#start, this.#end)) return true;
    const memory = this.#memory;
    if (memory?.holds(bytes) === true && !memory.mayBeSpelt(bytes, this.#start, this.#end)) return false;
    return this.#uncertain.within(this.#source, this.#start, this.#end, filter.alphabet);
  };

  // --- Which class ---------------------------------------------------------------------------------------------

  #discriminator(alternatives: Int32Array): string | undefined {
    for (const slot of alternatives) {
      const value = this.#slotValue(slot);
      if (value !== undefined) return textOf(value);
    }
    return undefined;
  }

  /** A slot's value as the parsed record has it; undefined where absent. */
  readonly #slotValue = (slot: number): unknown => {
    const { kind, from, to, guard, paths } = this.#scanner;
    const bytes = this.#bytes;
    if (bytes === undefined) return undefined;
    if (guard[slot] !== RESOLVE_NEVER) return resolvePath(this.#record.parsed(), paths[slot] ?? '');
    switch (kind[slot]) {
      case SLOT_STRING:
        return this.#parse(bytes.subarray((from[slot] ?? 1) - 1, (to[slot] ?? 0) + 1));
      case SLOT_NUMBER:
      case SLOT_OBJECT:
      case SLOT_ARRAY:
        return this.#parse(bytes.subarray(from[slot], to[slot]));
      case SLOT_TRUE:
        return true;
      case SLOT_FALSE:
        return false;
      case SLOT_NULL:
        return null;
      case SLOT_RESOLVE:
        return resolvePath(this.#record.parsed(), paths[slot] ?? '');
      default:
        return undefined;
    }
  };

  #parse(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(this.#decoder.decode(bytes));
    } catch {
      this.#broken = true;
      return undefined;
    }
  }

  // --- Linking a class -----------------------------------------------------------------------------------------

  #link(eventClass: EventClass): LinkedClass {
    const kept = this.#old.get(eventClass);
    const linked = kept ?? this.#build(eventClass);
    if (this.#young.size >= PROGRAMS_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(eventClass, linked);
    return linked;
  }

  #build(eventClass: EventClass): LinkedClass {
    const { plan } = this;
    const constants = new Map<number, string>();
    for (const [name, text] of eventClass.constants) {
      const field = this.#fieldNumbers.get(name);
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
      rates: new Map<string, number>(),
    };
    return { ...linked, current: { program: this.#program(linked), conditions: [] }, large: undefined };
  }

  /** The raw places of all fields that the class's rules ask for; new paths become slots of the scanner. */
  #places(eventClass: EventClass, rules: readonly ClassRule[]): FieldPlaces {
    const { plan } = this;
    const fields = this.#fields;
    const slots = new Array<Int32Array | undefined>(fields.length).fill(undefined);
    const paths = new Array<readonly string[] | undefined>(fields.length).fill(undefined);
    const want = (field: number): void => {
      if (field === KEYWORD_FIELD || paths[field] !== undefined) return;
      const found = eventClass.paths(fields[field] ?? '');
      paths[field] = found;
      slots[field] = Int32Array.from(found, (path) => this.#scanner.addPath(path));
      for (const from of this.#derived[field]?.from ?? []) want(from);
    };
    for (const { expression } of rules) {
      forEachPredicate(expression, (predicate) => {
        const found = plan.predicates[predicate];
        if (found === undefined) return;
        want(found.field);
        if (found.test.kind === 'fieldref') want(this.#fieldNumbers.get(found.test.other) ?? KEYWORD_FIELD);
      });
    }
    return { slots, paths };
  }

  /**
   * The program of the class's large records: it looks for all plain texts of the rules in the one pass that wakes them, and it learns nothing, so
   * that what is decided about a large record rests on nothing that came before it.
   */
  #large(linked: LinkedClass): LinkedProgram {
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
        const found = this.plan.predicates[predicate];
        const trigger = found === undefined ? undefined : exactTrigger(found);
        if (trigger !== undefined) triggers.set(predicate, trigger);
      });
    }
    return [...triggers.values()];
  }

  /** The class's program; `besides` are triggers to watch that wake nothing by themselves. */
  #program(linked: Pick<LinkedClass, 'rules' | 'rates'>, besides: readonly Trigger[] = []): ClassProgram {
    const numbers = new Map<string, number>();
    const triggers: Trigger[] = [];
    const wakes: number[][] = [];
    const always: number[] = [];
    const costs = new Map<Trigger, number>();
    const costOf = (trigger: Trigger): number => {
      let cost = costs.get(trigger);
      if (cost === undefined) {
        cost =
          (linked.rates.size > 0 ? linked.rates.get(triggerKey(trigger)) : undefined) ?? guessedCost(trigger);
        costs.set(trigger, cost);
      }
      return cost;
    };
    linked.rules.forEach(({ expression }, position) => {
      const witness = witnessOf(expression, this.#choices, costOf);
      if (witness === undefined) {
        always.push(position);
        return;
      }
      for (const trigger of witness.triggers) {
        const key = triggerKey(trigger);
        let number = numbers.get(key);
        if (number === undefined) {
          number = triggers.length;
          numbers.set(key, number);
          triggers.push(trigger);
          wakes.push([]);
        }
        wakes[number]?.push(position);
      }
    });
    for (const trigger of besides) {
      // Keywords are looked for in the whole line; those that wake nothing are better asked by themselves.
      if (trigger.field === KEYWORD_FIELD || numbers.has(triggerKey(trigger))) continue;
      numbers.set(triggerKey(trigger), triggers.length);
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
  #adapt(linked: LinkedClass): void {
    const { program } = linked.current;
    linked.adapted++;
    // Where next to nothing fires or wakes, better witnesses could save next to nothing.
    if (program.work < program.events * ADAPT_WORK_MIN) return;
    program.parts.triggers.forEach((trigger, i) => {
      linked.rates.set(triggerKey(trigger), ((program.counts[i] ?? 0) + 0.05) / program.events);
    });
    const { events } = program;
    linked.current = { program: this.#program(linked), conditions: [] };
    linked.current.program.events = events;
  }

  // --- Conditions ----------------------------------------------------------------------------------------------

  #conditionOf(linked: LinkedClass, position: number): Condition {
    const { program, conditions } = this.#budget.limited ? this.#large(linked) : linked.current;
    const condition = this.#compile(
      linked.rules[position]?.expression ?? false,
      program,
      program.parts.numbers,
    ).run;
    conditions[position] = condition;
    return condition;
  }

  #compile(node: PlanExpression, program: ClassProgram, exact: ReadonlyMap<string, number>): Costed {
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

  #leaf(predicate: number, program: ClassProgram, exact: ReadonlyMap<string, number>): Costed {
    const found = this.plan.predicates[predicate];
    if (found === undefined) return { run: () => false, cost: 0 };
    const trigger = exactTrigger(found);
    const number = trigger === undefined ? undefined : exact.get(triggerKey(trigger));
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
        fieldNumber: (name) => this.#fieldNumbers.get(name) ?? KEYWORD_FIELD,
        inSet: this.#inSet,
        askTogether: () => this.#sieve.ask(predicate, found.field),
      });
      check = this.#priced(found, check);
      this.#checks[predicate] = check;
    }
    const gates = this.#gates(predicate, exact);
    const decide = gates.length === 0 ? check : gated(check, gates, program);
    const memo = this.#memo;
    const budget = this.#budget;
    const run = (): boolean => {
      // Truth is remembered by predicate; a gate only answers sooner what the check would.
      const known = memo[predicate] ?? 0;
      const generation = this.#generation;
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
    const price = priceOf(predicate, this.#record, (name) => this.#fieldNumbers.get(name) ?? KEYWORD_FIELD);
    if (price === undefined) return check;
    return () => (budget.limited && !budget.pay(price()) ? false : check());
  }

  /** The sets of triggers that the program watches anyway and of which one must have fired for the predicate to hold. */
  #gates(predicate: number, exact: ReadonlyMap<string, number>): readonly Int32Array[] {
    const gates: Int32Array[] = [];
    for (const choice of this.#choices.of(predicate)) {
      const numbers = choice.map((trigger) => exact.get(triggerKey(trigger)));
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

function forEachPredicate(node: PlanExpression, visit: (predicate: number) => void): void {
  if (typeof node === 'boolean') return;
  if (typeof node === 'number') visit(node);
  else if ('not' in node) forEachPredicate(node.not, visit);
  else for (const child of 'and' in node ? node.and : node.or) forEachPredicate(child, visit);
}

/** The plan's fields with those behind them that some are worked out from, and how. */
function derivedFields(
  planned: readonly string[],
  derive: DetectorOptions['derive'],
): { readonly fields: readonly string[]; readonly derived: readonly (DerivedField | undefined)[] } {
  if (derive === undefined) return { fields: planned, derived: [] };
  const fields = [...planned];
  const numbers = new Map(fields.map((name, number) => [name, number]));
  const derived = planned.map((name) => {
    const found = derive(name);
    if (found === undefined) return undefined;
    const from = found.from.map((one) => {
      const known = numbers.get(one);
      if (known !== undefined) return known;
      numbers.set(one, fields.length);
      return fields.push(one) - 1;
    });
    return { from, of: found.of };
  });
  return { fields, derived };
}

function firstPresent(record: unknown, paths: readonly string[]): unknown {
  for (const path of paths) {
    const value = resolvePath(record, path);
    if (value !== undefined) return value;
  }
  return undefined;
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

import {
  decodeRecord,
  type EventClass,
  isBlank,
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
import { ClassFinder } from './class-finder.ts';
import { ClassLinker, type DeriveField, type LinkedClass, linkFields } from './class-linker.ts';
import { type ClassProgram, LineFilters } from './class-program.ts';
import { ConditionCompiler, Truths } from './condition-compiler.ts';
import { EventRecord } from './event-record.ts';
import type { DetectionPlan } from './plan.ts';
import { UncertainBytes } from './raw-line.ts';
import type { RuleProbe } from './rule-probe.ts';
import { type EventLimits, StepBudget, sizeOfRecord } from './step-budget.ts';
import { TextSieve } from './text-sieve.ts';
import { WitnessChoices } from './witness.ts';

/** What became of a record's bytes. */
export type DetectStatus = 'ok' | 'malformed';

/** Options of a detector. */
export interface DetectorOptions {
  /** Membership in the named sets that rules ask for. */
  readonly inSet?: (set: string, text: string) => boolean;
  /** What one event may cost; `EVENT_LIMITS` where absent. */
  readonly limits?: EventLimits;
  /** How a field is worked out where an event lacks it, from which others; undefined where it cannot be. */
  readonly derive?: DeriveField;
}

/** After so many events of a class, its witnesses are chosen anew from measured rates. */
const ADAPT_AT: readonly number[] = [512, 8192];
/** Programs kept in each of two generations; classes are told by data that an attacker may choose. */
const PROGRAMS_MAX = 512;

const NO_BYTES: RecordBuffer = { bytes: new Uint8Array(0), text: '' };
/** For fewer bytes than this, memory of their own is not worth the while. */
const HELD_BYTES_MIN = 16_384;

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
  /** Measures what rules cost while it is set; results are the same. */
  probe: RuleProbe | undefined;
  /**
   * Steps so far: units that were looked at for plain texts, patterns compared, conditions evaluated, and what large records paid for searching
   * tests. The measure of work that tests look at.
   */
  steps = 0;

  readonly #schemas: Schemas;
  readonly #scanner = new SlotScanner();
  readonly #record: EventRecord;
  readonly #finder: ClassFinder<LinkedClass>;
  readonly #linker: ClassLinker;
  readonly #conditions: ConditionCompiler;
  readonly #truths: Truths;
  readonly #sieve: TextSieve;
  readonly #filters = new LineFilters();
  readonly #budget: StepBudget;
  readonly #uncertain = new UncertainBytes();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #young = new Map<EventClass, LinkedClass>();
  #old = new Map<EventClass, LinkedClass>();
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
    this.hits = new Int32Array(plan.rules.length);
    this.undecided = new Int32Array(plan.rules.length);
    this.#budget = new StepBudget(options.limits);
    this.#finder = new ClassFinder(this.#scanner, schemas);
    const fields = linkFields(plan.fields, options.derive);
    this.#record = new EventRecord(fields.names.length, this.#scanner, fields.derived);
    this.#sieve = new TextSieve(plan.predicates, this.#record, this.#budget);
    this.#truths = new Truths(plan.predicates.length);
    const parts = { plan, fields, choices: new WitnessChoices(plan.predicates) };
    this.#linker = new ClassLinker({ ...parts, scanner: this.#scanner, filters: this.#filters });
    this.#conditions = new ConditionCompiler({
      ...parts,
      record: this.#record,
      sieve: this.#sieve,
      budget: this.#budget,
      truths: this.#truths,
      inSet: options.inSet ?? (() => false),
    });
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
  detectBytes(source: RecordBuffer, first: number, last: number): DetectStatus {
    this.hitCount = 0;
    this.undecidedCount = 0;
    const { bytes } = source;
    let start = first;
    let end = last;
    // A byte order mark before it, or a separator behind it, is no part of a record.
    while (start < end && isBlank(bytes[start] ?? 0)) start++;
    while (end > start && isBlank(bytes[end - 1] ?? 0)) end--;
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
    this.#truths.next();
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
    if (program.events === ADAPT_AT[linked.adapted]) this.#linker.adapt(linked);
    return true;
  }

  #evaluate(linked: LinkedClass): void {
    const budget = this.#budget;
    const running = budget.limited ? this.#linker.large(linked) : linked.current;
    const { program, conditions } = running;
    this.#running = program;
    const { fired } = program;
    const before = fired.steps + this.#sieve.steps;
    program.wake(this.#record, this.#mayHoldKeyword, budget.passSteps);
    const { candidates, candidateCount } = program;
    // Where steps are limited, who comes first matters: the order of the rules, and not that in which they were woken.
    if (budget.limited) candidates.subarray(0, candidateCount).sort();
    this.evaluations += candidateCount;
    const { hits, undecided, probe } = this;
    let count = 0;
    let undecidedCount = 0;
    for (let i = 0; i < candidateCount; i++) {
      const position = candidates[i] ?? 0;
      const condition = conditions[position] ?? this.#conditions.conditionOf(linked, running, position);
      const { refused } = budget;
      const began = probe === undefined ? 0 : probe.now();
      const holds = condition();
      probe?.took(linked.rules[position]?.rule ?? 0, probe.now() - began);
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
    if (filter.numeric && this.#uncertain.withinNumbers(this.#source, this.#start, this.#end)) return true;
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

  // --- Linked classes ------------------------------------------------------------------------------------------

  #link(eventClass: EventClass): LinkedClass {
    const linked = this.#old.get(eventClass) ?? this.#linker.link(eventClass);
    if (this.#young.size >= PROGRAMS_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(eventClass, linked);
    return linked;
  }
}

function firstPresent(record: unknown, paths: readonly string[]): unknown {
  for (const path of paths) {
    const value = resolvePath(record, path);
    if (value !== undefined) return value;
  }
  return undefined;
}

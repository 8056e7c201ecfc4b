import type { RecordMemory } from '../ingest/index.ts';
import { Fired, LineFilter } from '../match/index.ts';
import type { EventRecord } from './event-record.ts';
import { FIELD_ABSENT, FIELD_LIST, FIELD_TEXT } from './event-record.ts';
import { type FieldMatcher, fieldMatcher, matchUnits } from './field-matcher.ts';
import { KEYWORD_FIELD, type PlanExpression } from './plan.ts';
import { KEPT_BYTES_MIN } from './value-memory.ts';
import type { Trigger } from './witness.ts';

/** Lengths (bytes) of values that are worth remembering: shorter ones are matched as fast, longer ones cost memory. */
const CACHED_MIN = 12;
const CACHED_MAX = 2048;

/** One rule of a class: its place in the plan, and its condition with the class's constants folded in. */
export interface ClassRule {
  readonly rule: number;
  readonly expression: PlanExpression;
}

/** What a class program is made of. */
export interface ClassParts {
  readonly rules: readonly ClassRule[];
  readonly triggers: readonly Trigger[];
  /** The triggers' numbers by their ids. */
  readonly numbers: ReadonlyMap<number, number>;
  /** By trigger: the rules (positions in `rules`) that it wakes. */
  readonly wakes: readonly Int32Array[];
  /** Rules without a witness: evaluated for every event. */
  readonly always: Int32Array;
  readonly lineFilter: LineFilter | undefined;
}

/**
 * What runs for the events of one class: each field that some rule rests on is matched once against all texts looked for in it;
 * what fires wakes the few rules worth evaluating.
 */
export class ClassProgram {
  readonly parts: ClassParts;
  readonly fired: Fired;
  /** By trigger: events in which it fired; the measured rates choose better witnesses later. */
  readonly counts: Int32Array;
  /** Triggers fired and rules woken so far. */
  work = 0;
  /** Events seen. */
  events = 0;
  /** Positions of the rules to evaluate for the current event. */
  readonly candidates: Int32Array;
  candidateCount = 0;
  readonly #matchers: readonly FieldMatcher[];
  readonly #keywords: FieldMatcher | undefined;
  readonly #ruleStamp: Int32Array;
  readonly #cut = new Set<number>();

  constructor(parts: ClassParts) {
    this.parts = parts;
    this.fired = new Fired(parts.triggers.length);
    this.counts = new Int32Array(parts.triggers.length);
    this.candidates = new Int32Array(parts.rules.length);
    this.#ruleStamp = new Int32Array(parts.rules.length);
    const matchers = fieldMatchers(parts.triggers);
    this.#keywords = matchers.find((m) => m.field === KEYWORD_FIELD);
    this.#matchers = matchers.filter((m) => m.field !== KEYWORD_FIELD);
  }

  /**
   * Finds the candidates for the event that `record` stands on. `mayHoldKeyword` is false where the raw line has been seen to hold
   * none. Where `stepsMax` are not enough to search a field to its end, the field is `cut`, and all rules that rest on what is looked for in it
   * are candidates. Cost: about a nanosecond a unit of the fields looked at.
   */
  wake(record: EventRecord, mayHoldKeyword: () => boolean, stepsMax: number): void {
    const { fired, parts } = this;
    fired.next();
    fired.stepsEnd = fired.steps + stepsMax;
    if (this.#cut.size > 0) this.#cut.clear();
    this.events++;
    this.candidateCount = 0;
    const matchers = this.#matchers;
    for (let i = 0; i < matchers.length; i++) {
      const matcher = matchers[i];
      if (matcher !== undefined) this.#matchField(matcher, record);
    }
    if (this.#keywords !== undefined && mayHoldKeyword()) this.#matchField(this.#keywords, record);
    for (let i = 0; i < fired.count; i++) {
      const trigger = fired.ids[i] ?? 0;
      this.counts[trigger] = (this.counts[trigger] ?? 0) + 1;
      const wakes = parts.wakes[trigger];
      if (wakes !== undefined) for (let j = 0; j < wakes.length; j++) this.#add(wakes[j] ?? 0);
    }
    this.work += fired.count + this.candidateCount;
    const { always } = parts;
    for (let i = 0; i < always.length; i++) this.#add(always[i] ?? 0);
    if (this.#cut.size > 0) this.#wakeCut();
  }

  /** Whether the field's value was not searched to its end for the current event: a text that was not found in it may be there. */
  isCut(field: number): boolean {
    return this.#cut.has(field);
  }

  /** The field of a trigger. */
  fieldOf(trigger: number): number {
    return this.parts.triggers[trigger]?.field ?? KEYWORD_FIELD;
  }

  #matchField(matcher: FieldMatcher, record: EventRecord): void {
    const { fired } = this;
    matchField(matcher, record, fired);
    if (!fired.cut) return;
    fired.cut = false;
    this.#cut.add(matcher.field);
  }

  #wakeCut(): void {
    const { triggers, wakes } = this.parts;
    triggers.forEach(({ field, kind }, i) => {
      if (kind === 'contains' && this.#cut.has(field))
        for (const position of wakes[i] ?? []) this.#add(position);
    });
  }

  #add(position: number): void {
    if (this.#ruleStamp[position] === this.events) return;
    this.#ruleStamp[position] = this.events;
    this.candidates[this.candidateCount++] = position;
  }
}

function matchField(matcher: FieldMatcher, record: EventRecord, fired: Fired): void {
  const { field, cache } = matcher;
  // Where steps are limited, what they are spent on must not depend on events that came before.
  if (cache.worthwhile && fired.stepsEnd === Number.POSITIVE_INFINITY && record.peek(field)) {
    const length = record.peekedTo - record.peekedFrom;
    if (length >= CACHED_MIN && length <= CACHED_MAX) {
      const { memory, peekedFrom, peekedTo, kept } = record;
      if (kept !== undefined && length >= KEPT_BYTES_MIN) {
        const known = cache.getKept(kept, peekedFrom, peekedTo);
        if (known !== undefined) {
          for (let i = 0; i < known.length; i++) fired.add(known[i] ?? 0);
          return;
        }
        const before = fired.count;
        matchValue(matcher, record, fired);
        cache.setKept(kept, peekedFrom, peekedTo, fired.ids.slice(before, fired.count));
        return;
      }
      const known = cache.get(memory, peekedFrom, peekedTo);
      if (known !== undefined) {
        for (let i = 0; i < known.length; i++) fired.add(known[i] ?? 0);
        return;
      }
      const before = fired.count;
      matchValue(matcher, record, fired);
      // A trigger belongs to one field, so what has been added since is what this value fires.
      cache.set(memory, peekedFrom, peekedTo, fired.ids.slice(before, fired.count));
      return;
    }
  }
  matchValue(matcher, record, fired);
}

function matchValue(matcher: FieldMatcher, record: EventRecord, fired: Fired): void {
  const { field } = matcher;
  const kind = record.load(field);
  if (kind === FIELD_ABSENT) return;
  if (matcher.present >= 0) fired.add(matcher.present);
  if (kind === FIELD_TEXT)
    matchUnits(matcher, record.units, record.from[field] ?? 0, record.to[field] ?? 0, fired);
  else if (kind === FIELD_LIST) {
    const ranges = record.memberRanges(field);
    for (let i = 0; i < ranges.length; i += 2)
      matchUnits(matcher, record.units, ranges[i] ?? 0, ranges[i + 1] ?? 0, fired);
  }
}

function fieldMatchers(triggers: readonly Trigger[]): readonly FieldMatcher[] {
  const byField = new Map<number, number[]>();
  triggers.forEach((trigger, id) => {
    const list = byField.get(trigger.field);
    if (list) list.push(id);
    else byField.set(trigger.field, [id]);
  });
  return [...byField].map(([field, ids]) => fieldMatcher(field, ids, triggers));
}

/** Filters that are kept to be shared. */
const FILTERS_MAX = 64;

/** The filters over raw lines: most classes of a source look for the same keywords, so they share one. */
export class LineFilters {
  readonly #known = new Map<string, LineFilter>();
  #memory: RecordMemory | undefined;

  /** The filter for a program's keyword triggers, or undefined where it has none. */
  of(triggers: readonly Trigger[]): LineFilter | undefined {
    const texts = triggers.filter((t) => t.field === KEYWORD_FIELD).map((t) => t.text);
    if (texts.length === 0) return undefined;
    const key = JSON.stringify(texts);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const filter = new LineFilter(texts);
    if (this.#known.size >= FILTERS_MAX) return filter;
    if (this.#memory !== undefined) filter.moveTo(this.#memory.arena);
    this.#known.set(key, filter);
    return filter;
  }

  /** Looks for words by a program from now on. */
  moveTo(memory: RecordMemory): void {
    this.#memory = memory;
    for (const filter of this.#known.values()) filter.moveTo(memory.arena);
  }
}

import {
  type Candidate,
  type IntelMatch,
  IntelSnapshot,
  type Observable,
  observablesOf,
} from '../intel/index.ts';
import { fieldValues, type SetLookup } from '../match/index.ts';
import type { EventTime, FieldView, IndicatorMatch } from '../model/index.ts';
import type { ObservedTexts } from './observed.ts';

/** By the name or id that rules use: the feeds that are meant. `any` is every feed. */
export type FeedNames = Readonly<Record<string, readonly string[]>>;

/** What a rule asks of feeds: a field, and what the feeds are called. */
export interface IntelAsk {
  readonly field: string;
  readonly set: string;
}

interface Found {
  readonly candidate: Candidate;
  readonly source: string;
}

const NOTHING: readonly Found[] = [];
/** Texts whose candidates are kept in each of two generations: addresses and names come again and again. */
const TEXTS_MAX = 4096;
const TEXT_LENGTH_MAX = 256;
/** A signal lists so many indicators; a value listed by hundreds of feeds is as bad as one listed by so many. */
const MATCHES_MAX = 16;

/**
 * Asks the feeds for what events hold. A text is looked up once, whatever the number of feeds and rules that ask for it, and the time of the
 * event matters only where something was found. One instance serves one thread.
 */
export class IntelLookup {
  readonly #names: ReadonlyMap<string, ReadonlySet<string>>;
  #snapshot: IntelSnapshot;
  /** Told of every text that is asked about; nobody where absent. */
  readonly #observed: ObservedTexts | undefined;
  #young = new Map<string, readonly Found[]>();
  #old = new Map<string, readonly Found[]>();

  constructor(
    names: FeedNames,
    snapshot: IntelSnapshot = IntelSnapshot.empty(),
    observed: ObservedTexts | undefined = undefined,
  ) {
    this.#names = new Map(Object.entries(names).map(([name, sources]) => [name, new Set(sources)]));
    this.#snapshot = snapshot;
    this.#observed = observed;
  }

  get snapshot(): IntelSnapshot {
    return this.#snapshot;
  }

  /** Later questions are answered by this snapshot. */
  swap(snapshot: IntelSnapshot): void {
    this.#snapshot = snapshot;
    this.#young = new Map();
    this.#old = new Map();
  }

  /** Whether a text holds something that a feed of that name lists at the event's time; the time is asked for only where it matters. */
  holds(set: string, text: string, time: () => EventTime): boolean {
    this.#observed?.see(text);
    const found = this.#found(text);
    if (found.length === 0) return false;
    const sources = this.#names.get(set);
    if (sources === undefined) return false;
    return found.some(
      ({ candidate, source }) =>
        sources.has(source) && this.#snapshot.scoreOf(candidate, time()) !== undefined,
    );
  }

  /** How the reference evaluator asks at a time: for explanations. */
  setsAt(at: EventTime): SetLookup {
    return (set, text) => this.holds(set, text, () => at);
  }

  /** The indicators behind what a rule asks, the surest first. */
  matches(asks: readonly IntelAsk[], fields: FieldView, at: EventTime): readonly IndicatorMatch[] {
    const matches = new Map<string, IndicatorMatch>();
    for (const { field, set } of asks) {
      const sources = this.#names.get(set);
      if (sources === undefined) continue;
      for (const value of fieldValues(fields.get(field))) {
        if (typeof value !== 'string' || value === '') continue;
        for (const { candidate, source } of this.#found(value)) {
          const score = sources.has(source) ? this.#snapshot.scoreOf(candidate, at) : undefined;
          if (score === undefined) continue;
          const match: IntelMatch = this.#snapshot.matchOf(candidate, score);
          const key = `${match.id}\u0000${field}`;
          if (!matches.has(key)) matches.set(key, { ...match, field, observed: value });
        }
      }
    }
    return [...matches.values()].sort(bySurety).slice(0, MATCHES_MAX);
  }

  #found(text: string): readonly Found[] {
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const found = this.#old.get(text) ?? this.#look(observablesOf(text));
    if (text.length > TEXT_LENGTH_MAX) return found;
    if (this.#young.size >= TEXTS_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, found);
    return found;
  }

  #look(observables: readonly Observable[]): readonly Found[] {
    let found = NOTHING;
    for (const { type, value } of observables) {
      const candidates = this.#snapshot.candidates(type, value);
      if (candidates.length === 0) continue;
      found = [
        ...found,
        ...candidates.map((candidate) => ({ candidate, source: this.#snapshot.sourceOf(candidate) })),
      ];
    }
    return found;
  }
}

function bySurety(a: IndicatorMatch, b: IndicatorMatch): number {
  return b.score - a.score || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.field < b.field ? -1 : 1);
}

// Long because it is one noun: everything that is learnt of the past, with its state in one place.
import type { PastBefore, PastFigures, PastSlice, TogetherRow } from './recall.ts';
import type { IncidentSettings } from './settings.ts';
import type { Sighting } from './sighting.ts';

const MICROS_PER_MINUTE = 60_000_000;
/** Bursts are counted in pieces of five minutes, and need so many times the most that any piece had. */
const BUCKET = 5 * MICROS_PER_MINUTE;
const BURST_FACTOR = 16;
/** A stream of so many sightings may be steady enough for its silence to say something. */
const STEADY_SIGHTINGS = 200;
/** Silence is said after so many times the longest gap there was, or so many mean gaps. */
const SILENT_GAPS = 4;
const SILENT_MEANS = 20;
/** The rate at which a rule arrives where it never was is forgotten by half in so long. */
const NOVELTY_HALF_LIFE = 12 * 60 * MICROS_PER_MINUTE;
/** Episodes on one subject that are looked at for what comes together. */
const BESIDE_MAX = 32;
/** Settled pairs that may wait to be taken off. */
const SETTLED_MAX = 4096;
/** Other rules beside which one rule is counted. */
const PAIRS_MAX = 256;

/** The past of one rule on one subject. Mutable: the history owns it. */
export interface KeyPast {
  readonly key: string;
  readonly rule: string;
  readonly subject: string;
  /** Episodes that count as normal. */
  episodes: number;
  sightings: number;
  readonly first: number;
  last: number;
  bucket: number;
  inBucket: number;
  /** Most in one full bucket. */
  bucketMost: number;
  /** Longest time between two sightings. */
  gapMost: number;
  /** When its silence would be looked for; 0 where it is not watched. */
  silentAt: number;
  /** Where it is watched: the last sighting. */
  latest: Sighting | undefined;
}

/** The past of one rule everywhere. */
export interface RulePast {
  subjects: number;
  episodes: number;
  arrivals: Fading;
  /** By other rule: episodes of this one that began beside one of it on the same subject. */
  readonly beside: Map<string, number>;
}

/** A count that is halved every `NOVELTY_HALF_LIFE`, and what it was before the wave that is going on. */
export interface Fading {
  count: number;
  at: number;
  before: number;
  beforeAt: number;
}

/** What was made of a sighting. */
export interface Learnt {
  readonly past: KeyPast;
  readonly surprise: Surprise;
  readonly fresh: boolean;
  readonly before: PastBefore | undefined;
}

/** What was surprising about a sighting, in bits, and the figures behind it. */
export interface Surprise {
  readonly kind: 'new_rule' | 'new_here' | 'rare' | 'burst' | 'silent' | 'usual';
  readonly bits: number;
  /** Seen before: episodes here (`rare`), subjects (`new_here`), most in five minutes (`burst`), sightings (`silent`). */
  readonly seen: number;
  /** How many like it were to be expected by chance in the time of an episode (`burst`: in five minutes, `silent`: since the last). */
  readonly expected: number;
}

/** Nothing surprising. */
export const USUAL: Surprise = { kind: 'usual', bits: 0, seen: 0, expected: 0 };

interface PendingPair {
  readonly a: string;
  readonly b: string;
  readonly subject: string;
  readonly at: number;
}

/** The history as plain data. */
export interface SavedHistory {
  readonly start: number | null;
  readonly keys: readonly KeyPast[];
  readonly rules: readonly (readonly [
    string,
    Omit<RulePast, 'beside'>,
    readonly (readonly [string, number])[],
  ])[];
  readonly notables: readonly (readonly [string, readonly number[]])[];
  readonly all: readonly number[];
  readonly begun: readonly (readonly [string, readonly { readonly rule: string; readonly at: number }[]])[];
  readonly pending: readonly PendingPair[];
  readonly novelty: Fading;
  readonly evicted: number;
}

/**
 * What is normal, learnt from what came before and never from what is judged: by rule and subject how often episodes come, by rule on how
 * many subjects and beside which others, by entity how often something notable happens there. What turns out to be part of an incident is
 * taken back, so that an attack does not become normal. Bounded; O(1) a sighting, amortised.
 */
export class History {
  readonly #settings: IncidentSettings;
  readonly #keys = new Map<string, KeyPast>();
  readonly #rules = new Map<string, RulePast>();
  /** By entity: notable sightings so far, by whole bits of surprise. */
  readonly #notables = new Map<string, readonly number[]>();
  /** As those, never changed in place: slices hold on to them. */
  #all: readonly number[] = [];
  readonly #begun = new Map<string, { readonly rule: string; readonly at: number }[]>();
  #pending: PendingPair[] = [];
  /** So many of them, from the first, are settled. */
  #settled = 0;
  #novelty: Fading = { count: 0, at: 0, before: 0, beforeAt: 0 };
  #start = Number.NaN;
  /** Of a replay: how many entities there were, and what came together, as the proof says. */
  #recalled: { entities: number; readonly rows: ReadonlyMap<string, TogetherRow> } | undefined;
  /** Keys forgotten at the bound. */
  evicted = 0;

  constructor(settings: IncidentSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The past of a key, if it is remembered. */
  past(key: string): KeyPast | undefined {
    return this.#keys.get(key);
  }

  /** Whether enough was watched to call anything unusual. */
  knows(now: number): boolean {
    return now - this.#start >= this.#settings.learn;
  }

  /**
   * Takes in a sighting of a rule on a subject, and says how surprising it was given all before it; `fresh` where an episode begins. `before` is what
   * was known just before, where the sighting may be notable: by itself, or as it is `news` of a course of action that is under way.
   */
  learn(
    rule: string,
    subject: string,
    { now, news }: { readonly now: number; readonly news: boolean },
  ): Learnt {
    if (Number.isNaN(this.#start)) this.#start = now;
    const key = keyOf(rule, subject);
    let past = this.#keys.get(key);
    let surprise = USUAL;
    let before: PastBefore | undefined;
    let fresh = false;
    if (past === undefined) {
      before = this.#before(rule, undefined);
      surprise = this.#newHere(rule, now);
      past = newPast(rule, subject, now);
      this.#remember(past);
      this.#begin(past, now);
      fresh = true;
    } else if (now - past.last > this.#settings.episode) {
      before = this.#before(rule, past);
      surprise = this.#rare(past, now);
      this.#begin(past, now);
      fresh = true;
    }
    if (news) before ??= this.#before(rule, past);
    const burst = countIn(past, now);
    if (burst.bits > surprise.bits) {
      surprise = burst;
      // A burst is one sighting more in the same piece of time.
      before ??= this.#before(rule, { ...past, inBucket: past.inBucket - 1 });
    }
    past.gapMost = Math.max(past.gapMost, now - past.last);
    past.last = Math.max(past.last, now);
    past.sightings++;
    return { past, surprise: this.knows(now) ? surprise : USUAL, fresh, before };
  }

  /** What was known just before the last sighting of a stream that fell silent. */
  beforeSilence(past: KeyPast): PastBefore {
    return this.#before(past.rule, { ...past, sightings: past.sightings - 1, silentAt: 0 });
  }

  /** All that a notable sighting was weighed against: for proofs. O(entities). */
  slice(before: PastBefore, entities: readonly string[]): PastSlice {
    return {
      key: before.key,
      rule: before.rule,
      novelty: before.novelty,
      start: this.#start,
      entities: entities.flatMap((entity) => {
        const counts = this.#notables.get(entity);
        return counts === undefined ? [] : [[entity, counts] as const];
      }),
      all: this.#all,
      entitiesTotal: this.#notables.size,
    };
  }

  /** Makes the past what a slice says it was, as far as one sighting is weighed against it. What rules came together with is left as it is. */
  recall(slice: PastSlice, of: { readonly rule: string; readonly subject: string }): void {
    this.#start = slice.start;
    this.#novelty = { ...slice.novelty };
    const key = keyOf(of.rule, of.subject);
    if (slice.key === null) this.#keys.delete(key);
    else this.#keys.set(key, { ...slice.key, key, ...of, latest: undefined });
    if (slice.rule === null) this.#rules.delete(of.rule);
    else
      this.#rules.set(of.rule, {
        ...slice.rule,
        arrivals: { ...slice.rule.arrivals },
        beside: new Map(),
      });
    for (const [entity, counts] of slice.entities) this.#notables.set(entity, counts);
    this.#all = slice.all;
    if (this.#recalled !== undefined) this.#recalled.entities = slice.entitiesTotal;
  }

  /** From now on what came together is what these rows say. */
  recallTogether(rows: readonly TogetherRow[]): void {
    this.#recalled = {
      entities: 0,
      rows: new Map(rows.map((row) => [keyOf(row.rule, row.other), row])),
    };
  }

  /** What these rules came together with among each other; nothing where they never did. */
  togetherRows(rules: readonly string[]): readonly TogetherRow[] {
    return rules.flatMap((rule) => {
      const past = this.#rules.get(rule);
      if (past === undefined) return [];
      return rules.flatMap((other) => {
        const seen = past.beside.get(other) ?? 0;
        return seen === 0 || other === rule ? [] : [{ rule, other, seen, episodes: past.episodes }];
      });
    });
  }

  /** A past of nothing, for what a replay does not weigh. */
  blank(rule: string, subject: string, now: number): KeyPast {
    return newPast(rule, subject, now);
  }

  #before(rule: string, past: KeyPast | undefined): PastBefore {
    const known = this.#rules.get(rule);
    return {
      key: past === undefined ? null : figuresOf(past),
      rule:
        known === undefined
          ? null
          : { subjects: known.subjects, episodes: known.episodes, arrivals: fadingOf(known.arrivals) },
      novelty: fadingOf(this.#novelty),
    };
  }

  /** Something notable happened to an entity, of so many bits; −1 takes it back. */
  note(entity: string, bits: number, by: 1 | -1): void {
    const counts = this.#notables.get(entity);
    this.#notables.set(entity, bumped(counts ?? [], bits, by));
    if (counts === undefined && this.#notables.size > this.#settings.limits.keys) this.#forgetEntity();
    this.#all = bumped(this.#all, bits, by);
  }

  /** Takes back an episode: what was part of an attack must not become normal. */
  unlearn(key: string): void {
    const past = this.#keys.get(key);
    if (past === undefined || past.episodes === 0) return;
    past.episodes--;
    const rule = this.#rules.get(past.rule);
    if (rule === undefined) return;
    rule.episodes = Math.max(0, rule.episodes - 1);
    if (past.episodes === 0) rule.subjects = Math.max(0, rule.subjects - 1);
  }

  /** How often something at least so surprising happens to an entity, a microsecond: its own past, and one share of the average's. */
  notableRate(entity: string, bits: number, now: number): number {
    const entities = this.#recalled?.entities ?? this.#notables.size;
    const average = atLeast(this.#all, bits) / Math.max(1, entities);
    return (atLeast(this.#notables.get(entity), bits) + average) / this.#watched(now);
  }

  /** How often episodes of a rule begin anywhere, a microsecond. */
  ruleRate(rule: string, now: number): number {
    return ((this.#rules.get(rule)?.episodes ?? 0) + 0.5) / this.#watched(now);
  }

  /** How long has been watched, microseconds; at least the time of learning, so that early rates are not wild. */
  watched(now: number): number {
    return this.#watched(now);
  }

  /** Which share of a rule's episodes began beside one of another rule on the same subject, 0–1: high where both have one cause. */
  together(rule: string, other: string): number {
    if (this.#recalled !== undefined) {
      const row = this.#recalled.rows.get(keyOf(rule, other));
      return row === undefined ? 0 : row.seen / (row.episodes + 1);
    }
    const past = this.#rules.get(rule);
    return past === undefined ? 0 : (past.beside.get(other) ?? 0) / (past.episodes + 1);
  }

  /** How often two rules began together on a subject, and how often they would by chance, given the rate of each. */
  prevalence(rule: string, other: string, now: number): { readonly seen: number; readonly expected: number } {
    const a = this.#rules.get(rule);
    const b = this.#rules.get(other);
    if (a === undefined || b === undefined) return { seen: 0, expected: 0 };
    const subjects = Math.max(1, Math.min(a.subjects, b.subjects));
    const expected =
      (2 * this.#settings.coincidence * a.episodes * b.episodes) / this.#watched(now) / subjects;
    const seen = this.#recalled?.rows.get(keyOf(rule, other))?.seen ?? a.beside.get(other) ?? 0;
    return { seen, expected };
  }

  /** Every pair of rules that came together, each once. */
  pairs(): readonly (readonly [string, string])[] {
    return [...this.#rules].flatMap(([rule, { beside }]) =>
      [...beside.keys()].filter((other) => rule < other).map((other) => [rule, other] as const),
    );
  }

  /** What came together becomes known once it is over; what is part of an incident (`spared`) never does. */
  settlePairs(now: number, spared: (rule: string, subject: string) => boolean): void {
    for (; this.#settled < this.#pending.length; this.#settled++) {
      const pair = this.#pending[this.#settled];
      if (pair === undefined || now - pair.at <= this.#settings.horizon) break;
      const { a, b, subject } = pair;
      if (spared(a, subject) || spared(b, subject)) continue;
      countBeside(this.#rules.get(a), b);
      countBeside(this.#rules.get(b), a);
    }
    // Taken off in numbers: taking each off alone would move all the others.
    const all = this.#settled === this.#pending.length;
    if (this.#settled === 0 || (this.#settled < SETTLED_MAX && !all)) return;
    this.#pending = this.#pending.slice(this.#settled);
    this.#settled = 0;
  }

  /** When the silence of a key would be remarkable; undefined where it is too irregular to tell. */
  silenceDue(past: KeyPast): number | undefined {
    const time = past.last - past.first;
    if (past.sightings < STEADY_SIGHTINGS || time < this.#settings.learn) return undefined;
    return past.last + Math.max(BUCKET, SILENT_GAPS * past.gapMost, SILENT_MEANS * (time / past.sightings));
  }

  /**
   * The surprise of a silence that is due. Not e^−expected, for arrivals come in clumps: the longest gap there was is the yardstick, two bits
   * for each.
   */
  silence(past: KeyPast, due: number): Surprise {
    const mean = (past.last - past.first) / past.sightings;
    const bits = (2 * (due - past.last)) / Math.max(past.gapMost, mean);
    return { kind: 'silent', bits, seen: past.sightings, expected: (due - past.last) / mean };
  }

  save(): SavedHistory {
    return {
      start: Number.isNaN(this.#start) ? null : this.#start,
      keys: [...this.#keys.values()],
      rules: [...this.#rules].map(([id, { beside, ...rest }]) => [id, rest, [...beside]]),
      notables: [...this.#notables],
      all: this.#all,
      begun: [...this.#begun],
      pending: this.#pending.slice(this.#settled),
      novelty: this.#novelty,
      evicted: this.evicted,
    };
  }

  static restore(saved: SavedHistory, settings: IncidentSettings): History {
    const history = new History(settings);
    history.#start = saved.start ?? Number.NaN;
    for (const past of saved.keys) history.#keys.set(past.key, { ...past, latest: past.latest });
    for (const [id, rest, beside] of saved.rules) {
      history.#rules.set(id, { ...rest, arrivals: { ...rest.arrivals }, beside: new Map(beside) });
    }
    for (const [entity, counts] of saved.notables) history.#notables.set(entity, counts);
    history.#all = saved.all;
    for (const [subject, begun] of saved.begun) history.#begun.set(subject, [...begun]);
    history.#pending = [...saved.pending];
    history.#novelty = { ...saved.novelty };
    history.evicted = saved.evicted;
    return history;
  }

  #watched(now: number): number {
    return Math.max(now - this.#start, this.#settings.learn);
  }

  #begin(past: KeyPast, now: number): void {
    let rule = this.#rules.get(past.rule);
    if (rule === undefined) {
      rule = {
        subjects: 0,
        episodes: 0,
        arrivals: { count: 0, at: now, before: 0, beforeAt: now },
        beside: new Map(),
      };
      this.#rules.set(past.rule, rule);
      this.#arrive(this.#novelty, now);
    }
    if (past.episodes === 0) {
      rule.subjects++;
      this.#arrive(rule.arrivals, now);
    }
    this.#pair(past, now);
    rule.episodes++;
    past.episodes++;
  }

  #arrive(fading: Fading, now: number): void {
    if (now - fading.at > this.#settings.episode) {
      fading.before = fading.count;
      fading.beforeAt = fading.at;
    }
    fading.count = decayed(fading.count, now - fading.at) + 1;
    fading.at = now;
  }

  /** How many arrivals an episode's time should see by chance; the wave that is going on does not count as its own past. */
  #expectedArrivals(fading: Fading, now: number): number {
    const waving = now - fading.at <= this.#settings.episode;
    const recent = waving
      ? decayed(fading.before, now - fading.beforeAt)
      : decayed(fading.count, now - fading.at);
    const rate = (recent * Math.LN2) / NOVELTY_HALF_LIFE + 0.5 / this.#watched(now);
    return rate * this.#settings.episode;
  }

  #newHere(rule: string, now: number): Surprise {
    const known = this.#rules.get(rule);
    if (known === undefined || known.episodes === 0) {
      const expected = this.#expectedArrivals(this.#novelty, now);
      return { kind: 'new_rule', bits: bitsOf(expected), seen: 0, expected };
    }
    const expected = this.#expectedArrivals(known.arrivals, now);
    return { kind: 'new_here', bits: bitsOf(expected), seen: known.subjects, expected };
  }

  #rare(past: KeyPast, now: number): Surprise {
    const expected = ((past.episodes + 0.5) / this.#watched(now)) * this.#settings.episode;
    return { kind: 'rare', bits: bitsOf(expected), seen: past.episodes, expected };
  }

  #pair(past: KeyPast, now: number): void {
    let begun = this.#begun.get(past.subject);
    if (begun === undefined) {
      begun = [];
      this.#begun.set(past.subject, begun);
      if (this.#begun.size > this.#settings.limits.keys) forgetFirst(this.#begun);
    }
    const from = now - this.#settings.coincidence;
    while (begun.length > 0 && (begun.length >= BESIDE_MAX || (begun[0]?.at ?? now) < from)) begun.shift();
    const seen = new Set<string>([past.rule]);
    for (const { rule: other } of begun) {
      if (seen.has(other)) continue;
      seen.add(other);
      this.#pending.push({ a: past.rule, b: other, subject: past.subject, at: now });
    }
    begun.push({ rule: past.rule, at: now });
  }

  #remember(past: KeyPast): void {
    this.#keys.set(past.key, past);
    if (this.#keys.size <= this.#settings.limits.keys) return;
    forgetFirst(this.#keys);
    this.evicted++;
  }

  #forgetEntity(): void {
    forgetFirst(this.#notables);
  }
}

/** The figures of a past, without what names it and without what a timer holds. Named one by one: every slice then has one shape in memory. */
function figuresOf(past: KeyPast): PastFigures {
  return {
    episodes: past.episodes,
    sightings: past.sightings,
    first: past.first,
    last: past.last,
    bucket: past.bucket,
    inBucket: past.inBucket,
    bucketMost: past.bucketMost,
    gapMost: past.gapMost,
    silentAt: past.silentAt,
  };
}

function fadingOf({ count, at, before, beforeAt }: Fading): Fading {
  return { count, at, before, beforeAt };
}

/** The key of a rule on a subject. */
export function keyOf(rule: string, subject: string): string {
  return `${rule}\u0000${subject}`;
}

/** The bits of at least one where so many are expected by chance. */
export function bitsOf(expected: number): number {
  return -Math.log2(Math.max(1 - Math.exp(-expected), 1e-9));
}

function newPast(rule: string, subject: string, now: number): KeyPast {
  return {
    key: keyOf(rule, subject),
    rule,
    subject,
    episodes: 0,
    sightings: 0,
    first: now,
    last: now,
    bucket: 0,
    inBucket: 0,
    bucketMost: 0,
    gapMost: 0,
    silentAt: 0,
    latest: undefined,
  };
}

/** A piece of five minutes with many more sightings than any before is a burst; said at every doubling. */
function countIn(past: KeyPast, now: number): Surprise {
  const bucket = Math.floor(now / BUCKET);
  if (bucket !== past.bucket) {
    past.bucketMost = Math.max(past.bucketMost, past.inBucket);
    past.bucket = bucket;
    past.inBucket = 0;
  }
  past.inBucket++;
  const most = Math.max(past.bucketMost, 1);
  const count = past.inBucket;
  if (count < BURST_FACTOR * most || (count & (count - 1)) !== 0) return USUAL;
  return { kind: 'burst', bits: Math.log2(count / most), seen: most, expected: most };
}

function countBeside(rule: RulePast | undefined, other: string): void {
  if (rule === undefined) return;
  const known = rule.beside.get(other);
  if (known === undefined && rule.beside.size >= PAIRS_MAX) return;
  rule.beside.set(other, (known ?? 0) + 1);
}

function decayed(count: number, age: number): number {
  return count === 0 ? 0 : count * 2 ** (-age / NOVELTY_HALF_LIFE);
}

function bumped(counts: readonly number[], bits: number, by: number): readonly number[] {
  const level = Math.max(0, Math.floor(bits));
  const changed = [...counts];
  while (changed.length <= level) changed.push(0);
  changed[level] = (changed[level] ?? 0) + by;
  return changed;
}

function atLeast(counts: readonly number[] | undefined, bits: number): number {
  let sum = 0;
  if (counts === undefined) return 0;
  for (let level = Math.max(0, Math.floor(bits)); level < counts.length; level++) sum += counts[level] ?? 0;
  return sum;
}

function forgetFirst(map: Map<string, unknown>): void {
  for (const first of map.keys()) {
    map.delete(first);
    return;
  }
}

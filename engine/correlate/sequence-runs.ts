import type { Signal } from '../model/index.ts';
import type { GroupEntry } from './groups.ts';
import { type Instant, instantIsAfter } from './order.ts';
import { Ring } from './ring.ts';

/** A partial run: the signals of its last stage, and the run it continued. Runs share their beginnings. */
export interface Run {
  readonly start: Instant;
  readonly last: Instant;
  /** Signals that completed its last stage, in order: one, or as many as `times` asks for. */
  readonly signals: readonly Signal[];
  readonly before: Run | undefined;
}

/** Which runs of a class may be continued now. Both ends only ever move forward. */
export interface Admission {
  /** Runs whose last stage was completed at or after this are too young (they must be strictly older). */
  readonly before: Instant;
  /** … and, where `after` is asked for, must be at least so old: last ≤ this. */
  readonly atMost: Instant | undefined;
  /** Runs whose last stage was completed at or before this are too old (`within`). */
  readonly after: Instant | undefined;
  /** Runs whose last stage was completed before this saw something that must not happen. */
  readonly notBefore: Instant | undefined;
  /** Runs that began at or before this are out of the window. */
  readonly startAfter: Instant;
  /** Runs that began before this were ended by `until`. */
  readonly startNotBefore: Instant | undefined;
}

/**
 * Runs at one stage that agree on every value still to be asked for. They differ only in when they began and when they last
 * moved, so the best is the one that began last among those that may be continued now.
 *
 * Young runs wait in a queue by age. Once old enough a run enters the second queue, in which each is older but began later than
 * the next: a run that is both older and began earlier than another can never be the better one again. Its front is the best.
 */
export class RunClass {
  readonly key: string | null;
  readonly values: readonly (string | null)[];
  private readonly young = new Ring<Run>();
  private readonly ready = new Ring<Run>();
  /** Runs given up because too many were waiting. */
  dropped = 0;

  constructor(key: string | null, values: readonly (string | null)[]) {
    this.key = key;
    this.values = values;
  }

  get size(): number {
    return this.young.length + this.ready.length;
  }

  /** `settles` says that any signal still to come is late enough for the runs of earlier instants to be continued. */
  add(run: Run, options: { readonly settles: 'at_once' | 'later'; readonly limit: number }): void {
    if (options.settles === 'at_once') this.mature((waiting) => instantIsAfter(run.last, waiting.last));
    const newest = this.young.last();
    if (newest !== undefined && same(newest.last, run.last)) {
      if (!instantIsAfter(run.start, newest.start)) return;
      this.young.pop();
    }
    this.young.push(run);
    if (this.young.length > options.limit) {
      this.young.shift();
      this.dropped++;
    }
  }

  /** The run to continue, or undefined. Forgets for good what can never be continued again. */
  best(now: Admission): Run | undefined {
    this.mature(
      ({ last }) =>
        instantIsAfter(now.before, last) && (now.atMost === undefined || !instantIsAfter(last, now.atMost)),
    );
    for (let run = this.ready.first(); run !== undefined; run = this.ready.first()) {
      const { last, start } = run;
      const tooOld = now.after !== undefined && !instantIsAfter(last, now.after);
      const broken = now.notBefore !== undefined && instantIsAfter(now.notBefore, last);
      if (!tooOld && !broken) {
        if (!instantIsAfter(start, now.startAfter)) break;
        if (now.startNotBefore !== undefined && instantIsAfter(now.startNotBefore, start)) break;
        return run;
      }
      this.ready.shift();
    }
    // The front began last: where it is out of the window, all are.
    if (this.ready.length > 0) this.ready.clear();
    return undefined;
  }

  runs(): { readonly young: readonly Run[]; readonly ready: readonly Run[] } {
    return { young: this.young.toArray(), ready: this.ready.toArray() };
  }

  load(runs: { readonly young: readonly Run[]; readonly ready: readonly Run[] }): void {
    for (const run of runs.young) this.young.push(run);
    for (const run of runs.ready) this.ready.push(run);
  }

  private mature(isOld: (run: Run) => boolean): void {
    for (let run = this.young.first(); run !== undefined && isOld(run); run = this.young.first()) {
      this.young.shift();
      for (let last = this.ready.last(); last !== undefined; last = this.ready.last()) {
        if (instantIsAfter(last.start, run.start)) break;
        this.ready.pop();
      }
      this.ready.push(run);
    }
  }
}

/** All runs at one stage with one join key. */
export class Bucket implements GroupEntry {
  readonly key: string | null;
  slot = -1;
  lastTime = 0;
  /** Nearly always one; a list is smaller than a map, and is gone through on every signal anyway. */
  readonly classes: RunClass[] = [];

  constructor(key: string | null) {
    this.key = key;
  }
}

/** The newest signals of a stage that must happen several times, for one set of values. */
export class Tally implements GroupEntry {
  readonly key: string | null;
  slot = -1;
  lastTime = 0;
  /** By last occurrence; one entry a distinct value, where values are counted. */
  private readonly held: { readonly value: string | null; readonly signal: Signal }[] = [];

  constructor(key: string | null) {
    this.key = key;
  }

  /** Adds a signal, keeping the newest `times`; the signals that complete the stage, or undefined. O(times). */
  add(
    signal: Signal,
    options: { readonly times: number; readonly value: string | null },
  ): readonly Signal[] | undefined {
    const { times, value } = options;
    if (value !== null) {
      const index = this.held.findIndex((one) => one.value === value);
      if (index >= 0) this.held.splice(index, 1);
    } else if (this.held.at(-1)?.signal === signal) {
      return undefined;
    }
    this.held.push({ value, signal });
    if (this.held.length > times) this.held.shift();
    return this.held.length === times ? this.held.map((one) => one.signal) : undefined;
  }

  /** What it holds, for the memory bound. */
  get items(): number {
    return 1 + this.held.length;
  }

  entries(): readonly { readonly value: string | null; readonly signal: Signal }[] {
    return this.held;
  }

  load(entries: readonly { readonly value: string | null; readonly signal: Signal }[]): void {
    this.held.push(...entries);
  }
}

/**
 * When something that must not happen last did, for one set of values: the newest instant and two before it. Two, for what is asked is the newest before
 * the present, and both the present instant and a reset just behind it may be noted already.
 */
export class Barrier implements GroupEntry {
  readonly key: string | null;
  slot = -1;
  lastTime = 0;
  newest: Instant | undefined = undefined;
  earlier: Instant | undefined = undefined;
  earliest: Instant | undefined = undefined;

  constructor(key: string | null) {
    this.key = key;
  }

  /** Notes an instant: the present one, or a reset's just behind it, after which the present may come once more. */
  note(at: Instant): void {
    const { newest, earlier, earliest } = this;
    if ([newest, earlier, earliest].some((one) => one !== undefined && same(one, at))) return;
    const isBehind = newest !== undefined && instantIsAfter(newest, at);
    this.earliest = earlier;
    this.earlier = isBehind ? at : newest;
    if (!isBehind) this.newest = at;
  }

  /** The newest instant strictly before this one. */
  lastBefore(at: Instant): Instant | undefined {
    for (const one of [this.newest, this.earlier])
      if (one !== undefined && instantIsAfter(at, one)) return one;
    return this.earliest;
  }
}

/** Whether two instants are one. */
export function same(a: Instant, b: Instant): boolean {
  return a.time === b.time && a.ns === b.ns;
}

/** All signals of a run, stage by stage. */
export function signalsOf(run: Run): readonly (readonly Signal[])[] {
  const stages: (readonly Signal[])[] = [];
  for (let link: Run | undefined = run; link !== undefined; link = link.before) stages.push(link.signals);
  return stages.reverse();
}

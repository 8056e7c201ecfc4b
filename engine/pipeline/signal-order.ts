import type { Signal } from '../model/index.ts';

/** A signal with the time at which it is worked on (microseconds): its own, and for a correlation's the lateness of its rule after. */
export interface Decided {
  readonly at: number;
  readonly signal: Signal;
}

/** What tells the last signal from a copy of it. */
export type LastSignal = readonly [at: number, ns: number, id: string, ruleId: string];

/** What was taken out is dropped in numbers: each drop moves what waits. */
const DROPPED_LEAST = 4096;

/**
 * Puts signals into one order, whatever order they come in: by time, nanosecond remainder, id and rule. A signal that comes twice comes out
 * once, because copies are neighbours. What comes nearly in order is sorted in nearly linear time (the runs of a merge sort).
 */
export class SignalOrder {
  #items: Decided[] = [];
  #head = 0;
  #sorted = true;
  #last: LastSignal | undefined;
  copies = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(decided: Decided): void {
    const before = this.#items.at(-1);
    if (before !== undefined && compare(before, decided) > 0) this.#sorted = false;
    this.#items.push(decided);
  }

  /** The earliest of before this time, taken out. */
  take(until: number): Decided | undefined {
    this.#sort();
    for (let next = this.#items[this.#head]; next !== undefined; next = this.#items[this.#head]) {
      if (next.at >= until) return undefined;
      this.#head++;
      if (this.#head >= DROPPED_LEAST && this.#head * 2 >= this.#items.length) this.#drop();
      if (this.#isCopy(next)) {
        this.copies++;
        continue;
      }
      const { at, signal } = next;
      this.#last = [at, signal.endNs, signal.id, signal.rule.id];
      return next;
    }
    return undefined;
  }

  /** Whether anything of before a time waits. */
  hasBefore(time: number): boolean {
    if (this.size === 0) return false;
    this.#sort();
    return (this.#items[this.#head]?.at ?? Number.POSITIVE_INFINITY) < time;
  }

  /** Everything that waits, in order. */
  contents(): readonly Decided[] {
    this.#sort();
    return this.#items.slice(this.#head);
  }

  get last(): LastSignal | undefined {
    return this.#last;
  }

  /** Goes on where another order stopped. */
  restore(waiting: readonly Decided[], last: LastSignal | undefined, copies: number): void {
    this.#items = [...waiting];
    this.#head = 0;
    this.#sorted = false;
    this.#last = last;
    this.copies = copies;
  }

  #isCopy({ at, signal }: Decided): boolean {
    const last = this.#last;
    return (
      last !== undefined &&
      last[0] === at &&
      last[1] === signal.endNs &&
      last[2] === signal.id &&
      last[3] === signal.rule.id
    );
  }

  #sort(): void {
    if (this.#sorted) return;
    this.#drop();
    this.#items.sort(compare);
    this.#sorted = true;
  }

  #drop(): void {
    if (this.#head === 0) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}

function compare(a: Decided, b: Decided): number {
  if (a.at !== b.at) return a.at - b.at;
  const x = a.signal;
  const y = b.signal;
  if (x.endNs !== y.endNs) return x.endNs - y.endNs;
  if (x.id !== y.id) return x.id < y.id ? -1 : 1;
  return x.rule.id < y.rule.id ? -1 : x.rule.id > y.rule.id ? 1 : 0;
}

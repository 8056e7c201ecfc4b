import { Heap } from '../model/index.ts';

/** A time at which something is due, with the thing. */
export interface Due<T> {
  readonly at: number;
  readonly what: T;
}

/** Things that are due at a time, earliest first; those of one time by their ids, so that a restart changes nothing. O(log n) each. */
export class Timers<T extends { readonly id: string }> {
  readonly #heap = new Heap<Due<T>>(compare);

  get size(): number {
    return this.#heap.size;
  }

  add(at: number, what: T): void {
    this.#heap.push({ at, what });
  }

  /** The earliest that is due at or before this time, taken out. */
  take(until: number): Due<T> | undefined {
    const top = this.#heap.peek();
    return top === undefined || top.at > until ? undefined : this.#heap.pop();
  }
}

function compare<T extends { readonly id: string }>(a: Due<T>, b: Due<T>): number {
  if (a.at !== b.at) return a.at - b.at;
  return a.what.id < b.what.id ? -1 : a.what.id > b.what.id ? 1 : 0;
}

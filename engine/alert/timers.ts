/** A time at which something is due, with the thing. */
export interface Due<T> {
  readonly at: number;
  readonly what: T;
}

/** Things that are due at a time, earliest first; those of one time by their ids, so that a restart changes nothing. O(log n) each. */
export class Timers<T extends { readonly id: string }> {
  readonly #heap: Due<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  add(at: number, what: T): void {
    const heap = this.#heap;
    const entry = { at, what };
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !before(entry, parent)) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = entry;
  }

  /** The earliest that is due at or before this time, taken out. */
  take(until: number): Due<T> | undefined {
    const top = this.#heap[0];
    if (top === undefined || top.at > until) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return top;
  }

  #sink(entry: Due<T>): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      let child = heap[down];
      if (child === undefined) break;
      const right = heap[down + 1];
      if (right !== undefined && before(right, child)) {
        down++;
        child = right;
      }
      if (!before(child, entry)) break;
      heap[i] = child;
      i = down;
    }
    heap[i] = entry;
  }
}

function before<T extends { readonly id: string }>(a: Due<T>, b: Due<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.what.id < b.what.id);
}

/** What a timer is for. The order here is the order in which timers of one instant fire. */
export const TIMER_KINDS = ['silence', 'flush', 'quiet', 'archive'] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];

/** Something to be done at a time of events. */
export interface Timer {
  readonly at: number;
  readonly kind: TimerKind;
  /** Id of the case, or key of the past. */
  readonly of: string;
}

/** A heap of timers: earliest first, then by kind and name, so that the order never depends on how they came in. */
export class Timers {
  readonly #heap: Timer[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(timer: Timer): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(timer);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || compare(parent, timer) <= 0) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = timer;
  }

  /** The earliest timer of before a time, taken out. */
  pop(before: number): Timer | undefined {
    const top = this.#heap[0];
    if (top === undefined || top.at >= before) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sift(last);
    return top;
  }

  /** All timers, in order. */
  contents(): Timer[] {
    return [...this.#heap].sort(compare);
  }

  #sift(last: Timer): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      let child = heap[down];
      if (child === undefined) break;
      const right = heap[down + 1];
      if (right !== undefined && compare(right, child) < 0) {
        down++;
        child = right;
      }
      if (compare(last, child) <= 0) break;
      heap[i] = child;
      i = down;
    }
    heap[i] = last;
  }
}

function compare(a: Timer, b: Timer): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.kind !== b.kind) return TIMER_KINDS.indexOf(a.kind) - TIMER_KINDS.indexOf(b.kind);
  return a.of < b.of ? -1 : a.of > b.of ? 1 : 0;
}

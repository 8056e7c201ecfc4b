import type { Signal } from '../model/index.ts';

/** Something to be done when event time reaches an instant. Ordered by time, then rank of the node, then key: never by arrival. */
export interface Timer {
  readonly time: number;
  readonly ns: number;
  readonly rank: number;
  readonly key: string;
  /** Runs the timer; it asks its group first whether it still stands, for timers are never taken out. */
  readonly run: (timer: Timer) => void;
}

/** A binary heap of timers. O(log n) to add and to take. */
export class Timers {
  private readonly heap: Timer[] = [];

  get size(): number {
    return this.heap.length;
  }

  peek(): Timer | undefined {
    return this.heap[0];
  }

  add(timer: Timer): void {
    const heap = this.heap;
    let i = heap.length;
    heap.push(timer);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || compareTimers(parent, timer) <= 0) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = timer;
  }

  /**
   * Runs the earliest timer if it is due: before the frontier, and not after the signal that comes next. A timer on the frontier's microsecond is
   * due where no nanoseconds are past it: its windows are half open. False where none was.
   */
  runNext(signal: Pick<Signal, 'end' | 'endNs'> | undefined, frontier: number): boolean {
    const timer = this.heap[0];
    if (timer === undefined || timer.time > frontier || (timer.time === frontier && timer.ns !== 0))
      return false;
    if (
      signal !== undefined &&
      (timer.time > signal.end || (timer.time === signal.end && timer.ns > signal.endNs))
    )
      return false;
    this.take();
    timer.run(timer);
    return true;
  }

  take(): Timer | undefined {
    const heap = this.heap;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return top;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      let child = heap[down];
      if (child === undefined) break;
      const right = heap[down + 1];
      if (right !== undefined && compareTimers(right, child) < 0) {
        down++;
        child = right;
      }
      if (compareTimers(last, child) <= 0) break;
      heap[i] = child;
      i = down;
    }
    heap[i] = last;
    return top;
  }
}

function compareTimers(a: Timer, b: Timer): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.ns !== b.ns) return a.ns - b.ns;
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

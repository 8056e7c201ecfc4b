import { Heap, type Signal } from '../model/index.ts';

/** Something to be done when event time reaches an instant. Ordered by time, then rank of the node, then key: never by arrival. */
export interface Timer {
  readonly time: number;
  readonly ns: number;
  readonly rank: number;
  readonly key: string;
  /** Runs the timer; it asks its group first whether it still stands, for timers are never taken out. */
  readonly run: (timer: Timer) => void;
}

/** Timers, earliest first. O(log n) to add and to take. */
export class Timers {
  private readonly heap = new Heap<Timer>(compareTimers);

  get size(): number {
    return this.heap.size;
  }

  peek(): Timer | undefined {
    return this.heap.peek();
  }

  add(timer: Timer): void {
    this.heap.push(timer);
  }

  /**
   * Runs the earliest timer if it is due: before the frontier, and not after the signal that comes next. A timer on the frontier's microsecond is
   * due where no nanoseconds are past it: its windows are half open. False where none was.
   */
  runNext(signal: Pick<Signal, 'end' | 'endNs'> | undefined, frontier: number): boolean {
    const timer = this.heap.peek();
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
    return this.heap.pop();
  }
}

function compareTimers(a: Timer, b: Timer): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.ns !== b.ns) return a.ns - b.ns;
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

import { Heap } from '../model/index.ts';

/** What a timer is for. The order here is the order in which timers of one instant fire. */
export const TIMER_KINDS = ['silence', 'flush', 'quiet', 'unmute', 'archive'] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];

/** Something to be done at a time of events. */
export interface Timer {
  readonly at: number;
  readonly kind: TimerKind;
  /** Id of the case, or key of the past. */
  readonly of: string;
}

/** Timers: earliest first, then by kind and name, so that the order never depends on how they came in. */
export class Timers {
  readonly #heap = new Heap<Timer>(compare);

  get size(): number {
    return this.#heap.size;
  }

  push(timer: Timer): void {
    this.#heap.push(timer);
  }

  /** The earliest timer of before a time, taken out. */
  pop(before: number): Timer | undefined {
    const top = this.#heap.peek();
    return top === undefined || top.at >= before ? undefined : this.#heap.pop();
  }

  /** All timers, in order. */
  contents(): Timer[] {
    return this.#heap.contents().sort(compare);
  }
}

function compare(a: Timer, b: Timer): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.kind !== b.kind) return TIMER_KINDS.indexOf(a.kind) - TIMER_KINDS.indexOf(b.kind);
  return a.of < b.of ? -1 : a.of > b.of ? 1 : 0;
}

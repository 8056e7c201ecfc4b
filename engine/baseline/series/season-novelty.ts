import { type EventTime, MICROS_PER_SECOND } from '../../model/index.ts';

const DAY = 86_400 * MICROS_PER_SECOND;
/** Days looked back. */
const DAYS = 14;
/** How far from the same time of day a row may lie. */
const AROUND = 90 * 60 * MICROS_PER_SECOND;
/** Fewer candidates than this say nothing. */
const CANDIDATES_LEAST = 3;
/** Rows are held this far apart at least: 14 days and the span around them are at most 4,050 rows. */
const SLOT = 300 * MICROS_PER_SECOND;
const ROWS = 4096;

/** The state of a season novelty as plain data: rows with their times in microseconds, oldest first. */
export interface SeasonNoveltyState {
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/**
 * How far a value lies from the nearest value that the 14 days before had within 90 minutes of the same time of day; 0 where they had
 * fewer than three. The present day is no candidate: a flat stretch would soon excuse itself. Of faster series one row in five minutes is remembered.
 * State: at most 4,096 rows. Cost: a binary search and up to 37 comparisons a day looked back.
 */
export class SeasonNovelty {
  // Grown as rows come: most series are slower than one row in five minutes.
  private times = new Float64Array(64);
  private values = new Float64Array(64);
  private start = 0;
  private size = 0;

  /** The score of a value at its time; times do not go back. */
  accept(time: EventTime, x: number): number {
    const score = this.score(time, x);
    this.remember(time, x);
    return score;
  }

  /** The state as plain data. */
  snapshot(): SeasonNoveltyState {
    const at = (i: number): number => (this.start + i) % this.times.length;
    return {
      times: Array.from({ length: this.size }, (_, i) => this.times[at(i)] ?? 0),
      values: Array.from({ length: this.size }, (_, i) => this.values[at(i)] ?? 0),
    };
  }

  /** Takes a state back. */
  restore(state: SeasonNoveltyState): void {
    this.start = 0;
    this.size = Math.min(ROWS, state.times.length);
    this.grow(this.size);
    this.times.set(state.times.slice(0, this.size));
    this.values.set(state.values.slice(0, this.size));
  }

  private score(time: number, x: number): number {
    let nearest = Number.POSITIVE_INFINITY;
    let candidates = 0;
    for (let day = 1; day <= DAYS; day++) {
      const middle = time - day * DAY;
      for (let i = this.firstFrom(middle - AROUND); i < this.size; i++) {
        const at = (this.start + i) % this.times.length;
        if ((this.times[at] ?? 0) > middle + AROUND) break;
        candidates++;
        const far = Math.abs(x - (this.values[at] ?? 0));
        if (far < nearest) nearest = far;
      }
    }
    return candidates < CANDIDATES_LEAST ? 0 : nearest;
  }

  private remember(time: number, x: number): void {
    const last = this.size === 0 ? undefined : this.times[(this.start + this.size - 1) % this.times.length];
    if (last !== undefined && time < last + SLOT) return;
    this.grow(this.size + 1);
    if (this.size === ROWS) {
      this.start = (this.start + 1) % this.times.length;
      this.size--;
    }
    const at = (this.start + this.size) % this.times.length;
    this.times[at] = time;
    this.values[at] = x;
    this.size++;
    while (this.size > 0 && (this.times[this.start] ?? 0) < time - DAYS * DAY - AROUND) {
      this.start = (this.start + 1) % this.times.length;
      this.size--;
    }
  }

  /** Makes room for so many rows, up to the most that are held; they then begin at 0. */
  private grow(rows: number): void {
    const length = this.times.length;
    if (rows <= length || length === ROWS) return;
    const wider = Math.min(ROWS, Math.max(rows, 2 * length));
    const { times, values } = this.snapshot();
    this.times = new Float64Array(wider);
    this.values = new Float64Array(wider);
    this.times.set(times);
    this.values.set(values);
    this.start = 0;
  }

  /** The number of remembered rows before a time. */
  private firstFrom(time: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.times[(this.start + middle) % this.times.length] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

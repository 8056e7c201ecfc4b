import type { Signal } from '../../model/index.ts';
import { type Instant, isAfter } from '../order.ts';
import { Ring } from '../ring.ts';
import type { Evidence, Measure, MeasureEntry, SavedMeasure } from './measure.ts';

/**
 * `value_max` and `value_min` of a sliding window: a queue that holds only those values no later value beats, so the extreme is
 * always at its front. O(1) amortised.
 */
export class ExtremeMeasure implements Measure {
  private readonly ring = new Ring<MeasureEntry>();
  private dropped = false;
  private readonly capacity: number;
  private readonly sign: 1 | -1;

  constructor(options: { readonly capacity: number; readonly which: 'min' | 'max' }) {
    this.capacity = options.capacity;
    this.sign = options.which === 'max' ? 1 : -1;
  }

  add(signal: Signal, role: number, value: string | number): void {
    const number = Number(value);
    for (let last = this.ring.last(); last !== undefined; last = this.ring.last()) {
      if (this.sign * Number(last.value) > this.sign * number) break;
      this.ring.pop();
    }
    this.ring.push({ signal, role, value: number });
    if (this.ring.length > this.capacity) {
      // The weakest candidate goes: the extreme itself stays right until it expires.
      this.ring.pop();
      this.dropped = true;
    }
  }

  expire(bound: Instant): void {
    for (let e = this.ring.first(); e !== undefined && !isAfter(e.signal, bound); e = this.ring.first()) {
      this.ring.shift();
    }
    if (this.ring.length === 0) this.dropped = false;
  }

  clear(): void {
    this.ring.clear();
    this.dropped = false;
  }

  dispose(): void {
    this.clear();
  }

  value(): number | undefined {
    const first = this.ring.first();
    return first === undefined ? undefined : Number(first.value);
  }

  size(): number {
    return this.ring.length;
  }

  exact(): boolean {
    return !this.dropped;
  }

  evidence(): Evidence {
    const first = this.ring.first();
    return first === undefined ? { signals: [], total: 0 } : { signals: [first.signal], total: 1 };
  }

  held(limit: number): readonly Signal[] {
    return this.ring.newest(limit).map((entry) => entry.signal);
  }

  save(): SavedMeasure {
    return { entries: this.ring.toArray(), marks: [this.dropped ? 1 : 0] };
  }

  load(saved: SavedMeasure): void {
    for (const entry of saved.entries) this.ring.push(entry);
    this.dropped = saved.marks[0] === 1;
  }
}

import type { Signal } from '../../model/index.ts';
import { type Instant, isAfter } from '../order.ts';
import { Ring } from '../ring.ts';
import type { Evidence, EvidenceRequest, Measure, MeasureEntry, SavedMeasure } from './measure.ts';

/** Above so many signals the evidence of a sum is taken from the newest backwards, not from the largest downwards. */
const SORTED_MAX = 4096;

/**
 * `value_sum` and `value_avg` over a sliding window without ever subtracting (subtraction of decimals drifts): the two-stack
 * scheme, in which the older part is held as sums of its suffixes and the newer part as one running sum. O(1) amortised.
 * After Tangwongsan, Hirzel, Schneider, "Low-latency sliding-window aggregation in worst-case constant time" (2017), section 3.
 */
export class SumMeasure implements Measure {
  private readonly ring = new Ring<MeasureEntry>();
  /** Suffix sums of the older part, the one to expire next at the end. */
  private front: number[] = [];
  private back = 0;
  private dropped = false;
  private readonly newestDropped: Instant = { time: 0, ns: 0 };
  private readonly capacity: number;
  private readonly average: boolean;

  constructor(options: { readonly capacity: number; readonly average: boolean }) {
    this.capacity = options.capacity;
    this.average = options.average;
  }

  add(signal: Signal, role: number, value: string | number): void {
    const number = Number(value);
    this.ring.push({ signal, role, value: number });
    this.back += number;
    if (this.ring.length <= this.capacity) return;
    const gone = this.shift();
    if (gone === undefined) return;
    this.dropped = true;
    this.newestDropped.time = gone.signal.end;
    this.newestDropped.ns = gone.signal.endNs;
  }

  expire(bound: Instant): void {
    for (let e = this.ring.first(); e !== undefined && !isAfter(e.signal, bound); e = this.ring.first())
      this.shift();
    const { time, ns } = this.newestDropped;
    if (this.dropped && (time < bound.time || (time === bound.time && ns <= bound.ns))) this.dropped = false;
  }

  clear(): void {
    this.ring.clear();
    this.front = [];
    this.back = 0;
    this.dropped = false;
  }

  dispose(): void {
    this.clear();
  }

  value(): number | undefined {
    if (this.ring.length === 0) return undefined;
    const sum = (this.front.at(-1) ?? 0) + this.back;
    return this.average ? sum / this.ring.length : sum;
  }

  size(): number {
    return this.ring.length;
  }

  exact(): boolean {
    return !this.dropped;
  }

  evidence({ atLeast, limit }: EvidenceRequest): Evidence {
    if (atLeast === undefined || this.average) {
      return { signals: this.ring.newest(limit).map((e) => e.signal), total: this.ring.length };
    }
    const ranked = this.ring.toArray().map((entry, index) => ({ entry, index }));
    if (ranked.length <= SORTED_MAX) {
      ranked.sort((a, b) => Number(b.entry.value) - Number(a.entry.value) || b.index - a.index);
    } else {
      ranked.reverse();
    }
    const chosen = [];
    let sum = 0;
    for (const item of ranked) {
      chosen.push(item);
      sum += Number(item.entry.value);
      if (sum >= atLeast) break;
    }
    const signals = chosen.sort((a, b) => a.index - b.index).map((item) => item.entry.signal);
    return { signals: signals.slice(-limit), total: signals.length };
  }

  held(limit: number): readonly Signal[] {
    return this.ring.newest(limit).map((entry) => entry.signal);
  }

  save(): SavedMeasure {
    return {
      entries: this.ring.toArray(),
      marks: [this.front.length, this.dropped ? 1 : 0, this.newestDropped.time, this.newestDropped.ns],
    };
  }

  load(saved: SavedMeasure): void {
    const [frontLength = 0, dropped = 0, time = 0, ns = 0] = saved.marks;
    for (const entry of saved.entries) this.ring.push(entry);
    let suffix = 0;
    const front: number[] = [];
    for (let i = frontLength - 1; i >= 0; i--) {
      suffix = Number(saved.entries[i]?.value ?? 0) + suffix;
      front.push(suffix);
    }
    this.front = front;
    for (let i = frontLength; i < saved.entries.length; i++)
      this.back += Number(saved.entries[i]?.value ?? 0);
    this.dropped = dropped === 1;
    this.newestDropped.time = time;
    this.newestDropped.ns = ns;
  }

  private shift(): MeasureEntry | undefined {
    if (this.front.length === 0) {
      let suffix = 0;
      for (let i = this.ring.length - 1; i >= 0; i--) {
        suffix = Number(this.ring.at(i)?.value ?? 0) + suffix;
        this.front.push(suffix);
      }
      this.back = 0;
    }
    this.front.pop();
    return this.ring.shift();
  }
}

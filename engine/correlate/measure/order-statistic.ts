import type { Signal } from '../../model/index.ts';
import { type Instant, isAfter } from '../order.ts';
import { Ring } from '../ring.ts';
import type { Evidence, EvidenceRequest, Measure, MeasureEntry, SavedMeasure } from './measure.ts';

const CHUNK_MAX = 256;

/** A sorted list in chunks: insert, remove and n-th in O(√n) with a small constant (256 to a chunk). */
class SortedNumbers {
  private chunks: number[][] = [];
  length = 0;

  insert(value: number): void {
    this.length++;
    if (this.chunks.length === 0) {
      this.chunks.push([value]);
      return;
    }
    const c = this.chunkOf(value);
    const chunk = this.chunks[c] ?? [];
    chunk.splice(lowerBound(chunk, value), 0, value);
    if (chunk.length > CHUNK_MAX) this.chunks.splice(c + 1, 0, chunk.splice(CHUNK_MAX >> 1));
  }

  remove(value: number): void {
    const c = this.chunkOf(value);
    const chunk = this.chunks[c];
    if (chunk === undefined) return;
    const i = lowerBound(chunk, value);
    if (chunk[i] !== value) return;
    chunk.splice(i, 1);
    this.length--;
    if (chunk.length === 0) this.chunks.splice(c, 1);
  }

  nth(index: number): number {
    let rest = index;
    for (const chunk of this.chunks) {
      if (rest < chunk.length) return chunk[rest] ?? Number.NaN;
      rest -= chunk.length;
    }
    return Number.NaN;
  }

  clear(): void {
    this.chunks = [];
    this.length = 0;
  }

  /** The first chunk whose last value is not below `value`, else the last chunk. */
  private chunkOf(value: number): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((this.chunks[mid]?.at(-1) ?? 0) < value) low = mid + 1;
      else high = mid;
    }
    return low;
  }
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((sorted[mid] ?? 0) < value) low = mid + 1;
    else high = mid;
  }
  return low;
}

/**
 * `value_percentile` by nearest rank (the smallest value that at least p per cent of the window's values do not exceed) and
 * `value_median` (the middle value, or the mean of the two middle ones).
 */
export class OrderStatisticMeasure implements Measure {
  private readonly ring = new Ring<MeasureEntry>();
  private readonly sorted = new SortedNumbers();
  private dropped = false;
  private readonly newestDropped: Instant = { time: 0, ns: 0 };
  private readonly capacity: number;
  private readonly percentile: number | 'median';

  constructor(options: { readonly capacity: number; readonly percentile: number | 'median' }) {
    this.capacity = options.capacity;
    this.percentile = options.percentile;
  }

  add(signal: Signal, role: number, value: string | number): void {
    // −0 and 0 are one value to the sorted list.
    const number = Number(value) + 0;
    this.ring.push({ signal, role, value: number });
    this.sorted.insert(number);
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
    this.sorted.clear();
    this.dropped = false;
  }

  dispose(): void {
    this.clear();
  }

  value(): number | undefined {
    const n = this.sorted.length;
    if (n === 0) return undefined;
    if (this.percentile === 'median') {
      const upper = this.sorted.nth(n >> 1);
      return n % 2 === 1 ? upper : (this.sorted.nth((n >> 1) - 1) + upper) / 2;
    }
    return this.sorted.nth(Math.max(1, Math.ceil((this.percentile / 100) * n)) - 1);
  }

  size(): number {
    return this.ring.length * 2;
  }

  exact(): boolean {
    return !this.dropped;
  }

  evidence({ limit }: EvidenceRequest): Evidence {
    return { signals: this.ring.newest(limit).map((e) => e.signal), total: this.ring.length };
  }

  held(limit: number): readonly Signal[] {
    return this.ring.newest(limit).map((entry) => entry.signal);
  }

  save(): SavedMeasure {
    return {
      entries: this.ring.toArray(),
      marks: [this.dropped ? 1 : 0, this.newestDropped.time, this.newestDropped.ns],
    };
  }

  load(saved: SavedMeasure): void {
    for (const { signal, role, value } of saved.entries) this.add(signal, role, value);
    const [dropped = 0, time = 0, ns = 0] = saved.marks;
    this.dropped = dropped === 1;
    this.newestDropped.time = time;
    this.newestDropped.ns = ns;
  }

  private shift(): MeasureEntry | undefined {
    const gone = this.ring.shift();
    if (gone !== undefined) this.sorted.remove(Number(gone.value));
    return gone;
  }
}

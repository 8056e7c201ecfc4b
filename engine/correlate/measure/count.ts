import type { Signal } from '../../model/index.ts';
import { type Instant, isAfter } from '../order.ts';
import { Ring } from '../ring.ts';
import type { Evidence, EvidenceRequest, Measure, Overlap, SavedMeasure } from './measure.ts';

/**
 * `event_count`: how many signals the window holds. Only the newest `capacity` are kept (more than any bound of the condition),
 * so that a flood in one group costs a fixed amount; the decision stays exact, the figure becomes "at least".
 */
export class CountMeasure implements Measure {
  private readonly ring = new Ring<Signal>();
  private dropped = 0;
  private readonly newestDropped: Instant = { time: 0, ns: 0 };
  private readonly capacity: number;
  private readonly overlap: Overlap;

  constructor(capacity: number, overlap: Overlap) {
    this.capacity = capacity;
    this.overlap = overlap;
  }

  add(signal: Signal): void {
    this.ring.push(signal);
    if (this.ring.length <= this.capacity) return;
    const gone = this.ring.shift();
    if (gone === undefined) return;
    this.dropped++;
    this.newestDropped.time = gone.end;
    this.newestDropped.ns = gone.endNs;
  }

  expire(bound: Instant): void {
    for (
      let first = this.ring.first();
      first !== undefined && !isAfter(first, bound);
      first = this.ring.first()
    ) {
      this.ring.shift();
    }
    const { time, ns } = this.newestDropped;
    if (this.dropped > 0 && (time < bound.time || (time === bound.time && ns <= bound.ns))) this.dropped = 0;
  }

  clear(): void {
    this.ring.clear();
    this.dropped = 0;
  }

  value(): number {
    if (this.dropped === 0) return this.ring.length;
    return this.ring.length + (this.overlap === 'disjoint' ? this.dropped : 1);
  }

  size(): number {
    return this.ring.length;
  }

  exact(): boolean {
    return this.dropped === 0 || this.overlap === 'disjoint';
  }

  evidence({ atLeast, limit }: EvidenceRequest): Evidence {
    const total = Math.min(this.ring.length, Math.max(1, atLeast ?? this.ring.length));
    const all = atLeast === undefined && this.overlap === 'disjoint' ? total + this.dropped : total;
    return { signals: this.ring.newest(Math.min(total, limit)), total: all };
  }

  save(): SavedMeasure {
    return {
      entries: this.ring.toArray().map((signal) => ({ signal, role: 0, value: 0 })),
      marks: [this.dropped, this.newestDropped.time, this.newestDropped.ns],
    };
  }

  load(saved: SavedMeasure): void {
    for (const { signal } of saved.entries) this.ring.push(signal);
    [this.dropped = 0, this.newestDropped.time = 0, this.newestDropped.ns = 0] = saved.marks;
  }
}

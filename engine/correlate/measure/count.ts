import type { Signal } from '../../model/index.ts';
import type { Instant } from '../order.ts';
import { emptyList, type Samples } from '../samples.ts';
import type { Evidence, EvidenceRequest, Measure, MeasureEntry, Overlap, SavedMeasure } from './measure.ts';
import { newestSignals } from './measure.ts';

/**
 * `event_count`: how many signals the window holds. Only the newest `capacity` are kept (more than any bound of the condition),
 * so that a flood in one group costs a fixed amount; the decision stays exact, the figure becomes "at least".
 */
export class CountMeasure implements Measure {
  private readonly list = emptyList();
  private dropped = 0;
  private readonly newestDropped: Instant = { time: 0, ns: 0 };
  private readonly samples: Samples;
  private readonly capacity: number;
  private readonly overlap: Overlap;

  constructor(samples: Samples, options: { readonly capacity: number; readonly overlap: Overlap }) {
    this.samples = samples;
    this.capacity = options.capacity;
    this.overlap = options.overlap;
  }

  add(signal: Signal): void {
    const { list, samples } = this;
    samples.push(list, signal, AS_COUNTED);
    if (list.length <= this.capacity) return;
    this.dropped++;
    this.newestDropped.time = samples.time(list.oldest);
    this.newestDropped.ns = samples.ns(list.oldest);
    samples.drop(list, list.oldest);
  }

  expire(bound: Instant): void {
    const { list, samples } = this;
    while (list.oldest >= 0 && samples.isGone(list.oldest, bound)) samples.drop(list, list.oldest);
    if (this.dropped === 0) return;
    const { time, ns } = this.newestDropped;
    if (time < bound.time || (time === bound.time && ns <= bound.ns)) this.dropped = 0;
  }

  clear(): void {
    this.samples.clear(this.list);
    this.dropped = 0;
  }

  dispose(): void {
    this.clear();
  }

  value(): number {
    const { length } = this.list;
    if (this.dropped === 0) return length;
    return length + (this.overlap === 'disjoint' ? this.dropped : 1);
  }

  size(): number {
    return this.list.length;
  }

  exact(): boolean {
    return this.dropped === 0 || this.overlap === 'disjoint';
  }

  evidence({ atLeast, limit }: EvidenceRequest): Evidence {
    const { length } = this.list;
    const total = Math.min(length, Math.max(1, atLeast ?? length));
    const all = atLeast === undefined && this.overlap === 'disjoint' ? total + this.dropped : total;
    return { signals: newestSignals(this.samples, this.list, Math.min(total, limit)), total: all };
  }

  newest(limit: number): readonly Signal[] {
    return newestSignals(this.samples, this.list, limit);
  }

  save(): SavedMeasure {
    const entries: MeasureEntry[] = [];
    for (let one = this.list.oldest; one >= 0; one = this.samples.next(one))
      entries.push({ signal: this.samples.signal(one), role: 0, value: 0 });
    return { entries, marks: [this.dropped, this.newestDropped.time, this.newestDropped.ns] };
  }

  load(saved: SavedMeasure): void {
    for (const { signal } of saved.entries) this.samples.push(this.list, signal, AS_COUNTED);
    [this.dropped = 0, this.newestDropped.time = 0, this.newestDropped.ns = 0] = saved.marks;
  }
}

const AS_COUNTED = { owner: 0, value: 0, keep: 'packed' } as const;

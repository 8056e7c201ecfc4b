import type { Signal } from '../../model/index.ts';
import { type Instant, NEVER } from '../order.ts';
import type { SampleList, Samples } from '../samples.ts';
import type { Evidence, EvidenceRequest, Measure, MeasureEntry, Overlap, SavedMeasure } from './measure.ts';
import { newestSignals } from './measure.ts';

/**
 * `event_count`: how many signals the window holds. Only the newest `capacity` are kept (more than any bound of the condition),
 * so that a flood in one group costs a fixed amount; the decision stays exact, the figure becomes "at least".
 */
export class CountMeasure implements Measure, SampleList {
  oldest = -1;
  newest = -1;
  length = 0;
  private dropped = 0;
  private newestDropped: Instant | undefined;
  private readonly samples: Samples;
  private readonly capacity: number;
  private readonly overlap: Overlap;

  constructor(samples: Samples, options: { readonly capacity: number; readonly overlap: Overlap }) {
    this.samples = samples;
    this.capacity = options.capacity;
    this.overlap = options.overlap;
  }

  add(signal: Signal): void {
    const { samples } = this;
    samples.push(this, signal, AS_COUNTED);
    if (this.length <= this.capacity) return;
    this.dropped++;
    this.newestDropped = { time: samples.time(this.oldest), ns: samples.ns(this.oldest) };
    samples.drop(this, this.oldest);
  }

  expire(bound: Instant): void {
    const { samples } = this;
    while (this.oldest >= 0 && samples.isGone(this.oldest, bound)) samples.drop(this, this.oldest);
    if (this.dropped === 0) return;
    const { time, ns } = this.newestDropped ?? NEVER;
    if (time < bound.time || (time === bound.time && ns <= bound.ns)) this.dropped = 0;
  }

  clear(): void {
    this.samples.clear(this);
    this.dropped = 0;
  }

  dispose(): void {
    this.clear();
  }

  value(): number {
    const { length } = this;
    if (this.dropped === 0) return length;
    return length + (this.overlap === 'disjoint' ? this.dropped : 1);
  }

  size(): number {
    return this.length;
  }

  exact(): boolean {
    return this.dropped === 0 || this.overlap === 'disjoint';
  }

  evidence({ atLeast, limit }: EvidenceRequest): Evidence {
    const { length } = this;
    const total = Math.min(length, Math.max(1, atLeast ?? length));
    const all = atLeast === undefined && this.overlap === 'disjoint' ? total + this.dropped : total;
    return { signals: newestSignals(this.samples, this, Math.min(total, limit)), total: all };
  }

  held(limit: number): readonly Signal[] {
    return newestSignals(this.samples, this, limit);
  }

  save(): SavedMeasure {
    const entries: MeasureEntry[] = [];
    for (let one = this.oldest; one >= 0; one = this.samples.next(one))
      entries.push({ signal: this.samples.signal(one), role: 0, value: 0 });
    return { entries, marks: [this.dropped, this.newestDropped?.time ?? 0, this.newestDropped?.ns ?? 0] };
  }

  load(saved: SavedMeasure): void {
    for (const { signal } of saved.entries) this.samples.push(this, signal, AS_COUNTED);
    const [dropped = 0, time = 0, ns = 0] = saved.marks;
    this.dropped = dropped;
    if (dropped > 0) this.newestDropped = { time, ns };
  }
}

const AS_COUNTED = { owner: 0, value: 0, keep: 'packed' } as const;

import type { Signal } from '../../model/index.ts';
import type { Instant } from '../order.ts';
import type { Samples } from '../samples.ts';
import {
  type Evidence,
  type EvidenceRequest,
  expireSpill,
  type MeasureEntry,
  marksOf,
  newestSignals,
  type Overlap,
  type PackedMeasure,
  type SavedMeasure,
  type Spill,
  spillOf,
  spillOldest,
} from './measure.ts';

/**
 * `event_count`: how many signals the window holds. Only the newest `capacity` are kept (more than any bound of the condition),
 * so that a flood in one group costs a fixed amount; the decision stays exact, the figure becomes "at least".
 */
export class CountMeasure implements PackedMeasure {
  oldest = -1;
  newest = -1;
  length = 0;
  owner = 0;
  oldestTime = Number.NEGATIVE_INFINITY;
  spill: Spill | undefined = undefined;
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
    spillOldest(this, samples);
    samples.drop(this, this.oldest);
  }

  expire(bound: Instant): void {
    if (this.oldestTime > bound.time && this.spill === undefined) return;
    const { samples } = this;
    while (this.oldest >= 0 && samples.isGone(this.oldest, bound)) samples.drop(this, this.oldest);
    expireSpill(this, bound);
  }

  clear(): void {
    this.samples.clear(this);
    this.spill = undefined;
  }

  dispose(): void {
    this.clear();
  }

  value(): number {
    const { length, spill } = this;
    if (spill === undefined) return length;
    return length + (this.overlap === 'disjoint' ? spill.count : 1);
  }

  size(): number {
    return this.length;
  }

  exact(): boolean {
    return this.spill === undefined || this.overlap === 'disjoint';
  }

  evidence({ atLeast, limit }: EvidenceRequest): Evidence {
    const { length } = this;
    const total = Math.min(length, Math.max(1, atLeast ?? length));
    const all =
      atLeast === undefined && this.overlap === 'disjoint' ? total + (this.spill?.count ?? 0) : total;
    return { signals: newestSignals(this.samples, this, Math.min(total, limit)), total: all };
  }

  held(limit: number): readonly Signal[] {
    return newestSignals(this.samples, this, limit);
  }

  save(): SavedMeasure {
    const entries: MeasureEntry[] = [];
    for (let one = this.oldest; one >= 0; one = this.samples.next(one))
      entries.push({ signal: this.samples.signal(one), role: 0, value: 0 });
    return { entries, marks: marksOf(this.spill) };
  }

  load(saved: SavedMeasure): void {
    for (const { signal } of saved.entries) this.samples.push(this, signal, AS_COUNTED);
    this.spill = spillOf(saved.marks);
  }
}

const AS_COUNTED = { owner: 0, value: 0, keep: 'packed' } as const;

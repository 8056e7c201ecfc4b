import type { Signal } from '../../model/index.ts';
import type { DistinctValues } from '../distinct-values.ts';
import type { Instant } from '../order.ts';
import type { Samples } from '../samples.ts';
import { DistinctSketch } from './distinct-sketch.ts';
import {
  type Evidence,
  type EvidenceRequest,
  expireSpill,
  type MeasureEntry,
  marksOf,
  newestSignals,
  type PackedMeasure,
  type SavedMeasure,
  type Spill,
  spillOf,
  spillOldest,
} from './measure.ts';

/** What the distinct counts of one node share. */
export interface DistinctShared {
  readonly samples: Samples;
  readonly values: DistinctValues;
  /** How the signal at hand is held. With a list of values one signal stands for several: what it carried is asked for when it is evidence. */
  readonly keep: 'packed' | 'whole';
}

/**
 * `value_count`: how many different values (or tuples) the window holds. For each value only its newest signal matters, so the
 * state is a list of values by last occurrence and a table into it, shared by all windows of the node: O(1) a signal, however many signals or
 * values there are. Only the `capacity` most recent values are kept (more than any bound of the condition);
 * where there are more, a sketch estimates the figure, and says how well.
 */
export class DistinctMeasure implements PackedMeasure {
  oldest = -1;
  newest = -1;
  length = 0;
  owner: number;
  oldestTime = Number.NEGATIVE_INFINITY;
  spill: Spill | undefined = undefined;
  private readonly shared: DistinctShared;
  private readonly samples: Samples;
  private readonly values: DistinctValues;
  private readonly capacity: number;

  /** Of the sketch that counts what cannot be held; without one the figure is "at least". */
  private readonly sketchSeed: number | undefined;

  constructor(shared: DistinctShared, capacity: number, sketchSeed?: number) {
    this.sketchSeed = sketchSeed;
    this.shared = shared;
    this.samples = shared.samples;
    this.values = shared.values;
    this.capacity = capacity;
    this.owner = shared.values.owner();
  }

  add(signal: Signal, _role: number, value: string | number): void {
    const { samples, values } = this;
    const text = String(value);
    const known = values.numberOf(text);
    const held = values.find(this.owner, known);
    const { keep } = this.shared;
    this.spill?.sketch?.add(text, { time: signal.end, ns: signal.endNs });
    if (held >= 0) {
      samples.renew(this, held, { signal, keep });
      return;
    }
    values.insert(samples.push(this, signal, { owner: this.owner, value: values.hold(text, known), keep }));
    if (this.length <= this.capacity) return;
    const wasWhole = this.spill === undefined;
    spillOldest(this, samples);
    if (wasWhole) this.beginSketch();
    this.drop(this.oldest);
  }

  /** Whether the value is among those held. */
  has(value: string): boolean {
    return this.values.find(this.owner, this.values.numberOf(value)) >= 0;
  }

  expire(bound: Instant): void {
    if (this.oldestTime > bound.time && this.spill === undefined) return;
    const { samples } = this;
    while (this.oldest >= 0 && samples.isGone(this.oldest, bound)) this.drop(this.oldest);
    expireSpill(this, bound);
    this.spill?.sketch?.expire(bound);
  }

  clear(): void {
    while (this.oldest >= 0) this.drop(this.oldest);
    this.spill = undefined;
  }

  dispose(): void {
    this.clear();
    this.values.disown(this.owner);
  }

  value(): number {
    const { length, spill } = this;
    if (spill === undefined) return length;
    // More than are held there are for certain, whatever the estimate: so decisions stay exact.
    return Math.max(length + 1, spill.sketch?.value() ?? 0);
  }

  size(): number {
    return this.length + (this.spill?.sketch?.size ?? 0);
  }

  exact(): boolean {
    return this.spill === undefined || this.spill.sketch?.error() === 0;
  }

  error(): number | undefined {
    const error = this.spill?.sketch?.error();
    return error === 0 ? undefined : error;
  }

  evidence({ atLeast, limit }: EvidenceRequest): Evidence {
    const { length } = this;
    const total = Math.min(length, Math.max(1, atLeast ?? length));
    const signals = newestSignals(this.samples, this, Math.min(total, limit));
    return { signals, total: total <= limit ? signals.length : total };
  }

  held(limit: number): readonly Signal[] {
    return newestSignals(this.samples, this, limit);
  }

  save(): SavedMeasure {
    const entries: MeasureEntry[] = [];
    for (let one = this.oldest; one >= 0; one = this.samples.next(one)) {
      const value = this.values.textOf(this.samples.value(one));
      entries.push({ signal: this.samples.signal(one), role: 0, value });
    }
    return { entries, marks: marksOf(this.spill) };
  }

  load(saved: SavedMeasure): void {
    for (const { signal, value } of saved.entries) {
      const text = String(value);
      const number = this.values.hold(text, this.values.numberOf(text));
      // What was held packed comes without values; what has some was held for them.
      const keep = signal.values.size > 0 ? 'whole' : 'packed';
      this.values.insert(this.samples.push(this, signal, { owner: this.owner, value: number, keep }));
    }
    this.spill = spillOf(saved.marks, this.sketchSeed);
  }

  /** The list has become too long: all that it holds, and what comes, is counted by a sketch from here on. */
  private beginSketch(): void {
    const { spill, samples } = this;
    if (spill === undefined || this.sketchSeed === undefined) return;
    spill.sketch = new DistinctSketch(this.sketchSeed);
    for (let one = this.oldest; one >= 0; one = samples.next(one))
      spill.sketch.add(this.values.textOf(samples.value(one)), {
        time: samples.time(one),
        ns: samples.ns(one),
      });
  }

  private drop(sample: number): void {
    this.values.remove(sample);
    this.samples.drop(this, sample);
  }
}

import type { Signal } from '../../model/index.ts';
import type { Instant } from '../order.ts';
import type { SampleList, Samples } from '../samples.ts';
import { DistinctSketch } from './distinct-sketch.ts';

/** One retained signal of a measure, enough to build the measure again by adding the entries in order. */
export interface MeasureEntry {
  readonly signal: Signal;
  readonly role: number;
  readonly value: string | number;
}

/** What a measure's state is when written down. */
export interface SavedMeasure {
  readonly entries: readonly MeasureEntry[];
  /** Of the measure's own: how many were given up, where two halves meet. */
  readonly marks: readonly number[];
}

/**
 * One figure over the signals of a window, kept up to date as signals come (in time order) and go. No call looks at the whole
 * window; `evidence` may, and is called only when something fires.
 */
export interface Measure {
  add(signal: Signal, role: number, value: string | number): void;
  /** Forgets what is not after the bound. */
  expire(bound: Instant): void;
  clear(): void;
  /** The window is no more: gives back what it holds elsewhere. */
  dispose(): void;
  /** The figure; undefined where the window holds nothing to compare. */
  value(): number | undefined;
  /** Signals held, for the memory bound. */
  size(): number;
  /** False when the window held more than was kept, so that the figure is a lower bound. */
  exact(): boolean;
  /** The relative standard error of the figure, where it is an estimate. */
  error?(): number | undefined;
  /** The signals a match rests on: minimal where `atLeast` (a count or sum to be reached) is given. */
  evidence(request: EvidenceRequest): Evidence;
  /** The newest signals held, oldest first. */
  held(limit: number): readonly Signal[];
  save(): SavedMeasure;
  load(saved: SavedMeasure): void;
}

/** What a list of samples has let go at its bound. */
export interface Spill {
  /** How many. */
  count: number;
  /** When the newest of them was. */
  time: number;
  ns: number;
  /** All that the window holds, estimated, where the figure is more than "at least". */
  sketch: DistinctSketch | undefined;
}

/** A measure whose state is a list of samples and, where that has been too long, a spill: it can be packed, and used for one window after another. */
export interface PackedMeasure extends Measure, SampleList {
  /** The window's number among those of its node. */
  owner: number;
  /** The oldest sample is not older than this: while a bound is before it, no sample is looked at. */
  oldestTime: number;
  spill: Spill | undefined;
}

/** Forgets what was let go once it would have left the window anyway; costs nothing where nothing was. */
export function expireSpill(measure: PackedMeasure, bound: Instant): void {
  const { spill } = measure;
  if (spill === undefined) return;
  if (spill.time < bound.time || (spill.time === bound.time && spill.ns <= bound.ns))
    measure.spill = undefined;
}

/** Notes that the oldest sample is about to be let go. */
export function spillOldest(measure: PackedMeasure, samples: Samples): void {
  const { oldest } = measure;
  const count = (measure.spill?.count ?? 0) + 1;
  const sketch = measure.spill?.sketch;
  measure.spill = { count, time: samples.time(oldest), ns: samples.ns(oldest), sketch };
}

/** A spill written down. */
export function marksOf(spill: Spill | undefined): readonly number[] {
  return spill === undefined
    ? [0, 0, 0]
    : [spill.count, spill.time, spill.ns, ...(spill.sketch?.save() ?? [])];
}

/** A spill read back. */
export function spillOf(marks: readonly number[], sketchSeed?: number): Spill | undefined {
  const [count = 0, time = 0, ns = 0, ...rest] = marks;
  if (count === 0) return undefined;
  const sketch =
    rest.length === 0 || sketchSeed === undefined ? undefined : DistinctSketch.load(sketchSeed, rest);
  return { count, time, ns, sketch };
}

/** What evidence is asked for: enough to reach `atLeast`, where given, and not more than `limit` signals listed. */
export interface EvidenceRequest {
  readonly atLeast: number | undefined;
  readonly limit: number;
}

/** Signals in time order, the newest where there are more than the limit, and how many there are in all. */
export interface Evidence {
  readonly signals: readonly Signal[];
  readonly total: number;
}

/** Whether windows of this measure overlap: then what was given up leaves the window at times no longer known. */
export type Overlap = 'overlapping' | 'disjoint';

/** The newest signals of a list of samples, oldest first; a signal that stands for several samples side by side once. O(limit). */
export function newestSignals(samples: Samples, list: SampleList, limit: number): readonly Signal[] {
  const signals: Signal[] = [];
  let last = -1;
  let count = 0;
  for (let one = list.newest; one >= 0 && count < limit; one = samples.previous(one)) {
    const slot = samples.slot(one);
    if (slot !== last) signals.push(samples.signal(one));
    last = slot;
    count++;
  }
  return signals.reverse();
}

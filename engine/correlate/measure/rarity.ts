import type { Signal } from '../../model/index.ts';
import { type Instant, isAfter } from '../order.ts';
import { Ring } from '../ring.ts';
import type { Evidence, EvidenceRequest, Measure, MeasureEntry, SavedMeasure } from './measure.ts';

/**
 * `value_rarity`: the share, in per cent, that the newest signal's value has of the window's signals, itself included. A count
 * per value and the queue of the window: O(1) a signal.
 */
export class RarityMeasure implements Measure {
  private readonly ring = new Ring<MeasureEntry>();
  private readonly counts = new Map<string, number>();
  private dropped = false;
  private readonly newestDropped: Instant = { time: 0, ns: 0 };
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(signal: Signal, role: number, value: string | number): void {
    const key = String(value);
    this.ring.push({ signal, role, value: key });
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
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
    this.counts.clear();
    this.dropped = false;
  }

  dispose(): void {
    this.clear();
  }

  value(): number | undefined {
    const last = this.ring.last();
    if (last === undefined) return undefined;
    return (100 * (this.counts.get(String(last.value)) ?? 0)) / this.ring.length;
  }

  size(): number {
    return this.ring.length;
  }

  exact(): boolean {
    return !this.dropped;
  }

  /** The newest signals that carried the newest signal's value; the rest of the window is only counted. */
  evidence({ limit }: EvidenceRequest): Evidence {
    const key = this.ring.last()?.value;
    const total = this.counts.get(String(key)) ?? 0;
    const signals: Signal[] = [];
    for (let i = this.ring.length - 1; i >= 0 && signals.length < Math.min(total, limit); i--) {
      const entry = this.ring.at(i);
      if (entry?.value === key && entry !== undefined) signals.push(entry.signal);
    }
    return { signals: signals.reverse(), total };
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
    if (gone === undefined) return undefined;
    const key = String(gone.value);
    const left = (this.counts.get(key) ?? 0) - 1;
    if (left > 0) this.counts.set(key, left);
    else this.counts.delete(key);
    return gone;
  }
}

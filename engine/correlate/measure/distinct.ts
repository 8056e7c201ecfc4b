import type { Signal } from '../../model/index.ts';
import { type Instant, isAfter } from '../order.ts';
import type { Evidence, EvidenceRequest, Measure, SavedMeasure } from './measure.ts';

interface Held {
  readonly key: string;
  signal: Signal;
  prev: Held | undefined;
  next: Held | undefined;
}

const MAP_MIN = 12;

/**
 * `value_count`: how many different values (or tuples) the window holds. For each value only its newest signal matters, so the
 * state is a list of values by last occurrence and a map into it: O(1) a signal, however many signals or values there are. Only
 * the `capacity` most recent values are kept (more than any bound of the condition).
 */
export class DistinctMeasure implements Measure {
  /** Only from MAP_MIN values on: most groups hold few, and a map for each is what memory goes into. */
  private map: Map<string, Held> | undefined;
  private count = 0;
  private oldest: Held | undefined;
  private newest: Held | undefined;
  private dropped = false;
  private readonly newestDropped: Instant = { time: 0, ns: 0 };
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(signal: Signal, _role: number, value: string | number): void {
    const key = String(value);
    const held = this.find(key);
    if (held !== undefined) {
      held.signal = signal;
      if (this.newest === held) return;
      this.unlink(held);
      this.link(held);
      return;
    }
    const fresh: Held = { key, signal, prev: undefined, next: undefined };
    this.link(fresh);
    this.remember(fresh);
    const gone = this.count > this.capacity ? this.oldest : undefined;
    if (gone === undefined) return;
    this.drop(gone);
    this.dropped = true;
    this.newestDropped.time = gone.signal.end;
    this.newestDropped.ns = gone.signal.endNs;
  }

  /** Whether the value is among those held. */
  has(value: string): boolean {
    return this.find(value) !== undefined;
  }

  expire(bound: Instant): void {
    for (let held = this.oldest; held !== undefined && !isAfter(held.signal, bound); held = this.oldest)
      this.drop(held);
    const { time, ns } = this.newestDropped;
    if (this.dropped && (time < bound.time || (time === bound.time && ns <= bound.ns))) this.dropped = false;
  }

  clear(): void {
    this.map = undefined;
    this.count = 0;
    this.oldest = undefined;
    this.newest = undefined;
    this.dropped = false;
  }

  value(): number {
    return this.count + (this.dropped ? 1 : 0);
  }

  size(): number {
    return this.count;
  }

  exact(): boolean {
    return !this.dropped;
  }

  evidence({ atLeast, limit }: EvidenceRequest): Evidence {
    const total = Math.min(this.count, Math.max(1, atLeast ?? this.count));
    const found: Signal[] = [];
    let count = 0;
    for (let held = this.newest; held !== undefined && count < Math.min(total, limit); held = held.prev) {
      // A signal with a list of values stands for several of them, side by side.
      if (found.at(-1) !== held.signal) found.push(held.signal);
      count++;
    }
    return { signals: found.reverse(), total: total <= limit ? found.length : total };
  }

  save(): SavedMeasure {
    const entries = [];
    for (let held = this.oldest; held !== undefined; held = held.next) {
      entries.push({ signal: held.signal, role: 0, value: held.key });
    }
    return { entries, marks: [this.dropped ? 1 : 0, this.newestDropped.time, this.newestDropped.ns] };
  }

  load(saved: SavedMeasure): void {
    for (const { signal, value } of saved.entries) this.add(signal, 0, value);
    const [dropped = 0, time = 0, ns = 0] = saved.marks;
    this.dropped = dropped === 1;
    this.newestDropped.time = time;
    this.newestDropped.ns = ns;
  }

  private find(key: string): Held | undefined {
    if (this.map !== undefined) return this.map.get(key);
    for (let held = this.newest; held !== undefined; held = held.prev) if (held.key === key) return held;
    return undefined;
  }

  private remember(fresh: Held): void {
    this.count++;
    if (this.map !== undefined) {
      this.map.set(fresh.key, fresh);
    } else if (this.count >= MAP_MIN) {
      this.map = new Map();
      for (let held = this.oldest; held !== undefined; held = held.next) this.map.set(held.key, held);
    }
  }

  private link(held: Held): void {
    held.prev = this.newest;
    held.next = undefined;
    if (this.newest === undefined) this.oldest = held;
    else this.newest.next = held;
    this.newest = held;
  }

  private unlink(held: Held): void {
    if (held.prev === undefined) this.oldest = held.next;
    else held.prev.next = held.next;
    if (held.next === undefined) this.newest = held.prev;
    else held.next.prev = held.prev;
  }

  private drop(held: Held): void {
    this.unlink(held);
    this.count--;
    this.map?.delete(held.key);
    if (this.count === 0) this.map = undefined;
  }
}

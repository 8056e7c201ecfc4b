import type { Signal } from '../../model/index.ts';
import type { DistinctValues } from '../distinct-values.ts';
import type { Instant } from '../order.ts';
import { emptyList, type Samples } from '../samples.ts';
import type { Evidence, EvidenceRequest, Measure, MeasureEntry, SavedMeasure } from './measure.ts';
import { newestSignals } from './measure.ts';

/**
 * `value_count`: how many different values (or tuples) the window holds. For each value only its newest signal matters, so the
 * state is a list of values by last occurrence and a table into it, shared by all windows of the node: O(1) a signal, however many signals or
 * values there are. Only the `capacity` most recent values are kept (more than any bound of the condition).
 */
export class DistinctMeasure implements Measure {
  private readonly list = emptyList();
  private dropped = false;
  private readonly newestDropped: Instant = { time: 0, ns: 0 };
  private readonly samples: Samples;
  private readonly values: DistinctValues;
  private readonly capacity: number;
  private readonly owner: number;

  constructor(shared: { readonly samples: Samples; readonly values: DistinctValues }, capacity: number) {
    this.samples = shared.samples;
    this.values = shared.values;
    this.capacity = capacity;
    this.owner = shared.values.owner();
  }

  add(signal: Signal, _role: number, value: string | number): void {
    const { list, samples, values } = this;
    const text = String(value);
    const held = values.find(this.owner, values.numberOf(text));
    // With a list of values one signal stands for several; what it carried is asked for when it is evidence.
    const keep = signal.values.size > 0 && hasList(signal) ? 'whole' : 'packed';
    if (held >= 0) {
      samples.renew(list, held, { signal, keep });
      return;
    }
    values.insert(samples.push(list, signal, { owner: this.owner, value: values.hold(text), keep }));
    if (list.length <= this.capacity) return;
    this.dropped = true;
    this.newestDropped.time = samples.time(list.oldest);
    this.newestDropped.ns = samples.ns(list.oldest);
    this.drop(list.oldest);
  }

  /** Whether the value is among those held. */
  has(value: string): boolean {
    return this.values.find(this.owner, this.values.numberOf(value)) >= 0;
  }

  expire(bound: Instant): void {
    const { list, samples } = this;
    while (list.oldest >= 0 && samples.isGone(list.oldest, bound)) this.drop(list.oldest);
    if (!this.dropped) return;
    const { time, ns } = this.newestDropped;
    if (time < bound.time || (time === bound.time && ns <= bound.ns)) this.dropped = false;
  }

  clear(): void {
    while (this.list.oldest >= 0) this.drop(this.list.oldest);
    this.dropped = false;
  }

  dispose(): void {
    this.clear();
    this.values.disown(this.owner);
  }

  value(): number {
    return this.list.length + (this.dropped ? 1 : 0);
  }

  size(): number {
    return this.list.length;
  }

  exact(): boolean {
    return !this.dropped;
  }

  evidence({ atLeast, limit }: EvidenceRequest): Evidence {
    const { length } = this.list;
    const total = Math.min(length, Math.max(1, atLeast ?? length));
    const signals = newestSignals(this.samples, this.list, Math.min(total, limit));
    return { signals, total: total <= limit ? signals.length : total };
  }

  newest(limit: number): readonly Signal[] {
    return newestSignals(this.samples, this.list, limit);
  }

  save(): SavedMeasure {
    const entries: MeasureEntry[] = [];
    for (let one = this.list.oldest; one >= 0; one = this.samples.next(one)) {
      const value = this.values.textOf(this.samples.value(one));
      entries.push({ signal: this.samples.signal(one), role: 0, value });
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

  private drop(sample: number): void {
    this.values.remove(sample);
    this.samples.drop(this.list, sample);
  }
}

function hasList(signal: Signal): boolean {
  for (const value of signal.values.values()) if (typeof value === 'object' && value !== null) return true;
  return false;
}

import type { Signal } from '../model/index.ts';
import type { Ledger } from './ledger.ts';
import type { Instant } from './order.ts';

const DOUBLES = 4;
const WORDS = DOUBLES * 2;
const NS = 2;
const SIGNAL = 3;
const PREV = 4;
const NEXT = 5;
const OWNER = 6;
const VALUE = 7;
const NONE = -1;

/** A list of samples: its ends (−1 while it is empty) and its length. */
export interface SampleList {
  oldest: number;
  newest: number;
  length: number;
}

/**
 * The samples of all windows of one node, in one typed array: 32 bytes a sample, linked both ways. What expires is given back
 * and used again; the array only grows to the most that was ever held.
 */
export class Samples {
  private readonly ledger: Ledger;
  private doubles = new Float64Array(64 * DOUBLES);
  private words = new Int32Array(this.doubles.buffer);
  private top = 0;
  private free = NONE;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** Puts a signal at the new end of a list; its number. */
  push(
    list: SampleList,
    signal: Signal,
    of: { readonly owner: number; readonly value: number; readonly keep: 'packed' | 'whole' },
  ): number {
    let sample = this.free;
    if (sample >= 0) this.free = this.words[sample * WORDS + NEXT] ?? NONE;
    else {
      sample = this.top++;
      if (this.top * DOUBLES > this.doubles.length) this.grow();
    }
    this.words[sample * WORDS + OWNER] = of.owner;
    this.words[sample * WORDS + VALUE] = of.value;
    this.note(sample, signal, of.keep);
    this.link(list, sample);
    return sample;
  }

  /** A sample's value was seen again: its newest signal is this one, and it goes to the new end. */
  renew(
    list: SampleList,
    sample: number,
    by: { readonly signal: Signal; readonly keep: 'packed' | 'whole' },
  ): void {
    const held = this.words[sample * WORDS + SIGNAL] ?? NONE;
    this.note(sample, by.signal, by.keep);
    this.ledger.release(held);
    if (list.newest === sample) return;
    this.unlink(list, sample);
    this.link(list, sample);
  }

  /** Takes a sample out of its list and gives it back. */
  drop(list: SampleList, sample: number): void {
    this.unlink(list, sample);
    this.ledger.release(this.words[sample * WORDS + SIGNAL] ?? NONE);
    this.words[sample * WORDS + OWNER] = NONE;
    this.words[sample * WORDS + NEXT] = this.free;
    this.free = sample;
  }

  /** Drops all of a list. O(its length). */
  clear(list: SampleList): void {
    while (list.oldest >= 0) this.drop(list, list.oldest);
  }

  /** Whether a sample is at or before the bound. */
  isGone(sample: number, bound: Instant): boolean {
    const time = this.doubles[sample * DOUBLES] ?? 0;
    return time < bound.time || (time === bound.time && (this.words[sample * WORDS + NS] ?? 0) <= bound.ns);
  }

  time(sample: number): number {
    return this.doubles[sample * DOUBLES] ?? 0;
  }

  ns(sample: number): number {
    return this.words[sample * WORDS + NS] ?? 0;
  }

  owner(sample: number): number {
    return this.words[sample * WORDS + OWNER] ?? NONE;
  }

  value(sample: number): number {
    return this.words[sample * WORDS + VALUE] ?? NONE;
  }

  previous(sample: number): number {
    return this.words[sample * WORDS + PREV] ?? NONE;
  }

  next(sample: number): number {
    return this.words[sample * WORDS + NEXT] ?? NONE;
  }

  /** Which signal of the ledger it is. */
  slot(sample: number): number {
    return this.words[sample * WORDS + SIGNAL] ?? NONE;
  }

  signal(sample: number): Signal {
    return this.ledger.read(this.slot(sample));
  }

  private note(sample: number, signal: Signal, keep: 'packed' | 'whole'): void {
    this.doubles[sample * DOUBLES] = signal.end;
    this.words[sample * WORDS + NS] = signal.endNs;
    this.words[sample * WORDS + SIGNAL] = this.ledger.hold(signal, keep);
  }

  private grow(): void {
    const doubles = new Float64Array(this.doubles.length * 2);
    doubles.set(this.doubles);
    this.doubles = doubles;
    this.words = new Int32Array(doubles.buffer);
  }

  private link(list: SampleList, sample: number): void {
    const { words } = this;
    words[sample * WORDS + PREV] = list.newest;
    words[sample * WORDS + NEXT] = NONE;
    if (list.newest < 0) list.oldest = sample;
    else words[list.newest * WORDS + NEXT] = sample;
    list.newest = sample;
    list.length++;
  }

  private unlink(list: SampleList, sample: number): void {
    const { words } = this;
    const prev = words[sample * WORDS + PREV] ?? NONE;
    const next = words[sample * WORDS + NEXT] ?? NONE;
    if (prev < 0) list.oldest = next;
    else words[prev * WORDS + NEXT] = next;
    if (next < 0) list.newest = prev;
    else words[next * WORDS + PREV] = prev;
    list.length--;
  }
}

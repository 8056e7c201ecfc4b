import type { Samples } from './samples.ts';
import { TextIndex } from './text-index.ts';

const NONE = -1;

/**
 * The values that the distinct counts of one node hold: each text once, by number, and a table from (window, value) to the
 * sample that stands for it. Texts are hashed and pairs of numbers mixed with the seed given, so that nobody who does not know it can
 * choose such that collide.
 */
export class DistinctValues {
  private readonly samples: Samples;
  private readonly seed: number;
  private readonly texts: TextIndex;
  private top = 0;
  /** Windows that hold the value; for a free number the next free one. */
  private holders = new Int32Array(64);
  private freeNumber = NONE;
  private owners = 0;
  private readonly freeOwners: number[] = [];
  /** Samples by the mixed pair, linear probing; −1 is empty. */
  private table = new Int32Array(128).fill(NONE);
  private used = 0;

  constructor(samples: Samples, seed: number) {
    this.samples = samples;
    this.seed = seed;
    this.texts = new TextIndex(seed);
  }

  /** A number for a new window. */
  owner(): number {
    return this.freeOwners.pop() ?? this.owners++;
  }

  /** A window is no more; it holds nothing. */
  disown(owner: number): void {
    this.freeOwners.push(owner);
  }

  /** The number of a text that some window holds, or −1. */
  numberOf(text: string): number {
    return this.texts.find(text);
  }

  textOf(number: number): string {
    return this.texts.textOf(number) ?? '';
  }

  /** The sample that stands for the value in the window, or −1. */
  find(owner: number, value: number): number {
    if (value < 0) return NONE;
    const { table } = this;
    const mask = table.length - 1;
    for (let i = this.mix(owner, value) & mask; ; i = (i + 1) & mask) {
      const sample = table[i] ?? NONE;
      if (sample < 0) return NONE;
      if (this.samples.owner(sample) === owner && this.samples.value(sample) === value) return sample;
    }
  }

  /** Notes one more window that holds the text, whose number is `known` or −1; its number. */
  hold(text: string, known: number): number {
    let number = known;
    if (number < 0) {
      number = this.freeNumber;
      if (number >= 0) this.freeNumber = this.holders[number] ?? NONE;
      else {
        number = this.top++;
        if (number >= this.holders.length) {
          const holders = new Int32Array(this.holders.length * 2);
          holders.set(this.holders);
          this.holders = holders;
        }
      }
      this.holders[number] = 0;
      this.texts.add(text, number);
    }
    this.holders[number] = (this.holders[number] ?? 0) + 1;
    return number;
  }

  /** Puts a new sample into the table. */
  insert(sample: number): void {
    if (++this.used * 2 > this.table.length) this.grow();
    this.place(sample);
  }

  /** Takes a sample out, before it is given back, and lets go of its text. */
  remove(sample: number): void {
    const { table } = this;
    const mask = table.length - 1;
    const value = this.samples.value(sample);
    let i = this.mix(this.samples.owner(sample), value) & mask;
    while (table[i] !== sample) i = (i + 1) & mask;
    // Move back what would no longer be found behind the gap.
    for (let j = (i + 1) & mask; ; j = (j + 1) & mask) {
      const other = table[j] ?? NONE;
      if (other < 0) break;
      const home = this.mix(this.samples.owner(other), this.samples.value(other)) & mask;
      if (((j - home) & mask) < ((j - i) & mask)) continue;
      table[i] = other;
      i = j;
    }
    table[i] = NONE;
    this.used--;
    const left = (this.holders[value] ?? 0) - 1;
    this.holders[value] = left;
    if (left > 0) return;
    this.texts.delete(this.texts.textOf(value));
    this.holders[value] = this.freeNumber;
    this.freeNumber = value;
  }

  private place(sample: number): void {
    const { table } = this;
    const mask = table.length - 1;
    let i = this.mix(this.samples.owner(sample), this.samples.value(sample)) & mask;
    while ((table[i] ?? NONE) >= 0) i = (i + 1) & mask;
    table[i] = sample;
  }

  private grow(): void {
    const old = this.table;
    this.table = new Int32Array(old.length * 2).fill(NONE);
    for (const sample of old) if (sample >= 0) this.place(sample);
  }

  /** After the finaliser of MurmurHash3 (A. Appleby, public domain). */
  private mix(owner: number, value: number): number {
    let h = Math.imul(owner ^ this.seed, 0x9e3779b1) ^ Math.imul(value + (this.seed >>> 7), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }
}

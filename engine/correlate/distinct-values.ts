import type { Samples } from './samples.ts';
import { TextIndex } from './text-index.ts';

const NONE = -1;
/** Words of a cell: the mixed pair, then the sample. */
const CELL = 2;
const SAMPLE = 1;

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
  /** Cells of the mixed pair and the sample, linear probing; a sample of −1 is none. A miss is told without a look at any sample. */
  private cells = new Int32Array(CELL * 128).fill(NONE);
  private mask = 127;
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
    const { cells, mask } = this;
    const mixed = this.mix(owner, value);
    for (let i = mixed & mask; ; i = (i + 1) & mask) {
      const sample = cells[i * CELL + SAMPLE] ?? NONE;
      if (sample < 0) return NONE;
      if (cells[i * CELL] !== mixed) continue;
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
    if (++this.used * 2 > this.mask) this.grow();
    this.place(this.mix(this.samples.owner(sample), this.samples.value(sample)), sample);
  }

  /** Takes a sample out, before it is given back, and lets go of its text. */
  remove(sample: number): void {
    const { cells, mask } = this;
    const value = this.samples.value(sample);
    let gap = this.mix(this.samples.owner(sample), value) & mask;
    while (cells[gap * CELL + SAMPLE] !== sample) gap = (gap + 1) & mask;
    // Move back what would no longer be found behind the gap.
    for (let i = (gap + 1) & mask; (cells[i * CELL + SAMPLE] ?? NONE) >= 0; i = (i + 1) & mask) {
      const home = (cells[i * CELL] ?? 0) & mask;
      if (((i - home) & mask) < ((i - gap) & mask)) continue;
      cells[gap * CELL] = cells[i * CELL] ?? 0;
      cells[gap * CELL + SAMPLE] = cells[i * CELL + SAMPLE] ?? NONE;
      gap = i;
    }
    cells[gap * CELL + SAMPLE] = NONE;
    this.used--;
    const left = (this.holders[value] ?? 0) - 1;
    this.holders[value] = left;
    if (left > 0) return;
    this.texts.delete(value);
    this.holders[value] = this.freeNumber;
    this.freeNumber = value;
  }

  private place(mixed: number, sample: number): void {
    const { cells, mask } = this;
    let i = mixed & mask;
    while ((cells[i * CELL + SAMPLE] ?? NONE) >= 0) i = (i + 1) & mask;
    cells[i * CELL] = mixed;
    cells[i * CELL + SAMPLE] = sample;
  }

  private grow(): void {
    const old = this.cells;
    this.mask = this.mask * 2 + 1;
    this.cells = new Int32Array(CELL * (this.mask + 1)).fill(NONE);
    for (let at = 0; at < old.length; at += CELL) {
      const sample = old[at + SAMPLE] ?? NONE;
      if (sample >= 0) this.place(old[at] ?? 0, sample);
    }
  }

  /** After the finaliser of MurmurHash3 (A. Appleby, public domain). */
  private mix(owner: number, value: number): number {
    let h = Math.imul(owner ^ this.seed, 0x9e3779b1) ^ Math.imul(value + (this.seed >>> 7), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  }
}

import type { ParsedNetwork } from '../match/index.ts';

const NONE = 0xffff_ffff;

/** The first and last address of a network, as words of 32 bits: one for IPv4, four for IPv6. */
export interface AddressRange {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** The words of eight groups: one for IPv4, which stands in the last two, four for IPv6. */
export function wordsOf(groups: Uint16Array, width: 1 | 4): readonly number[] {
  return Array.from({ length: width }, (_, i) => {
    const at = width === 1 ? 6 : i * 2;
    return (((groups[at] ?? 0) << 16) | (groups[at + 1] ?? 0)) >>> 0;
  });
}

/** The range of a network. */
export function rangeOf({ groups, bits, v4 }: ParsedNetwork): AddressRange {
  const words = wordsOf(groups, v4 ? 1 : 4);
  const prefix = v4 ? bits - 96 : bits;
  const mask = (i: number): number => {
    const kept = Math.min(32, Math.max(0, prefix - i * 32));
    return kept === 0 ? 0 : (0xffff_ffff << (32 - kept)) >>> 0;
  };
  return {
    first: words.map((word, i) => (word & mask(i)) >>> 0),
    last: words.map((word, i) => (word | ~mask(i)) >>> 0),
  };
}

/** Networks of one family as they come. */
export class RangeRows {
  readonly width: 1 | 4;
  #words: Uint32Array<ArrayBuffer>;
  #notes = new Uint32Array(256);
  #size = 0;

  constructor(width: 1 | 4) {
    this.width = width;
    this.#words = new Uint32Array(256 * width * 2);
  }

  add({ first, last }: AddressRange, note: number): void {
    if (this.#size === this.#notes.length) {
      const words = new Uint32Array(this.#words.length * 2);
      words.set(this.#words);
      this.#words = words;
      const notes = new Uint32Array(this.#notes.length * 2);
      notes.set(this.#notes);
      this.#notes = notes;
    }
    const at = this.#size * this.width * 2;
    for (let i = 0; i < this.width; i++) {
      this.#words[at + i] = first[i] ?? 0;
      this.#words[at + this.width + i] = last[i] ?? 0;
    }
    this.#notes[this.#size++] = note;
  }

  /** Of equal networks `settle` chooses notes to keep. */
  table(settle: (notes: readonly number[]) => readonly number[]): RangeTable {
    const { width } = this;
    const step = width * 2;
    const words = this.#words;
    // The wider first where they begin alike: a network stands before all that lie in it.
    const compare = (a: number, b: number): number => {
      for (let i = 0; i < step; i++) {
        const difference = (words[a * step + i] ?? 0) - (words[b * step + i] ?? 0);
        if (difference !== 0) return i < width ? difference : -difference;
      }
      return 0;
    };
    const order = Uint32Array.from({ length: this.#size }, (_, i) => i).sort(compare);
    const sorted = new Uint32Array(this.#size * step);
    const notes = new Uint32Array(this.#size);
    let to = 0;
    for (let at = 0; at < order.length; ) {
      const row = order[at] ?? 0;
      let past = at + 1;
      while (past < order.length && compare(row, order[past] ?? 0) === 0) past++;
      for (const note of settle(Array.from(order.subarray(at, past), (one) => this.#notes[one] ?? 0))) {
        sorted.set(words.subarray(row * step, row * step + step), to * step);
        notes[to++] = note;
      }
      at = past;
    }
    return new RangeTable(width, { words: sorted.slice(0, to * step), notes: notes.slice(0, to) });
  }
}

/** The networks of one family as plain arrays, which threads can share. */
export interface RangeParts {
  readonly words: Uint32Array;
  readonly notes: Uint32Array;
}

/**
 * Networks of one family, sorted. Two networks lie one in the other or apart, so that those which hold an address are the last that begins
 * at or before it, or one around that, and those around it. Binary search: O(log n); 16 bytes a network for IPv4, 40 for IPv6.
 */
export class RangeTable {
  readonly #width: 1 | 4;
  readonly #words: Uint32Array;
  readonly #notes: Uint32Array;
  /** The nearest network around each. */
  readonly #around: Uint32Array;

  constructor(width: 1 | 4, of: RangeParts) {
    this.#width = width;
    this.#words = of.words;
    this.#notes = of.notes;
    this.#around = new Uint32Array(of.notes.length).fill(NONE);
    for (let row = 1; row < of.notes.length; row++) {
      let outer = row - 1;
      const first = this.#words.subarray(row * width * 2, row * width * 2 + width);
      while (outer !== NONE && this.#compare(outer, width, first) < 0) outer = this.#around[outer] ?? NONE;
      this.#around[row] = outer;
    }
  }

  get size(): number {
    return this.#notes.length;
  }

  get parts(): RangeParts {
    return { words: this.#words, notes: this.#notes };
  }

  get bytes(): number {
    return this.#words.byteLength + this.#notes.byteLength + this.#around.byteLength;
  }

  /** The narrowest network that holds the address, or -1. */
  find(address: readonly number[] | Uint32Array): number {
    let low = 0;
    let high = this.#notes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, 0, address) <= 0) low = middle + 1;
      else high = middle;
    }
    let row = low === 0 ? NONE : low - 1;
    while (row !== NONE && this.#compare(row, this.#width, address) < 0) row = this.#around[row] ?? NONE;
    return row === NONE ? -1 : row;
  }

  /** The next network around, or the same network from another feed; -1 where there is none. */
  around(row: number): number {
    const outer = this.#around[row] ?? NONE;
    return outer === NONE ? -1 : outer;
  }

  /** Whether any network lies inside the range, or around it. */
  overlaps({ first, last }: AddressRange): boolean {
    if (this.find(first) >= 0 || this.find(last) >= 0) return true;
    for (let low = 0, high = this.#notes.length; ; ) {
      if (low >= high) return low < this.size && this.#compare(low, 0, last) <= 0;
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, 0, first) < 0) low = middle + 1;
      else high = middle;
    }
  }

  noteAt(row: number): number {
    return this.#notes[row] ?? 0;
  }

  /** Its rows as bytes, with the numbers of notes replaced by ranks; for a digest. */
  content(rankOf: (note: number) => number): Uint8Array {
    const copy = new Uint32Array(this.#words.length + this.#notes.length);
    copy.set(this.#words);
    this.#notes.forEach((note, row) => {
      copy[this.#words.length + row] = rankOf(note);
    });
    return new Uint8Array(copy.buffer);
  }

  /** The network as it is written. */
  textAt(row: number): string {
    const step = this.#width * 2;
    const first = this.#words.subarray(row * step, row * step + this.#width);
    const last = this.#words.subarray(row * step + this.#width, row * step + step);
    const bits = first.reduce((sum, word, i) => sum + Math.clz32(word ^ (last[i] ?? 0)), 0);
    const whole = this.#width * 32;
    const address = this.#width === 1 ? v4Text(first[0] ?? 0) : v6Text(first);
    return bits === whole ? address : `${address}/${bits}`;
  }

  /** Compares the first (offset 0) or last address of a row with one. */
  #compare(row: number, offset: number, address: readonly number[] | Uint32Array): number {
    const at = row * this.#width * 2 + offset;
    for (let i = 0; i < this.#width; i++) {
      const difference = (this.#words[at + i] ?? 0) - (address[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

function v4Text(word: number): string {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff).join('.');
}

/** RFC 5952: lower case, no leading zeros, the first longest run of zero groups as `::`. */
function v6Text(words: Uint32Array): string {
  const groups = [...words].flatMap((word) => [word >>> 16, word & 0xffff]);
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = (of: readonly number[]): string => of.map((group) => group.toString(16)).join(':');
  if (best.at < 0) return hex(groups);
  return `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.length))}`;
}

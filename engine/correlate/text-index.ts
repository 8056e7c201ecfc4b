const NONE = -1;
/** Words of a cell: the hash, and the number of the text. */
const HASH = 0;
const NUMBER = 1;
const CELL = 2;
const INITIAL_CELLS = 128;

/**
 * Texts to numbers, by open addressing: a cell carries the hash beside the number, so that a look-up touches one cell and the one text it
 * means, where a `Map` walks a chain of entries and of texts. What is taken out leaves no gap, so a table through which many texts
 * pass is never built anew. O(1) a call, O(length) to hash.
 *
 * The hash is HalfSipHash-1-3 (J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", 2012) under the seed, so that nobody
 * who does not know it can choose texts that collide. No result depends on it.
 */
export class TextIndex {
  private readonly seed: number;
  private readonly texts: string[] = [];
  private cells = emptyCells(INITIAL_CELLS);
  private mask = INITIAL_CELLS - 1;
  /** The number of what is no text. */
  private ofNull = NONE;
  /** Texts held, and null where that is. */
  size = 0;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** The number of a text, or −1. */
  find(text: string | null): number {
    if (text === null) return this.ofNull;
    const { cells, mask } = this;
    const hash = hashOf(text, this.seed);
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const number = cells[i * CELL + NUMBER] ?? NONE;
      if (number < 0) return NONE;
      if (cells[i * CELL + HASH] === hash && this.texts[number] === text) return number;
    }
  }

  /** Puts a text in under a number: neither may be in already. Numbers are small: there is room for all up to the greatest. */
  add(text: string | null, number: number): void {
    this.size++;
    if (text === null) {
      this.ofNull = number;
      return;
    }
    if (this.size * 2 > this.mask) this.grow();
    while (this.texts.length <= number) this.texts.push('');
    this.texts[number] = text;
    this.place(hashOf(text, this.seed), number);
  }

  /** Takes a text out that is in. */
  delete(text: string | null): void {
    this.size--;
    if (text === null) {
      this.ofNull = NONE;
      return;
    }
    const { cells, mask } = this;
    const hash = hashOf(text, this.seed);
    let gap = hash & mask;
    while (cells[gap * CELL + HASH] !== hash || this.texts[cells[gap * CELL + NUMBER] ?? NONE] !== text)
      gap = (gap + 1) & mask;
    this.texts[cells[gap * CELL + NUMBER] ?? 0] = '';
    // Move back what would no longer be found behind the gap.
    for (let i = (gap + 1) & mask; (cells[i * CELL + NUMBER] ?? NONE) >= 0; i = (i + 1) & mask) {
      const home = (cells[i * CELL + HASH] ?? 0) & mask;
      if (((i - home) & mask) < ((i - gap) & mask)) continue;
      cells[gap * CELL + HASH] = cells[i * CELL + HASH] ?? 0;
      cells[gap * CELL + NUMBER] = cells[i * CELL + NUMBER] ?? NONE;
      gap = i;
    }
    cells[gap * CELL + NUMBER] = NONE;
  }

  /** The text of a number. */
  textOf(number: number): string | null {
    return number === this.ofNull ? null : (this.texts[number] ?? '');
  }

  private place(hash: number, number: number): void {
    const { cells, mask } = this;
    let i = hash & mask;
    while ((cells[i * CELL + NUMBER] ?? NONE) >= 0) i = (i + 1) & mask;
    cells[i * CELL + HASH] = hash;
    cells[i * CELL + NUMBER] = number;
  }

  private grow(): void {
    const old = this.cells;
    this.mask = this.mask * 2 + 1;
    this.cells = emptyCells(this.mask + 1);
    for (let at = 0; at < old.length; at += CELL) {
      const number = old[at + NUMBER] ?? NONE;
      if (number >= 0) this.place(old[at + HASH] ?? 0, number);
    }
  }
}

function emptyCells(count: number): Int32Array {
  return new Int32Array(count * CELL).fill(NONE);
}

/** HalfSipHash-1-3 of a text, 32 bits. Four characters below 256 are one word; of others two, after which the state is marked, so that no two texts are one list of words. */
export function hashOf(text: string, seed: number): number {
  let v0 = seed;
  let v1 = seed ^ 0x5bd1e995;
  let v2 = 0x6c796765 ^ seed;
  let v3 = 0x74656462 ^ seed ^ 0x5bd1e995;
  const { length } = text;
  for (let at = 0; at < length; ) {
    const a = text.charCodeAt(at);
    const b = at + 1 < length ? text.charCodeAt(at + 1) : 0;
    const c = at + 2 < length ? text.charCodeAt(at + 2) : 0;
    const d = at + 3 < length ? text.charCodeAt(at + 3) : 0;
    let word: number;
    if ((a | b | c | d) < 256) {
      word = a | (b << 8) | (c << 16) | (d << 24);
      at += 4;
    } else {
      word = a | (b << 16);
      v2 ^= 0xee;
      at += 2;
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  v3 ^= length;
  v2 ^= 0xff;
  for (let round = 0; round < 4; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  return v1 ^ v3;
}

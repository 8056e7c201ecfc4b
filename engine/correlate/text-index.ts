const NONE = -1;
/** Words of a cell: the hash, and the number of the text. */
const HASH = 0;
const NUMBER = 1;
const CELL = 2;
const INITIAL_CELLS = 128;
/** Words of a text: its length, or −1 where it is kept as a string; then its characters, four a word. */
const TEXT = 8;
const CHARS_MAX = (TEXT - 1) * 4;

/**
 * Texts to numbers, by open addressing: a cell carries the hash beside the number, and texts of up to 28 characters below 256 (names, addresses: most
 * keys) stand packed in one typed array, half a line of memory each. So a look-up touches one cell and the text it means, where a `Map`
 * walks a chain of entries and of texts, and the garbage collector has no texts to follow. What is taken out leaves no gap, so a table
 * through which many texts pass is never built anew. O(1) a call, O(length) to hash.
 *
 * The hash is HalfSipHash-1-3 (J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", 2012) under the seed, so that nobody
 * who does not know it can choose texts that collide. No result depends on it.
 */
export class TextIndex {
  private readonly seed: number;
  private words = new Int32Array(TEXT * 64);
  /** Those that are not packed; empty while all are. */
  private readonly texts: string[] = [];
  /** The text looked for, packed, as in `words`. */
  private readonly probe = new Int32Array(TEXT);
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
    const hash = this.take(text);
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const number = cells[i * CELL + NUMBER] ?? NONE;
      if (number < 0) return NONE;
      if (cells[i * CELL + HASH] === hash && this.isTaken(number, text)) return number;
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
    const hash = this.take(text);
    while ((number + 1) * TEXT > this.words.length) {
      const words = new Int32Array(this.words.length * 2);
      words.set(this.words);
      this.words = words;
    }
    this.words.set(this.probe, number * TEXT);
    if (this.probe[0] === NONE) {
      while (this.texts.length <= number) this.texts.push('');
      this.texts[number] = text;
    }
    this.place(hash, number);
  }

  /** Takes the text of a number out that is in. */
  delete(number: number): void {
    this.size--;
    if (number === this.ofNull) {
      this.ofNull = NONE;
      return;
    }
    const { cells, mask, words } = this;
    const length = words[number * TEXT] ?? NONE;
    const hash =
      length < 0 ? hashOf(this.texts[number] ?? '', this.seed) : hashPacked(words, number * TEXT, this.seed);
    if (length < 0) this.texts[number] = '';
    let gap = hash & mask;
    while (cells[gap * CELL + NUMBER] !== number) gap = (gap + 1) & mask;
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

  /** The text of a number that is in. */
  textOf(number: number): string | null {
    if (number === this.ofNull) return null;
    const { words } = this;
    const length = words[number * TEXT] ?? NONE;
    if (length < 0) return this.texts[number] ?? '';
    let text = '';
    for (let at = 0; at < length; at++)
      text += String.fromCharCode(((words[number * TEXT + 1 + (at >> 2)] ?? 0) >>> ((at & 3) * 8)) & 255);
    return text;
  }

  /** Makes a text the one looked for; its hash. */
  private take(text: string): number {
    const { probe } = this;
    if (pack(text, probe)) return hashPacked(probe, 0, this.seed);
    probe[0] = NONE;
    return hashOf(text, this.seed);
  }

  /** Whether the text of a number is the one looked for. */
  private isTaken(number: number, text: string): boolean {
    const { words, probe } = this;
    const at = number * TEXT;
    const length = probe[0] ?? NONE;
    // A text that is not packed is not empty, as what stands here for one that is.
    if (length < 0) return this.texts[number] === text;
    if (words[at] !== length) return false;
    for (let i = 1; (i - 1) * 4 < length; i++) if (words[at + i] !== probe[i]) return false;
    return true;
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

/** Packs a short text of characters below 256; false (and anything written) for all others. */
function pack(text: string, words: Int32Array): boolean {
  const { length } = text;
  if (length > CHARS_MAX) return false;
  let seen = 0;
  let at = 0;
  let word = 1;
  for (; at + 3 < length; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    seen |= a | b | c | d;
    words[word++] = a | (b << 8) | (c << 16) | (d << 24);
  }
  if (at < length) {
    let last = 0;
    for (let shift = 0; at < length; at++, shift += 8) {
      const unit = text.charCodeAt(at);
      seen |= unit;
      last |= unit << shift;
    }
    words[word] = last;
  }
  words[0] = length;
  return seen < 256;
}

/** As `hashOf`, of a text that is packed. */
function hashPacked(words: Int32Array, from: number, seed: number): number {
  let v0 = seed;
  let v1 = seed ^ 0x5bd1e995;
  let v2 = 0x6c796765 ^ seed;
  let v3 = 0x74656462 ^ seed ^ 0x5bd1e995;
  const length = words[from] ?? 0;
  const last = from + ((length + 3) >> 2);
  for (let at = from + 1; at <= last; at++) {
    const word = words[at] ?? 0;
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

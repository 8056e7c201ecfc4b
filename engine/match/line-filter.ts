/** Bytes that JSON writers never need to escape, after folding: what a needle may be made of. */
const SAFE = ((): Uint8Array => {
  const table = new Uint8Array(256);
  for (let c = 32; c < 127; c++) table[c] = 1;
  for (const c of '"\\/') table[c.charCodeAt(0)] = 0;
  return table;
})();

const FOLD = ((): Uint8Array => {
  const table = Uint8Array.from({ length: 256 }, (_, c) => c);
  for (let c = 65; c <= 90; c++) table[c] = c + 32;
  return table;
})();

const BLOCK = 2;
const NEEDLE_MIN = 3;
/** Two bytes, five bits each: upper and lower case fall together, and the table stays in the first-level cache. */
const BLOCKS = 1024;

function blockOf(first: number, second: number): number {
  return ((first & 31) << 5) | (second & 31);
}

/**
 * Says whether a raw JSON line *may* hold one of many keywords, without parsing it: a Wu–Manber scan (1994) that skips ahead by
 * almost the shortest needle. Over-approximates: a keyword is represented by its longest run of characters that no JSON writer
 * escapes, and lines with `\u` escapes or with the two non-ASCII letters that fold into ASCII (U+017F, U+212A) always pass.
 */
export class LineFilter {
  readonly #needles: readonly Uint8Array[];
  readonly #shortest: number;
  readonly #shift: Uint8Array;
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  /** True where some keyword has no usable needle: every line passes. */
  readonly passesAll: boolean;

  /** `keywords` are folded texts of which one must occur for anything to match. */
  constructor(keywords: readonly string[]) {
    const needles = keywords.map(needleOf);
    this.passesAll = needles.some((n) => n === undefined);
    this.#needles = needles.filter((n) => n !== undefined);
    this.#shortest = this.#needles.reduce((least, n) => Math.min(least, n.length), 255);
    this.#shift = new Uint8Array(BLOCKS).fill(Math.max(1, this.#shortest - BLOCK + 1));
    this.#heads = new Int32Array(BLOCKS);
    this.#next = new Int32Array(this.#needles.length);
    this.#needles.forEach((needle, index) => {
      // Only the first `shortest` bytes steer the skipping, as all needles are aligned at their start.
      for (let end = BLOCK; end <= this.#shortest; end++) {
        const block = blockOf(needle[end - 2] ?? 0, needle[end - 1] ?? 0);
        this.#shift[block] = Math.min(this.#shift[block] ?? 0, this.#shortest - end);
        if (end === this.#shortest) {
          this.#next[index] = this.#heads[block] ?? 0;
          this.#heads[block] = index + 1;
        }
      }
    });
  }

  /** Whether `bytes[start, end)` may hold a keyword. */
  mayMatch(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.passesAll) return true;
    const shift = this.#shift;
    for (let p = start + this.#shortest - 1; p < end; ) {
      const block = blockOf(bytes[p - 1] ?? 0, bytes[p] ?? 0);
      const skip = shift[block] ?? 1;
      if (skip > 0) {
        p += skip;
        continue;
      }
      for (let link = this.#heads[block] ?? 0; link !== 0; link = this.#next[link - 1] ?? 0) {
        if (this.#stands(this.#needles[link - 1], bytes, p - this.#shortest + 1, end)) return true;
      }
      p++;
    }
    return false;
  }

  #stands(needle: Uint8Array | undefined, bytes: Uint8Array, at: number, end: number): boolean {
    if (needle === undefined || at + needle.length > end) return false;
    for (let i = 0; i < needle.length; i++)
      if ((needle[i] ?? 0) !== (FOLD[bytes[at + i] ?? 0] ?? 0)) return false;
    return true;
  }
}

/** The longest run of safe bytes of a keyword, or undefined where none has three. */
function needleOf(keyword: string): Uint8Array | undefined {
  let best = '';
  let run = '';
  for (const c of `${keyword}"`) {
    const code = c.charCodeAt(0);
    if (code < 128 && SAFE[code] === 1) {
      run += c;
      continue;
    }
    if (run.length > best.length) best = run;
    run = '';
  }
  if (best.length < NEEDLE_MIN) return undefined;
  return Uint8Array.from(best.slice(0, 250), (c) => FOLD[c.charCodeAt(0)] ?? 0);
}

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

const GRAM = 3;
const NEEDLE_MIN = GRAM;
/** Three bytes, five bits each: upper and lower case fall together. */
const GRAMS = 32768;

function gramOf(first: number, second: number, third: number): number {
  return ((first & 31) << 10) | ((second & 31) << 5) | (third & 31);
}

/**
 * Says whether a raw JSON line *may* hold one of many keywords, without parsing it. Of each line only every `stride`-th run of three
 * bytes is looked up, where the stride is the length of the shortest needle less two: an occurrence covers at least one of them, because
 * the needles are filed under their runs at all of `stride` offsets. Unlike skipping by a shift table, no probe waits for the one before.
 *
 * Over-approximates: a keyword is represented by its longest run of characters that no JSON writer has to escape. What writers may escape
 * all the same (`\u006d`), and the two letters that fold into ASCII (U+017F, U+212A), the caller has to look for; `alphabet` says
 * which characters matter.
 */
export class LineFilter {
  readonly #needles: readonly Uint8Array[];
  readonly #stride: number;
  readonly #bits = new Int32Array(GRAMS / 32);
  /** By gram: its first entry plus one; entries are (needle, offset) pairs. */
  readonly #heads = new Map<number, number>();
  readonly #next: number[] = [];
  readonly #entryNeedle: number[] = [];
  readonly #entryOffset: number[] = [];
  /** By ASCII code, folded: 1 where some needle has the character. */
  readonly alphabet = new Uint8Array(128);
  /** True where some keyword has no usable needle: every line passes. */
  readonly passesAll: boolean;

  /** `keywords` are folded texts of which one must occur for anything to match. */
  constructor(keywords: readonly string[]) {
    const needles = keywords.map(needleOf);
    this.passesAll = needles.some((n) => n === undefined);
    this.#needles = needles.filter((n) => n !== undefined);
    const shortest = this.#needles.reduce((least, n) => Math.min(least, n.length), NEEDLE_MAX);
    this.#stride = shortest - GRAM + 1;
    this.#needles.forEach((needle, index) => {
      for (const byte of needle) this.alphabet[byte] = 1;
      for (let offset = 0; offset < this.#stride; offset++) this.#file(needle, index, offset);
    });
  }

  /** Whether `bytes[start, end)` may hold a keyword. Cost: about three nanoseconds a stride. */
  mayMatch(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.passesAll) return true;
    const bits = this.#bits;
    const stride = this.#stride;
    const last = end - GRAM;
    for (let p = start; p <= last; p += stride) {
      const gram = gramOf(bytes[p] ?? 0, bytes[p + 1] ?? 0, bytes[p + 2] ?? 0);
      if ((((bits[gram >>> 5] ?? 0) >>> (gram & 31)) & 1) !== 0 && this.#confirm(gram, bytes, p, start, end))
        return true;
    }
    return false;
  }

  #file(needle: Uint8Array, index: number, offset: number): void {
    const gram = gramOf(needle[offset] ?? 0, needle[offset + 1] ?? 0, needle[offset + 2] ?? 0);
    this.#bits[gram >>> 5] = (this.#bits[gram >>> 5] ?? 0) | (1 << (gram & 31));
    this.#next.push(this.#heads.get(gram) ?? 0);
    this.#entryNeedle.push(index);
    this.#entryOffset.push(offset);
    this.#heads.set(gram, this.#next.length);
  }

  #confirm(gram: number, bytes: Uint8Array, at: number, start: number, end: number): boolean {
    for (let link = this.#heads.get(gram) ?? 0; link !== 0; link = this.#next[link - 1] ?? 0) {
      const needle = this.#needles[this.#entryNeedle[link - 1] ?? 0];
      const from = at - (this.#entryOffset[link - 1] ?? 0);
      if (needle === undefined || from < start || from + needle.length > end) continue;
      let i = 0;
      while (i < needle.length && (needle[i] ?? 0) === (FOLD[bytes[from + i] ?? 0] ?? 0)) i++;
      if (i === needle.length) return true;
    }
    return false;
  }
}

const NEEDLE_MAX = 250;

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
  return Uint8Array.from(best.slice(0, NEEDLE_MAX), (c) => FOLD[c.charCodeAt(0)] ?? 0);
}

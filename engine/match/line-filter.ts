import type { Arena, VectorFunction } from '../vector/index.ts';
import { commonness } from './gram-index.ts';
import { lineProgram } from './line-program.ts';

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

/** Bytes of a word of memory, which is looked up at once. */
const WORD = 4;
/** Shorter needles cover no whole aligned word for certain. */
const WORD_NEEDLE_MIN = 2 * WORD - 1;
const NEEDLE_MIN = 3;
/** Three bytes, five bits each: upper and lower case fall together. */
const GRAMS = 32768;
/** Sets the bit by which the cases of a letter differ, in all bytes of a word. */
const LOWER = 0x20202020;
/** The bitmap over words has 2 to the power of this many bits: half of a first-level cache, and few words pass it by chance. */
const WORD_BITS = 17;
const WORD_SHIFT = 32 - WORD_BITS;
const MIX = 0x9e3779b1 | 0;
const PROGRAM = lineProgram({ lower: LOWER, mix: MIX, shift: WORD_SHIFT });

/**
 * Says whether a raw JSON line *may* hold one of many keywords, without parsing it: of each line only some runs of bytes are looked up, and
 * any occurrence of a needle covers one of them, because the needles are filed under their runs at as many offsets as the line is skipped
 * by. Unlike skipping by a shift table, no probe waits for the one before. The runs are the aligned words of memory, every one or every few;
 * where some needle is too short to cover one, they are three bytes at any place.
 *
 * Over-approximates: a keyword is represented by its longest run of characters that no JSON writer has to escape. What writers may escape
 * all the same (`\u006d`), and the two letters that fold into ASCII (U+017F, U+212A), the caller has to look for; `alphabet` says
 * which characters matter.
 */
export class LineFilter {
  readonly #needles: readonly Uint8Array[];
  /** Bytes from one probe to the next. */
  readonly #stride: number;
  readonly #wide: boolean;
  #bits: Int32Array;
  /** Where the same is done by a program: the memory, and the program. */
  #arena: Arena | undefined;
  #nextWord: VectorFunction | undefined;
  /** Open addressing: a word or gram, and its first entry plus one (0 is free); entries are (needle, offset) pairs. */
  readonly #tableKey: Int32Array;
  readonly #tableHead: Int32Array;
  readonly #next: number[] = [];
  readonly #entryNeedle: number[] = [];
  readonly #entryOffset: number[] = [];
  /** By ASCII code, folded: 1 where some needle has the character. */
  readonly alphabet = new Uint8Array(128);
  /** True where some keyword has no usable needle: every line passes. */
  readonly passesAll: boolean;
  /** True where some keyword may lie in the text of a number, which JSON may spell otherwise (`1e3`): the caller has to look for such numbers. */
  readonly numeric: boolean;
  #memory: Int32Array = new Int32Array(0);

  /** `keywords` are folded texts of which one must occur for anything to match. */
  constructor(keywords: readonly string[]) {
    this.numeric = keywords.some((keyword) => NUMERIC.test(keyword) || INFINITE.includes(keyword));
    const needles = keywords.map(needleOf);
    this.passesAll = needles.some((n) => n === undefined);
    this.#needles = needles.filter((n) => n !== undefined);
    const shortest = this.#needles.reduce((least, n) => Math.min(least, n.length), NEEDLE_MAX);
    this.#wide = shortest >= WORD_NEEDLE_MIN;
    this.#bits = new Int32Array((this.#wide ? 1 << WORD_BITS : GRAMS) / 32);
    this.#stride = this.#wide ? shortest + 1 - WORD - ((shortest + 1) % WORD) : shortest - NEEDLE_MIN + 1;
    const size = 1 << Math.ceil(Math.log2(2 * this.#needles.length * this.#stride + 2));
    this.#tableKey = new Int32Array(size);
    this.#tableHead = new Int32Array(size);
    this.#needles.forEach((needle, index) => {
      for (const byte of needle) this.alphabet[byte] = 1;
      const from = this.#wide ? rarestRun(needle, this.#stride + WORD - 1) : 0;
      for (let offset = from; offset < from + this.#stride; offset++) this.#file(needle, index, offset);
    });
  }

  /** Looks for words by a program from now on, where lines lie in this memory. */
  moveTo(arena: Arena): void {
    if (!this.#wide || this.passesAll || this.#arena === arena) return;
    const bits = arena.int32(this.#bits.length);
    const nextWord = arena.link(PROGRAM)?.['nextWord'];
    if (!arena.holds(bits) || nextWord === undefined) return;
    bits.set(this.#bits);
    this.#bits = bits;
    this.#arena = arena;
    this.#nextWord = nextWord;
  }

  /** Whether `bytes[start, end)` may hold a keyword. Cost: about a nanosecond a word, or three a run of three bytes. */
  mayMatch(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.passesAll) return true;
    return this.#wide ? this.#someWord(bytes, start, end) : this.#someGram(bytes, start, end);
  }

  #someWord(bytes: Uint8Array, start: number, end: number): boolean {
    const { buffer, byteOffset } = bytes;
    if (this.#memory.buffer !== buffer)
      this.#memory = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / WORD));
    const memory = this.#memory;
    const bits = this.#bits;
    const step = this.#stride / WORD;
    const nextWord = this.#arena?.holds(bytes) === true ? this.#nextWord : undefined;
    const last = (byteOffset + end) >> 2;
    for (let i = (byteOffset + start + WORD - 1) >> 2; ; i += step) {
      i =
        nextWord === undefined
          ? nextSeen(memory, bits, { from: i, last, step })
          : nextWord(i * WORD, last * WORD, this.#stride, bits.byteOffset) / WORD;
      if (i >= last) return false;
      const at = i * WORD - byteOffset;
      if (this.#confirm((memory[i] ?? 0) | LOWER, bytes, { at, start, end })) return true;
    }
  }

  #someGram(bytes: Uint8Array, start: number, end: number): boolean {
    const bits = this.#bits;
    const stride = this.#stride;
    const last = end - NEEDLE_MIN;
    for (let p = start; p <= last; p += stride) {
      const gram = gramAt(bytes, p);
      if ((((bits[gram >>> 5] ?? 0) >>> (gram & 31)) & 1) !== 0) {
        if (this.#confirm(gram, bytes, { at: p, start, end })) return true;
      }
    }
    return false;
  }

  #file(needle: Uint8Array, index: number, offset: number): void {
    const key = this.#wide ? wordAt(needle, offset) : gramAt(needle, offset);
    const bit = this.#wide ? Math.imul(key, MIX) >>> WORD_SHIFT : key;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    const at = this.#find(key);
    this.#next.push(this.#tableHead[at] ?? 0);
    this.#entryNeedle.push(index);
    this.#entryOffset.push(offset);
    this.#tableKey[at] = key;
    this.#tableHead[at] = this.#next.length;
  }

  /** Where the table has the key, or would take it. */
  #find(key: number): number {
    const mask = this.#tableKey.length - 1;
    let at = (Math.imul(key, MIX) >>> 7) & mask;
    while (this.#tableHead[at] !== 0 && this.#tableKey[at] !== key) at = (at + 1) & mask;
    return at;
  }

  #confirm(
    key: number,
    bytes: Uint8Array,
    { at, start, end }: { readonly at: number; readonly start: number; readonly end: number },
  ): boolean {
    for (let link = this.#tableHead[this.#find(key)] ?? 0; link !== 0; link = this.#next[link - 1] ?? 0) {
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

/**
 * The next word from `from` whose bit is set, or `last` or beyond. By itself, because a loop that calls nothing keeps its arrays in
 * registers: twice as fast.
 */
function nextSeen(
  memory: Int32Array,
  bits: Int32Array,
  { from, last, step }: { readonly from: number; readonly last: number; readonly step: number },
): number {
  let i = from;
  // Four at a time: the look-ups do not wait for one another, and one branch decides for all.
  for (const four = last - 3 * step; i < four; i += 4 * step) {
    const a = Math.imul((memory[i] ?? 0) | LOWER, MIX) >>> WORD_SHIFT;
    const b = Math.imul((memory[i + step] ?? 0) | LOWER, MIX) >>> WORD_SHIFT;
    const c = Math.imul((memory[i + 2 * step] ?? 0) | LOWER, MIX) >>> WORD_SHIFT;
    const d = Math.imul((memory[i + 3 * step] ?? 0) | LOWER, MIX) >>> WORD_SHIFT;
    const seen =
      ((bits[a >>> 5] ?? 0) >>> (a & 31)) |
      ((bits[b >>> 5] ?? 0) >>> (b & 31)) |
      ((bits[c >>> 5] ?? 0) >>> (c & 31)) |
      ((bits[d >>> 5] ?? 0) >>> (d & 31));
    if ((seen & 1) !== 0) break;
  }
  for (; i < last; i += step) {
    const bit = Math.imul((memory[i] ?? 0) | LOWER, MIX) >>> WORD_SHIFT;
    if ((((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) !== 0) break;
  }
  return i;
}

function gramAt(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) & 31) << 10) | (((bytes[at + 1] ?? 0) & 31) << 5) | ((bytes[at + 2] ?? 0) & 31);
}

/** The word that memory holds where these bytes lie, whatever the order of bytes in words, with letters in lower case. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (new Int32Array(bytes.slice(at, at + WORD).buffer)[0] ?? 0) | LOWER;
}

/** What many lines hold. */
const COMMON = [
  'windows system event microsoft user process security privilege program account object service',
  'login session remote client server .exe .dll .sys .com .log http',
].flatMap((words) => words.split(' '));
/** Every four letters in a row of them. */
const COMMON_RUNS = new Set(COMMON.flatMap((word) => Array.from(word, (_, i) => word.slice(i, i + WORD))));

/** Where the run of this length begins that is least likely to occur by chance: best without four letters in a row of a common word. */
function rarestRun(needle: Uint8Array, length: number): number {
  const text = String.fromCharCode(...needle);
  let best = 0;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let from = 0; from + length <= needle.length; from++) {
    let cost = 0;
    for (let i = from; i < from + length; i++) cost += commonness(needle[i] ?? 0);
    for (let i = from; i + WORD <= from + length; i++)
      if (COMMON_RUNS.has(text.slice(i, i + WORD))) cost += 20;
    if (cost < bestCost) {
      best = from;
      bestCost = cost;
    }
  }
  return best;
}

const NEEDLE_MAX = 250;
/** What the texts of numbers are made of, folded: digits, or the one word. */
const NUMERIC = /^[-+.\de]*$/;
const INFINITE = '-infinity';

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

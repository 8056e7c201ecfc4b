import type { Fired } from './fired.ts';

/** A text to look for anywhere in a value, in folded UTF-16 units, and the trigger it fires. */
export interface GramPattern {
  readonly units: Uint16Array;
  readonly trigger: number;
}

const GRAM = 4;

/**
 * Finds many texts anywhere in a value in one pass. Each text is filed under its rarest run of four units (their low bytes in
 * one 32-bit word); the pass rolls that word along the value and looks it up in a small bitmap, which almost always says no.
 * A yes is confirmed in a hash table, then unit by unit, so nothing false fires. Builds in O(total length), a few bytes a
 * pattern, where an Aho–Corasick table takes megabytes. After the q-gram filtering idea of Wu and Manber (1994).
 *
 * Texts of one to three units are kept aside and looked for one by one: rules rarely rest on them.
 */
export class GramIndex {
  readonly #patterns: readonly GramPattern[];
  readonly #short: readonly GramPattern[];
  /** By pattern: units before the last unit of its gram. */
  readonly #offset: Int32Array;
  readonly #next: Int32Array;
  readonly #bits: Int32Array;
  readonly #shift: number;
  readonly #tableMask: number;
  readonly #tableWord: Int32Array;
  /** First pattern of a bucket plus one; 0 is free. */
  readonly #tableHead: Int32Array;

  constructor(patterns: readonly GramPattern[]) {
    this.#short = patterns.filter((p) => p.units.length < GRAM);
    this.#patterns = patterns.filter((p) => p.units.length >= GRAM);
    const count = this.#patterns.length;
    this.#offset = new Int32Array(count);
    this.#next = new Int32Array(count);
    // 32 bits a pattern: three in a hundred positions of unrelated text pass the bitmap.
    const bitCount = Math.min(20, Math.max(8, Math.ceil(Math.log2(count + 1)) + 5));
    this.#shift = 32 - bitCount;
    this.#bits = new Int32Array(1 << (bitCount - 5));
    const tableSize = 1 << Math.max(3, Math.ceil(Math.log2(count * 2 + 1)));
    this.#tableMask = tableSize - 1;
    this.#tableWord = new Int32Array(tableSize);
    this.#tableHead = new Int32Array(tableSize);
    const load = new Map<number, number>();
    this.#patterns.forEach((pattern, index) => {
      const end = rarestGram(pattern.units, load);
      const word = gramEndingAt(pattern.units, end);
      load.set(word, (load.get(word) ?? 0) + 1);
      this.#offset[index] = end;
      const hash = Math.imul(word, 0x9e3779b1 | 0);
      const bit = hash >>> this.#shift;
      this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
      let at = (hash >>> 7) & this.#tableMask;
      while (this.#tableHead[at] !== 0 && this.#tableWord[at] !== word) at = (at + 1) & this.#tableMask;
      this.#tableWord[at] = word;
      this.#next[index] = this.#tableHead[at] ?? 0;
      this.#tableHead[at] = index + 1;
    });
  }

  /** Fires the trigger of every text that occurs in `units[from, to)`. Cost: about a nanosecond a unit. */
  match(units: Uint16Array, from: number, to: number, fired: Fired): void {
    if (this.#patterns.length > 0 && to - from >= GRAM) {
      const bits = this.#bits;
      const shift = this.#shift;
      let word =
        ((units[from] ?? 0) << 16) | (((units[from + 1] ?? 0) & 255) << 8) | ((units[from + 2] ?? 0) & 255);
      for (let i = from + 3; i < to; i++) {
        word = (word << 8) | ((units[i] ?? 0) & 255);
        const bit = Math.imul(word, 0x9e3779b1 | 0) >>> shift;
        if (((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) this.#confirm(word, units, i, from, to, fired);
      }
    }
    for (const pattern of this.#short) {
      if (!fired.has(pattern.trigger) && occurs(pattern.units, units, from, to)) fired.add(pattern.trigger);
    }
  }

  #confirm(word: number, units: Uint16Array, at: number, from: number, to: number, fired: Fired): void {
    let entry = (Math.imul(word, 0x9e3779b1 | 0) >>> 7) & this.#tableMask;
    for (;;) {
      const head = this.#tableHead[entry] ?? 0;
      if (head === 0) return;
      if (this.#tableWord[entry] === word) {
        for (let link = head; link !== 0; link = this.#next[link - 1] ?? 0) {
          const pattern = this.#patterns[link - 1];
          if (pattern === undefined) return;
          const start = at - (this.#offset[link - 1] ?? 0);
          const length = pattern.units.length;
          if (start < from || start + length > to || fired.has(pattern.trigger)) continue;
          if (sameUnits(pattern.units, units, start)) fired.add(pattern.trigger);
        }
        return;
      }
      entry = (entry + 1) & this.#tableMask;
    }
  }
}

/** Whether all of `pattern` stands at `start`; the caller has checked that it fits. */
export function sameUnits(pattern: Uint16Array, units: Uint16Array, start: number): boolean {
  // `?? 0` keeps both sides plain numbers: comparing what may be undefined costs several times as much.
  for (let i = 0; i < pattern.length; i++) if ((pattern[i] ?? 0) !== (units[start + i] ?? 0)) return false;
  return true;
}

function occurs(pattern: Uint16Array, units: Uint16Array, from: number, to: number): boolean {
  const last = to - pattern.length;
  for (let start = from; start <= last; start++) if (sameUnits(pattern, units, start)) return true;
  return false;
}

function gramEndingAt(units: Uint16Array, end: number): number {
  let word = 0;
  for (let i = end - GRAM + 1; i <= end; i++) word = (word << 8) | ((units[i] ?? 0) & 255);
  return word;
}

/**
 * How common a folded unit is in logs, 0 (rare) to 9; a rough order of letters in English, paths and identifiers. Only speed
 * depends on it.
 */
const COMMONNESS = ((): Uint8Array => {
  const table = new Uint8Array(256).fill(2);
  const order = ['zqjxk', 'vbgfw', 'ypumh', 'dlc', 'nrs', 'oait', 'e '];
  order.forEach((letters, rank) => {
    for (const letter of letters) table[letter.charCodeAt(0)] = rank + 3;
  });
  for (const c of '\\./-:0123456789') table[c.charCodeAt(0)] = 6;
  return table;
})();

/** The position of the last unit of the run least likely to occur by chance and least used by other patterns. */
function rarestGram(units: Uint16Array, load: ReadonlyMap<number, number>): number {
  let best = GRAM - 1;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let end = GRAM - 1; end < units.length; end++) {
    let cost = 12 * (load.get(gramEndingAt(units, end)) ?? 0);
    for (let i = end - GRAM + 1; i <= end; i++) cost += COMMONNESS[(units[i] ?? 0) & 255] ?? 0;
    if (cost < bestCost) {
      best = end;
      bestCost = cost;
    }
  }
  return best;
}

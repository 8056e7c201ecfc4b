import type { Fired } from './fired.ts';

/** A text to look for anywhere in a value, in folded UTF-16 units, and the trigger it fires. */
export interface GramPattern {
  readonly units: Uint16Array;
  readonly trigger: number;
}

const MIX = 0x9e3779b1 | 0;
/** Numbers kept a pattern. */
const ENTRY = 5;

/** Steps of one look into tables that are in no near cache. */
const LOOK_STEPS = 4;

/** The longest gram: four low bytes fill a word. */
export const GRAM_MAX = 4;

/**
 * Finds many texts anywhere in a value in one pass. Each text is filed under its rarest run of four units (their low bytes in
 * one 32-bit word); the pass rolls that word along the value and looks it up in a small bitmap, which almost always says no.
 * A yes is confirmed in a hash table, then unit by unit, so nothing false fires. Builds in O(total length), a few bytes a
 * pattern, where an Aho–Corasick table takes megabytes. After the q-gram filtering idea of Wu and Manber (1994).
 *
 * All texts of one index are at least `gram` units long (1 to 4): `gramIndexes` makes one for each length below four that occurs.
 */
export class GramIndex {
  readonly #gram: number;
  readonly #mask: number;
  readonly #pool: Uint16Array;
  /**
   * By pattern ENTRY numbers side by side, so that a confirmation touches one or two cache lines and not a chain of objects: the next pattern
   * of the same gram plus one (0 ends the list), its trigger, the units before the last unit of its gram, where it begins in the pool, its
   * length.
   */
  readonly #entries: Int32Array;
  readonly #bits: Int32Array;
  readonly #shift: number;
  readonly #tableMask: number;
  readonly #tableShift: number;
  readonly #tableWord: Int32Array;
  /** First pattern of a gram plus one; 0 is free. */
  readonly #tableHead: Int32Array;

  constructor(patterns: readonly GramPattern[], gram: number) {
    this.#gram = gram;
    this.#mask = gram >= GRAM_MAX ? -1 : (1 << (8 * gram)) - 1;
    const count = patterns.length;
    this.#pool = new Uint16Array(patterns.reduce((sum, p) => sum + p.units.length, 0));
    this.#entries = new Int32Array(count * ENTRY);
    // 64 bits a pattern or more: about one in a hundred positions of unrelated text passes the bitmap.
    const bitCount = Math.min(20, Math.max(10, Math.ceil(Math.log2(count + 1)) + 6));
    this.#shift = 32 - bitCount;
    this.#bits = new Int32Array(1 << (bitCount - 5));
    const tableBits = Math.max(3, Math.ceil(Math.log2(count * 2 + 1)));
    // The upper bits of a product depend on all of the word's, the lower ones only on its last letters.
    this.#tableShift = 32 - tableBits;
    this.#tableMask = (1 << tableBits) - 1;
    this.#tableWord = new Int32Array(1 << tableBits);
    this.#tableHead = new Int32Array(1 << tableBits);
    const load: Load = { counts: new Uint16Array(4 << tableBits), shift: 30 - tableBits };
    let from = 0;
    patterns.forEach(({ units, trigger }, index) => {
      this.#pool.set(units, from);
      const at = index * ENTRY;
      this.#entries[at + 1] = trigger;
      this.#entries[at + 3] = from;
      this.#entries[at + 4] = units.length;
      from += units.length;
      const end = rarestGram(units, gram, load);
      const word = gramEndingAt(units, end, gram);
      const place = Math.imul(word, MIX) >>> load.shift;
      load.counts[place] = (load.counts[place] ?? 0) + 1;
      this.#file(index, end, word);
    });
  }

  /**
   * Fires the trigger of every text that occurs in `units[from, to)`, or where steps are limited of those met until they run out. Cost: about
   * a nanosecond a unit.
   */
  match(units: Uint16Array, from: number, to: number, fired: Fired): void {
    const bits = this.#bits;
    const shift = this.#shift;
    const mask = this.#mask;
    const first = from + this.#gram - 1;
    let word = 0;
    for (let i = from; i < first && i < to; i++) word = (word << 8) | ((units[i] ?? 0) & 255);
    for (let i = first; i < to; i++) {
      // A loop that calls nothing keeps its arrays in registers: the confirmation stands outside.
      let seen = false;
      while (i < to) {
        word = ((word << 8) | ((units[i] ?? 0) & 255)) & mask;
        const bit = Math.imul(word, MIX) >>> shift;
        if (((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) {
          seen = true;
          break;
        }
        i++;
      }
      if (!seen) return;
      this.#confirm(word, units, i, from, to, fired);
      if (fired.steps > fired.stepsEnd) {
        fired.cut = true;
        return;
      }
    }
  }

  #file(index: number, end: number, word: number): void {
    this.#entries[index * ENTRY + 2] = end;
    const hash = Math.imul(word, MIX);
    const bit = hash >>> this.#shift;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    let at = hash >>> this.#tableShift;
    while (this.#tableHead[at] !== 0 && this.#tableWord[at] !== word) at = (at + 1) & this.#tableMask;
    this.#tableWord[at] = word;
    this.#entries[index * ENTRY] = this.#tableHead[at] ?? 0;
    this.#tableHead[at] = index + 1;
  }

  #confirm(word: number, units: Uint16Array, at: number, from: number, to: number, fired: Fired): void {
    const tableHead = this.#tableHead;
    const tableWord = this.#tableWord;
    let entry = Math.imul(word, MIX) >>> this.#tableShift;
    let head = tableHead[entry] ?? 0;
    while (head !== 0 && (tableWord[entry] ?? 0) !== word) {
      entry = (entry + 1) & this.#tableMask;
      head = tableHead[entry] ?? 0;
    }
    const pool = this.#pool;
    const entries = this.#entries;
    let steps = LOOK_STEPS;
    for (let link = head; link !== 0; ) {
      const node = (link - 1) * ENTRY;
      link = entries[node] ?? 0;
      const start = at - (entries[node + 2] ?? 0);
      let p = entries[node + 3] ?? 0;
      const end = p + (entries[node + 4] ?? 0);
      steps += LOOK_STEPS;
      if (start < from || start + end - p > to || fired.has(entries[node + 1] ?? 0)) continue;
      let i = start;
      while (p < end && (pool[p] ?? 0) === (units[i] ?? 0)) {
        p++;
        i++;
      }
      steps += i - start;
      if (p === end) fired.add(entries[node + 1] ?? 0);
    }
    fired.steps += steps;
  }
}

/** One index for each gram length that the texts call for; none of them may be empty. */
export function gramIndexes(patterns: readonly GramPattern[]): readonly GramIndex[] {
  const byGram = new Map<number, GramPattern[]>();
  for (const pattern of patterns) {
    const gram = Math.min(GRAM_MAX, pattern.units.length);
    const list = byGram.get(gram);
    if (list) list.push(pattern);
    else byGram.set(gram, [pattern]);
  }
  return [...byGram].map(([gram, list]) => new GramIndex(list, gram));
}

function gramEndingAt(units: Uint16Array, end: number, gram: number): number {
  let word = 0;
  for (let i = end - gram + 1; i <= end; i++) word = (word << 8) | ((units[i] ?? 0) & 255);
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

/** How common a folded unit is in logs, 0 (rare) to 9: a guess on which only speed depends. */
export function commonness(unit: number): number {
  return COMMONNESS[unit & 255] ?? 0;
}

/** How often grams are used so far, by the upper bits of their hash: those that share a place count together, on which only speed depends. */
interface Load {
  readonly counts: Uint16Array;
  readonly shift: number;
}

/** The position of the last unit of the run least likely to occur by chance and least used by other patterns. */
function rarestGram(units: Uint16Array, gram: number, { counts, shift }: Load): number {
  const mask = gram >= GRAM_MAX ? -1 : (1 << (8 * gram)) - 1;
  let best = gram - 1;
  let bestCost = Number.POSITIVE_INFINITY;
  let word = 0;
  let common = 0;
  for (let end = 0; end < units.length; end++) {
    word = ((word << 8) | ((units[end] ?? 0) & 255)) & mask;
    common += COMMONNESS[(units[end] ?? 0) & 255] ?? 0;
    if (end < gram - 1) continue;
    const cost = 12 * (counts[Math.imul(word, MIX) >>> shift] ?? 0) + common;
    common -= COMMONNESS[(units[end - gram + 1] ?? 0) & 255] ?? 0;
    if (cost < bestCost) {
      best = end;
      bestCost = cost;
    }
  }
  return best;
}

/** How many levels of progress there are. */
export const LEVELS = 8;
/** Words of a record: previous and next of its list, level, items, and a stamp of two words; then what the owner puts there. */
const PREV = 0;
const NEXT = 1;
const LEVEL = 2;
const ITEMS = 3;
const STAMP = 2;
const NONE = -1;

/** The first word of a record that is its owner's. */
export const OWN_WORDS = 6;

/**
 * Records in one typed array, linked in one least-recently-touched list a level of progress (0–7: how far a group has come towards a match). What must go
 * at the bound is the least recently touched of the lowest level: a flood of fresh keys pushes out fresh keys, never what has come further.
 *
 * Moving a record to the end writes five numbers that lie close together, and gives the garbage collector nothing to follow. All O(1).
 */
export class LevelLists {
  words: Int32Array;
  doubles: Float64Array;
  /** A record's first word is its number shifted by so much. */
  readonly shift: number;
  private top = 0;
  private free = NONE;
  private readonly heads = new Int32Array(LEVELS).fill(NONE);
  private readonly tails = new Int32Array(LEVELS).fill(NONE);
  private clock = 0;
  size = 0;
  /** Sum of the records' items. */
  items = 0;

  /** Records of 8 words (two of them the owner's) or 16 (ten of them). */
  constructor(wordsEach: 8 | 16) {
    this.shift = wordsEach === 8 ? 3 : 4;
    this.words = new Int32Array(64 << this.shift);
    this.doubles = new Float64Array(this.words.buffer);
  }

  /** A new record at the fresh end of the lowest level; its number. */
  add(items: number): number {
    return this.insert({ level: 0, items, stamp: ++this.clock });
  }

  /** A record as it was when written down; they come in the order of their stamps. */
  insert(as: { readonly level: number; readonly items: number; readonly stamp: number }): number {
    const slot = this.take();
    const at = slot << this.shift;
    this.words[at + ITEMS] = as.items;
    this.doubles[(at >> 1) + STAMP] = as.stamp;
    this.clock = Math.max(this.clock, as.stamp);
    this.items += as.items;
    this.size++;
    this.link(slot, as.level);
    return slot;
  }

  /** Moves a record to the fresh end of its level's list, and accounts for what it holds now. */
  touch(slot: number, level: number, items: number): void {
    const { words } = this;
    const at = slot << this.shift;
    this.items += items - (words[at + ITEMS] ?? 0);
    words[at + ITEMS] = items;
    this.doubles[(at >> 1) + STAMP] = ++this.clock;
    if (words[at + LEVEL] === level && this.tails[level] === slot) return;
    this.unlink(slot);
    this.link(slot, level);
  }

  remove(slot: number): void {
    this.unlink(slot);
    const at = slot << this.shift;
    this.items -= this.words[at + ITEMS] ?? 0;
    this.size--;
    this.words[at + NEXT] = this.free;
    this.free = slot;
  }

  /** Accounts for what a record holds now, without touching it. */
  account(slot: number, items: number): void {
    const at = (slot << this.shift) + ITEMS;
    this.items += items - (this.words[at] ?? 0);
    this.words[at] = items;
  }

  itemsOf(slot: number): number {
    return this.words[(slot << this.shift) + ITEMS] ?? 0;
  }

  levelOf(slot: number): number {
    return this.words[(slot << this.shift) + LEVEL] ?? 0;
  }

  stampOf(slot: number): number {
    return this.doubles[((slot << this.shift) >> 1) + STAMP] ?? 0;
  }

  /** The least recently touched of a level, or −1. */
  head(level: number): number {
    return this.heads[level] ?? NONE;
  }

  /** What to give up next, or −1. */
  victim(): number {
    for (let level = 0; level < LEVELS; level++) {
      const slot = this.heads[level] ?? NONE;
      if (slot >= 0) return slot;
    }
    return NONE;
  }

  /** In the order of levels, least recently touched first. */
  *ordered(): IterableIterator<number> {
    for (let level = 0; level < LEVELS; level++) {
      for (let slot = this.head(level); slot >= 0; slot = this.words[(slot << this.shift) + NEXT] ?? NONE)
        yield slot;
    }
  }

  private take(): number {
    const slot = this.free;
    if (slot >= 0) {
      this.free = this.words[(slot << this.shift) + NEXT] ?? NONE;
      return slot;
    }
    if ((this.top + 1) << this.shift > this.words.length) {
      const words = new Int32Array(this.words.length * 2);
      words.set(this.words);
      this.words = words;
      this.doubles = new Float64Array(words.buffer);
    }
    return this.top++;
  }

  private link(slot: number, level: number): void {
    const { words, shift } = this;
    const tail = this.tails[level] ?? NONE;
    const at = slot << shift;
    words[at + PREV] = tail;
    words[at + NEXT] = NONE;
    words[at + LEVEL] = level;
    if (tail < 0) this.heads[level] = slot;
    else words[(tail << shift) + NEXT] = slot;
    this.tails[level] = slot;
  }

  private unlink(slot: number): void {
    const { words, shift } = this;
    const at = slot << shift;
    const prev = words[at + PREV] ?? NONE;
    const next = words[at + NEXT] ?? NONE;
    const level = words[at + LEVEL] ?? 0;
    if (prev < 0) this.heads[level] = next;
    else words[(prev << shift) + NEXT] = next;
    if (next < 0) this.tails[level] = prev;
    else words[(next << shift) + PREV] = prev;
  }
}

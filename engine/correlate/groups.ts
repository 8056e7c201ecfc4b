import type { SignalReader, SignalWriter } from './snapshot.ts';
import { ChangeLog, type StateRow, type StateTable } from './state-table.ts';

/** What a group must carry to be kept in a table. */
export interface GroupEntry {
  readonly key: string | null;
  /** Event time of its last signal. */
  lastTime: number;
  /** Its place in the table; −1 while it stands in none. The table's own. */
  slot: number;
}

/** How a group is written down and read back. */
export interface GroupCodec<G> {
  write(group: G, writer: SignalWriter): unknown;
  /** The group, and how many signals (or values) it holds. */
  read(row: StateRow, reader: SignalReader): { readonly group: G; readonly items: number };
  /** The group has left the table: gives back what it holds elsewhere. */
  dispose?(group: G): void;
}

const LEVELS_MAX = 8;
/** Words of a record: previous and next of its list, level, items, and a stamp of two words. */
const PREV = 0;
const NEXT = 1;
const LEVEL = 2;
const ITEMS = 3;
const STAMP = 2;
const WORDS = 6;
const DOUBLES = WORDS / 2;
const NONE = -1;

/**
 * Groups by key, in one least-recently-touched list a level of progress (0–7: how far a group has come towards a match). What must go at the bound is the least recently
 * touched group of the lowest level: a flood of fresh keys pushes out fresh keys, never what has come further. All O(1).
 *
 * The lists are numbers in one typed array, 24 bytes a group: moving a group from the middle to the end writes five numbers that lie close
 * together, and gives the garbage collector nothing to follow. Keys are looked up in a `Map`, whose string hash is seeded anew by
 * every process, so that nobody can choose keys that collide.
 */
export class GroupTable<G extends GroupEntry> implements StateTable {
  readonly name: string;
  readonly log = new ChangeLog();
  private readonly codec: GroupCodec<G>;
  private readonly map = new Map<string | null, G>();
  private readonly groups: (G | undefined)[] = [];
  private words = new Int32Array(64 * WORDS);
  private doubles = new Float64Array(this.words.buffer);
  private free = NONE;
  private readonly heads = new Int32Array(LEVELS_MAX).fill(NONE);
  private readonly tails = new Int32Array(LEVELS_MAX).fill(NONE);
  private clock = 0;
  /** Sum of the groups' items. */
  items = 0;

  constructor(name: string, codec: GroupCodec<G>) {
    this.name = name;
    this.codec = codec;
  }

  get size(): number {
    return this.map.size;
  }

  get(key: string | null): G | undefined {
    return this.map.get(key);
  }

  /** Takes a group in, at the lowest level. */
  add(group: G, items = 1): void {
    this.insert(group, { level: 0, items, stamp: ++this.clock });
    this.log.put(group.key);
  }

  /** Moves a group to the fresh end of its level's list, and accounts for what it holds now. */
  touch(group: G, level: number, items: number): void {
    const { slot } = group;
    const { words } = this;
    const at = slot * WORDS;
    this.items += items - (words[at + ITEMS] ?? 0);
    words[at + ITEMS] = items;
    this.doubles[slot * DOUBLES + STAMP] = ++this.clock;
    this.log.put(group.key);
    if (words[at + LEVEL] === level && this.tails[level] === slot) return;
    this.unlink(slot);
    this.link(slot, level);
  }

  remove(group: G): void {
    const { slot } = group;
    if (slot < 0) return;
    this.unlink(slot);
    this.map.delete(group.key);
    this.items -= this.words[slot * WORDS + ITEMS] ?? 0;
    this.groups[slot] = undefined;
    this.words[slot * WORDS + NEXT] = this.free;
    this.free = slot;
    group.slot = NONE;
    this.log.gone(group.key);
    this.codec.dispose?.(group);
  }

  /** Drops groups not touched since `before`; returns how many. Amortised O(1) a call. */
  expire(before: number): number {
    let gone = 0;
    if (this.map.size === 0) return gone;
    for (let level = 0; level < LEVELS_MAX; level++) {
      for (
        let head = this.head(level);
        head !== undefined && head.lastTime < before;
        head = this.head(level)
      ) {
        this.remove(head);
        gone++;
      }
    }
    return gone;
  }

  /** Accounts for what a group holds now, without touching it. */
  account(group: G, items: number): void {
    const at = group.slot * WORDS + ITEMS;
    this.items += items - (this.words[at] ?? 0);
    this.words[at] = items;
    this.log.put(group.key);
  }

  /** What a group was last accounted for. */
  itemsOf(group: G): number {
    return this.words[group.slot * WORDS + ITEMS] ?? 0;
  }

  /** Gives up the least; when that was last touched, or undefined where there is nothing. */
  giveUp(): number | undefined {
    const victim = this.victim();
    if (victim === undefined) return undefined;
    this.remove(victim);
    return victim.lastTime;
  }

  /** The group to give up next. */
  victim(): G | undefined {
    for (let level = 0; level < LEVELS_MAX; level++) {
      const head = this.head(level);
      if (head !== undefined) return head;
    }
    return undefined;
  }

  /** In the order of levels, least recently touched first. */
  *ordered(): IterableIterator<G> {
    for (let level = 0; level < LEVELS_MAX; level++) {
      for (let slot = this.heads[level] ?? NONE; slot >= 0; slot = this.words[slot * WORDS + NEXT] ?? NONE) {
        const group = this.groups[slot];
        if (group !== undefined) yield group;
      }
    }
  }

  *keys(): IterableIterator<string | null> {
    for (const group of this.ordered()) yield group.key;
  }

  write(key: string | null, writer: SignalWriter): StateRow | undefined {
    const group = this.map.get(key);
    if (group === undefined) return undefined;
    const level = this.words[group.slot * WORDS + LEVEL] ?? 0;
    const stamp = this.doubles[group.slot * DOUBLES + STAMP] ?? 0;
    return { key, stamp, state: [level, this.codec.write(group, writer)] };
  }

  load(row: StateRow, reader: SignalReader): void {
    // What `write` gave; the version of the bytes says so.
    const [level, state] = row.state as readonly [number, unknown];
    const { group, items } = this.codec.read({ ...row, state }, reader);
    this.insert(group, { level, items, stamp: row.stamp });
    this.clock = Math.max(this.clock, row.stamp);
  }

  private head(level: number): G | undefined {
    const slot = this.heads[level] ?? NONE;
    return slot < 0 ? undefined : this.groups[slot];
  }

  private insert(
    group: G,
    as: { readonly level: number; readonly items: number; readonly stamp: number },
  ): void {
    let slot = this.free;
    if (slot >= 0) this.free = this.words[slot * WORDS + NEXT] ?? NONE;
    else {
      slot = this.groups.length;
      if ((slot + 1) * WORDS > this.words.length) this.grow();
    }
    this.groups[slot] = group;
    group.slot = slot;
    this.map.set(group.key, group);
    this.words[slot * WORDS + ITEMS] = as.items;
    this.doubles[slot * DOUBLES + STAMP] = as.stamp;
    this.items += as.items;
    this.link(slot, as.level);
  }

  private grow(): void {
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
  }

  private link(slot: number, level: number): void {
    const { words } = this;
    const tail = this.tails[level] ?? NONE;
    const at = slot * WORDS;
    words[at + PREV] = tail;
    words[at + NEXT] = NONE;
    words[at + LEVEL] = level;
    if (tail < 0) this.heads[level] = slot;
    else words[tail * WORDS + NEXT] = slot;
    this.tails[level] = slot;
  }

  private unlink(slot: number): void {
    const { words } = this;
    const at = slot * WORDS;
    const prev = words[at + PREV] ?? NONE;
    const next = words[at + NEXT] ?? NONE;
    const level = words[at + LEVEL] ?? 0;
    if (prev < 0) this.heads[level] = next;
    else words[prev * WORDS + NEXT] = next;
    if (next < 0) this.tails[level] = prev;
    else words[next * WORDS + PREV] = prev;
  }
}

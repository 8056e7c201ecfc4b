import { LEVELS, LevelLists } from './level-lists.ts';
import type { SignalReader, SignalWriter } from './snapshot.ts';
import { ChangeLog, type StateRow, type StateTable } from './state-table.ts';
import { TextIndex } from './text-index.ts';

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

const NONE = -1;

/** Groups by key, in the order of levels and touches (see `LevelLists`); each is an object of its own. All O(1). */
export class GroupTable<G extends GroupEntry> implements StateTable {
  readonly name: string;
  readonly log = new ChangeLog();
  private readonly codec: GroupCodec<G>;
  private readonly index: TextIndex;
  private readonly lists = new LevelLists(8);
  private readonly groups: (G | undefined)[] = [];

  constructor(name: string, codec: GroupCodec<G>, hashSeed: number) {
    this.name = name;
    this.codec = codec;
    this.index = new TextIndex(hashSeed);
  }

  get size(): number {
    return this.lists.size;
  }

  /** Sum of the groups' items. */
  get items(): number {
    return this.lists.items;
  }

  get(key: string | null): G | undefined {
    return this.at(this.index.find(key));
  }

  /** Takes a group in, at the lowest level. */
  add(group: G, items = 1): void {
    this.enter(group, this.lists.add(items));
    this.log.put(group.key);
  }

  /** Moves a group to the fresh end of its level's list, and accounts for what it holds now. */
  touch(group: G, level: number, items: number): void {
    this.lists.touch(group.slot, level, items);
    this.log.put(group.key);
  }

  remove(group: G): void {
    const { slot } = group;
    if (slot < 0) return;
    this.lists.remove(slot);
    this.index.delete(slot);
    this.groups[slot] = undefined;
    group.slot = NONE;
    this.log.gone(group.key);
    this.codec.dispose?.(group);
  }

  /** Drops groups not touched since `before`; returns how many. Amortised O(1) a call. */
  expire(before: number): number {
    let gone = 0;
    if (this.lists.size === 0) return gone;
    for (let level = 0; level < LEVELS; level++) {
      for (
        let head = this.at(this.lists.head(level));
        head !== undefined && head.lastTime < before;
        head = this.at(this.lists.head(level))
      ) {
        this.remove(head);
        gone++;
      }
    }
    return gone;
  }

  /** Accounts for what a group holds now, without touching it. */
  account(group: G, items: number): void {
    this.lists.account(group.slot, items);
    this.log.put(group.key);
  }

  /** What a group was last accounted for. */
  itemsOf(group: G): number {
    return this.lists.itemsOf(group.slot);
  }

  /** Gives up the least; when that was last touched, or undefined where there is nothing. */
  giveUp(): number | undefined {
    const victim = this.at(this.lists.victim());
    if (victim === undefined) return undefined;
    this.remove(victim);
    return victim.lastTime;
  }

  /** In the order of levels, least recently touched first. */
  *ordered(): IterableIterator<G> {
    for (const slot of this.lists.ordered()) {
      const group = this.at(slot);
      if (group !== undefined) yield group;
    }
  }

  *keys(): IterableIterator<string | null> {
    for (const group of this.ordered()) yield group.key;
  }

  write(key: string | null, writer: SignalWriter): StateRow | undefined {
    const group = this.get(key);
    if (group === undefined) return undefined;
    const { slot } = group;
    return {
      key,
      stamp: this.lists.stampOf(slot),
      state: [this.lists.levelOf(slot), this.codec.write(group, writer)],
    };
  }

  load(row: StateRow, reader: SignalReader): void {
    // What `write` gave; the version of the bytes says so.
    const [level, state] = row.state as readonly [number, unknown];
    const { group, items } = this.codec.read({ ...row, state }, reader);
    this.enter(group, this.lists.insert({ level, items, stamp: row.stamp }));
  }

  private at(slot: number): G | undefined {
    // An array asked for −1 looks for a property of that name.
    return slot < 0 ? undefined : this.groups[slot];
  }

  private enter(group: G, slot: number): void {
    while (this.groups.length <= slot) this.groups.push(undefined);
    this.groups[slot] = group;
    group.slot = slot;
    this.index.add(group.key, slot);
  }
}

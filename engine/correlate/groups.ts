/** What a group must carry to be kept in a table: links of its list, how far it has come, and when it was last touched. */
export interface GroupEntry<Self> {
  readonly key: string | null;
  prev: Self | undefined;
  next: Self | undefined;
  /** 0–7: how far it has progressed towards a match. */
  level: number;
  lastTime: number;
  live: boolean;
  /** Signals (or values) it holds, for the memory bound. */
  items: number;
}

export const LEVELS_MAX = 8;

/**
 * Groups by key, in one least-recently-touched list a level of progress. What must go at the bound is the least recently
 * touched group of the lowest level: a flood of fresh keys pushes out fresh keys, never what has come further. All O(1).
 */
export class GroupTable<G extends GroupEntry<G>> {
  private readonly map = new Map<string | null, G>();
  private readonly heads: (G | undefined)[] = new Array<G | undefined>(LEVELS_MAX).fill(undefined);
  private readonly tails: (G | undefined)[] = new Array<G | undefined>(LEVELS_MAX).fill(undefined);
  /** Sum of the groups' items. */
  items = 0;

  get size(): number {
    return this.map.size;
  }

  get(key: string | null): G | undefined {
    return this.map.get(key);
  }

  add(group: G): void {
    this.map.set(group.key, group);
    this.items += group.items;
    this.link(group);
  }

  /** Moves a group to the fresh end of its level's list, and accounts for what it holds now. */
  touch(group: G, level: number, items: number): void {
    this.items += items - group.items;
    group.items = items;
    if (group.level === level && this.tails[level] === group) return;
    this.unlink(group);
    group.level = level;
    this.link(group);
  }

  remove(group: G): void {
    if (!group.live) return;
    this.unlink(group);
    this.map.delete(group.key);
    this.items -= group.items;
    group.live = false;
  }

  /** Drops groups not touched since `before`; returns how many. Amortised O(1) a call. */
  expire(before: number): number {
    let gone = 0;
    if (this.map.size === 0) return gone;
    for (let level = 0; level < LEVELS_MAX; level++) {
      for (
        let head = this.heads[level];
        head !== undefined && head.lastTime < before;
        head = this.heads[level]
      ) {
        this.remove(head);
        gone++;
      }
    }
    return gone;
  }

  /** Accounts for what a group holds now, without touching it. */
  account(group: G, items: number): void {
    this.items += items - group.items;
    group.items = items;
  }

  /** Gives up the least; when that was last touched, or undefined where there is nothing. */
  giveUp(): number | undefined {
    const victim = this.victim();
    if (victim === undefined) return undefined;
    this.remove(victim);
    return victim.lastTime;
  }

  /** The group to give up next, other than `spared`. */
  victim(spared?: G): G | undefined {
    for (let level = 0; level < LEVELS_MAX; level++) {
      const head = this.heads[level];
      const candidate = head === spared ? head?.next : head;
      if (candidate !== undefined) return candidate;
    }
    return undefined;
  }

  /** In the order of levels, least recently touched first: adding them back in this order restores the table. */
  *ordered(): IterableIterator<G> {
    for (let level = 0; level < LEVELS_MAX; level++) {
      for (let group = this.heads[level]; group !== undefined; group = group.next) yield group;
    }
  }

  private link(group: G): void {
    const tail = this.tails[group.level];
    group.prev = tail;
    group.next = undefined;
    if (tail === undefined) this.heads[group.level] = group;
    else tail.next = group;
    this.tails[group.level] = group;
  }

  private unlink(group: G): void {
    if (group.prev === undefined) this.heads[group.level] = group.next;
    else group.prev.next = group.next;
    if (group.next === undefined) this.tails[group.level] = group.prev;
    else group.next.prev = group.prev;
    group.prev = undefined;
    group.next = undefined;
  }
}

/** An item of a recency list; the links belong to the list. */
export interface Recent<T> {
  rank: number;
  newer: T | undefined;
  older: T | undefined;
}

interface List<T> {
  newest: T | undefined;
  oldest: T | undefined;
}

/**
 * Items by rank, and within a rank by when they were last touched. What is given up first is the longest untouched of the lowest rank,
 * so a flood of fresh items pushes out its like, and never what has progressed further. O(1) each, O(ranks) to find the victim.
 */
export class Recency<T extends Recent<T>> {
  readonly #lists: List<T>[];

  constructor(ranks: number) {
    this.#lists = Array.from({ length: ranks }, () => ({ newest: undefined, oldest: undefined }));
  }

  /** Puts a new item in, or a known one (which was removed before) back, as the newest of its rank. */
  add(item: T, rank: number): void {
    const list = this.#list(rank);
    item.rank = rank;
    item.newer = undefined;
    item.older = list.newest;
    if (list.newest !== undefined) list.newest.newer = item;
    list.newest = item;
    list.oldest ??= item;
  }

  remove(item: T): void {
    const list = this.#list(item.rank);
    if (item.newer === undefined) list.newest = item.older;
    else item.newer.older = item.older;
    if (item.older === undefined) list.oldest = item.newer;
    else item.older.newer = item.newer;
    item.newer = undefined;
    item.older = undefined;
  }

  /** Items of all ranks, longest untouched first within each. */
  *items(): Generator<T, void, void> {
    for (const list of this.#lists) {
      for (let item = list.oldest; item !== undefined; item = item.newer) yield item;
    }
  }

  /** The one to give up. */
  victim(): T | undefined {
    for (const list of this.#lists) if (list.oldest !== undefined) return list.oldest;
    return undefined;
  }

  #list(rank: number): List<T> {
    const list = this.#lists[Math.max(0, Math.min(this.#lists.length - 1, rank))];
    if (list === undefined) throw new Error('a recency list has at least one rank');
    return list;
  }
}

/** A binary heap: what comes first by `compare` is taken first. O(log n) to add and to take. What is equal comes in no stated order. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The first; undefined where there is none. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    const compare = this.#compare;
    let i = items.length;
    items.push(item);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = items[up];
      if (parent === undefined || compare(parent, item) <= 0) break;
      items[i] = parent;
      i = up;
    }
    items[i] = item;
  }

  /** Takes the first out; undefined where there is none. */
  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) this.#sink(last);
    return top;
  }

  /** All of them, in no order. */
  contents(): T[] {
    return [...this.#items];
  }

  clear(): void {
    this.#items.length = 0;
  }

  #sink(item: T): void {
    const items = this.#items;
    const compare = this.#compare;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      let child = items[down];
      if (child === undefined) break;
      const right = items[down + 1];
      if (right !== undefined && compare(right, child) < 0) {
        down++;
        child = right;
      }
      if (compare(item, child) <= 0) break;
      items[i] = child;
      i = down;
    }
    items[i] = item;
  }
}

/** A growable circular buffer: push at the end, shift at the front, both O(1) amortised. */
export class Ring<T> {
  private items: (T | undefined)[] = [];
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  at(index: number): T | undefined {
    if (index < 0 || index >= this.count) return undefined;
    let i = this.head + index;
    if (i >= this.items.length) i -= this.items.length;
    return this.items[i];
  }

  first(): T | undefined {
    return this.count === 0 ? undefined : this.items[this.head];
  }

  last(): T | undefined {
    return this.at(this.count - 1);
  }

  push(item: T): void {
    if (this.count === this.items.length) this.grow();
    let i = this.head + this.count;
    if (i >= this.items.length) i -= this.items.length;
    this.items[i] = item;
    this.count++;
  }

  shift(): T | undefined {
    if (this.count === 0) return undefined;
    const item = this.items[this.head];
    this.items[this.head] = undefined;
    this.head = this.head + 1 === this.items.length ? 0 : this.head + 1;
    this.count--;
    return item;
  }

  pop(): T | undefined {
    if (this.count === 0) return undefined;
    let i = this.head + this.count - 1;
    if (i >= this.items.length) i -= this.items.length;
    const item = this.items[i];
    this.items[i] = undefined;
    this.count--;
    return item;
  }

  clear(): void {
    this.items = [];
    this.head = 0;
    this.count = 0;
  }

  toArray(): T[] {
    return this.newest(this.count);
  }

  /** The last so many items, oldest first. */
  newest(limit: number): T[] {
    const all: T[] = [];
    for (let i = Math.max(0, this.count - limit); i < this.count; i++) {
      const item = this.at(i);
      if (item !== undefined) all.push(item);
    }
    return all;
  }

  private grow(): void {
    const bigger = new Array<T | undefined>(Math.max(2, this.items.length * 2));
    for (let i = 0; i < this.count; i++) bigger[i] = this.at(i);
    this.items = bigger;
    this.head = 0;
  }
}

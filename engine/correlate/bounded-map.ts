/** A map that holds at most so many entries: the least recently set goes first, and is counted. */
export class BoundedMap<V> {
  private readonly map = new Map<string | null, V>();
  private readonly capacity: number;
  /** Entries given up at the bound. */
  evicted = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.map.size;
  }

  get(key: string | null): V | undefined {
    return this.map.get(key);
  }

  set(key: string | null, value: V): void {
    this.map.delete(key);
    this.map.set(key, value);
    if (this.map.size <= this.capacity) return;
    for (const oldest of this.map.keys()) {
      this.map.delete(oldest);
      this.evicted++;
      break;
    }
  }

  delete(key: string | null): void {
    this.map.delete(key);
  }

  entries(): [string | null, V][] {
    return [...this.map];
  }
}

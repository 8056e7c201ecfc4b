import type { SignalReader, SignalWriter } from './snapshot.ts';
import { ChangeLog, type StateRow, type StateTable } from './state-table.ts';

/** How a value of a bounded map is written down and read back. */
export interface ValueCodec<V> {
  write(value: V, writer: SignalWriter): unknown;
  read(saved: unknown, reader: SignalReader): V;
}

/** Values that are plain data already. The cast is at the boundary: a snapshot's version says who wrote it. */
export function plainCodec<V>(): ValueCodec<V> {
  return { write: (value) => value, read: (saved) => saved as V };
}

interface Stamped<V> {
  readonly value: V;
  readonly stamp: number;
}

/** A map that holds at most so many entries: the least recently set goes first, and is counted. */
export class BoundedMap<V> implements StateTable {
  readonly name: string;
  readonly log = new ChangeLog();
  private readonly map = new Map<string | null, Stamped<V>>();
  private readonly capacity: number;
  private readonly codec: ValueCodec<V>;
  private clock = 0;
  /** Entries given up at the bound. */
  evicted = 0;

  constructor(name: string, capacity: number, codec: ValueCodec<V>) {
    this.name = name;
    this.capacity = capacity;
    this.codec = codec;
  }

  get size(): number {
    return this.map.size;
  }

  get(key: string | null): V | undefined {
    return this.map.get(key)?.value;
  }

  set(key: string | null, value: V): void {
    this.map.delete(key);
    this.map.set(key, { value, stamp: ++this.clock });
    this.log.put(key);
    if (this.map.size <= this.capacity) return;
    for (const oldest of this.map.keys()) {
      this.delete(oldest);
      this.evicted++;
      break;
    }
  }

  delete(key: string | null): boolean {
    const had = this.map.delete(key);
    if (had) this.log.gone(key);
    return had;
  }

  keys(): Iterable<string | null> {
    return this.map.keys();
  }

  write(key: string | null, writer: SignalWriter): StateRow | undefined {
    const held = this.map.get(key);
    if (held === undefined) return undefined;
    return { key, stamp: held.stamp, state: this.codec.write(held.value, writer) };
  }

  load(row: StateRow, reader: SignalReader): void {
    this.map.set(row.key, { value: this.codec.read(row.state, reader), stamp: row.stamp });
    this.clock = Math.max(this.clock, row.stamp);
  }
}

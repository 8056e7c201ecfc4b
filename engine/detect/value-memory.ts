import type { Arena, VectorFunction } from '../vector/index.ts';
import { ENTRY_WORDS, VALUE_PROGRAM, VECTOR, WAYS } from './value-program.ts';

/** Values kept at most, and bytes of all of them together. */
const ENTRIES = 4096;
const POOL_BYTES = 1 << 20;

/** The fewest bytes of a value that is kept: those of a vector. */
export const KEPT_BYTES_MIN = VECTOR;

const WORD = 4;

/**
 * Remembers which triggers values fire, by their raw bytes, for all fields of a detector together: what `ValueCache` does, in memory that a vector
 * program hashes and compares in. Each field and class is an owner with a number of its own. When the memory is full it is emptied; where
 * a hash has no entry left, values replace each other by turns.
 */
export class ValueMemory {
  readonly #arena: Arena;
  readonly #find: VectorFunction;
  readonly #table: Int32Array;
  readonly #pool: Uint8Array;
  readonly #hashTo: number;
  readonly #mask: number;
  #results: Int32Array[] = [];
  #poolUsed = 0;
  #owners = 0;
  #turn = 0;

  private constructor(arena: Arena, find: VectorFunction, parts: { table: Int32Array; pool: Uint8Array }) {
    this.#arena = arena;
    this.#find = find;
    this.#table = parts.table;
    this.#pool = parts.pool;
    this.#hashTo = arena.header(1);
    this.#mask = parts.table.length / ENTRY_WORDS - WAYS;
  }

  /** Undefined where the runtime refuses the program, or the memory has no room. `entries` is a power of two. */
  static create(arena: Arena, entries = ENTRIES, poolBytes = POOL_BYTES): ValueMemory | undefined {
    const find = arena.link(VALUE_PROGRAM)?.['find'];
    const table = arena.int32(entries * ENTRY_WORDS);
    const pool = arena.uint8(poolBytes);
    if (find === undefined || !arena.holds(table) || !arena.holds(pool)) return undefined;
    return new ValueMemory(arena, find, { table, pool });
  }

  /** A number for one more who keeps values here. */
  owner(): number {
    return ++this.#owners;
  }

  /** What was kept for an owner's value: the bytes at the addresses `[from, to)` of the arena, `KEPT_BYTES_MIN` or more. */
  get(owner: number, from: number, to: number): Int32Array | undefined {
    const found = this.#find(from, to, owner, this.#table.byteOffset, this.#mask, this.#hashTo);
    return found < 0 ? undefined : this.#results[found];
  }

  /** Keeps what the value fires that `get` was asked for last. */
  set(owner: number, from: number, to: number, triggers: Int32Array): void {
    const length = to - from;
    if (length > this.#pool.length) return;
    if (this.#poolUsed + length > this.#pool.length || this.#results.length >= this.#table.length / 2)
      this.#empty();
    const table = this.#table;
    const hash = this.#arena.words[this.#hashTo / WORD] ?? 0;
    const first = (hash & this.#mask) * ENTRY_WORDS;
    let at = first;
    for (let way = 0; way < WAYS && table[at + 1] !== 0; way++) at += ENTRY_WORDS;
    if (at === first + WAYS * ENTRY_WORDS) {
      this.#turn = (this.#turn + 1) % WAYS;
      at = first + this.#turn * ENTRY_WORDS;
    }
    const own = this.#pool.byteOffset + this.#poolUsed;
    this.#arena.bytes.copyWithin(own, from, to);
    this.#poolUsed += length;
    table[at] = hash;
    table[at + 1] = length;
    table[at + 2] = owner;
    table[at + 3] = own;
    table[at + 4] = this.#results.length;
    this.#results.push(triggers);
  }

  #empty(): void {
    this.#table.fill(0);
    this.#results = [];
    this.#poolUsed = 0;
  }
}

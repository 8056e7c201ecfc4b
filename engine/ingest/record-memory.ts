import { Arena, type VectorFunction } from '../vector/index.ts';
import { isBlank } from './framing-head.ts';
import { TEXT_PROGRAM } from './text-program.ts';

/**
 * Memory in which records are read by vectors: the bytes of some lines at a time, the tables of the scanners that read them, and the units of
 * their texts. One serves one thread, and all readers of the same records.
 */
export class RecordMemory {
  readonly arena: Arena;
  readonly #lineEnd: VectorFunction;
  readonly #lineStop: VectorFunction;
  readonly #fold: VectorFunction;
  readonly #spelt: VectorFunction;
  readonly #sound: VectorFunction;
  readonly #occurs: VectorFunction;
  readonly #same: VectorFunction;
  readonly #result: number;

  private constructor(arena: Arena, programs: Readonly<Record<string, VectorFunction>>) {
    this.arena = arena;
    this.#lineEnd = programs['lineEnd'] ?? missing;
    this.#lineStop = programs['lineStop'] ?? missing;
    this.#fold = programs['fold'] ?? missing;
    this.#spelt = programs['spelt'] ?? missing;
    this.#sound = programs['sound'] ?? missing;
    this.#occurs = programs['occurs'] ?? missing;
    this.#same = programs['same'] ?? missing;
    this.#result = arena.header(1);
  }

  /** Undefined where the runtime has no vectors. */
  static create(): RecordMemory | undefined {
    const arena = Arena.create();
    const programs = arena?.link(TEXT_PROGRAM);
    return arena === undefined || programs === undefined ? undefined : new RecordMemory(arena, programs);
  }

  /** Whether the bytes lie in this memory. */
  holds(bytes: Uint8Array): boolean {
    return this.arena.holds(bytes);
  }

  /** Where the line that begins at `start` ends in bytes that this memory holds: at its newline, or at the end of all. */
  lineEnd(bytes: Uint8Array, start: number): number {
    const base = bytes.byteOffset;
    return this.#lineEnd(base + start, base + bytes.length) - base;
  }

  /** The same, or where before it a NUL byte stands. */
  lineStop(bytes: Uint8Array, start: number): number {
    const base = bytes.byteOffset;
    return this.#lineStop(base + start, base + bytes.length) - base;
  }

  /**
   * Writes the folded units of the body of a JSON string at `[from, to)` of this memory to `units`, from `at` on, as far as they are ASCII or escapes of
   * one character; `units` lies in this memory, too, with 16 more behind those that are needed. Gives the address of the first byte it left alone;
   * `foldedEnd` is where the units end.
   */
  foldInto(from: number, to: number, units: Uint16Array, at: number): number {
    return this.#fold(from, to, units.byteOffset + 2 * at, this.#result);
  }

  /** How many units of `units` there were after `foldInto`. */
  foldedEnd(units: Uint16Array): number {
    return ((this.arena.words[this.#result >> 2] ?? 0) - units.byteOffset) >> 1;
  }

  /**
   * Whether letters of ASCII may be spelt otherwise in `bytes[start, end)` of this memory: by an escape `\u0…` or `\u2…`, or by U+017F or U+212A, which fold
   * to `s` and `k`. False is certain.
   */
  mayBeSpelt(bytes: Uint8Array, start: number, end: number): boolean {
    const base = bytes.byteOffset;
    return this.#spelt(base + start, base + end) !== 0;
  }

  /**
   * Whether in `bytes[start, end)` of this memory no control character stands and every escape is one of JSON's: where a scanner has taken the record,
   * it is then JSON as a whole. A record with blanks other than spaces before its end is not said to be.
   */
  isSound(bytes: Uint8Array, start: number, end: number): boolean {
    let to = end;
    while (to > start && isBlank(bytes[to - 1] ?? 0)) to--;
    const base = bytes.byteOffset;
    return this.#sound(base + start, base + to) !== 0;
  }

  /** Whether the units `wanted` (at least one) stand somewhere in `units[from, to)`; both arrays lie in this memory. (Four parameters: asked for every value.) */
  occurs(wanted: Uint16Array, units: Uint16Array, from: number, to: number): boolean {
    const { length } = wanted;
    if (to - from < length) return false;
    const base = units.byteOffset;
    return this.#occurs(base + 2 * from, base + 2 * (to - length), wanted.byteOffset, 2 * (length - 1)) !== 0;
  }

  /** Whether as many bytes at two addresses of this memory are the same. */
  same(a: number, b: number, lengthBytes: number): boolean {
    return this.#same(a, b, lengthBytes) !== 0;
  }
}

function missing(): number {
  throw new Error('the program lacks a function');
}

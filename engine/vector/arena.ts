import { Assembler } from './assembler.ts';

/** A function of a program: it takes and gives numbers of 32 bits. */
export type VectorFunction = (...numbers: readonly number[]) => number;

/** What we use of WebAssembly. It is part of every current runtime, but not of the language's own type library. */
interface Host {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: Readonly<Record<string, object>> },
  ) => { readonly exports: Readonly<Record<string, VectorFunction>> };
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
}

declare const WebAssembly: Host | undefined;

/** Where typed arrays come from: fresh memory, or an arena's. */
export interface Storage {
  int32(length: number): Int32Array;
  uint8(length: number): Uint8Array;
  uint16(length: number): Uint16Array;
}

/** Arrays in memory of their own. */
export const PLAIN_STORAGE: Storage = {
  int32: (length) => new Int32Array(length),
  uint8: (length) => new Uint8Array(length),
  uint16: (length) => new Uint16Array(length),
};

/** A program, assembled and compiled when it is first asked for, once a thread. */
export class Program {
  readonly #write: (assembler: Assembler) => void;
  #module: object | undefined;

  constructor(write: (assembler: Assembler) => void) {
    this.#write = write;
  }

  /** The compiled module. Throws where the runtime refuses it. Cost: a few milliseconds, once. */
  compiled(host: Pick<Host, 'Module'>): object {
    if (this.#module === undefined) {
      const assembler = new Assembler();
      this.#write(assembler);
      this.#module = new host.Module(assembler.assemble());
    }
    return this.#module;
  }
}

const PAGE_BYTES = 65_536;
/** The longest run of bytes that is held: a record of the largest size, and some. */
const INPUT_BYTES = (1 << 20) + PAGE_BYTES;
/** Programs read whole vectors, so up to so many bytes behind what they were given; these are zeros. */
const MARGIN_BYTES = 64;
/** Tables of a scanner or two, values and what they fire, and the units of the largest record. Pages that nobody touches take no memory. */
const TABLE_BYTES = 16 * (1 << 20);
/** Where programs and their host leave single numbers for each other. */
const HEADER_BYTES = 4096;
const ALIGNMENT = 16;

/**
 * Memory that vector programs and the rest of the engine share: a header of single numbers, the bytes to be read, and tables. It never grows,
 * so arrays over it stay valid; what finds no room is given memory of its own, and who has tables there must do without programs (`holds`).
 * One arena serves one thread.
 */
export class Arena implements Storage {
  /** All of it as bytes and as words. */
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly #host: Host;
  readonly #memory: object;
  readonly #inputFrom: number;
  /** Of `bytes`, and what is held: to ask an array for its memory takes longer than to compare two. */
  readonly #buffer: ArrayBufferLike;
  #held: Uint8Array | undefined;
  #free: number;
  #headerFree = 0;

  private constructor(host: Host) {
    this.#host = host;
    const size = HEADER_BYTES + INPUT_BYTES + MARGIN_BYTES + TABLE_BYTES;
    const memory = new host.Memory({ initial: Math.ceil(size / PAGE_BYTES) });
    this.#memory = memory;
    this.#buffer = memory.buffer;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    this.#inputFrom = HEADER_BYTES;
    this.#free = HEADER_BYTES + INPUT_BYTES + MARGIN_BYTES;
  }

  /** A new arena; undefined where the runtime has no WebAssembly, or has no memory left for it. */
  static create(): Arena | undefined {
    if (typeof WebAssembly === 'undefined') return undefined;
    try {
      return new Arena(WebAssembly);
    } catch {
      return undefined;
    }
  }

  /** The functions of a program over this memory; undefined where the runtime refuses it (it may lack vectors). */
  link(
    program: Program,
    imports: Readonly<Record<string, VectorFunction>> = {},
  ): Readonly<Record<string, VectorFunction>> | undefined {
    try {
      const module = program.compiled(this.#host);
      return new this.#host.Instance(module, { env: { memory: this.#memory, ...imports } }).exports;
    } catch {
      return undefined;
    }
  }

  /** So many words of the header for oneself: the byte address of the first. */
  header(words: number): number {
    const at = this.#headerFree;
    if (at + words * 4 > HEADER_BYTES) throw new Error('the header of the arena is too small');
    this.#headerFree += words * 4;
    return at;
  }

  /** The bytes, copied into this memory, zeros behind them; undefined where they are too many. What was held before is gone. */
  hold(bytes: Uint8Array): Uint8Array | undefined {
    const from = this.#inputFrom;
    if (bytes.length > INPUT_BYTES) return undefined;
    this.bytes.set(bytes, from);
    const to = from + bytes.length;
    this.bytes.fill(0, to, to + MARGIN_BYTES);
    this.#held = this.bytes.subarray(from, to);
    return this.#held;
  }

  /** Whether the array lies in this memory. */
  holds(array: { readonly buffer: ArrayBufferLike }): boolean {
    return array === this.#held || array.buffer === this.#buffer;
  }

  int32(length: number): Int32Array {
    const from = this.#take(length * 4);
    return from < 0 ? new Int32Array(length) : new Int32Array(this.bytes.buffer, from, length);
  }

  uint8(length: number): Uint8Array {
    const from = this.#take(length);
    return from < 0 ? new Uint8Array(length) : new Uint8Array(this.bytes.buffer, from, length);
  }

  uint16(length: number): Uint16Array {
    const from = this.#take(length * 2);
    return from < 0 ? new Uint16Array(length) : new Uint16Array(this.bytes.buffer, from, length);
  }

  /** Takes memory, with a margin behind it for vectors that are written over its end; -1 where there is not enough left. */
  #take(sizeBytes: number): number {
    const from = this.#free;
    const size = Math.ceil((sizeBytes + MARGIN_BYTES) / ALIGNMENT) * ALIGNMENT;
    if (from + size > this.bytes.length) return -1;
    this.#free += size;
    return from;
  }
}

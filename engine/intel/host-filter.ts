import type { Fingerprint } from './fingerprint.ts';

/** Bits for each name: one in 70 is taken for a listed one, and then looked up as one. */
const BITS_EACH = 16;

/** What may be listed under a name: a page of it, a folder and all below, the name itself. */
export const LISTED = { page: 0, folder: 0x5bd1_e995, name: 0x27d4_eb2f } as const;
export type Listed = (typeof LISTED)[keyof typeof LISTED];

/**
 * Names of hosts under which something is listed, as a Bloom filter of two probes (Bloom, Communications of the ACM 13, 1970) over their fingerprints: most
 * hosts of events have nothing, and then neither a page nor a folder nor the name need be looked up in tables that no cache holds. It can only say
 * yes too often, never no.
 */
export class HostFilter {
  readonly #bits: Uint32Array;
  readonly #size: number;

  constructor(bits: Uint32Array) {
    this.#bits = bits;
    this.#size = bits.length * 32;
  }

  get bytes(): number {
    return this.#bits.byteLength;
  }

  mayHave({ high, low }: Fingerprint, what: Listed): boolean {
    return this.#has(scaled(high ^ what, this.#size)) && this.#has(scaled(low ^ what, this.#size));
  }

  #has(bit: number): boolean {
    return (((this.#bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }
}

/** Hosts as they come. */
export class HostRows {
  #words = new Int32Array(256);
  #size = 0;

  add({ high, low }: Fingerprint, what: Listed): void {
    if (this.#size + 2 > this.#words.length) {
      const wider = new Int32Array(this.#words.length * 2);
      wider.set(this.#words);
      this.#words = wider;
    }
    this.#words[this.#size++] = high ^ what;
    this.#words[this.#size++] = low ^ what;
  }

  /** The bits of a filter of them; the rows are given up. */
  bits(): Uint32Array {
    const bits = new Uint32Array(Math.max(1, Math.ceil(((this.#size / 2) * BITS_EACH) / 32)));
    for (let i = 0; i < this.#size; i++) {
      const bit = scaled(this.#words[i] ?? 0, bits.length * 32);
      bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
    this.#words = new Int32Array(2);
    this.#size = 0;
    return bits;
  }
}

/** A word of 32 bits as a number below a size, evenly. */
function scaled(word: number, size: number): number {
  return Math.floor(((word >>> 0) / 0x1_0000_0000) * size);
}

/**
 * Fingerprints of values: HalfSipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, its 32-bit form, and the rounds
 * that hash tables use) over the UTF-16 units of a text: four to a word where all are below 256, else two. 64 bits find an entry; 32 bits
 * more under another key confirm it, and are made only when the 64 agree. The keys are fixed, so that a snapshot is a function of its
 * feeds; to make a value that is taken for one of n given ones costs 2^96 / n trials.
 */
export interface Fingerprint {
  high: number;
  low: number;
}

const FIND = [0x6b1f_03d7, 0x2c94_e8a5] as const;
const CONFIRM = [0x51ed_270b, 0x7a3c_96e1] as const;

/**
 * The 64 bits of a text of a kind, as two signed words, into `into`; of `text[from, to)` where that is given. (Five parameters: a URL is
 * asked for by several of its parts, and each as a text of its own costs more than its look-up.)
 */
export function fingerprint(
  text: string,
  kind: number,
  into: Fingerprint,
  from = 0,
  to: number = text.length,
): void {
  absorb(text, kind, FIND, from, to);
  into.high = squeeze();
  STATE[1] = (STATE[1] ?? 0) ^ 0xdd;
  into.low = squeeze();
}

/** The 32 bits that confirm. */
export function confirmation(text: string, kind: number, from = 0, to: number = text.length): number {
  absorb(text, kind, CONFIRM, from, to);
  return squeeze();
}

/** The state of the one text that is hashed at a time on a thread; in variables of the module each word would be a number on the heap. */
const STATE = new Int32Array(4);

function absorb(text: string, kind: number, key: readonly [number, number], from: number, to: number): void {
  let v0 = key[0];
  let v1 = key[1] ^ 0xee;
  let v2 = 0x6c79_6765 ^ key[0];
  let v3 = 0x7465_6462 ^ key[1];
  const length = to - from;
  // The first word holds the length and the kind, so that texts of different lengths never absorb the same words.
  let word = (length << 8) ^ kind;
  for (let at = from; ; ) {
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
    if (at >= to) break;
    // Beyond the end stands 0; the length is known already.
    const a = text.charCodeAt(at);
    const b = at + 1 < to ? text.charCodeAt(at + 1) : 0;
    const c = at + 2 < to ? text.charCodeAt(at + 2) : 0;
    const d = at + 3 < to ? text.charCodeAt(at + 3) : 0;
    if ((a | b | c | d) < 256) {
      word = a | (b << 8) | (c << 16) | (d << 24);
      at += 4;
    } else {
      // A mark in the state, so that two wide units are never taken for four narrow ones.
      word = a | (b << 16);
      v1 ^= 0x9e37_79b9;
      at += 2;
    }
  }
  STATE[0] = v0;
  STATE[1] = v1;
  STATE[2] = v2 ^ 0xee;
  STATE[3] = v3;
}

function squeeze(): number {
  let v0 = STATE[0] ?? 0;
  let v1 = STATE[1] ?? 0;
  let v2 = STATE[2] ?? 0;
  let v3 = STATE[3] ?? 0;
  for (let round = 0; round < 3; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  STATE[0] = v0;
  STATE[1] = v1;
  STATE[2] = v2;
  STATE[3] = v3;
  return v1 ^ v3;
}

/**
 * Fingerprints of values: HalfSipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, and its 32-bit form in the
 * reference implementation) over the UTF-16 units of a text, two to a word. 64 bits find an entry; 32 bits more under another key confirm
 * it, and are made only when the 64 agree. The keys are fixed, so that a snapshot is a function of its feeds; to make a value that is
 * taken for one of n given ones costs 2^96 / n trials.
 */
export interface Fingerprint {
  high: number;
  low: number;
}

const FIND = [0x6b1f_03d7, 0x2c94_e8a5] as const;
const CONFIRM = [0x51ed_270b, 0x7a3c_96e1] as const;

/** The 64 bits of a text of a kind, as two signed words, into `into`. */
export function fingerprint(text: string, kind: number, into: Fingerprint): void {
  absorb(text, kind, FIND);
  into.high = squeeze();
  STATE[1] = (STATE[1] ?? 0) ^ 0xdd;
  into.low = squeeze();
}

/** The 32 bits that confirm. */
export function confirmation(text: string, kind: number): number {
  absorb(text, kind, CONFIRM);
  return squeeze();
}

/** The state of the one text that is hashed at a time on a thread; in variables of the module each word would be a number on the heap. */
const STATE = new Int32Array(4);

function absorb(text: string, kind: number, key: readonly [number, number]): void {
  let v0 = key[0];
  let v1 = key[1] ^ 0xee;
  let v2 = 0x6c79_6765 ^ key[0];
  let v3 = 0x7465_6462 ^ key[1];
  const length = text.length;
  // The last word holds the length, the kind, and the unit that is left over.
  for (let at = 0; at <= length; at += 2) {
    const last = at >= length - 1;
    const word = last
      ? (at < length ? text.charCodeAt(at) : 0) | (((length & 0xfff) << 20) | (kind << 16))
      : text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    v3 ^= word;
    for (let round = 0; round < 2; round++) {
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
    v0 ^= word;
    if (last) break;
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
  for (let round = 0; round < 4; round++) {
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

/** What a stream of syslog gave: a whole message, or one that was longer than allowed and was passed over. */
export type SyslogFrame =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'too_large' };

const LF = 10;
const NUL = 0;
const ZERO = 0x30;
const NINE = 0x39;
const BLANK = 32;
/** A count of more digits is none: the message begins with a number. */
const COUNT_DIGITS_MAX = 7;

/**
 * Cuts a stream into messages (RFC 6587): by octet counting where a message begins with a number and a blank, else at line ends (or at NUL,
 * which some senders write). Both may come on one connection. Holds at most one message; what is longer is skipped to its end.
 */
export class SyslogFramer {
  readonly #sizeMax: number;
  #held: Uint8Array = new Uint8Array(0);
  /** Bytes of a counted message that are still to be passed over; -1: up to the next line end. */
  #skip = 0;

  constructor(messageSizeMaxBytes: number) {
    this.#sizeMax = messageSizeMaxBytes;
  }

  /** Bytes that wait for the end of their message. */
  get heldBytes(): number {
    return this.#held.length;
  }

  push(chunk: Uint8Array): readonly SyslogFrame[] {
    const frames: SyslogFrame[] = [];
    let bytes = this.#held.length === 0 ? chunk : joined(this.#held, chunk);
    bytes = this.#skipped(bytes);
    while (bytes.length > 0) {
      const used = this.#cut(bytes, frames);
      if (used === 0) break;
      bytes = this.#skipped(bytes.subarray(used));
    }
    // A copy: the chunk's memory is the socket's, and a short rest would keep a long chunk alive.
    this.#held = bytes.slice();
    return frames;
  }

  /** The connection has ended: what waits is a message that lacks only its line end, or one that broke off. */
  end(): { readonly frame: SyslogFrame | undefined; readonly broken: boolean } {
    const held = this.#held;
    this.#held = new Uint8Array(0);
    const broken = countOf(held).digits > 0 || this.#skip !== 0;
    this.#skip = 0;
    const frame: SyslogFrame | undefined =
      broken || held.length === 0 ? undefined : { kind: 'message', bytes: held };
    return { frame, broken };
  }

  /** Cuts one message off the front; gives the bytes it took, 0 where more must come first. */
  #cut(bytes: Uint8Array, frames: SyslogFrame[]): number {
    const { digits, length } = countOf(bytes);
    if (digits === bytes.length && digits <= COUNT_DIGITS_MAX) return 0;
    if (digits > 0 && bytes[digits] === BLANK) {
      if (length > this.#sizeMax) {
        frames.push({ kind: 'too_large' });
        this.#skip = length;
        return digits + 1;
      }
      const end = digits + 1 + length;
      if (bytes.length < end) return 0;
      frames.push({ kind: 'message', bytes: bytes.slice(digits + 1, end) });
      return end;
    }
    const end = endOf(bytes);
    if (end < 0) {
      if (bytes.length <= this.#sizeMax) return 0;
      frames.push({ kind: 'too_large' });
      this.#skip = -1;
      return bytes.length;
    }
    if (end > this.#sizeMax) frames.push({ kind: 'too_large' });
    else if (end > 0) frames.push({ kind: 'message', bytes: bytes.slice(0, end) });
    return end + 1;
  }

  #skipped(bytes: Uint8Array): Uint8Array {
    if (this.#skip === 0) return bytes;
    if (this.#skip > 0) {
      const some = Math.min(this.#skip, bytes.length);
      this.#skip -= some;
      return bytes.subarray(some);
    }
    const end = endOf(bytes);
    if (end < 0) return bytes.subarray(bytes.length);
    this.#skip = 0;
    return bytes.subarray(end + 1);
  }
}

/** The count that a message may begin with: 1–7 digits, the first no 0. */
function countOf(bytes: Uint8Array): { readonly digits: number; readonly length: number } {
  let digits = 0;
  let length = 0;
  while (digits < COUNT_DIGITS_MAX && digits < bytes.length) {
    const byte = bytes[digits] ?? 0;
    if (byte < ZERO || byte > NINE || (digits === 0 && byte === ZERO)) break;
    length = length * 10 + byte - ZERO;
    digits++;
  }
  return { digits, length };
}

/** One pass, byte by byte: two native searches would each run to the end of the chunk for every message that ends in the other of the two. */
function endOf(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === LF || byte === NUL) return at;
  }
  return -1;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

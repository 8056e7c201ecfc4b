import { type Cutter, type Framed, RECORD_LIMITS, type RecordLimits } from './framed.ts';
import { detectEncoding, detectFraming } from './framing-head.ts';
import { LineCutter } from './line-cutter.ts';
import { ValueCutter } from './value-cutter.ts';

/** Bytes that are looked at before the framing is decided. */
export const FRAMING_HEAD_BYTES = 65_536;

/**
 * Cuts a file that comes in chunks into records: NDJSON (also with lines that hold a list or an envelope), one list, an envelope
 * (`Records`, `records`, `value`, `events`, `Events`, `items`), one object, objects one after another with any white space or commas
 * between. UTF-16 is turned into UTF-8 first. Reports TT2001, TT2002, TT2004 and TT2005.
 *
 * Memory: at most one record and one chunk, whatever the input. A record is not parsed here, only cut; what stands between its brackets
 * is `decodeRecord`'s to judge.
 */
export class Framer {
  readonly #limits: RecordLimits;
  #head: Uint8Array = EMPTY;
  #cutter: Cutter | undefined;
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  readonly #encoder = new TextEncoder();

  constructor(limits: RecordLimits = RECORD_LIMITS) {
    this.#limits = limits;
  }

  /** The records completed by this chunk, in order. */
  push(chunk: Uint8Array): readonly Framed[] {
    if (this.#cutter === undefined) {
      this.#head = join(this.#head, chunk);
      return this.#head.length < FRAMING_HEAD_BYTES ? [] : this.#begin();
    }
    return this.#feed(this.#cutter, chunk);
  }

  /** The records that the end of the input completes. */
  end(): readonly Framed[] {
    const first = this.#cutter === undefined ? this.#begin() : [];
    const cutter = this.#cutter;
    if (cutter === undefined) return first;
    const rest = this.#decoder === undefined ? [] : cutter.push(this.#encoder.encode(this.#decoder.decode()));
    return [...first, ...rest, ...cutter.end()];
  }

  #begin(): readonly Framed[] {
    const head = this.#head;
    this.#head = EMPTY;
    const encoding = detectEncoding(head);
    let sample = head;
    if (encoding !== 'utf-8') {
      this.#decoder = new TextDecoder(encoding);
      sample = this.#encoder.encode(new TextDecoder(encoding).decode(head));
    }
    const cutter =
      detectFraming(sample) === 'ndjson' ? new LineCutter(this.#limits) : new ValueCutter(this.#limits);
    this.#cutter = cutter;
    return this.#feed(cutter, head);
  }

  #feed(cutter: Cutter, chunk: Uint8Array): readonly Framed[] {
    if (this.#decoder === undefined) return cutter.push(chunk);
    return cutter.push(this.#encoder.encode(this.#decoder.decode(chunk, { stream: true })));
  }
}

/** The records of a whole file or text at once. */
export function frameAll(
  input: Uint8Array | string,
  limits: RecordLimits = RECORD_LIMITS,
): readonly Framed[] {
  const framer = new Framer(limits);
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  return [...framer.push(bytes), ...framer.end()];
}

const EMPTY = new Uint8Array(0);

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

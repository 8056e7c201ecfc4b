import { Carry, type Cutter, type Framed, type RecordLimits, tooLarge } from './framed.ts';
import { isBlank, mayHoldMany } from './framing-head.ts';
import { expandLine } from './value-cutter.ts';

const EMPTY = new Uint8Array(0);
const NEWLINE = 10;

/** NDJSON: a record a line. */
export class LineCutter implements Cutter {
  readonly #limits: RecordLimits;
  readonly #carry = new Carry();
  #skipping = false;
  #line = 1;
  /** Offset in the file of the next byte to be looked at. */
  #start = 0;

  constructor(limits: RecordLimits) {
    this.#limits = limits;
  }

  push(chunk: Uint8Array): readonly Framed[] {
    const out: Framed[] = [];
    let from = 0;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, from);
      const to = newline < 0 ? chunk.length : newline;
      const size = this.#carry.sizeBytes + to - from;
      if (!this.#skipping && size > this.#limits.recordSizeMaxBytes) {
        this.#skipping = true;
        this.#carry.clear();
        out.push(tooLarge(this.#limits, this.#line, 1));
      }
      if (newline < 0) {
        if (!this.#skipping) this.#carry.add(chunk.subarray(from));
        this.#start += chunk.length - from;
        return out;
      }
      if (!this.#skipping) {
        const before = this.#carry.sizeBytes;
        this.#cut(this.#carry.take(chunk.subarray(from, to)), this.#start - before, out);
      }
      this.#skipping = false;
      this.#line++;
      this.#start += to + 1 - from;
      from = to + 1;
    }
  }

  end(): readonly Framed[] {
    const out: Framed[] = [];
    const before = this.#carry.sizeBytes;
    if (!this.#skipping) this.#cut(this.#carry.take(EMPTY), this.#start - before, out);
    return out;
  }

  #cut(whole: Uint8Array, offset: number, out: Framed[]): void {
    let from = 0;
    let to = whole.length;
    while (from < to && isBlank(whole[from] ?? 0)) from++;
    while (to > from && isBlank(whole[to - 1] ?? 0)) to--;
    if (from === to) return;
    const line = this.#line;
    if (!mayHoldMany(whole, from, to)) {
      const bytes = whole.subarray(from, to);
      out.push({ kind: 'record', bytes, start: offset + from, end: offset + to, line, column: from + 1 });
      return;
    }
    for (const framed of expandLine(whole, line, this.#limits)) {
      if (framed.kind === 'problem') out.push(framed);
      else out.push({ ...framed, start: framed.start + offset, end: framed.end + offset });
    }
  }
}

import { Carry, type Cutter, type Framed, type RecordLimits, tooLarge } from './framed.ts';
import { isBlank, mayHoldMany } from './framing-head.ts';
import { holeInFile } from './holes.ts';
import { expandLine } from './value-cutter.ts';

const EMPTY = new Uint8Array(0);
const NEWLINE = 10;

/** NDJSON: a record a line. A hole of NUL bytes parts records as a line end does, but is none. */
export class LineCutter implements Cutter {
  readonly #limits: RecordLimits;
  readonly #carry = new Carry();
  #skipping = false;
  #inHole = false;
  #line = 1;
  /** Offset in the file of the next byte to be looked at, and of the first byte of the current line. */
  #offset = 0;
  #lineStart = 0;

  constructor(limits: RecordLimits) {
    this.#limits = limits;
  }

  push(chunk: Uint8Array): readonly Framed[] {
    const out: Framed[] = [];
    let hole = chunk.indexOf(0);
    for (let from = 0; from < chunk.length; ) {
      if (hole >= 0 && hole < from) hole = chunk.indexOf(0, from);
      const newline = chunk.indexOf(NEWLINE, from);
      const lineEnd = newline < 0 ? chunk.length : newline;
      const to = hole >= 0 && hole < lineEnd ? hole : lineEnd;
      const piece = chunk.subarray(from, to);
      if (to === chunk.length) {
        if (this.#fits(piece, out)) this.#carry.add(piece);
        return out;
      }
      // A record that lies whole in its chunk is read where it stands.
      if (this.#fits(piece, out)) this.#cut(this.#carry.take(piece), out);
      this.#skipping = false;
      if (to === hole) {
        from = this.#hole(chunk, to, out);
        continue;
      }
      this.#line++;
      this.#offset++;
      this.#lineStart = this.#offset;
      from = to + 1;
    }
    return out;
  }

  end(): readonly Framed[] {
    const out: Framed[] = [];
    if (!this.#skipping) this.#cut(this.#carry.take(EMPTY), out);
    this.#skipping = false;
    return out;
  }

  /** Steps over a piece of a record; whether it and what is held are no more than a record may be. One that is larger is told once. */
  #fits(piece: Uint8Array, out: Framed[]): boolean {
    if (piece.length > 0) this.#inHole = false;
    this.#offset += piece.length;
    if (this.#skipping) return false;
    if (this.#carry.sizeBytes + piece.length <= this.#limits.recordSizeMaxBytes) return true;
    this.#skipping = true;
    const column = this.#offset - piece.length - this.#carry.sizeBytes - this.#lineStart + 1;
    out.push(tooLarge(this.#limits, { line: this.#line, column }, this.#carry.head(piece)));
    this.#carry.clear();
    return false;
  }

  /** Passes over a run of NUL, which may go on in the next chunk and is told once; gives where it ends. */
  #hole(chunk: Uint8Array, start: number, out: Framed[]): number {
    if (!this.#inHole) {
      const column = this.#offset - this.#lineStart + 1;
      out.push({ kind: 'problem', problem: holeInFile(this.#line, column) });
    }
    this.#inHole = true;
    let end = start;
    while (end < chunk.length && chunk[end] === 0) end++;
    this.#offset += end - start;
    return end;
  }

  #cut(whole: Uint8Array, out: Framed[]): void {
    const offset = this.#offset - whole.length;
    const before = offset - this.#lineStart;
    let from = 0;
    let to = whole.length;
    while (from < to && isBlank(whole[from] ?? 0)) from++;
    while (to > from && isBlank(whole[to - 1] ?? 0)) to--;
    if (from === to) return;
    const line = this.#line;
    if (!mayHoldMany(whole, from, to)) {
      const bytes = whole.subarray(from, to);
      const column = before + from + 1;
      out.push({ kind: 'record', bytes, start: offset + from, end: offset + to, line, column });
      return;
    }
    for (const framed of expandLine(whole, line, this.#limits)) {
      if (framed.kind === 'problem') out.push(framed);
      else
        out.push({
          ...framed,
          start: framed.start + offset,
          end: framed.end + offset,
          column: framed.column + before,
        });
    }
  }
}

import { INGEST_CODES } from './errors.ts';
import type { RecordProblem } from './record-problem.ts';

/** The bounds on one record, whatever the framing. */
export interface RecordLimits {
  /** Longest record in bytes. */
  readonly recordSizeMaxBytes: number;
  /** Deepest nesting of objects and lists; the record itself is 1. */
  readonly recordDepthMax: number;
  /** Most values: members of objects and elements of lists, at all depths. */
  readonly recordValuesMax: number;
}

/** 1 MiB (the largest cloud audit records are a few hundred KiB), 256 levels, and 20,000 values (the largest of those have a few thousand). */
export const RECORD_LIMITS: RecordLimits = {
  recordSizeMaxBytes: 1_048_576,
  recordDepthMax: 256,
  recordValuesMax: 20_000,
};

/** As much of a record that is too large is looked at. */
export const REFUSED_HEAD_BYTES = 65_536;

/** One record as cut out of its file, or what is wrong where one should be. */
export type Framed =
  | {
      readonly kind: 'record';
      /** A view, valid until the pushed chunk is written to. */
      readonly bytes: Uint8Array;
      /** Byte offsets in the file (in its UTF-8 form), end exclusive. */
      readonly start: number;
      readonly end: number;
      /** Line and column (in bytes) of the first byte, from 1. */
      readonly line: number;
      readonly column: number;
    }
  | {
      readonly kind: 'problem';
      readonly problem: RecordProblem;
      /** The first bytes of a record that was refused for its size (`REFUSED_HEAD_BYTES` at most). */
      readonly head?: Uint8Array;
    };

/** Takes a file's bytes in order and gives its records. */
export interface Cutter {
  push(chunk: Uint8Array): readonly Framed[];
  end(): readonly Framed[];
}

/** The start of a record that goes on in the next chunk: pieces, joined once. */
export class Carry {
  #pieces: Uint8Array[] = [];
  sizeBytes = 0;

  add(piece: Uint8Array): void {
    // A copy, since the caller may read its next chunk into the same buffer.
    this.#pieces.push(piece.slice());
    this.sizeBytes += piece.length;
  }

  take(last: Uint8Array): Uint8Array {
    if (this.sizeBytes === 0) return last;
    const whole = new Uint8Array(this.sizeBytes + last.length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    whole.set(last, at);
    this.clear();
    return whole;
  }

  /** The first bytes of what is held and of `last`, as many as are looked at of a record that is too large. */
  head(last: Uint8Array): Uint8Array {
    const from = new Carry();
    for (const piece of [...this.#pieces, last]) {
      from.add(piece.subarray(0, REFUSED_HEAD_BYTES - from.sizeBytes));
      if (from.sizeBytes >= REFUSED_HEAD_BYTES) break;
    }
    return from.take(new Uint8Array(0));
  }

  clear(): void {
    this.#pieces = [];
    this.sizeBytes = 0;
  }
}

/** TT2002, for whoever cuts records without a `Framer`. Of a record that is passed over nobody knows how long it is, so none is told. */
export function recordTooLarge(
  line: number,
  column: number,
  limits: RecordLimits = RECORD_LIMITS,
): RecordProblem {
  return {
    declaration: INGEST_CODES.TT2002,
    line,
    column,
    message: `the record is larger than ${limits.recordSizeMaxBytes} bytes (recordSizeMaxBytes)`,
    hint: 'The record is skipped, and reported as engine.refused_record. Have the source leave out what fills it.',
  };
}

/** The same as a framer says it. `held` is what there is of the record. */
export function tooLarge(
  limits: RecordLimits,
  at: { readonly line: number; readonly column: number },
  held: Uint8Array,
): Framed {
  return {
    kind: 'problem',
    head: held.subarray(0, REFUSED_HEAD_BYTES),
    problem: recordTooLarge(at.line, at.column, limits),
  };
}

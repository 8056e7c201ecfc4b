import { INGEST_CODES } from './errors.ts';
import { isBlank } from './framing-head.ts';
import type { RecordProblem } from './record-problem.ts';

/** A run of bytes of a line: `[from, to)`. */
export interface LinePart {
  readonly from: number;
  readonly to: number;
}

/**
 * What stands between the holes of a line. NUL is no part of JSON, so a run of it ends what was being written and parts it from what was
 * written later: a log that was truncated under its writer, or whose last block was not on the disk when the power failed, has such a hole. Blank
 * parts are left out. O(length).
 */
export function partsBetweenHoles(bytes: Uint8Array, start: number, end: number): readonly LinePart[] {
  const parts: LinePart[] = [];
  for (let at = start; at < end; ) {
    const found = bytes.indexOf(0, at);
    const to = found < 0 || found > end ? end : found;
    let from = at;
    while (from < to && isBlank(bytes[from] ?? 0)) from++;
    if (from < to) parts.push({ from, to });
    at = to;
    while (at < end && bytes[at] === 0) at++;
  }
  return parts;
}

/** The bytes with each run of NUL made one: a hole of gigabytes is no long record. The same bytes where they hold no run. */
export function withoutHoles(bytes: Uint8Array): Uint8Array {
  if (bytes.indexOf(0) < 0) return bytes;
  const kept = new Uint8Array(bytes.length);
  let to = 0;
  let before = 1;
  for (const byte of bytes) {
    if (byte !== 0 || before !== 0) kept[to++] = byte;
    before = byte;
  }
  return kept.subarray(0, to);
}

/** TT2008 for a hole that begins here. */
export function holeInFile(line: number, column: number): RecordProblem {
  return {
    declaration: INGEST_CODES.TT2008,
    line,
    column,
    message: 'NUL bytes stand where records should: what was written there is gone',
    hint: 'Compare with the source whether records are missing; what is before and behind is read.',
  };
}

import { shapeFault } from './depth.ts';
import { INGEST_CODES } from './errors.ts';
import { RECORD_LIMITS, type RecordLimits } from './framed.ts';
import { isBlank } from './framing-head.ts';
import { jsonFault } from './json-fault.ts';
import type { RecordProblem } from './record-problem.ts';

/** A decoded record: its fields by name. Keys are own data, also `__proto__`. */
export type DecodedRecord = Readonly<Record<string, unknown>>;

/** What became of the bytes of one record. */
export type Decoded =
  /** `warning` tells that malformed UTF-8 was replaced (TT2006). */
  | { readonly kind: 'record'; readonly value: DecodedRecord; readonly warning?: RecordProblem }
  /** Nothing but white space and NUL. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'problem'; readonly problem: RecordProblem };

/** Where a record begins in its file. */
export interface RecordPlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Decodes the bytes of one record. Of repeated keys the last counts; a number beyond the range of doubles is infinite; malformed UTF-8
 * reads as U+FFFD. Reports TT2001, TT2003, TT2004, TT2006 and TT2007. O(length).
 */
export function decodeRecord(
  bytes: Uint8Array,
  place: RecordPlace = { line: 1, column: 1 },
  limits: RecordLimits = RECORD_LIMITS,
): Decoded {
  let from = 0;
  let to = bytes.length;
  while (from < to && isBlank(bytes[from] ?? 0)) from++;
  while (to > from && isBlank(bytes[to - 1] ?? 0)) to--;
  if (from === to) return { kind: 'empty' };
  const body = bytes.subarray(from, to);
  const at = { line: place.line, column: place.column + from };
  const fault = shapeFault(body, { depthMax: limits.recordDepthMax, valuesMax: limits.recordValuesMax });
  if (fault !== undefined) return problem(fault === 'deep' ? tooDeep(limits, at) : tooWide(limits, at));
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  // Lines of plain text among records are many where there are any, and an error that is thrown takes longer than a line.
  if (!BEGINNINGS.has(body[0] ?? 0)) return problem(notJson(text, at));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problem(notJson(text, at));
  }
  if (!isRecord(value)) return problem(notAnObject(value, at));
  return text.includes('\uFFFD') && !isUtf8(body)
    ? { kind: 'record', value, warning: replacedBytes(text, at) }
    : { kind: 'record', value };
}

/** What a JSON value begins with. */
const BEGINNINGS: ReadonlySet<number> = new Set(
  Array.from('{["-0123456789tfn', (letter) => letter.charCodeAt(0)),
);

/** Decodes a record that is a text already. */
export function decodeText(text: string, place?: RecordPlace, limits?: RecordLimits): Decoded {
  return decodeRecord(new TextEncoder().encode(text), place, limits);
}

function problem(of: RecordProblem): Decoded {
  return { kind: 'problem', problem: of };
}

function isRecord(value: unknown): value is DecodedRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function tooDeep(limits: RecordLimits, at: RecordPlace): RecordProblem {
  return {
    declaration: INGEST_CODES.TT2003,
    line: at.line,
    column: at.column,
    message: `the record nests deeper than ${limits.recordDepthMax} (recordDepthMax)`,
    hint: 'No known log nests so deep; the record is skipped.',
  };
}

function tooWide(limits: RecordLimits, at: RecordPlace): RecordProblem {
  return {
    declaration: INGEST_CODES.TT2007,
    line: at.line,
    column: at.column,
    message: `the record holds more than ${limits.recordValuesMax} values (recordValuesMax)`,
    hint: 'No known log holds so many; the record is skipped. If it is a list of records, have the source write one a line.',
  };
}

function notJson(text: string, at: RecordPlace): RecordProblem {
  const fault = jsonFault(text);
  return {
    declaration: INGEST_CODES.TT2001,
    ...placeIn(text, fault?.offset ?? 0, at),
    message: `the record is not JSON: ${fault?.message ?? 'it cannot be parsed'}`,
    hint: 'The record is skipped; reading goes on with the next.',
  };
}

function notAnObject(value: unknown, at: RecordPlace): RecordProblem {
  const what = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  return {
    declaration: INGEST_CODES.TT2004,
    line: at.line,
    column: at.column,
    message: `the record is ${what}, not an object`,
    hint: 'A record is a JSON object.',
  };
}

/** TT2006 for the bytes of a record that is read without being decoded as a whole, where they are not UTF-8. O(length). */
export function notUtf8(bytes: Uint8Array, place: RecordPlace): RecordProblem | undefined {
  if (isUtf8(bytes)) return undefined;
  return replacedBytes(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), place);
}

function replacedBytes(text: string, at: RecordPlace): RecordProblem {
  return {
    declaration: INGEST_CODES.TT2006,
    ...placeIn(text, text.indexOf('\uFFFD'), at),
    message: 'the record holds bytes that are not UTF-8; each such sequence reads as U+FFFD',
    hint: 'Have the source write UTF-8.',
  };
}

function placeIn(text: string, offset: number, at: RecordPlace): RecordPlace {
  const before = text.slice(0, offset);
  const newline = before.lastIndexOf('\n');
  if (newline < 0) return { line: at.line, column: at.column + offset };
  return { line: at.line + before.split('\n').length - 1, column: offset - newline };
}

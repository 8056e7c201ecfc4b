import { isUtf8 } from 'node:buffer';
import { costlyRecord } from '../detect/index.ts';
import {
  type CsvRow,
  decodeRecord,
  expandLine,
  type Framed,
  holeInFile,
  INGEST_CODES,
  mayHoldMany,
  notUtf8,
  partsBetweenHoles,
  RECORD_LIMITS,
  REFUSED_HEAD_BYTES,
  type RecordBuffer,
  type RecordProblem,
  recordTooLarge,
} from '../ingest/index.ts';
import type { Signal } from '../model/index.ts';
import { type Engine, type Noticed, withoutObservations } from '../pipeline/index.ts';

/** Lines are looked at in pieces of this size, so that a piece and its string stay in the processor's cache. */
const PIECE_BYTES = 64 * 1024;

/** What a run of records gave. */
export interface ScanTally {
  events: number;
  /** Line ends passed, by `scanLines`. */
  lines: number;
  /** Events with at least one signal. */
  matched: number;
  /** Events that no mapping recognised. */
  unknown: number;
  readonly signals: Signal[];
  readonly problems: RecordProblem[];
  /** Records that hold something which feeds may list later, in their order. Only of engines that notice. */
  readonly observed: ObservedRecord[];
}

/** A record that holds something which feeds may list later. */
export interface ObservedRecord extends Noticed {
  readonly line: number;
  readonly record: string;
  /** The signals that feeds gave of it already. */
  readonly told: readonly string[];
}

/** An empty tally. */
export function newTally(): ScanTally {
  return { events: 0, lines: 0, matched: 0, unknown: 0, signals: [], problems: [], observed: [] };
}

/**
 * Scans whole lines of NDJSON into `tally`. `at.line` is the number of the first one, from 1. A line that is no record becomes a problem;
 * the next one is read.
 */
export function scanLines(
  engine: Engine,
  given: { readonly bytes: Uint8Array; readonly file: string; readonly line: number },
  tally: ScanTally,
): void {
  const { bytes, file } = given;
  const place = { file, line: given.line };
  for (let from = 0; from < bytes.length; ) {
    const to = pieceEnd(bytes, from);
    const piece = bytes.subarray(from, to);
    const memory = engine.memoryFor(bytes.length);
    const held = memory?.arena.hold(piece);
    const buffer = new Piece(held ?? piece);
    let hole = held === undefined ? nulAt(piece, 0) : piece.length;
    // Asked of a whole piece at once (a hundredth of what its records cost); only where it does not hold, of each record.
    const sound = isUtf8(piece);
    for (let start = 0; start < piece.length; ) {
      let end: number;
      let holed = false;
      if (held === undefined || memory === undefined) {
        end = lineEnd(buffer.text, start);
        holed = hole >= 0 && hole < end;
        if (holed) hole = nulAt(piece, end);
      } else {
        end = memory.lineStop(held, start);
        holed = end < held.length && held[end] === 0;
        if (holed) end = memory.lineEnd(held, end);
      }
      if (holed) scanHoled(engine, { buffer, start, end, place, sound }, tally);
      else if (end > start) scanLine(engine, { buffer, start, end, place, sound }, tally);
      if (end < piece.length) place.line++;
      start = end + 1;
    }
    from = to;
  }
  tally.lines += place.line - given.line;
}

/** The tally of lines of which the first was taken for line 1, when it was another. */
export function onLines(tally: ScanTally, first: number): ScanTally {
  if (first === 1) return tally;
  const by = first - 1;
  const problems = tally.problems.map((problem) => ({ ...problem, line: problem.line + by }));
  const signals = tally.signals.map((signal) => ({
    ...signal,
    evidence: signal.evidence.map((event) =>
      event.line === undefined ? event : { ...event, line: event.line + by },
    ),
  }));
  return { ...tally, problems, signals };
}

/** Scans records that a framer has cut. */
export function scanFramed(
  engine: Engine,
  given: { readonly records: readonly Framed[]; readonly file: string },
  tally: ScanTally,
): void {
  for (const framed of given.records) {
    if (framed.kind === 'problem') {
      tally.problems.push(framed.problem);
      if (framed.head !== undefined)
        refuse(engine, { bytes: framed.head, line: framed.problem.line, file: given.file }, tally);
    } else
      scanParsed(
        engine,
        { bytes: framed.bytes, line: framed.line, column: framed.column, file: given.file },
        tally,
      );
  }
}

/** Scans the rows of a table. */
export function scanRows(
  engine: Engine,
  given: { readonly rows: readonly CsvRow[]; readonly file: string },
  tally: ScanTally,
): void {
  for (const { record, line, key } of given.rows)
    count(engine, engine.processRecord(record, { file: given.file, line }, key), tally, line);
}

interface Line {
  readonly buffer: RecordBuffer;
  readonly start: number;
  readonly end: number;
  readonly place: { readonly file: string; readonly line: number };
  /** Whether all of the buffer is UTF-8. */
  readonly sound: boolean;
}

function scanLine(engine: Engine, { buffer, start, end, place, sound }: Line, tally: ScanTally): void {
  const { bytes } = buffer;
  if (end - start > RECORD_LIMITS.recordSizeMaxBytes) {
    tally.problems.push(recordTooLarge(place.line, 1));
    const head = bytes.subarray(start, start + REFUSED_HEAD_BYTES);
    refuse(engine, { bytes: head, line: place.line, file: place.file }, tally);
    return;
  }
  if (mayHoldMany(bytes, start, end)) {
    scanFramed(
      engine,
      { records: expandLine(bytes.subarray(start, end), place.line), file: place.file },
      tally,
    );
    return;
  }
  const found = engine.processBytes(buffer, start, end, place);
  if (found !== undefined) {
    if (!sound) {
      const warning = notUtf8(bytes.subarray(start, end), { line: place.line, column: 1 });
      if (warning !== undefined) tally.problems.push(warning);
    }
    count(engine, found, tally, place.line);
    const noticed = engine.noticed();
    if (noticed !== undefined)
      tally.observed.push(observed(noticed, { found, line: place.line, bytes: bytes.subarray(start, end) }));
  } else
    scanParsed(
      engine,
      { bytes: bytes.subarray(start, end), line: place.line, column: 1, file: place.file },
      tally,
    );
}

/** A line with holes of NUL bytes: what stands between them is a record each. */
function scanHoled(engine: Engine, { buffer, start, end, place, sound }: Line, tally: ScanTally): void {
  const { bytes } = buffer;
  const { file, line } = place;
  tally.problems.push(holeInFile(line, bytes.indexOf(0, start) - start + 1));
  for (const { from, to } of partsBetweenHoles(bytes, start, end)) {
    const part = bytes.subarray(from, to);
    if (part.length > RECORD_LIMITS.recordSizeMaxBytes || mayHoldMany(part, 0, part.length))
      scanLine(engine, { buffer: new Piece(part), start: 0, end: part.length, place, sound }, tally);
    else scanParsed(engine, { bytes: part, line, column: from - start + 1, file }, tally);
  }
}

/** What is beyond a limit, so that no rule was asked about it, is a finding itself. */
function refuse(
  engine: Engine,
  given: { readonly bytes: Uint8Array; readonly line: number; readonly file: string },
  tally: ScanTally,
): void {
  const { bytes, line, file } = given;
  tally.signals.push(engine.refuse(bytes, { file, line }));
}

/** The limits whose excess refuses a record: what breaks another rule of JSON is damage. */
const BEYOND_LIMITS: ReadonlySet<string> = new Set([INGEST_CODES.TT2003.code, INGEST_CODES.TT2007.code]);

/** The slow way of one record: what the fast one refused, and what a framer cut. */
function scanParsed(
  engine: Engine,
  given: {
    readonly bytes: Uint8Array;
    readonly line: number;
    readonly column: number;
    readonly file: string;
  },
  tally: ScanTally,
): void {
  const { bytes, line, column, file } = given;
  const decoded = decodeRecord(bytes, { line, column });
  if (decoded.kind === 'problem') {
    tally.problems.push(decoded.problem);
    if (BEYOND_LIMITS.has(decoded.problem.declaration.code)) refuse(engine, { bytes, line, file }, tally);
  }
  if (decoded.kind !== 'record') return;
  if (decoded.warning !== undefined) tally.problems.push(decoded.warning);
  const found = engine.processRecord(decoded.value, { file, line }, bytes);
  count(engine, found, tally, line);
  const noticed = engine.noticed();
  if (noticed !== undefined) tally.observed.push(observed(noticed, { found, line, bytes }));
}

/** A record, kept whole, that holds something which feeds may list later. */
function observed(
  noticed: Noticed,
  {
    found,
    line,
    bytes,
  }: { readonly found: readonly Signal[]; readonly line: number; readonly bytes: Uint8Array },
): ObservedRecord {
  const told = found.filter(({ intel }) => intel?.matches !== undefined).map(({ id }) => id);
  return { ...noticed, line, record: new TextDecoder().decode(bytes), told };
}

/** Where the first NUL is from here on; less than 0 where there is none. A buffer's search is several times faster than that of plain bytes. */
function nulAt(bytes: Uint8Array, from: number): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(0, from);
}

/** `line` is where the record begins. (Four parameters: it is called for every record.) */
function count(engine: Engine, found: readonly Signal[], tally: ScanTally, line: number): void {
  tally.events++;
  const undecided = engine.lastUndecided;
  if (undecided.length > 0) {
    const titles = undecided.map(({ title }) => title);
    tally.problems.push(costlyRecord(titles, line, 1));
  }
  if (engine.lastSchema === 'unknown') tally.unknown++;
  if (found.length === 0) return;
  // What a baseline observes is no finding.
  if (withoutObservations(found).length > 0) tally.matched++;
  for (const signal of found) tally.signals.push(signal);
}

/** Bytes, and the same as one unit a byte from when that is first asked for. */
class Piece implements RecordBuffer {
  readonly bytes: Uint8Array;
  #text: string | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get text(): string {
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.#text ??= Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
    return this.#text;
  }
}

function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}

/** The end of a piece that begins at `from`: behind a newline, or the end of all. */
function pieceEnd(bytes: Uint8Array, from: number): number {
  if (bytes.length - from <= PIECE_BYTES) return bytes.length;
  const before = bytes.lastIndexOf(10, from + PIECE_BYTES);
  if (before >= from) return before + 1;
  const after = bytes.indexOf(10, from + PIECE_BYTES);
  return after < 0 ? bytes.length : after + 1;
}

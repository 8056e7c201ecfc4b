import { INGEST_CODES } from './errors.ts';
import { Carry, type Cutter, type Framed, RECORD_LIMITS, type RecordLimits, tooLarge } from './framed.ts';
import { ENVELOPE_KEY_MAX, isBlank, isEnvelopeKey, isWrapperKey } from './framing-head.ts';
import { holeInFile } from './holes.ts';

const NEWLINE = 10;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** The records of one line for which `mayHoldMany` is true; a line that is one record after all gives just that. */
export function expandLine(
  bytes: Uint8Array,
  line: number,
  limits: RecordLimits = RECORD_LIMITS,
): readonly Framed[] {
  const cutter = new ValueCutter(limits, line);
  return [...cutter.push(bytes), ...cutter.end()];
}

const HEADING = /^Record \d+\s*$/;
const HEADING_MAX = 32;

function notAnObject(line: number, column: number): Framed {
  return {
    kind: 'problem',
    problem: {
      declaration: INGEST_CODES.TT2004,
      line,
      column,
      message: 'a value that is no object stands where a record should be',
      hint: 'A record is a JSON object.',
    },
  };
}

/** Where the cutter stands between records, and where it goes when a record ends. */
type Level = 'top' | 'list' | 'envelope';

/** What the cutter expects while an object at the top may yet turn out to be an envelope. */
type Probe = 'key' | 'in_key' | 'colon' | 'value' | 'rest' | 'first';

/**
 * JSON values, however they are laid out: brackets are counted, strings skipped, nothing parsed.
 *
 * After a fault inside a record (a bracket of the wrong kind, a newline in a string) it goes on at the next line that begins with `{` no
 * deeper indented than the broken record, since such a line begins a record wherever JSON is laid out by a program.
 */
export class ValueCutter implements Cutter {
  readonly #limits: RecordLimits;
  readonly #carry = new Carry();
  /** Absolute offset of the next chunk's first byte, and of the first byte of the current line. */
  #offset = 0;
  #lineStart = 0;
  #line: number;
  #state: 'between' | 'record' | 'scalar' | 'scalar_string' | 'prose' | 'resync' | 'envelope_tail' =
    'between';
  /** The line of prose being skipped, as far as it is needed to tell a heading. */
  #prose = '';
  #level: Level = 'top';
  /** Brackets open within the record: 1 for `{`, 0 for `[`; beyond the limit only counted. */
  readonly #brackets: Uint8Array;
  #depth = 0;
  #quoted = false;
  #escaped = false;
  #start = 0;
  #startLine = 1;
  #startColumn = 1;
  #skipping = false;
  #indentOnly = false;
  #inHole = false;
  #probe: Probe | undefined;
  #key = '';

  constructor(limits: RecordLimits, line = 1) {
    this.#limits = limits;
    this.#line = line;
    this.#brackets = new Uint8Array(limits.recordDepthMax + 2);
  }

  push(chunk: Uint8Array): readonly Framed[] {
    const out: Framed[] = [];
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === 0) {
        this.#hole(at, out);
        continue;
      }
      this.#inHole = false;
      const state = this.#state;
      switch (state) {
        case 'record':
          at = this.#inRecord(chunk, at, out);
          break;
        case 'between':
          this.#between(byte, at, out);
          break;
        case 'scalar':
          if (isBlank(byte) || byte === COMMA || byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
            this.#state = 'between';
            this.#between(byte, at, out);
          }
          break;
        case 'scalar_string':
          if (this.#escaped) this.#escaped = false;
          else if (byte === BACKSLASH) this.#escaped = true;
          else if (byte === QUOTE || byte === NEWLINE) this.#state = 'between';
          break;
        case 'prose':
          if (byte === NEWLINE) this.#endProse(out);
          else if (this.#prose.length < HEADING_MAX) this.#prose += String.fromCharCode(byte);
          break;
        case 'resync':
          this.#resync(byte, at);
          break;
        case 'envelope_tail':
          this.#tail(byte);
          break;
      }
      if (byte === NEWLINE && state !== 'record') this.#newline(at);
    }
    this.#keep(chunk, chunk.length, out);
    this.#offset += chunk.length;
    return out;
  }

  end(): readonly Framed[] {
    if (this.#state === 'prose') {
      const out: Framed[] = [];
      this.#endProse(out);
      return out;
    }
    const whole = this.#state !== 'record' && this.#state !== 'envelope_tail' && this.#level === 'top';
    if (whole || (this.#state === 'resync' && this.#level !== 'top')) return [];
    const inside = this.#state === 'record';
    return [
      {
        kind: 'problem',
        problem: {
          declaration: INGEST_CODES.TT2005,
          line: inside ? this.#startLine : this.#line,
          column: inside ? this.#startColumn : Math.max(1, this.#offset - this.#lineStart + 1),
          message: inside ? 'the input ends inside this record' : 'the input ends before the list is closed',
          hint: 'The file may still be written to, or was not copied whole; the records before are read.',
        },
      },
    ];
  }

  #newline(at: number): void {
    this.#line++;
    this.#lineStart = this.#offset + at + 1;
    this.#indentOnly = true;
  }

  /** Holds what the chunk has of a record that goes on, unless it is too large already. */
  #keep(chunk: Uint8Array, to: number, out: Framed[]): void {
    if (this.#state !== 'record' || this.#skipping) return;
    const from = Math.max(0, this.#start - this.#offset);
    const size = this.#carry.sizeBytes + to - from;
    if (size > this.#limits.recordSizeMaxBytes) {
      this.#skipping = true;
      out.push(this.#tooLarge(chunk.subarray(from, to)));
      this.#carry.clear();
    } else this.#carry.add(chunk.subarray(from, to));
  }

  #tooLarge(last: Uint8Array): Framed {
    const at = { line: this.#startLine, column: this.#startColumn };
    return tooLarge(this.#limits, at, this.#carry.head(last));
  }

  /** NUL in a file: the first of its run is told. It ends the record that it is in, and behind it any bracket may begin one. */
  #hole(at: number, out: Framed[]): void {
    const column = this.#offset + at - this.#lineStart + 1;
    if (!this.#inHole) out.push({ kind: 'problem', problem: holeInFile(this.#line, column) });
    this.#inHole = true;
    if (this.#state !== 'record') return;
    this.#fault(out, { at, message: 'the record is cut off by a hole of NUL bytes' });
    this.#startColumn = Number.MAX_SAFE_INTEGER;
    this.#indentOnly = true;
  }

  #between(byte: number, at: number, out: Framed[]): void {
    if (isBlank(byte) || byte === COMMA) return;
    if (byte === OPEN_BRACKET && this.#level === 'top') {
      this.#level = 'list';
      return;
    }
    if (byte === CLOSE_BRACKET && this.#level !== 'top') {
      if (this.#level === 'envelope') {
        this.#state = 'envelope_tail';
        this.#depth = 1;
        this.#quoted = false;
      }
      this.#level = 'top';
      return;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#open(byte, at);
      return;
    }
    this.#startColumn = this.#offset + at - this.#lineStart + 1;
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      this.#fault(out, { at, message: `found '${String.fromCharCode(byte)}', where a record should begin` });
      return;
    }
    if (this.#level === 'top') {
      // The line is given up, so that a line of prose is one problem.
      this.#startLine = this.#line;
      this.#state = 'prose';
      this.#prose = String.fromCharCode(byte);
      return;
    }
    out.push(notAnObject(this.#line, this.#startColumn));
    this.#escaped = false;
    this.#state = byte === QUOTE ? 'scalar_string' : 'scalar';
  }

  /** A line of prose at the top is a problem, unless it is the heading that evtx_dump prints above each record. */
  #endProse(out: Framed[]): void {
    if (!HEADING.test(this.#prose)) out.push(notAnObject(this.#startLine, this.#startColumn));
    this.#startColumn = Number.MAX_SAFE_INTEGER;
    this.#state = 'resync';
    this.#indentOnly = false;
  }

  #open(byte: number, at: number): void {
    this.#state = 'record';
    this.#start = this.#offset + at;
    this.#startLine = this.#line;
    this.#startColumn = this.#start - this.#lineStart + 1;
    this.#depth = 1;
    this.#brackets[1] = byte === OPEN_BRACE ? 1 : 0;
    this.#quoted = false;
    this.#escaped = false;
    this.#skipping = false;
    this.#carry.clear();
    this.#probe = byte === OPEN_BRACE && this.#level === 'top' ? 'key' : undefined;
  }

  /** Runs through a record as far as the chunk goes; gives the index of the last byte it took. Hot: no call per plain byte. */
  #inRecord(chunk: Uint8Array, from: number, out: Framed[]): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === 0) {
        this.#hole(at, out);
        return at;
      }
      if (this.#probe !== undefined && !this.#probing(byte, at)) {
        // It was an envelope: the byte opens its first record, or closes its empty list.
        this.#state = 'between';
        this.#level = 'envelope';
        this.#carry.clear();
        this.#between(byte, at, out);
        return at;
      }
      if (this.#quoted) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#quoted = false;
        else if (byte === NEWLINE) {
          this.#fault(out, { at, message: 'a string goes over the end of the line' });
          this.#newline(at);
          return at;
        }
        continue;
      }
      if (byte === QUOTE) this.#quoted = true;
      else if (byte === NEWLINE) this.#newline(at);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth++;
        if (this.#depth < this.#brackets.length) this.#brackets[this.#depth] = byte === OPEN_BRACE ? 1 : 0;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        const wanted = this.#depth < this.#brackets.length ? this.#brackets[this.#depth] : undefined;
        if (wanted !== undefined && (wanted === 1) !== (byte === CLOSE_BRACE)) {
          this.#fault(out, {
            at,
            message: `found '${String.fromCharCode(byte)}', which closes nothing here`,
          });
          return at;
        }
        if (--this.#depth === 0) {
          this.#close(chunk, at + 1, out);
          return at;
        }
      }
    }
    return chunk.length;
  }

  #close(chunk: Uint8Array, to: number, out: Framed[]): void {
    const from = Math.max(0, this.#start - this.#offset);
    const skipped = this.#skipping;
    if (!skipped && this.#carry.sizeBytes + to - from > this.#limits.recordSizeMaxBytes) {
      out.push(this.#tooLarge(chunk.subarray(from, to)));
    } else if (!skipped) {
      out.push({
        kind: 'record',
        bytes: this.#carry.take(chunk.subarray(from, to)),
        start: this.#start,
        end: this.#offset + to,
        line: this.#startLine,
        column: this.#startColumn,
      });
    }
    this.#carry.clear();
    this.#state = 'between';
    this.#indentOnly = false;
  }

  #fault(out: Framed[], what: { readonly at: number; readonly message: string }): void {
    if (!this.#skipping) {
      out.push({
        kind: 'problem',
        problem: {
          declaration: INGEST_CODES.TT2001,
          line: this.#line,
          column: this.#offset + what.at - this.#lineStart + 1,
          message: what.message,
          hint: 'Reading goes on at the next line that begins a record.',
        },
      });
    }
    this.#carry.clear();
    this.#state = 'resync';
    this.#indentOnly = false;
  }

  /** Waits for a line whose first bracket is `{`, not deeper than where the broken record began. */
  #resync(byte: number, at: number): void {
    if (!this.#indentOnly || isBlank(byte)) return;
    const column = this.#offset + at - this.#lineStart + 1;
    if (byte === OPEN_BRACE && column <= this.#startColumn) this.#open(byte, at);
    else this.#indentOnly = false;
  }

  /** Behind an envelope's list: the rest of its members, up to the brace that closes it. */
  #tail(byte: number): void {
    if (this.#quoted) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#quoted = false;
      return;
    }
    if (byte === QUOTE) this.#quoted = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --this.#depth === 0) this.#state = 'between';
  }

  /** Follows the first members of an object at the top. False: it is an envelope, and this byte is the first in its list. */
  #probing(byte: number, at: number): boolean {
    const first = this.#start === this.#offset + at;
    switch (this.#probe) {
      case 'key':
        if (byte === QUOTE) {
          this.#probe = 'in_key';
          this.#key = '';
        } else if (!first && !isBlank(byte)) this.#probe = undefined;
        break;
      case 'in_key':
        if (byte === QUOTE) this.#probe = isEnvelopeKey(this.#key) ? 'colon' : undefined;
        else if (byte === BACKSLASH || this.#key.length >= ENVELOPE_KEY_MAX) this.#probe = undefined;
        else this.#key += String.fromCharCode(byte);
        break;
      case 'colon':
        if (byte === COLON) this.#probe = 'value';
        else if (!isBlank(byte)) this.#probe = undefined;
        break;
      case 'value':
        if (isBlank(byte)) break;
        this.#probe = byte === OPEN_BRACKET && isWrapperKey(this.#key) ? 'first' : 'rest';
        break;
      case 'first':
        if (isBlank(byte)) break;
        if (byte === OPEN_BRACE || byte === CLOSE_BRACKET) {
          this.#probe = undefined;
          return false;
        }
        this.#probe = undefined;
        break;
      case 'rest':
        if (byte === COMMA && this.#depth === 1 && !this.#quoted) this.#probe = 'key';
        break;
      default:
        break;
    }
    return true;
  }
}

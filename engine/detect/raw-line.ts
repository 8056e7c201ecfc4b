import type { RecordBuffer } from '../ingest/index.ts';

const ZERO = 'u0';
const TWO = 'u2';
const LONG_S = '\u00c5\u00bf';
const KELVIN = '\u00e2\u0084\u00aa';

/**
 * Notes where a buffer spells letters in a way that a raw-line search for ASCII words would miss: escapes such as `\u006d`, and the
 * letters U+017F and U+212A, which fold to `s` and `k`. Positions only move forward, so each buffer is searched once however many lines
 * it has; searching for the rare `u0` and `u2` costs a fifth of searching for backslashes, of which Windows logs are full.
 */
export class UncertainBytes {
  #source: RecordBuffer | undefined;
  #zero = -1;
  #two = -1;
  #longS = -1;
  #kelvin = -1;
  #number = -1;

  /**
   * Whether `source.text[start, end)` (one unit a byte) spells a character of `alphabet` (by ASCII code, folded) so. Lines of one buffer must be
   * asked in ascending order.
   */
  within(source: RecordBuffer, start: number, end: number, alphabet: Uint8Array): boolean {
    const { text } = source;
    this.#begin(source);
    if (this.#longS < start) this.#longS = next(text, LONG_S, start);
    if (this.#kelvin < start) this.#kelvin = next(text, KELVIN, start);
    if (this.#longS < end || this.#kelvin < end) return true;
    if (this.#zero < start) this.#zero = next(text, ZERO, start);
    for (let at = this.#zero; at < end; at = next(text, ZERO, at + 1)) {
      if (spells(text, at, alphabet)) return true;
      this.#zero = at;
    }
    if (this.#two < start) this.#two = next(text, TWO, start);
    for (let at = this.#two; at < end; at = next(text, TWO, at + 1)) {
      if (spells(text, at, alphabet)) return true;
      this.#two = at;
    }
    return false;
  }

  /**
   * Whether `source.text[start, end)` holds a number that may be written otherwise than its text reads (`1e3` is 1000): with an exponent, with
   * more digits than a double keeps, or with so many zeros behind the point that its text has an exponent. All others contain their text.
   */
  withinNumbers(source: RecordBuffer, start: number, end: number): boolean {
    this.#begin(source);
    if (this.#number < start) {
      OTHERWISE.lastIndex = start;
      this.#number = OTHERWISE.exec(source.text)?.index ?? source.text.length;
    }
    return this.#number < end;
  }

  #begin(source: RecordBuffer): void {
    if (source === this.#source) return;
    this.#source = source;
    this.#zero = -1;
    this.#two = -1;
    this.#longS = -1;
    this.#kelvin = -1;
    this.#number = -1;
  }
}

const OTHERWISE = /\d[eE]|[\d.]{16}|\.000000/g;

/** Whether the `u` at `at` begins the escape of a character that folds into the alphabet. Any backslash before it counts, even an escaped one. */
function spells(text: string, at: number, alphabet: Uint8Array): boolean {
  if (text.charCodeAt(at - 1) !== 92) return false;
  const unit = Number.parseInt(text.slice(at + 1, at + 5), 16);
  if (unit === 0x17f || unit === 0x212a) return true;
  const folded = unit >= 65 && unit <= 90 ? unit + 32 : unit;
  return folded < 128 && alphabet[folded] === 1;
}

/** Where `mark` stands next, or the end of the text. */
function next(text: string, mark: string, start: number): number {
  const at = text.indexOf(mark, start);
  return at < 0 ? text.length : at;
}

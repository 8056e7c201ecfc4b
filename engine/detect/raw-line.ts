const ESCAPE = '\\u';
const LONG_S = '\u00c5\u00bf';
const KELVIN = '\u00e2\u0084\u00aa';

/**
 * Notes where a buffer holds bytes that make a raw-line search for ASCII words uncertain: `\u` escapes, and the letters U+017F and
 * U+212A, which fold to `s` and `k`. Positions only move forward, so each buffer is searched once however many lines it has.
 */
export class UncertainBytes {
  #text = '';
  #escape = -1;
  #longS = -1;
  #kelvin = -1;

  /** Whether `text[start, end)` (one unit a byte) holds any of them. Lines of one buffer must be asked in ascending order. */
  within(text: string, start: number, end: number): boolean {
    if (text !== this.#text) {
      this.#text = text;
      this.#escape = -1;
      this.#longS = -1;
      this.#kelvin = -1;
    }
    if (this.#escape < start) this.#escape = next(text, ESCAPE, start);
    if (this.#longS < start) this.#longS = next(text, LONG_S, start);
    if (this.#kelvin < start) this.#kelvin = next(text, KELVIN, start);
    return this.#escape < end || this.#longS < end || this.#kelvin < end;
  }
}

/** Where `mark` stands next, or the end of the text. */
function next(text: string, mark: string, start: number): number {
  const at = text.indexOf(mark, start);
  return at < 0 ? text.length : at;
}

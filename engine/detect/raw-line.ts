/**
 * Notes where a buffer holds bytes that make a raw-line search for ASCII words uncertain: `\u` escapes, and the letters U+017F and
 * U+212A, which fold to `s` and `k`. Positions only move forward, so each buffer is searched once however many lines it has.
 */
export class UncertainBytes {
  static readonly #marks = ['\\u', '\u00c5\u00bf', '\u00e2\u0084\u00aa'] as const;
  #text = '';
  readonly #next = [-1, -1, -1];

  /** Whether `text[start, end)` (one unit a byte) holds any of them. Lines must be asked in ascending order. */
  within(text: string, start: number, end: number): boolean {
    if (text !== this.#text) {
      this.#text = text;
      this.#next.fill(-1);
    }
    let found = false;
    UncertainBytes.#marks.forEach((mark, i) => {
      let at = this.#next[i] ?? -1;
      if (at < start) {
        at = text.indexOf(mark, start);
        if (at < 0) at = Number.POSITIVE_INFINITY;
        this.#next[i] = at;
      }
      if (at < end) found = true;
    });
    return found;
  }
}

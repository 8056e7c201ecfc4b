/**
 * A text made safe for a terminal: control characters (which could move the cursor, recolour or retitle the window) and
 * characters that turn the reading direction or end a line are shown as `\u{…}`.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/**
 * A text made safe for a terminal: control characters (which could move the cursor, recolour or retitle the window) and
 * characters that reverse the reading direction are shown as `\u{…}`.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Whether the brackets of a JSON text nest deeper than `depthMax`. Counted before parsing, because what walks a parsed value may
 * recurse. Cost: one pass, and none for a text too short for it.
 */
export function nestsDeeper(bytes: Uint8Array, depthMax: number): boolean {
  if (bytes.length <= depthMax) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === 123 || byte === 91) {
      if (++depth > depthMax) return true;
    } else if (byte === 125 || byte === 93) depth--;
  }
  return false;
}

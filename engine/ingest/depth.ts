const QUOTE = 34;
const BACKSLASH = 92;

/** Bounds on the shape of a JSON text. */
export interface ShapeLimits {
  readonly depthMax: number;
  readonly valuesMax: number;
}

/**
 * In which way the shape of a JSON text goes beyond its limits: brackets nested deeper, or more values (members and elements, containers
 * too). Counted before parsing, because what walks a parsed value may recurse, and since a parser takes up to a microsecond for one more
 * key: a megabyte of short keys takes longer to parse than all rules to evaluate. Cost: one pass, and none for a text too short for it.
 */
export function shapeFault(
  bytes: Uint8Array,
  { depthMax, valuesMax }: ShapeLimits,
): 'deep' | 'wide' | undefined {
  // A level takes a byte, a value and its comma two.
  if (bytes.length <= depthMax && bytes.length <= 2 * valuesMax) return undefined;
  let depth = 0;
  let values = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === 123 || byte === 91) {
      if (++depth > depthMax) return 'deep';
      if (++values > valuesMax) return 'wide';
    } else if (byte === 125 || byte === 93) depth--;
    else if (byte === 44 && ++values > valuesMax) return 'wide';
  }
  return undefined;
}

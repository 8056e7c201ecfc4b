/**
 * Decodes the body of a JSON string (the bytes between the quotes) to UTF-16 units, each mapped through `table` (65,536
 * entries: a case-folding table, or the identity). UTF-8 is decoded as the WHATWG standard says (what `TextDecoder` gives:
 * malformed sequences become U+FFFD), escapes as RFC 8259; an unknown escape gives the character behind the backslash.
 * Returns the end position in `out`, which must have room for `to - from` units. About a nanosecond a byte.
 *
 * Characters beyond the BMP are written as they are. Where there may be any (a few scripts fold there: Deseret, Adlam), the end is given
 * as its complement (`~end`), so that the caller can fold them by pairs.
 */
export function decodeUnits(
  source: { readonly bytes: Uint8Array; readonly table: Uint16Array },
  range: { readonly from: number; readonly to: number },
  target: { readonly out: Uint16Array; readonly at: number },
): number {
  return decodeUnitsInto(source.bytes, range.from, range.to, target.out, target.at, source.table);
}

/** `decodeUnits` without parameter objects, for the hot path. */
export function decodeUnitsInto(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint16Array,
  at: number,
  table: Uint16Array,
): number {
  let p = from;
  let o = at;
  let pairs = false;
  while (p < to) {
    const c = bytes[p] ?? 0;
    if (c < 128 && c !== 92) {
      out[o++] = table[c] ?? 0;
      p++;
    } else if (c === 92) {
      const e = bytes[p + 1] ?? 0;
      if (e === 117) {
        const unit = hexUnit(bytes, p + 2, to);
        if (unit >= 0) {
          if (unit >= 0xd800 && unit < 0xe000) pairs = true;
          out[o++] = table[unit] ?? 0;
          p += 6;
          continue;
        }
      }
      if (e >= 128) {
        p++;
        continue;
      }
      out[o++] = table[ESCAPES[e] ?? e] ?? 0;
      p += 2;
    } else {
      const step = utf8(bytes, p, to);
      const point = step >>> 3;
      p += step & 7;
      if (point < 0x10000) out[o++] = table[point] ?? 0;
      else {
        pairs = true;
        out[o++] = 0xd800 + ((point - 0x10000) >>> 10);
        out[o++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
      }
    }
  }
  return pairs ? ~o : o;
}

const ESCAPES = ((): Uint8Array => {
  const table = Uint8Array.from({ length: 128 }, (_, c) => c);
  table[0x62] = 8;
  table[0x66] = 12;
  table[0x6e] = 10;
  table[0x72] = 13;
  table[0x74] = 9;
  return table;
})();

function hexUnit(bytes: Uint8Array, from: number, to: number): number {
  if (from + 4 > to) return -1;
  let unit = 0;
  for (let i = from; i < from + 4; i++) {
    const c = bytes[i] ?? 0;
    const digit =
      c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : c >= 65 && c <= 70 ? c - 55 : -1;
    if (digit < 0) return -1;
    unit = (unit << 4) | digit;
  }
  return unit;
}

/** Decodes one UTF-8 sequence at `p`; code point in the upper bits, bytes consumed (1–4) in the lower three. */
function utf8(bytes: Uint8Array, p: number, to: number): number {
  const replacement = 0xfffd << 3;
  const lead = bytes[p] ?? 0;
  let need = 0;
  let lower = 0x80;
  let upper = 0xbf;
  let point = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    need = 1;
    point = lead & 0x1f;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    if (lead === 0xe0) lower = 0xa0;
    if (lead === 0xed) upper = 0x9f;
    need = 2;
    point = lead & 0xf;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    if (lead === 0xf0) lower = 0x90;
    if (lead === 0xf4) upper = 0x8f;
    need = 3;
    point = lead & 7;
  } else return replacement | 1;
  for (let i = 1; i <= need; i++) {
    const c = p + i < to ? (bytes[p + i] ?? 0) : 0;
    if (c < lower || c > upper) return replacement | i;
    lower = 0x80;
    upper = 0xbf;
    point = (point << 6) | (c & 0x3f);
  }
  return (point << 3) | (need + 1);
}

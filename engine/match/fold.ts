/**
 * Unicode simple case folding (CaseFolding.txt, status C and S), without locale. It maps one character to one character of as
 * many UTF-16 units, so that folding never moves an offset. Full folding (ß to ss) and the Turkic mappings are deliberately left
 * out: İ and ı fold to themselves.
 *
 * The table is derived from the runtime's own case mappings: simple folding is the lower case of the upper case, but for the
 * few characters listed below; a test binds the result to what the `iu` flags of RegExp, defined over the same file, say.
 */

/** Blocks of 256 units that hold a cased character. */
const CASED_BLOCKS = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x10, 0x13, 0x1c, 0x1d, 0x1e, 0x1f, 0x21, 0x24, 0x2c, 0x2d, 0xa6, 0xa7,
  0xab, 0xfb, 0xff,
] as const;

/** Where folding is not the lower case of the upper case: dotless i keeps apart, and three pairs without a case mapping are one. */
const EXCEPTIONS: readonly (readonly [number, number])[] = [
  [0x0131, 0x0131],
  [0x1fd3, 0x0390],
  [0x1fe3, 0x03b0],
  [0xfb05, 0xfb06],
];

let table: Uint16Array | undefined;

/** The folding of every code unit (surrogates to themselves), 65,536 entries; built on first use in about 3 ms. */
export function foldTable(): Uint16Array {
  table ??= buildTable();
  return table;
}

/** The folding of one code unit of the Basic Multilingual Plane. */
export function foldUnit(unit: number): number {
  if (unit < 0x80) return unit >= 0x41 && unit <= 0x5a ? unit + 32 : unit;
  return foldTable()[unit] ?? unit;
}

/** The folding of one code point. */
export function foldCodePoint(code: number): number {
  return code < 0x1_0000 ? foldUnit(code) : foldAbove(code);
}

const NOT_ASCII = /[^\0-\x7f]/;

/** The text with every character folded; as long as the text, in UTF-16 units. Cost: a few nanoseconds a unit, whatever the text. */
export function foldText(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toLowerCase();
  const first = firstToFold(text);
  if (first === text.length) return text;
  const fold = foldTable();
  const units = new Uint16Array(text.length);
  for (let i = 0; i < units.length; i++) units[i] = fold[text.charCodeAt(i)] ?? 0;
  foldPairs(units, first, units.length);
  return textOfUnits(units, 0, units.length);
}

/** Where the first character that folding changes (or may change) stands; the text's length where there is none. */
function firstToFold(text: string): number {
  const fold = foldTable();
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (fold[unit] !== unit || (unit & 0xfc00) === 0xd800) return i;
  }
  return text.length;
}

/** Folds the pairs of surrogates in `units[from, to)` in place; what `foldTable` leaves to be done. */
export function foldPairs(units: Uint16Array, from: number, to: number): void {
  above ??= buildAbove();
  for (let i = from; i + 1 < to; i++) {
    const high = units[i] ?? 0;
    if ((high & 0xfc00) !== 0xd800) continue;
    // Nearly no high surrogate stands before anything cased; what follows is no high surrogate and is passed over by itself.
    const page = above[high & 0x3ff];
    const low = units[i + 1] ?? 0;
    if (page === undefined || (low & 0xfc00) !== 0xdc00) continue;
    const folded = (page[low & 0x3ff] ?? 0) - 0x1_0000;
    units[i] = 0xd800 + (folded >> 10);
    units[i + 1] = 0xdc00 + (folded & 0x3ff);
    i++;
  }
}

/** The units of a text. */
export function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < units.length; i++) units[i] = text.charCodeAt(i);
  return units;
}

const UTF16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });
/** Native decoding wins from so many units on. */
const SHORT = 24;
/** Arguments of one call: well below what any runtime takes. */
const CALL_MAX = 4096;

/** The text of some units, lone surrogates included. Cost: below a nanosecond a unit, ten where surrogates are alone. */
export function textOfUnits(units: Uint16Array, from: number, to: number): string {
  if (to - from > SHORT) {
    try {
      return UTF16.decode(units.subarray(from, to));
    } catch {
      // It refuses lone surrogates, which are rare; the way below takes any units.
    }
  }
  let text = '';
  for (let at = from; at < to; at += CALL_MAX) {
    text += Reflect.apply(String.fromCharCode, String, units.subarray(at, Math.min(to, at + CALL_MAX)));
  }
  return text;
}

/** Every code point that folds as `code` does, `code` itself among them, in ascending order. */
export function foldVariants(code: number): readonly number[] {
  variants ??= buildVariants();
  return variants.get(foldCodePoint(code)) ?? [code];
}

/** Every code point that is cased, in ascending order: those whose folding class has more than one member. */
export function casedCodePoints(): readonly number[] {
  variants ??= buildVariants();
  cased ??= [...variants.values()].flat().sort((a, b) => a - b);
  return cased;
}

let variants: Map<number, number[]> | undefined;
let cased: readonly number[] | undefined;

/** The planes above the first that hold cased scripts: Deseret to Adlam. */
const CASED_ABOVE: readonly (readonly [number, number])[] = [
  [0x1_0400, 0x1_05ff],
  [0x1_0c80, 0x1_0dff],
  [0x1_1800, 0x1_18ff],
  [0x1_6e00, 0x1_6eff],
  [0x1_e900, 0x1_e9ff],
];

/** By the lower ten bits of a high surrogate: the foldings of its 1,024 characters, where one of them may fold. */
let above: readonly (Uint32Array | undefined)[] | undefined;

function buildAbove(): readonly (Uint32Array | undefined)[] {
  const pages = new Array<Uint32Array | undefined>(1024).fill(undefined);
  for (const [from, last] of CASED_ABOVE) {
    for (let code = from; code <= last; code++) {
      const high = (code - 0x1_0000) >> 10;
      let page = pages[high];
      if (page === undefined) {
        const first = 0x1_0000 + (high << 10);
        page = Uint32Array.from({ length: 1024 }, (_, i) => first + i);
        pages[high] = page;
      }
      page[code & 0x3ff] = foldOf(code);
    }
  }
  return pages;
}

/** The folding of a code point above the first plane. */
function foldAbove(code: number): number {
  above ??= buildAbove();
  return above[(code - 0x1_0000) >> 10]?.[code & 0x3ff] ?? code;
}

function buildVariants(): Map<number, number[]> {
  const classes = new Map<number, number[]>();
  const add = (code: number, to: number): void => {
    const known = classes.get(to);
    if (known === undefined) classes.set(to, [to, code]);
    else known.push(code);
  };
  const fold = foldTable();
  for (let unit = 0; unit < fold.length; unit++) {
    const to = fold[unit] ?? unit;
    if (to !== unit) add(unit, to);
  }
  for (const [from, last] of CASED_ABOVE) {
    for (let code = from; code <= last; code++) {
      const to = foldOf(code);
      if (to !== code) add(code, to);
    }
  }
  for (const members of classes.values()) members.sort((a, b) => a - b);
  return classes;
}

function buildTable(): Uint16Array {
  const fold = new Uint16Array(0x1_0000);
  for (let unit = 0; unit < fold.length; unit++) fold[unit] = unit;
  for (const block of CASED_BLOCKS) {
    for (let unit = block << 8; unit < (block + 1) << 8; unit++) fold[unit] = foldOf(unit);
  }
  for (const [unit, to] of EXCEPTIONS) fold[unit] = to;
  return fold;
}

/** Lower case of the upper case, where each is one character; Cherokee alone folds to its upper case. */
function foldOf(code: number): number {
  const upper = single(String.fromCodePoint(code).toUpperCase(), code);
  if (upper >= 0x13a0 && upper <= 0x13f5) return upper;
  return single(String.fromCodePoint(upper).toLowerCase(), upper);
}

/** The only code point of a text, or `otherwise` where it has several. */
function single(text: string, otherwise: number): number {
  const code = text.codePointAt(0) ?? otherwise;
  return text.length === (code > 0xffff ? 2 : 1) ? code : otherwise;
}

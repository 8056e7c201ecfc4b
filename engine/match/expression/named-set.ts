import { type CharSet, CODE_POINT_MAX, charSetOf } from './char-set.ts';

/** `\d`; like the other classes of one letter it is ASCII, as in PCRE without its Unicode option and in RE2. */
export const DIGITS: CharSet = [0x30, 0x39];
/** `\w`. */
export const WORD: CharSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
/** `\s`, with the vertical tab as in PCRE. */
export const SPACE: CharSet = [0x09, 0x0d, 0x20, 0x20];
/** PCRE's `\h`. */
export const HORIZONTAL_SPACE: CharSet = [
  0x09, 0x09, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f,
  0x205f, 0x3000, 0x3000,
];
/** One character that ends a line, for PCRE's `\R` (which also takes CR LF as one). */
export const LINE_BREAKS: CharSet = [0x0a, 0x0d, 0x85, 0x85, 0x2028, 0x2029];
/** What ends a line for `^`, `$` and `.`. */
export const NEWLINE: CharSet = [0x0a, 0x0a];

/** The POSIX classes, `[[:alpha:]]`; ASCII as in RE2. */
export const POSIX: ReadonlyMap<string, CharSet> = new Map([
  ['alnum', [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ['alpha', [0x41, 0x5a, 0x61, 0x7a]],
  ['ascii', [0x00, 0x7f]],
  ['blank', [0x09, 0x09, 0x20, 0x20]],
  ['cntrl', [0x00, 0x1f, 0x7f, 0x7f]],
  ['digit', DIGITS],
  ['graph', [0x21, 0x7e]],
  ['lower', [0x61, 0x7a]],
  ['print', [0x20, 0x7e]],
  ['punct', [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ['space', SPACE],
  ['upper', [0x41, 0x5a]],
  ['word', WORD],
  ['xdigit', [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
]);

const properties = new Map<string, CharSet | undefined>();

/**
 * The characters of a Unicode property, as `\p{…}` names it: a general category (`L`, `Lu`, `Letter`), a script (`Greek`,
 * `Script=Greek`) or a binary property (`Alphabetic`); undefined where there is none of that name. The data are the runtime's.
 * The first use of a property costs about 0.1 s.
 */
export function unicodeProperty(name: string): CharSet | undefined {
  if (name === 'Any') return [0, CODE_POINT_MAX];
  if (name === 'L&') return unicodeProperty('LC');
  if (!/^[A-Za-z0-9_]+(?:=[A-Za-z0-9_]+)?$/.test(name)) return undefined;
  if (!properties.has(name)) {
    const pattern = propertyPattern(name);
    properties.set(name, pattern === undefined ? undefined : membersOf(pattern));
  }
  return properties.get(name);
}

function propertyPattern(name: string): RegExp | undefined {
  for (const spelling of [name, `Script=${name}`, name.replace(/^sc=/i, 'Script=')]) {
    try {
      return new RegExp(`\\p{${spelling}}+`, 'gu');
    } catch {
      // Not a property under this spelling.
    }
  }
  return undefined;
}

/** Searches all characters, in pieces of 4,096, for runs of members. */
function membersOf(pattern: RegExp): CharSet {
  const ranges: number[] = [];
  const units = new Uint16Array(8192);
  for (let from = 0; from <= CODE_POINT_MAX; from += 4096) {
    if (from === 0xd000) {
      addOneByOne(pattern, from, ranges);
      continue;
    }
    const width = from < 0x1_0000 ? 1 : 2;
    for (let i = 0; i < 4096; i++) {
      const code = from + i;
      if (width === 1) units[i] = code;
      else {
        units[2 * i] = 0xd7c0 + (code >> 10);
        units[2 * i + 1] = 0xdc00 | (code & 0x3ff);
      }
    }
    const text = String.fromCharCode(...units.subarray(0, 4096 * width));
    pattern.lastIndex = 0;
    for (let run = pattern.exec(text); run !== null; run = pattern.exec(text)) {
      const low = from + run.index / width;
      ranges.push(low, low + run[0].length / width - 1);
    }
  }
  return charSetOf(ranges);
}

/** Surrogates must be looked at one by one, lest neighbours pair up. */
function addOneByOne(pattern: RegExp, from: number, ranges: number[]): void {
  for (let code = from; code < from + 4096; code++) {
    pattern.lastIndex = 0;
    if (pattern.test(String.fromCharCode(code))) ranges.push(code, code);
  }
}

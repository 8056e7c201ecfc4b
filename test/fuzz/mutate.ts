import type { Random } from './random.ts';

/** Inputs are cut to this, but for the few that are made long on purpose. */
const SIZE_MAX = 8 * 1024;
const LONG_MAX = 256 * 1024;
/** One input in so many is made long. */
const LONG_ONE_IN = 2000;

/** What means something to most parsers. */
const WORDS: readonly string[] = [
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ',',
  ':',
  ';',
  '=',
  '|',
  '<',
  '>',
  '-',
  '*',
  '?',
  '%',
  '&',
  '!',
  '#',
  '@',
  '/',
  '.',
  '\n',
  '\r\n',
  '\r',
  '\t',
  ' ',
  '\0',
  '\ufeff',
  '\ud800',
  '\u2028',
  '\u0130',
  'ß',
  '😀',
  '\\u0000',
  '\\ud800',
  '\\n',
  'null',
  'true',
  'false',
  'NaN',
  '-0',
  '1e999',
  '-1',
  '0',
  '4294967296',
  '9007199254740993',
  '1e-400',
  '0x10',
  '01',
  '__proto__',
  'constructor',
  'toString',
  'length',
  '{}',
  '[]',
  '""',
  '---\n',
  '...\n',
  '&a ',
  '*a',
  '!!binary ',
  '<<: ',
];

const ENCODER = new TextEncoder();
const WORD_BYTES = WORDS.map((word) => ENCODER.encode(word));
const BYTES = [
  0, 1, 9, 10, 13, 32, 34, 39, 44, 58, 91, 92, 93, 123, 125, 127, 128, 0xbf, 0xc0, 0xef, 0xf4, 0xfe, 0xff,
];

/** What an input is made of. */
export interface Material {
  readonly corpus: readonly Uint8Array[];
  /** Words of the language at hand. */
  readonly words: readonly Uint8Array[];
}

/** An input: one of the corpus, changed in one to eight places. The same for the same random numbers. */
export function mutated({ corpus, words }: Material, random: Random): Uint8Array {
  let bytes = random.one(corpus);
  const changes = 1 + Math.min(random.below(8), random.below(8));
  for (let i = 0; i < changes; i++) bytes = changed(bytes, { corpus, words }, random).subarray(0, SIZE_MAX);
  if (random.below(LONG_ONE_IN) > 0) return bytes;
  // Depth and length are what recursion and backtracking fear.
  const part = random.below(2) === 0 ? random.one([...words, ...WORD_BYTES]) : slice(bytes, random);
  return inserted(bytes, repeated(part, LONG_MAX), random.below(bytes.length + 1)).subarray(0, LONG_MAX);
}

/** One change: a bit, a byte, a word in, a part out, doubled or moved, a part of another, a number, a cut. */
function changed(bytes: Uint8Array, { corpus, words }: Material, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  switch (random.below(12)) {
    case 0:
      return replaced(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
    case 1:
      return replaced(bytes, at, random.one(BYTES));
    case 2:
      return inserted(bytes, Uint8Array.of(random.below(256)), at);
    case 3:
    case 4:
      return inserted(bytes, random.one(WORD_BYTES), at);
    case 5:
    case 6:
      return words.length === 0
        ? inserted(bytes, random.one(WORD_BYTES), at)
        : inserted(bytes, random.one(words), at);
    case 7: {
      const to = Math.min(bytes.length, at + 1 + random.below(1 + random.below(64)));
      return joined(bytes.subarray(0, at), bytes.subarray(to));
    }
    case 8:
      return inserted(bytes, slice(bytes, random), at);
    case 9:
      return inserted(bytes, slice(random.one(corpus), random), at);
    case 10:
      return inserted(bytes, repeated(random.one([...words, ...WORD_BYTES]), 1 + random.below(600)), at);
    default:
      return random.below(3) === 0 ? bytes.subarray(0, at) : otherNumber(bytes, at, random);
  }
}

function slice(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.below(bytes.length + 1);
  return bytes.subarray(from, from + 1 + random.below(1 + random.below(200)));
}

function replaced(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  if (at >= bytes.length) return joined(bytes, Uint8Array.of(byte & 255));
  const copy = bytes.slice();
  copy[at] = byte;
  return copy;
}

function inserted(bytes: Uint8Array, part: Uint8Array, at: number): Uint8Array {
  return joined(joined(bytes.subarray(0, at), part), bytes.subarray(at));
}

function repeated(part: Uint8Array, size: number): Uint8Array {
  if (part.length === 0) return part;
  const whole = new Uint8Array(Math.ceil(size / part.length) * part.length);
  for (let at = 0; at < whole.length; at += part.length) whole.set(part, at);
  return whole;
}

/** The digits at or behind a place become another number. */
function otherNumber(bytes: Uint8Array, from: number, random: Random): Uint8Array {
  let at = from;
  while (at < bytes.length && !isDigit(bytes[at])) at++;
  let to = at;
  while (to < bytes.length && isDigit(bytes[to])) to++;
  const number = random.one([
    '0',
    '1',
    '255',
    '256',
    '65536',
    '2147483648',
    '4294967295',
    '99999999999999999999',
    '-1',
    '0.5',
  ]);
  return joined(joined(bytes.subarray(0, at), ENCODER.encode(number)), bytes.subarray(to));
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** Two parts in memory of their own. */
export function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

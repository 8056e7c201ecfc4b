import { type CharSet, CODE_POINT_MAX, complement } from './char-set.ts';
import { DIGITS, SPACE, unicodeProperty, WORD } from './named-set.ts';
import type { Parser } from './parse.ts';

/**
 * Takes `\d`, `\w`, `\s`, `\p{…}` and their negations, the backslash already taken; undefined (and nothing taken) where
 * another escape comes.
 */
export function namedEscape(parser: Parser): CharSet | undefined {
  const letter = parser.source[parser.at] ?? '';
  switch (letter) {
    case 'd':
    case 'D':
      return takeSet(parser, DIGITS, letter === 'D');
    case 'w':
    case 'W':
      return takeSet(parser, parser.folded(WORD), letter === 'W');
    case 's':
    case 'S':
      return takeSet(parser, SPACE, letter === 'S');
    case 'p':
    case 'P':
      return takeProperty(parser, letter === 'P');
    default:
      return undefined;
  }
}

function takeSet(parser: Parser, set: CharSet, negated: boolean): CharSet {
  parser.at++;
  return negated ? complement(set) : set;
}

function takeProperty(parser: Parser, upper: boolean): CharSet {
  const start = parser.at;
  const found = parser.takeMatch(/[pP](?:\{(\^?)([^{}]*)\}|([A-Z]))/y);
  const name = found?.[2] ?? found?.[3];
  const set = name === undefined ? undefined : unicodeProperty(name.trim());
  if (set === undefined) {
    parser.at = start;
    parser.fail(
      'TT3001',
      name === undefined ? 'a property needs a name' : `there is no Unicode property "${name}"`,
      'properties are written \\p{L}, \\p{Lu}, \\p{Greek}, \\p{Script=Greek}, \\p{Alphabetic}',
    );
    return [];
  }
  const folded = parser.folded(set);
  return upper !== (found?.[1] === '^') ? complement(folded) : folded;
}

const CONTROL: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['e', 0x1b],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

/** Takes an escape that stands for one character, the backslash already taken. */
export function parseCharacterEscape(parser: Parser): number {
  const start = parser.at;
  const code = parser.takeCharacter();
  const letter = String.fromCodePoint(code);
  if (!/[A-Za-z0-9]/.test(letter)) return code;
  const control = CONTROL.get(letter);
  if (control !== undefined) return control;
  switch (letter) {
    case '0':
      return Number.parseInt(`0${parser.takeMatch(/[0-7]{0,2}/y)?.[0] ?? ''}`, 8);
    case 'x':
      return hexadecimal(parser, /\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{1,2})/y, '\\x41 or \\x{1F600}');
    case 'u':
      return hexadecimal(parser, /\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{4})/y, '\\u0041');
    case 'c': {
      const control = parser.takeMatch(/[\x20-\x7e]/y)?.[0].toUpperCase();
      if (control === undefined) parser.fail('TT3001', '\\c needs a character behind it');
      return (control?.charCodeAt(0) ?? 0) ^ 0x40;
    }
    default:
      parser.at = start;
      refuse(parser, letter);
      return 0;
  }
}

function hexadecimal(parser: Parser, pattern: RegExp, example: string): number {
  const found = parser.takeMatch(pattern);
  const code = Number.parseInt(found?.[1] ?? found?.[2] ?? '', 16);
  if (code <= CODE_POINT_MAX) return code;
  parser.fail('TT3001', 'a character code is expected here', `write it as ${example}`);
  return 0;
}

function refuse(parser: Parser, letter: string): void {
  if (/[1-9kg]/.test(letter)) {
    parser.fail('TT3002', `the backreference \\${letter} is not supported`, 'spell the alternatives out');
  } else if (/[GKXC]/.test(letter)) {
    parser.fail('TT3002', `\\${letter} is not supported`);
  } else {
    parser.fail(
      'TT3001',
      `the escape \\${letter} has no meaning`,
      `for a literal backslash write \\\\${letter}`,
    );
  }
}

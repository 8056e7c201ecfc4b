import { type CharSet, charSetOf, complement } from './char-set.ts';
import { HORIZONTAL_SPACE, POSIX } from './named-set.ts';
import type { Parser } from './parse.ts';
import { namedEscape, parseCharacterEscape } from './parse-escape.ts';

/**
 * Takes a bracketed class, the opening bracket already taken. As in PCRE, a `]` that comes first is itself, and so is a hyphen
 * beside a named class. The negation of a class that ignores case is the complement of the folded class.
 */
export function parseClass(parser: Parser): CharSet {
  const start = parser.at - 1;
  const negated = parser.take('^');
  const ranges: number[] = [];
  for (let first = true; ; first = false) {
    if (parser.done) {
      if (parser.failure === undefined) parser.at = start;
      parser.fail(
        'TT3001',
        'a class is not closed',
        'add the closing bracket, or escape a literal one as \\[',
      );
      return [];
    }
    if (!first && parser.take(']')) break;
    const low = classItem(parser, ranges);
    if (low === undefined || !isRange(parser)) {
      if (low !== undefined) ranges.push(low, low);
      continue;
    }
    parser.at++;
    const high = classItem(parser, ranges);
    if (high === undefined) ranges.push(low, low, 0x2d, 0x2d);
    else if (high >= low) ranges.push(low, high);
    else
      parser.fail(
        'TT3001',
        'a range in a class runs backwards',
        'put the hyphen last if it is meant literally',
      );
  }
  const set = parser.folded(charSetOf(ranges));
  return negated ? complement(set) : set;
}

/** Whether a hyphen comes next that stands between two characters. */
function isRange(parser: Parser): boolean {
  const { source, at } = parser;
  return source[at] === '-' && at + 1 < source.length && source[at + 1] !== ']';
}

/** Takes one item: a character is given back, a named class goes straight into the ranges. */
function classItem(parser: Parser, ranges: number[]): number | undefined {
  const posix = parser.takeMatch(/\[:(\^?)([a-z]+):\]/y);
  if (posix !== undefined) {
    const set = POSIX.get(posix[2] ?? '');
    if (set === undefined) {
      parser.at -= posix[0].length;
      parser.fail(
        'TT3001',
        `there is no class ${posix[0]}`,
        `the classes are ${[...POSIX.keys()].join(', ')}`,
      );
      return undefined;
    }
    const folded = parser.folded(set);
    ranges.push(...(posix[1] === '^' ? complement(folded) : folded));
    return undefined;
  }
  if (!parser.take('\\')) return parser.takeCharacter();
  const named = namedEscape(parser);
  if (named !== undefined) {
    ranges.push(...named);
    return undefined;
  }
  if (parser.take('b')) return 0x08;
  if (parser.take('h')) {
    ranges.push(...HORIZONTAL_SPACE);
    return undefined;
  }
  if (parser.take('E')) return undefined;
  if (parser.take('Q')) {
    const end = parser.source.indexOf('\\E', parser.at);
    for (const c of parser.source.slice(parser.at, end < 0 ? undefined : end)) {
      const code = c.codePointAt(0) ?? 0;
      ranges.push(code, code);
    }
    parser.at = end < 0 ? parser.source.length : end + 2;
    return undefined;
  }
  return parseCharacterEscape(parser);
}

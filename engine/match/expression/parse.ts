import type { ExpressionTest } from '../../model/index.ts';
import { ANYTHING, type CharSet, charSet, complement, foldClosed } from './char-set.ts';
import { HORIZONTAL_SPACE, LINE_BREAKS, NEWLINE } from './named-set.ts';
import { type Assertion, choice, EMPTY, type Node, repeat, sequence } from './node.ts';
import { parseClass } from './parse-class.ts';
import { namedEscape, parseCharacterEscape } from './parse-escape.ts';

/** Why an expression was refused, and where: an offset into its source. */
export interface ParseFailure {
  readonly code: 'TT3001' | 'TT3002' | 'TT3003';
  readonly message: string;
  readonly hint?: string;
  readonly offset: number;
}

/** The largest count of a repetition. */
export const COUNT_MAX = 10_000;
/** How deep groups may be nested. */
export const NESTING_MAX = 200;

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  /** PCRE's `x`: blanks and comments in the pattern mean nothing. */
  readonly extended: boolean;
}

/**
 * Reads the syntax that PCRE, RE2 and JavaScript share, and what Sigma rules use beyond it. Where the three differ:
 *
 * - `$` without `m`, and `\z`, are the very end of the text (RE2, JavaScript); `\Z` allows one newline before it (PCRE).
 * - `.` is any character but `\n` (PCRE, RE2); a line ends at `\n` only. A character is a code point, as in RE2.
 * - `\d \w \s` and `\b` are ASCII (PCRE, RE2); `\s` has the vertical tab (PCRE); `\v` is the vertical tab (RE2, JavaScript).
 * - With `i`, characters compare by simple folding, in classes and properties too (RE2; JavaScript with `iu`).
 * - `{` that begins no count is itself; an escaped letter without a meaning is an error (PCRE).
 */
export function parseExpression(test: ExpressionTest): Node | ParseFailure {
  const { ignoreCase, multiline, dotAll } = test;
  const parser = new Parser(test.source, { ignoreCase, multiline, dotAll, extended: false });
  return parser.parse();
}

/** Whether parsing gave a failure. */
export function isFailure(result: Node | ParseFailure): result is ParseFailure {
  return 'code' in result;
}

/** The state of one parse, shared with the parsers of classes and escapes. */
export class Parser {
  readonly source: string;
  at = 0;
  flags: Flags;
  failure: ParseFailure | undefined;
  private depth = 0;

  constructor(source: string, flags: Flags) {
    this.source = source;
    this.flags = flags;
  }

  parse(): Node | ParseFailure {
    const node = this.parseChoice();
    if (this.failure === undefined && this.at < this.source.length) {
      this.fail('TT3001', 'a closing parenthesis has no opening one', 'escape it as \\)');
    }
    return this.failure ?? node;
  }

  /** Records the first failure and moves to the end, so that everything unwinds. */
  fail(code: ParseFailure['code'], message: string, hint?: string): void {
    this.failure ??= { code, message, offset: this.at, ...(hint === undefined ? {} : { hint }) };
    this.at = this.source.length;
  }

  get done(): boolean {
    return this.at >= this.source.length;
  }

  /** Takes the text if it comes next. */
  take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Takes what a sticky pattern finds here. */
  takeMatch(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }

  /** The next character; the end is U+0000 with a failure. */
  takeCharacter(): number {
    const code = this.source.codePointAt(this.at);
    if (code === undefined) {
      this.fail('TT3001', 'the expression ends too early');
      return 0;
    }
    this.at += code > 0xffff ? 2 : 1;
    return code;
  }

  private parseChoice(): Node {
    const branches = [this.parseSequence()];
    while (this.take('|')) branches.push(this.parseSequence());
    return choice(branches);
  }

  private parseSequence(): Node {
    const items: Node[] = [];
    for (;;) {
      this.skipIgnored();
      const next = this.source[this.at];
      if (next === undefined || next === '|' || next === ')') break;
      const atom = this.parseAtom();
      if (atom !== undefined) items.push(this.parseQuantifiers(atom));
    }
    return sequence(items);
  }

  private skipIgnored(): void {
    if (this.flags.extended) this.takeMatch(/(?:\s+|#[^\n]*)+/y);
  }

  private parseQuantifiers(atom: Node): Node {
    let node = atom;
    for (let first = true; ; first = false) {
      this.skipIgnored();
      const found = this.takeMatch(/[*+?]|\{(\d+)(,?)(\d*)\}/y);
      if (found === undefined) return node;
      const [text, low, comma, high] = found;
      if (!first && low === undefined) {
        this.at -= text.length;
        this.fail('TT3001', `the quantifier ${text} follows another one`, 'put the repeated part in a group');
        return EMPTY;
      }
      const min = low === undefined ? (text === '+' ? 1 : 0) : Number(low);
      const max =
        low === undefined
          ? text === '?'
            ? 1
            : Infinity
          : comma === ''
            ? min
            : high === ''
              ? Infinity
              : Number(high);
      if (max < min) this.fail('TT3001', `the count ${text} runs backwards`);
      if (min > COUNT_MAX || (max !== Infinity && max > COUNT_MAX)) {
        this.fail('TT3003', `the count ${text} is beyond ${COUNT_MAX}`);
      }
      if (this.take('+')) {
        this.fail('TT3002', `the possessive quantifier ${text}+ is not supported`, `write ${text} instead`);
      }
      this.take('?');
      node = repeat(node, min, max);
    }
  }

  /** One item before its quantifier; undefined for what stands for nothing (a comment, a change of flags). */
  private parseAtom(): Node | undefined {
    const start = this.at;
    const code = this.takeCharacter();
    switch (String.fromCodePoint(code)) {
      case '.':
        return { kind: 'set', set: this.flags.dotAll ? ANYTHING : complement(NEWLINE) };
      case '^':
        return assertion(this.flags.multiline ? 'line_start' : 'text_start');
      case '$':
        return assertion(this.flags.multiline ? 'line_end' : 'text_end');
      case '(':
        return this.parseGroup();
      case '[':
        return { kind: 'set', set: parseClass(this) };
      case '\\':
        return this.parseEscape();
      case '{':
        if (!/\{\d+(?:,\d*)?\}/y.test(this.source.slice(start))) return this.literal(code);
        this.at = start;
        this.fail('TT3001', 'a count has nothing to repeat', 'escape a literal brace as \\{');
        return EMPTY;
      case '*':
      case '+':
      case '?':
        this.at = start;
        this.fail(
          'TT3001',
          `the quantifier ${String.fromCodePoint(code)} has nothing to repeat`,
          `escape it as \\${String.fromCodePoint(code)}, or write .${String.fromCodePoint(code)}`,
        );
        return EMPTY;
      default:
        return this.literal(code);
    }
  }

  private literal(code: number): Node {
    return { kind: 'set', set: this.folded(charSet(code)) };
  }

  /** The set, closed under folding where case is ignored. */
  folded(set: CharSet): CharSet {
    return this.flags.ignoreCase ? foldClosed(set) : set;
  }

  private parseGroup(): Node | undefined {
    const outer = this.flags;
    if (++this.depth > NESTING_MAX) {
      this.fail('TT3003', `groups are nested deeper than ${NESTING_MAX}`);
      return EMPTY;
    }
    const start = this.at;
    if (/\*[A-Za-z]/y.test(this.source.slice(start, start + 2))) {
      this.fail('TT3002', 'verbs such as (*SKIP) are not supported');
      return EMPTY;
    }
    if (this.take('?#')) {
      this.takeMatch(/[^)]*/y);
      this.close(start);
      this.depth--;
      return undefined;
    }
    const flags = this.takeMatch(/\?(\^?[a-zA-QS-Z]*)(?:-([a-zA-Z]+))?([:)])/y);
    if (flags !== undefined) {
      this.setFlags(flags[1] ?? '', flags[2] ?? '', start);
      if (flags[3] === ')') {
        this.depth--;
        return undefined;
      }
    }
    const look = flags === undefined ? this.takeMatch(/\?(<?)([=!])/y) : undefined;
    if (flags === undefined && look === undefined) this.parseGroupHead();
    const of = this.parseChoice();
    this.close(start);
    this.flags = outer;
    this.depth--;
    if (look === undefined) return of;
    return { kind: 'look', of, behind: look[1] === '<', negated: look[2] === '!' };
  }

  private close(start: number): void {
    if (this.take(')') || this.failure !== undefined) return;
    this.at = start - 1;
    this.fail(
      'TT3001',
      'a group is not closed',
      'add the closing parenthesis, or escape a literal one as \\(',
    );
  }

  private parseGroupHead(): void {
    if (!this.source.startsWith('?', this.at)) return;
    if (this.takeMatch(/\?(?:P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*'|\|)/y) !== undefined) return;
    const rest = this.source.slice(this.at, this.at + 3);
    if (rest.startsWith('?>'))
      this.fail('TT3002', 'atomic groups are not supported', 'write a plain group (?:…)');
    else if (rest.startsWith('?P='))
      this.fail('TT3002', 'backreferences are not supported', 'spell the alternatives out');
    else if (/^\?(?:[R0-9&(+-]|P>)/.test(rest))
      this.fail('TT3002', 'recursion and conditionals are not supported');
    else this.fail('TT3001', 'an unknown kind of group begins here', 'a plain group is (…) or (?:…)');
  }

  private setFlags(on: string, off: string, start: number): void {
    const unknown = /[^imsxnuU^]/.exec(on + off);
    if (unknown !== null) {
      this.at = start;
      this.fail('TT3001', `the flag ${unknown[0]} is unknown`, 'the flags are i, m, s and x');
      return;
    }
    const base = on.startsWith('^') ? PLAIN : this.flags;
    const value = (letter: string, before: boolean): boolean =>
      (on.includes(letter) || before) && !off.includes(letter);
    this.flags = {
      ignoreCase: value('i', base.ignoreCase),
      multiline: value('m', base.multiline),
      dotAll: value('s', base.dotAll),
      extended: value('x', base.extended),
    };
  }

  private parseEscape(): Node | undefined {
    const start = this.at - 1;
    if (this.done) {
      this.at = start;
      this.fail('TT3001', 'the expression ends in a lone backslash', 'a literal backslash is \\\\');
      return EMPTY;
    }
    const named = namedEscape(this);
    if (named !== undefined) return { kind: 'set', set: named };
    const letter = this.source[this.at] ?? '';
    const simple = ASSERTIONS.get(letter);
    if (simple !== undefined) {
      this.at++;
      return assertion(simple);
    }
    switch (letter) {
      case 'Z':
        this.at++;
        return choice([
          assertion('text_end'),
          sequence([{ kind: 'set', set: NEWLINE }, assertion('text_end')]),
        ]);
      case 'h':
      case 'H':
        this.at++;
        return { kind: 'set', set: letter === 'h' ? HORIZONTAL_SPACE : complement(HORIZONTAL_SPACE) };
      case 'N':
        this.at++;
        return { kind: 'set', set: complement(NEWLINE) };
      case 'R':
        this.at++;
        return choice([
          sequence([
            { kind: 'set', set: charSet(0x0d) },
            { kind: 'set', set: NEWLINE },
          ]),
          { kind: 'set', set: LINE_BREAKS },
        ]);
      case 'E':
        this.at++;
        return undefined;
      case 'Q':
        this.at++;
        return this.parseQuoted();
      default:
        return this.literal(parseCharacterEscape(this));
    }
  }

  /** `\Q…\E`: characters that mean themselves. A quantifier behind it belongs to the last one. */
  private parseQuoted(): Node | undefined {
    const end = this.source.indexOf('\\E', this.at);
    const text = this.source.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.source.length : end + 2;
    const characters = Array.from(text, (c) => this.literal(c.codePointAt(0) ?? 0));
    const last = characters.pop();
    if (last === undefined) return undefined;
    return sequence([...characters, this.parseQuantifiers(last)]);
  }
}

const PLAIN: Flags = { ignoreCase: false, multiline: false, dotAll: false, extended: false };

const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map([
  ['b', 'word'],
  ['B', 'not_word'],
  ['A', 'text_start'],
  ['z', 'text_end'],
]);

function assertion(kind: Assertion): Node {
  return { kind: 'assert', assertion: kind };
}

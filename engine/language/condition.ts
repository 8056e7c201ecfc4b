import { type CodeDeclaration, nearest } from '../diagnostic/index.ts';
import { LANGUAGE_CODES } from './errors.ts';
import type { Limits } from './limits.ts';

/** A condition as written. Offsets are UTF-16 units of the condition's text, `to` exclusive. */
export type ConditionNode =
  | { readonly kind: 'and' | 'or'; readonly of: readonly ConditionNode[] }
  | { readonly kind: 'not'; readonly of: ConditionNode }
  | { readonly kind: 'name'; readonly name: string; readonly from: number; readonly to: number }
  | {
      readonly kind: 'of';
      /** How many must hold. */
      readonly count: number | 'all';
      /** A name with wildcards, or undefined for `them`. */
      readonly pattern: string | undefined;
      readonly from: number;
      readonly to: number;
    };

/** What is wrong with a condition, and where in its text. */
export interface ConditionProblem {
  readonly code: CodeDeclaration;
  readonly message: string;
  readonly hint?: string;
  readonly from: number;
  readonly to: number;
}

/** A condition read, what is wrong with it, or the legacy aggregation behind its pipe. */
export type ConditionReading =
  | { readonly kind: 'condition'; readonly node: ConditionNode }
  | { readonly kind: 'problem'; readonly problem: ConditionProblem }
  | { readonly kind: 'legacy'; readonly before: string; readonly aggregation: string; readonly from: number };

interface Token {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const END = '';

/**
 * Reads a Sigma condition: names, `and`, `or`, `not`, parentheses, `1|N|any|all of` a pattern or `them`; `not` binds strongest, then `and`.
 * Keywords in any case. Also reads the conditions of correlations over rule names.
 */
export function parseCondition(text: string, limits: Limits): ConditionReading {
  const pipe = text.indexOf('|');
  if (pipe >= 0) {
    return {
      kind: 'legacy',
      before: text.slice(0, pipe).trim(),
      aggregation: text.slice(pipe + 1).trim(),
      from: pipe,
    };
  }
  const parser = new ConditionParser(tokenize(text), limits.conditionDepthMax);
  const node = parser.parse();
  return node === undefined
    ? { kind: 'problem', problem: parser.problem ?? problemAt(parser.peek(), 'the condition cannot be read') }
    : { kind: 'condition', node };
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(/[()]|[^\s()]+/g)) {
    tokens.push({ text: match[0], from: match.index, to: match.index + match[0].length });
  }
  tokens.push({ text: END, from: text.length, to: text.length + 1 });
  return tokens;
}

function problemAt(token: Token, message: string, hint?: string): ConditionProblem {
  const { from, to } = token;
  return { code: LANGUAGE_CODES.TT1301, message, ...(hint === undefined ? {} : { hint }), from, to };
}

/** Recursive descent; depth is counted, so that a condition cannot exhaust the stack. */
class ConditionParser {
  problem: ConditionProblem | undefined;
  readonly #tokens: readonly Token[];
  readonly #depthMax: number;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], depthMax: number) {
    this.#tokens = tokens;
    this.#depthMax = depthMax;
  }

  parse(): ConditionNode | undefined {
    if (this.peek().text === END) {
      this.problem = problemAt(this.peek(), 'the condition is empty', 'name a selection');
      return undefined;
    }
    const node = this.#or();
    if (node === undefined) return undefined;
    const next = this.peek();
    if (next.text === END) return node;
    if (next.text === ')') return this.#fail(next, 'this parenthesis closes nothing');
    return this.#fail(
      next,
      `expected 'and', 'or' or the end of the condition before '${next.text}'`,
      spellingHint(next.text),
    );
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] ?? { text: END, from: 0, to: 1 };
  }

  #word(ahead = 0): string {
    return this.peek(ahead).text.toLowerCase();
  }

  #fail(token: Token, message: string, hint?: string): undefined {
    this.problem ??= problemAt(token, message, hint);
    return undefined;
  }

  #or(): ConditionNode | undefined {
    return this.#chain('or', () => this.#chain('and', () => this.#not()));
  }

  #chain(kind: 'and' | 'or', operand: () => ConditionNode | undefined): ConditionNode | undefined {
    const first = operand();
    if (first === undefined) return undefined;
    const of = [first];
    while (this.#word() === kind) {
      this.#at++;
      const next = operand();
      if (next === undefined) return undefined;
      of.push(next);
    }
    return of.length === 1 ? first : { kind, of };
  }

  #not(): ConditionNode | undefined {
    const token = this.peek();
    if (this.#word() !== 'not') return this.#primary();
    this.#at++;
    return this.#nested(token, () => {
      const of = this.#not();
      return of === undefined ? undefined : { kind: 'not', of };
    });
  }

  #nested(token: Token, inner: () => ConditionNode | undefined): ConditionNode | undefined {
    if (++this.#depth > this.#depthMax) {
      const message = `the condition nests more than ${this.#depthMax} deep`;
      this.problem ??= { ...problemAt(token, message), code: LANGUAGE_CODES.TT1307 };
      return undefined;
    }
    const node = inner();
    this.#depth--;
    return node;
  }

  #primary(): ConditionNode | undefined {
    const token = this.peek();
    const word = this.#word();
    if (token.text === '(') {
      this.#at++;
      return this.#nested(token, () => {
        const node = this.#or();
        if (node === undefined) return undefined;
        if (this.peek().text !== ')') return this.#fail(token, 'this parenthesis is never closed');
        this.#at++;
        return node;
      });
    }
    if (token.text === END) return this.#fail(token, 'the condition ends where a selection is expected');
    if (token.text === ')') return this.#fail(token, "a selection is expected before ')'");
    if (this.#word(1) === 'of') return this.#quantifier(token, word);
    if (word === 'and' || word === 'or')
      return this.#fail(token, `a selection is expected before '${token.text}'`);
    if (word === 'them' || token.text.includes('*')) {
      return this.#fail(
        token,
        `'${token.text}' stands for several selections`,
        `write \`1 of ${token.text}\` or \`all of ${token.text}\``,
      );
    }
    this.#at++;
    return { kind: 'name', name: token.text, from: token.from, to: token.to };
  }

  #quantifier(token: Token, word: string): ConditionNode | undefined {
    const count =
      word === 'all' ? 'all' : word === 'any' ? 1 : /^[1-9]\d{0,8}$/.test(word) ? Number(word) : undefined;
    if (count === undefined) {
      return this.#fail(
        token,
        `'${token.text} of' says no number`,
        'write `1 of`, `2 of` … `any of` or `all of`',
      );
    }
    const target = this.peek(2);
    if (target.text === END || target.text === '(' || target.text === ')') {
      return this.#fail(
        target,
        `a pattern of selection names or 'them' is expected after '${token.text} of'`,
      );
    }
    this.#at += 3;
    const pattern = target.text.toLowerCase() === 'them' ? undefined : target.text;
    return { kind: 'of', count, pattern, from: target.from, to: target.to };
  }
}

function spellingHint(word: string): string | undefined {
  const near = nearest(word.toLowerCase(), ['and', 'or', 'not', 'of']);
  return near === undefined ? 'join selections with `and` or `or`' : `did you mean '${near}'?`;
}

import type { Presence, RuleReference } from '../../model/index.ts';

/** What is wrong with a condition over rule names, and where (UTF-16 offsets, end exclusive). */
export interface PresenceProblem {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

interface Token {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Reads a condition over rule names: `not` binds closer than `and`, `and` closer than `or`; `N of [a, b]`, `any of …`, `all of …`, with
 * `them` for all rules listed. Names are what `rules` lists, as written.
 */
export function parsePresence(
  text: string,
  context: {
    readonly rules: readonly RuleReference[];
    readonly reference: (name: string, from: number) => RuleReference;
  },
): { readonly value: Presence } | { readonly problem: PresenceProblem } {
  const parser = new Parser(text, context);
  try {
    return { value: parser.whole() };
  } catch (trouble) {
    if (trouble instanceof Unreadable) return { problem: trouble.problem };
    throw trouble;
  }
}

/** Carries a problem out of the recursion; never leaves this file. */
class Unreadable extends Error {
  readonly problem: PresenceProblem;
  constructor(problem: PresenceProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

const DEPTH_MAX = 64;

class Parser {
  private readonly tokens: readonly Token[];
  private readonly length: number;
  private readonly context: Parameters<typeof parsePresence>[1];
  private at = 0;
  private depth = 0;

  constructor(text: string, context: Parameters<typeof parsePresence>[1]) {
    this.tokens = [...text.matchAll(/[()[\],]|[^\s()[\],]+/g)].map((match) => ({
      text: match[0],
      from: match.index,
      to: match.index + match[0].length,
    }));
    this.length = text.length;
    this.context = context;
  }

  whole(): Presence {
    const value = this.or();
    const rest = this.tokens[this.at];
    if (rest !== undefined) this.fail(`'${rest.text}' is not expected here`, rest);
    return value;
  }

  private or(): Presence {
    if (++this.depth > DEPTH_MAX)
      this.fail(`the condition nests deeper than ${DEPTH_MAX}`, this.tokens[this.at]);
    const of = [this.and()];
    while (this.takeWord('or')) of.push(this.and());
    this.depth--;
    return join('or', of);
  }

  private and(): Presence {
    const of = [this.not()];
    while (this.takeWord('and')) of.push(this.not());
    return join('and', of);
  }

  private not(): Presence {
    let negations = 0;
    while (this.takeWord('not')) negations++;
    const of = this.primary();
    return negations % 2 === 1 ? { kind: 'not', of } : of;
  }

  private primary(): Presence {
    const token = this.tokens[this.at];
    if (token === undefined) this.fail('a rule name is expected at the end', token);
    if (token.text === '(') {
      this.at++;
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    const next = this.tokens[this.at + 1];
    if (next?.text.toLowerCase() === 'of' && /^(?:\d+|all|any)$/i.test(token.text))
      return this.quantified(token);
    if (/^[()[\],]$/.test(token.text) || /^(?:and|or|of)$/i.test(token.text)) {
      this.fail(`a rule name is expected, not '${token.text}'`, token);
    }
    this.at++;
    return { kind: 'rule', rule: this.context.reference(token.text, token.from) };
  }

  private quantified(quantifier: Token): Presence {
    this.at += 2;
    const of = this.list();
    const word = quantifier.text.toLowerCase();
    const count = word === 'all' ? of.length : word === 'any' ? 1 : Number(word);
    if (count < 1 || count > of.length) {
      this.fail(
        `'${quantifier.text} of' ${of.length} rules can ${count < 1 ? 'not fail' : 'never hold'}`,
        quantifier,
      );
    }
    return { kind: 'at_least', count, of };
  }

  private list(): Presence[] {
    const open = this.tokens[this.at];
    if (open?.text.toLowerCase() === 'them') {
      this.at++;
      return this.context.rules.map((rule) => ({ kind: 'rule', rule }) as const);
    }
    if (open === undefined || (open.text !== '[' && open.text !== '(')) {
      this.fail('a list of rule names in brackets, or `them`, is expected', open);
    }
    this.at++;
    const of: Presence[] = [];
    do of.push(this.or());
    while (this.take(','));
    this.expect(open.text === '[' ? ']' : ')');
    return of;
  }

  private takeWord(word: string): boolean {
    if (this.tokens[this.at]?.text.toLowerCase() !== word) return false;
    this.at++;
    return true;
  }

  private take(text: string): boolean {
    if (this.tokens[this.at]?.text !== text) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) this.fail(`'${text}' is missing`, this.tokens[this.at]);
  }

  private fail(message: string, token: Token | undefined): never {
    throw new Unreadable({ message, from: token?.from ?? this.length, to: token?.to ?? this.length });
  }
}

function join(kind: 'and' | 'or', of: readonly Presence[]): Presence {
  const only = of[0];
  return of.length === 1 && only !== undefined ? only : { kind, of };
}

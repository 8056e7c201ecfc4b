/** A comparison of one observation of a STIX pattern. */
export type StixComparison =
  | { readonly kind: 'and' | 'or'; readonly of: readonly StixComparison[] }
  | {
      readonly kind: 'test';
      readonly path: string;
      readonly operator: StixOperator;
      readonly negated: boolean;
      readonly values: readonly string[];
    };
export type StixOperator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'IN'
  | 'LIKE'
  | 'MATCHES'
  | 'ISSUBSET'
  | 'ISSUPERSET';

/** Observations of a STIX pattern, and how they are joined. Times in seconds. */
export type StixObservations =
  | { readonly kind: 'observation'; readonly comparison: StixComparison }
  | { readonly kind: 'all' | 'any' | 'sequence'; readonly of: readonly StixObservations[] }
  | { readonly kind: 'within'; readonly seconds: number; readonly of: StixObservations }
  | { readonly kind: 'repeats'; readonly times: number; readonly of: StixObservations }
  | { readonly kind: 'between'; readonly of: StixObservations };

const TOKEN =
  /\s*(?:(\[|\]|\(|\)|,|<=|>=|!=|=|<|>)|([th]?'(?:[^'\\]|\\.)*')|([^\s'()[\],=<>!]+(?:'[^']*'[^\s'()[\],=<>!]*)*))\s*/y;
const OPERATORS: readonly StixOperator[] = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'IN',
  'LIKE',
  'MATCHES',
  'ISSUBSET',
  'ISSUPERSET',
];
const DEPTH_MAX = 32;
const TOKENS_MAX = 10_000;

/**
 * Parses a pattern (STIX 2.1, OASIS 2021, section 9: comparisons, observations, qualifiers). Gives the reason in words where it is none.
 * FOLLOWEDBY binds loosest of what joins observations, then OR, then AND, as the standard's grammar has it. O(length).
 */
export function parseStixPattern(pattern: string): StixObservations | string {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < pattern.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(pattern);
    const token = found?.[1] ?? found?.[2] ?? found?.[3];
    if (token === undefined) return `cannot be read at character ${at + 1}`;
    tokens.push(token);
    if (tokens.length > TOKENS_MAX) return `is longer than ${TOKENS_MAX} words`;
  }
  const parser = new Parser(tokens);
  const whole = parser.observations(0);
  if (typeof whole === 'string') return whole;
  return parser.done ? whole : `has '${parser.next ?? ''}' where nothing more is expected`;
}

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get next(): string | undefined {
    return this.#tokens[this.#at];
  }

  get done(): boolean {
    return this.#at === this.#tokens.length;
  }

  observations(depth: number): StixObservations | string {
    return this.#joined('FOLLOWEDBY', 'sequence', () =>
      this.#joined('OR', 'any', () => this.#joined('AND', 'all', () => this.#qualified(depth))),
    );
  }

  #joined(
    word: string,
    kind: 'all' | 'any' | 'sequence',
    part: () => StixObservations | string,
  ): StixObservations | string {
    const of: StixObservations[] = [];
    do {
      const one = part();
      if (typeof one === 'string') return one;
      of.push(one);
    } while (this.#takes(word));
    const [only] = of;
    return of.length === 1 && only !== undefined ? only : { kind, of };
  }

  #qualified(depth: number): StixObservations | string {
    let one = this.#observation(depth);
    while (typeof one !== 'string') {
      if (this.#takes('WITHIN')) {
        const seconds = Number(this.#take());
        if (!(seconds > 0) || !this.#takes('SECONDS')) return 'WITHIN lacks its number of SECONDS';
        one = { kind: 'within', seconds, of: one };
      } else if (this.#takes('REPEATS')) {
        const times = Number(this.#take());
        if (!(times >= 1) || !this.#takes('TIMES')) return 'REPEATS lacks its number of TIMES';
        one = { kind: 'repeats', times, of: one };
      } else if (this.#takes('START')) {
        this.#take();
        if (!this.#takes('STOP')) return 'START lacks its STOP';
        this.#take();
        one = { kind: 'between', of: one };
      } else return one;
    }
    return one;
  }

  #observation(depth: number): StixObservations | string {
    if (depth > DEPTH_MAX) return `is nested deeper than ${DEPTH_MAX}`;
    if (this.#takes('(')) {
      const inner = this.observations(depth + 1);
      if (typeof inner === 'string') return inner;
      return this.#takes(')') ? inner : "lacks a ')'";
    }
    if (!this.#takes('[')) return `has '${this.next ?? 'nothing'}' where an observation begins with '['`;
    const comparison = this.#comparisons(depth + 1);
    if (typeof comparison === 'string') return comparison;
    return this.#takes(']') ? { kind: 'observation', comparison } : "lacks a ']'";
  }

  #comparisons(depth: number): StixComparison | string {
    if (depth > DEPTH_MAX) return `is nested deeper than ${DEPTH_MAX}`;
    const alternatives: StixComparison[] = [];
    do {
      const all: StixComparison[] = [];
      do {
        const one = this.#comparison(depth);
        if (typeof one === 'string') return one;
        all.push(one);
      } while (this.#takes('AND'));
      alternatives.push(single('and', all));
    } while (this.#takes('OR'));
    return single('or', alternatives);
  }

  #comparison(depth: number): StixComparison | string {
    if (this.#takes('(')) {
      const inner = this.#comparisons(depth + 1);
      if (typeof inner === 'string') return inner;
      return this.#takes(')') ? inner : "lacks a ')'";
    }
    const path = this.#take() ?? '';
    if (!path.includes(':')) return `has '${path}' where a path such as file:name is expected`;
    const negated = this.#takes('NOT');
    const word = (this.#take() ?? '').toUpperCase();
    const operator = OPERATORS.find((one) => one === word);
    if (operator === undefined) return `has '${word}' where a comparison is expected`;
    const values: string[] = [];
    if (operator === 'IN') {
      if (!this.#takes('(')) return "lacks the '(' of IN";
      do values.push(textOf(this.#take() ?? ''));
      while (this.#takes(','));
      if (!this.#takes(')')) return "lacks the ')' of IN";
    } else values.push(textOf(this.#take() ?? ''));
    return { kind: 'test', path, operator, negated, values };
  }

  #take(): string | undefined {
    return this.#tokens[this.#at++];
  }

  #takes(word: string): boolean {
    if (this.next?.toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }
}

function single(kind: 'and' | 'or', of: readonly StixComparison[]): StixComparison {
  const [only] = of;
  return of.length === 1 && only !== undefined ? only : { kind, of };
}

function textOf(literal: string): string {
  const inside = /^[th]?'([\s\S]*)'$/.exec(literal)?.[1];
  return inside === undefined ? literal : inside.replace(/\\(.)/g, '$1');
}

import type { Checked, CodeDeclaration, Diagnostic } from '../../diagnostic/index.ts';
import type { ExpressionTest } from '../../model/index.ts';
import { MATCH_CODES, matchDiagnostic } from '../errors.ts';
import { Automaton } from './automaton.ts';
import { LookSearch } from './look.ts';
import type { Node } from './node.ts';
import { isFailure, type ParseFailure, parseExpression } from './parse.ts';
import { buildProgram, PROGRAM_SIZE_MAX, programSize } from './program.ts';
import { requiredLiterals } from './required.ts';
import { trimForSearch } from './trim.ts';

/** A regular expression, ready to search texts in time linear in their length. */
export interface CompiledExpression {
  /** `dfa`: about a nanosecond and a half a character once warm. `nfa`: the expression looks around; slower by the program's size. */
  readonly engine: 'dfa' | 'nfa';
  /** Whether the expression matches anywhere in the text. */
  test(text: string): boolean;
  /** The same over raw (unfolded) UTF-16 code units `start` to `end`, without allocating (engine `dfa`, once warm). */
  testUnits(units: Uint16Array, start: number, end: number): boolean;
  /**
   * For each entry, every text that matches contains at least one of its literals once the text is folded by simple folding (the
   * literals are). Most telling first; empty where nothing is known.
   */
  readonly required: readonly (readonly string[])[];
  /** Steps a character at worst, relative to one read of a table; decided by the expression alone. */
  readonly weight: number;
}

/**
 * Compiles an expression; `parse.ts` says which syntax. It searches unanchored and never in more than linear time. Reports TT3001
 * (syntax), TT3002 (what cannot be linear) and TT3003 (size), with the offset in the message; the caller adds the place.
 */
export function compileExpression(test: ExpressionTest): Checked<CompiledExpression> {
  const parsed = parseExpression(test);
  if (isFailure(parsed)) return { value: undefined, diagnostics: [describe(test.source, parsed)] };
  const trimmed = trimForSearch(parsed);
  const failure = tooLarge(trimmed);
  if (failure !== undefined) return { value: undefined, diagnostics: [describe(test.source, failure)] };
  return { value: new LazyExpression(parsed, trimmed), diagnostics: [] };
}

/** Builds its program when it is first asked: of thousands of loaded expressions few ever see a text. */
class LazyExpression implements CompiledExpression {
  readonly #parsed: Node;
  readonly #trimmed: Node;
  #search: Automaton | LookSearch | undefined;
  #required: CompiledExpression['required'] | undefined;

  constructor(parsed: Node, trimmed: Node) {
    this.#parsed = parsed;
    this.#trimmed = trimmed;
  }

  get engine(): 'dfa' | 'nfa' {
    return this.#built() instanceof LookSearch ? 'nfa' : 'dfa';
  }

  get required(): CompiledExpression['required'] {
    this.#required ??= requiredLiterals(this.#parsed);
    return this.#required;
  }

  get weight(): number {
    return this.#built().weight;
  }

  test(text: string): boolean {
    return (this.#search ?? this.#built()).test(text);
  }

  testUnits(units: Uint16Array, start: number, end: number): boolean {
    return (this.#search ?? this.#built()).testUnits(units, start, end);
  }

  #built(): Automaton | LookSearch {
    if (this.#search === undefined) {
      const program = buildProgram(this.#trimmed);
      this.#search = program.looks.length > 0 ? new LookSearch(program) : new Automaton(program);
    }
    return this.#search;
  }
}

/** The tree of an expression as it is searched for; for tests and explanations. */
export function searchTree(test: ExpressionTest): Node | ParseFailure {
  const parsed = parseExpression(test);
  return isFailure(parsed) ? parsed : trimForSearch(parsed);
}

const EXCERPT_MAX = 40;

/** What is wrong with an expression, and at which of its characters (from 0); undefined where it compiles. Reports TT3001 to TT3003. */
export function expressionFault(test: ExpressionTest):
  | {
      readonly code: CodeDeclaration;
      readonly message: string;
      readonly hint?: string;
      readonly offset: number;
    }
  | undefined {
  const parsed = parseExpression(test);
  const failure = isFailure(parsed) ? parsed : tooLarge(trimForSearch(parsed));
  if (failure === undefined) return undefined;
  const { message, hint } = describe(test.source, failure);
  return {
    code: MATCH_CODES[failure.code],
    message,
    offset: failure.offset,
    ...(hint === undefined ? {} : { hint }),
  };
}

function tooLarge(trimmed: Node): ParseFailure | undefined {
  const size = programSize(trimmed);
  if (size <= PROGRAM_SIZE_MAX) return undefined;
  return {
    code: 'TT3003',
    message: `written out, the expression has ${size} positions, more than ${PROGRAM_SIZE_MAX}`,
    hint: 'lower the counts',
    offset: 0,
  };
}

function describe(source: string, failure: ParseFailure): Diagnostic {
  const from = Math.max(0, failure.offset - EXCERPT_MAX / 2);
  const excerpt = source.slice(from, from + EXCERPT_MAX);
  const shown = `${from > 0 ? '…' : ''}${excerpt}${from + EXCERPT_MAX < source.length ? '…' : ''}`;
  const place = source === '' ? '' : `, at character ${failure.offset + 1} of "${shown}"`;
  return matchDiagnostic(
    failure.code,
    `the regular expression does not compile: ${failure.message}${place}`,
    failure.hint,
  );
}

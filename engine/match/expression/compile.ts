import { RE2JS } from 're2js';
import type { Checked } from '../../diagnostic/index.ts';
import type { ExpressionTest } from '../../model/index.ts';
import { matchDiagnostic } from '../errors.ts';

/** A regular expression, ready to search texts in linear time. */
export interface CompiledExpression {
  readonly engine: 'dfa' | 're2js' | 'built-in';
  /** Whether the expression matches anywhere in the text. */
  test(text: string): boolean;
  /** The same over raw (unfolded) UTF-16 code units `start` to `end`, without allocating. */
  testUnits(units: Uint16Array, start: number, end: number): boolean;
  /**
   * For each entry, every text that matches contains at least one of its literals once the text is folded by simple folding
   * (the literals are). Empty means nothing is known.
   */
  readonly required: readonly (readonly string[])[];
}

/** Compiles an expression. */
export function compileExpression(test: ExpressionTest): Checked<CompiledExpression> {
  const flags =
    (test.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
    (test.multiline ? RE2JS.MULTILINE : 0) |
    (test.dotAll ? RE2JS.DOTALL : 0);
  try {
    const re = RE2JS.compile(test.source, flags);
    const value: CompiledExpression = {
      engine: 're2js',
      test: (text) => re.test(text),
      testUnits: (units, start, end) => {
        let text = '';
        for (let i = start; i < end; i++) text += String.fromCharCode(units[i] ?? 0);
        return re.test(text);
      },
      required: [],
    };
    return { value, diagnostics: [] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: undefined, diagnostics: [matchDiagnostic('TT3001', message)] };
  }
}

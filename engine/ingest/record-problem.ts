import type { CodeDeclaration, Diagnostic } from '../diagnostic/index.ts';

/** What is wrong with one record, before it is known which file it is of. */
export interface RecordProblem {
  readonly declaration: CodeDeclaration;
  /** From 1, in the file. */
  readonly line: number;
  /** From 1, in UTF-16 units (in bytes where a problem was found before decoding). */
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

/** The finding about a record of this file. */
export function problemDiagnostic(problem: RecordProblem, file: string): Diagnostic {
  const { declaration, line, column, message, hint } = problem;
  return {
    code: declaration.code,
    severity: declaration.severity,
    message,
    at: { file, line, column },
    ...(hint === undefined ? {} : { hint }),
  };
}

/**
 * Counts the problems of one file by code and keeps the first of each as a sample, so that a million bad lines cost a counter and one
 * finding.
 */
export class ProblemTally {
  readonly file: string;
  readonly #counts = new Map<string, number>();
  readonly #samples: Diagnostic[] = [];

  constructor(file: string) {
    this.file = file;
  }

  note(problem: RecordProblem): void {
    const { code } = problem.declaration;
    const before = this.#counts.get(code) ?? 0;
    this.#counts.set(code, before + 1);
    if (before === 0) this.#samples.push(problemDiagnostic(problem, this.file));
  }

  /** How often each code was met. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** The first problem of each code, in the order met. */
  get samples(): readonly Diagnostic[] {
    return this.#samples;
  }
}

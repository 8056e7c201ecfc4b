import type { DiagnosticSeverity } from './diagnostic.ts';

/** The declaration of one diagnostic code: a row in a room's `errors.ts`, and a page of `telltale explain-code`. */
export interface CodeDeclaration {
  readonly code: string;
  readonly severity: DiagnosticSeverity;
  readonly title: string;
  /** Why it is reported and what it means, in a few sentences. */
  readonly explanation: string;
  /** A smallest input that raises the code; a test feeds it to the room and sees the code raised. */
  readonly failing: string;
  /** The same input, mended; the test sees the code gone. */
  readonly fixed: string;
}

/** Declares a room's codes; the table keeps the literal keys, so that a misspelt code fails to compile. */
export function declareCodes<const T extends Record<string, Omit<CodeDeclaration, 'code'>>>(
  table: T,
): { readonly [K in keyof T & string]: CodeDeclaration } {
  const entries = Object.entries(table).map(([code, row]) => [code, { code, ...row }] as const);
  return Object.fromEntries(entries) as { readonly [K in keyof T & string]: CodeDeclaration };
}

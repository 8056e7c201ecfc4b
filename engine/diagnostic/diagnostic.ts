/** How bad a finding is. `error`: the document or event cannot be used; `warning`: it can, but probably not as meant. */
export type DiagnosticSeverity = 'error' | 'warning' | 'info';

/** A place in a text. Lines and columns count from 1 (columns in UTF-16 units); `end` is exclusive. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly end?: { readonly line: number; readonly column: number };
}

/** One finding about a rule, a mapping, a configuration or an event. Expected trouble is a value, never a throw. */
export interface Diagnostic {
  /** Stable code, declared in the `errors.ts` of the room that raises it, e.g. `TT1001`. */
  readonly code: string;
  readonly severity: DiagnosticSeverity;
  readonly message: string;
  readonly at?: Place;
  /** What to do about it, in one sentence. */
  readonly hint?: string;
  readonly related?: readonly { readonly message: string; readonly at: Place }[];
}

/** A result that always carries its findings; `value` is absent only where nothing usable remained. */
export interface Checked<T> {
  readonly value: T | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Orders findings by file, line, column, then code, so that reports are the same on every run. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  const fileA = a.at?.file ?? '';
  const fileB = b.at?.file ?? '';
  if (fileA !== fileB) return fileA < fileB ? -1 : 1;
  const line = (a.at?.line ?? 0) - (b.at?.line ?? 0);
  if (line !== 0) return line;
  const column = (a.at?.column ?? 0) - (b.at?.column ?? 0);
  if (column !== 0) return column;
  if (a.code !== b.code) return a.code < b.code ? -1 : 1;
  return a.message < b.message ? -1 : a.message > b.message ? 1 : 0;
}

/** True when any finding is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}

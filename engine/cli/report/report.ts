import type { Diagnostic, DiagnosticSeverity } from '../../diagnostic/index.ts';

/** The outcome of one rule test, as reports show it. */
export interface TestOutcome {
  readonly rule: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly passed: boolean;
  /** One text a reason, each with the tree that explains it. */
  readonly failures: readonly string[];
}

/** What `check` and `test` found, before it is given a form. */
export interface Report {
  readonly command: 'check' | 'test';
  readonly version: string;
  /** Every file that was read, in order; a report may say of a file that it is clean. */
  readonly files: readonly string[];
  readonly rules: number;
  readonly findings: readonly Diagnostic[];
  readonly tests: readonly TestOutcome[];
  /** The text of a file that was read, for excerpts. */
  readonly sourceOf: (file: string) => string | undefined;
}

/** How many findings of each severity. */
export function countFindings(findings: readonly Diagnostic[]): Readonly<Record<DiagnosticSeverity, number>> {
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

/** "1 error", "2 errors". */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The last line of a report for people: what was looked at and what came of it. */
export function summaryOf(report: Report): string {
  const { error, warning, info } = countFindings(report.findings);
  const looked = `${plural(report.rules, 'rule')} in ${plural(report.files.length, 'file')}`;
  const found = [
    ...(error > 0 ? [plural(error, 'error')] : []),
    ...(warning > 0 ? [plural(warning, 'warning')] : []),
    ...(info > 0 ? [plural(info, 'remark')] : []),
  ];
  const findings = found.length === 0 ? 'no findings' : found.join(', ');
  if (report.command === 'check') return `${looked}: ${findings}`;
  const failed = report.tests.filter((t) => !t.passed).length;
  const tests = `${report.tests.length - failed} passed, ${failed} failed`;
  return found.length === 0 ? `${looked}: ${tests}` : `${looked}: ${tests}; ${findings}`;
}

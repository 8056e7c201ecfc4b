import type { DiagnosticSeverity } from '../../diagnostic/index.ts';
import { type Report, summaryOf } from './report.ts';

const COMMAND_OF: Readonly<Record<DiagnosticSeverity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'notice',
};

/** GitHub workflow commands: each finding and failed test becomes a note at its line in the pull request. */
export function githubReport(report: Report): string {
  const lines: string[] = [];
  for (const { severity, code, message, at, hint } of report.findings) {
    const place =
      at === undefined
        ? ''
        : `file=${property(at.file)},line=${at.line},col=${at.column}${at.end === undefined ? '' : `,endLine=${at.end.line}`},`;
    const text = hint === undefined ? message : `${message}\nHint: ${hint}`;
    lines.push(`::${COMMAND_OF[severity]} ${place}title=${property(code)}::${data(text)}`);
  }
  for (const test of report.tests) {
    if (test.passed) continue;
    const text = [`${test.rule}: ${test.name}`, ...test.failures].join('\n');
    lines.push(`::error file=${property(test.file)},line=${test.line},title=failed test::${data(text)}`);
  }
  lines.push(summaryOf(report));
  return `${lines.join('\n')}\n`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

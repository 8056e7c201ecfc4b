import { countFindings, type Report } from './report.ts';

/** One JSON object: tool, version, command, summary, findings, tests. Findings carry the same as the pretty report, the source line apart. */
export function jsonReport(report: Report): string {
  const { findings, tests } = report;
  return `${JSON.stringify({ ...header(report), findings, tests }, null, 2)}\n`;
}

/** One JSON object a line: `finding`s, `test`s, and last the `summary`. */
export function ndjsonReport(report: Report): string {
  const lines = [
    ...report.findings.map((finding) => ({ kind: 'finding', ...finding })),
    ...report.tests.map((test) => ({ kind: 'test', ...test })),
    { kind: 'summary', ...header(report) },
  ];
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

function header(report: Report): Record<string, unknown> {
  const { error, warning, info } = countFindings(report.findings);
  const passed = report.tests.filter((t) => t.passed).length;
  return {
    tool: 'telltale',
    version: report.version,
    command: report.command,
    summary: {
      files: report.files.length,
      rules: report.rules,
      errors: error,
      warnings: warning,
      remarks: info,
      ...(report.command === 'test' ? { passed, failed: report.tests.length - passed } : {}),
    },
  };
}

import { type Report, summaryOf } from './report.ts';

/** Markdown for a job summary or a comment: the counts, a table of findings, and each failed test folded under its name. */
export function markdownReport(report: Report): string {
  const bad = report.findings.some((f) => f.severity === 'error') || report.tests.some((t) => !t.passed);
  const parts = [`## ${bad ? '❌' : '✅'} telltale ${report.command}`, summaryOf(report)];
  if (report.findings.length > 0) {
    const rows = report.findings.map(
      ({ severity, code, message, at, hint }) =>
        `| ${severity} | ${code} | ${cell(at === undefined ? '' : `${at.file}:${at.line}:${at.column}`)} | ${cell(message)}${hint === undefined ? '' : `<br>${cell(hint)}`} |`,
    );
    parts.push(['| severity | code | place | finding |', '|---|---|---|---|', ...rows].join('\n'));
  }
  for (const test of report.tests) {
    if (test.passed) continue;
    const title = `${cell(test.rule)}: ${cell(test.name)} (${cell(`${test.file}:${test.line}`)})`;
    parts.push(`<details><summary>${title}</summary>\n\n${fenced(test.failures.join('\n'))}\n\n</details>`);
  }
  return `${parts.join('\n\n')}\n`;
}

function cell(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\|`*_[\]]/g, '\\$&')
    .replace(/\r?\n/g, '<br>');
}

/** A code block whose fence is longer than any inside it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

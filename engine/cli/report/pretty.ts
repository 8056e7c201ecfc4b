import type { Palette } from '../../diagnostic/index.ts';
import { renderFinding, visible } from '../render-finding.ts';
import { type Report, summaryOf } from './report.ts';

/** For people: each finding with its source line and caret, each failed test with its reason, and a last line of counts. */
export function prettyReport(report: Report, palette: Palette): string {
  const parts: string[] = [];
  for (const finding of report.findings) {
    parts.push(renderFinding(finding, report.sourceOf, palette));
  }
  for (const test of report.tests) {
    if (test.passed) continue;
    const head = `${palette.strong(`${test.file}:${test.line}:`)} ${palette.error('failed')}: ${visible(`${test.rule}: ${test.name}`)}`;
    parts.push([head, ...test.failures.map((reason) => indent(reason))].join('\n'));
  }
  const bad = report.findings.some((f) => f.severity === 'error') || report.tests.some((t) => !t.passed);
  const summary = summaryOf(report);
  parts.push(bad ? palette.error(summary) : palette.strong(summary));
  return `${parts.join('\n\n')}\n`;
}

function indent(text: string): string {
  return visible(text)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

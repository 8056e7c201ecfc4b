import type { Diagnostic } from '../../diagnostic/index.ts';
import type { Report, TestOutcome } from './report.ts';

interface Case {
  readonly name: string;
  readonly classname: string;
  readonly file: string;
  readonly line: number;
  readonly failures: readonly { readonly message: string; readonly text: string }[];
}

/**
 * JUnit XML as CI servers read it: a suite a file. For `check` each file is one case that fails by its errors and warnings; for
 * `test` each rule test is a case, and a file with errors has a case `loads` that fails.
 */
export function junitReport(report: Report): string {
  const suites = new Map<string, Case[]>();
  for (const file of report.files) suites.set(file, []);
  const suite = (file: string): Case[] => {
    const known = suites.get(file) ?? [];
    suites.set(file, known);
    return known;
  };
  const byFile = new Map<string, Diagnostic[]>();
  for (const finding of report.findings) {
    if (finding.severity === 'info') continue;
    const file = finding.at?.file ?? 'telltale';
    byFile.set(file, [...(byFile.get(file) ?? []), finding]);
  }
  const checked = report.command === 'check' ? new Set([...report.files, ...byFile.keys()]) : byFile.keys();
  for (const file of checked) {
    const failures = (byFile.get(file) ?? []).map(failureOf);
    suite(file).push({ name: 'loads', classname: file, file, line: 1, failures });
  }
  for (const test of report.tests) suite(test.file).push(caseOf(test));
  const filled = [...suites].filter(([, cases]) => cases.length > 0);
  const all = filled.flatMap(([, cases]) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="telltale ${report.command}" tests="${all.length}" failures="${failed(all)}" errors="0">`,
    ...filled.map(([file, cases]) => suiteXml(file, cases)),
    '</testsuites>',
    '',
  ].join('\n');
}

function caseOf(test: TestOutcome): Case {
  return {
    name: test.name,
    classname: test.rule,
    file: test.file,
    line: test.line,
    failures: test.failures.map((text) => ({ message: text.split('\n', 1)[0] ?? '', text })),
  };
}

function failureOf(finding: Diagnostic): { message: string; text: string } {
  const { at, code, severity, message, hint } = finding;
  const where = at === undefined ? '' : `${at.file}:${at.line}:${at.column}: `;
  const text = `${where}${severity} ${code}: ${message}${hint === undefined ? '' : `\nhint: ${hint}`}`;
  return { message: `${code}: ${message}`, text };
}

function failed(cases: readonly Case[]): number {
  return cases.filter((c) => c.failures.length > 0).length;
}

function suiteXml(file: string, cases: readonly Case[]): string {
  const head = `  <testsuite name="${xml(file)}" tests="${cases.length}" failures="${failed(cases)}" errors="0">`;
  return [head, ...cases.map(caseXml), '  </testsuite>'].join('\n');
}

function caseXml(test: Case): string {
  const head = `    <testcase name="${xml(test.name)}" classname="${xml(test.classname)}" file="${xml(test.file)}" line="${test.line}"`;
  if (test.failures.length === 0) return `${head}/>`;
  const failures = test.failures.map(
    (f) => `      <failure message="${xml(f.message)}">${xml(f.text)}</failure>`,
  );
  return [`${head}>`, ...failures, '    </testcase>'].join('\n');
}

/** Escapes for XML 1.0, in which most control characters cannot stand at all. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}

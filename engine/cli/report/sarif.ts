import type { CodeDeclaration, Diagnostic, DiagnosticSeverity } from '../../diagnostic/index.ts';
import type { Report } from './report.ts';

const LEVEL_OF: Readonly<Record<DiagnosticSeverity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};
const FAILED_TEST = 'telltale-test';

/** SARIF 2.1.0 (OASIS), as code scanning services read it: codes as rules, findings and failed tests as results. */
export function sarifReport(report: Report, codes: ReadonlyMap<string, CodeDeclaration>): string {
  const failed = report.tests.filter((t) => !t.passed);
  const used = [...new Set(report.findings.map((f) => f.code))].sort();
  const rules = [
    ...used.map((code) => ruleOf(code, codes.get(code))),
    ...(failed.length > 0 ? [{ id: FAILED_TEST, shortDescription: { text: 'A rule test failed' } }] : []),
  ];
  const results = [
    ...report.findings.map(resultOf),
    ...failed.map((test) => ({
      ruleId: FAILED_TEST,
      level: 'error',
      message: { text: [`${test.rule}: ${test.name}`, ...test.failures].join('\n') },
      locations: [location(test.file, { startLine: test.line })],
    })),
  ];
  const driver = {
    name: 'telltale',
    version: report.version,
    rules,
  };
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  };
  return `${JSON.stringify(sarif, null, 2)}\n`;
}

function ruleOf(code: string, declared: CodeDeclaration | undefined): Record<string, unknown> {
  if (declared === undefined) return { id: code };
  return {
    id: code,
    shortDescription: { text: declared.title },
    fullDescription: { text: declared.explanation },
    defaultConfiguration: { level: LEVEL_OF[declared.severity] },
  };
}

function resultOf(finding: Diagnostic): Record<string, unknown> {
  const { at, hint } = finding;
  const text = hint === undefined ? finding.message : `${finding.message}\nHint: ${hint}`;
  return {
    ruleId: finding.code,
    level: LEVEL_OF[finding.severity],
    message: { text },
    ...(at === undefined
      ? {}
      : {
          locations: [
            location(at.file, {
              startLine: at.line,
              startColumn: at.column,
              ...(at.end === undefined ? {} : { endLine: at.end.line, endColumn: at.end.column }),
            }),
          ],
        }),
  };
}

function location(file: string, region: Record<string, number>): Record<string, unknown> {
  const uri = file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  return {
    physicalLocation: { artifactLocation: { uri: uri.startsWith('/') ? `file://${uri}` : uri }, region },
  };
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ADAPTER_CODES } from '../../engine/adapters/index.ts';
import { renderReport } from '../../engine/cli/report/format.ts';
import { REPORT_FORMATS } from '../../engine/cli/report/formats.ts';
import type { Report } from '../../engine/cli/report/report.ts';
import { plainPalette } from '../../engine/diagnostic/index.ts';

const GOLDEN = join(import.meta.dirname, '..', 'golden', 'reports');

const SOURCE = 'title: A rule\nlogsorce:\n  product: windows\n';

const FINDINGS: Report['findings'] = [
  {
    code: 'TT1101',
    severity: 'error',
    message: 'unknown key logsorce',
    at: { file: 'rules/a.yml', line: 2, column: 1, end: { line: 2, column: 9 } },
    hint: 'did you mean logsource?',
  },
  {
    code: 'TT1601',
    severity: 'warning',
    message: 'tag `attack.t9999` is <not> a technique | of "ATT&CK"\nsecond line',
    at: { file: 'rules/b, c: d.yml', line: 9, column: 5 },
  },
  { code: 'TT9008', severity: 'info', message: '2 files left out' },
];

const TESTS: Report['tests'] = [
  { rule: 'A rule', name: 'fires', file: 'rules/b, c: d.yml', line: 20, passed: true, failures: [] },
  {
    rule: 'A rule',
    name: 'stays quiet when ```all``` is <well>',
    file: 'rules/b, c: d.yml',
    line: 25,
    passed: false,
    failures: ['expected 0 signals, got 1\n  and\n    Image endswith "\\x.exe": yes \u0000'],
  },
];

function report(command: 'check' | 'test', clean: boolean): Report {
  return {
    command,
    version: '0.0.0',
    files: ['rules/a.yml', 'rules/b, c: d.yml'],
    rules: 2,
    findings: clean ? [] : FINDINGS,
    tests: command === 'check' ? [] : clean ? TESTS.slice(0, 1) : TESTS,
    sourceOf: (file) => (file === 'rules/a.yml' ? SOURCE : undefined),
  };
}

const OPTIONS = { palette: plainPalette, codes: new Map(Object.entries(ADAPTER_CODES)) };

describe('reports', () => {
  for (const command of ['check', 'test'] as const) {
    for (const clean of [true, false]) {
      for (const format of REPORT_FORMATS) {
        const name = `${command}-${clean ? 'clean' : 'findings'}.${format}`;
        test(`${name} is as agreed`, () => {
          const text = renderReport(report(command, clean), format, OPTIONS);
          const path = join(GOLDEN, `${name}.txt`);
          if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
          expect(existsSync(path)).toBe(true);
          expect(text).toBe(readFileSync(path, 'utf8'));
        });
      }
    }
  }

  test('JSON reads back with every finding and test', () => {
    const parsed: unknown = JSON.parse(renderReport(report('test', false), 'json', OPTIONS));
    expect(parsed).toMatchObject({
      summary: { errors: 1, warnings: 1, remarks: 1, passed: 1, failed: 1, rules: 2, files: 2 },
      findings: FINDINGS,
      tests: TESTS,
    });
  });

  test('each line of NDJSON is an object of a kind', () => {
    const lines = renderReport(report('test', false), 'ndjson', OPTIONS).trimEnd().split('\n');
    const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds).toEqual(['finding', 'finding', 'finding', 'test', 'test', 'summary']);
  });

  test('JUnit holds no character that XML 1.0 forbids, and balanced elements', () => {
    const text = renderReport(report('test', false), 'junit', OPTIONS);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is tested.
    expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    const open: string[] = [];
    for (const [tag, slash, name, self] of text.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
      if (tag.startsWith('<?') || self === '/') continue;
      if (slash === '/') expect(open.pop()).toBe(name);
      else open.push(name ?? '');
    }
    expect(open).toEqual([]);
  });

  test('a GitHub annotation is one line, whatever the message holds', () => {
    const lines = renderReport(report('test', false), 'github', OPTIONS).trimEnd().split('\n');
    expect(lines).toHaveLength(FINDINGS.length + 1 + 1);
    expect(lines[1]).toContain('file=rules/b%2C c%3A d.yml,');
  });

  test('a code block of Markdown cannot be closed by what is in it', () => {
    const text = renderReport(report('test', false), 'markdown', OPTIONS);
    expect(text).toContain('&lt;well>');
  });
});

import { describe, expect, test } from 'vitest';
import { CORRELATION_CODES, loadRules, readCorrelation } from '../../../engine/language/index.ts';

function codesOf(text: string): string[] {
  const { rules, diagnostics } = loadRules([{ path: 'rule.yml', text }]);
  const read = rules.others
    .filter((other) => other.kind === 'correlation')
    .flatMap((other) => readCorrelation(other).diagnostics);
  const all = [...diagnostics, ...read].filter(
    (diagnostic) => diagnostic.severity !== 'info' || diagnostic.code.startsWith('TT17'),
  );
  for (const { code, at } of all) expect(at?.line, `${code} has a place`).toBeGreaterThan(0);
  return all.map((diagnostic) => diagnostic.code).filter((code) => !code.startsWith('TT16'));
}

describe('every code of reading a correlation is raised by its own example and gone once that is mended', () => {
  for (const [code, row] of Object.entries(CORRELATION_CODES)) {
    test(`${code} ${row.title}`, () => {
      expect(new Set(codesOf(row.failing))).toEqual(new Set([code]));
      expect(codesOf(row.fixed)).toEqual([]);
    });
  }
});

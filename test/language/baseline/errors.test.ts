import { describe, expect, test } from 'vitest';
import { BASELINE_CODES, loadRules, readBaseline } from '../../../engine/language/index.ts';

function codesOf(text: string): string[] {
  const { rules, diagnostics } = loadRules([{ path: 'rule.yml', text }]);
  const read = rules.others
    .filter((other) => other.kind === 'baseline')
    .flatMap((other) => readBaseline(other).diagnostics);
  const all = [...diagnostics, ...read].filter(({ code }) => !code.startsWith('TT16'));
  for (const { code, at } of all) expect(at?.line, `${code} has a place`).toBeGreaterThan(0);
  return all.map(({ code }) => code);
}

describe('every code of reading a baseline is raised by its own example and gone once that is mended', () => {
  for (const [code, row] of Object.entries(BASELINE_CODES)) {
    test(`${code} ${row.title}`, () => {
      expect(new Set(codesOf(row.failing))).toEqual(new Set([code]));
      expect(codesOf(row.fixed)).toEqual([]);
    });
  }
});

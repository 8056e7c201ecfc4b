import { describe, expect, test } from 'vitest';
import { renderDiagnostic } from '../../engine/diagnostic/index.ts';
import { effectiveDetections, LANGUAGE_CODES, type Limits, loadRules } from '../../engine/language/index.ts';

/** Codes about sizes are raised under smaller bounds, so that their examples stay small enough to print. */
const LIMITS: Readonly<Record<string, Partial<Limits>>> = {
  TT1001: { fileLengthMax: 300 },
  TT1008: { lineLengthMax: 200 },
  TT1010: { documentsMax: 4 },
};

const PATHS: Readonly<Record<string, string>> = { TT1503: 'alone.test.yml' };

/** Codes of warnings that the small examples of other codes raise by the way. */
const BESIDE = new Set(['TT1609', 'TT1405']);

/** The findings of which there are too many are of some other code. */
const ALONG: Readonly<Record<string, string>> = { TT1014: 'TT1608' };

function codesOf(code: string, text: string, path = 'rule.yml'): Set<string> {
  const options = LIMITS[code] === undefined ? {} : { limits: LIMITS[code] };
  const { rules, diagnostics } = loadRules([{ path, text }], options);
  const all = [...diagnostics, ...effectiveDetections(rules).diagnostics];
  for (const diagnostic of all) {
    expect(diagnostic.at, `${diagnostic.code} has a place`).toBeDefined();
    expect(diagnostic.at?.file).toBe(path);
    expect(diagnostic.at?.line).toBeGreaterThan(0);
    expect(renderDiagnostic(diagnostic, text)).toContain(`${path}:${diagnostic.at?.line}:`);
  }
  return new Set(all.map((diagnostic) => diagnostic.code));
}

describe('every code of the language room is raised by its own example and gone once that is mended', () => {
  for (const [code, row] of Object.entries(LANGUAGE_CODES)) {
    test(`${code} ${row.title}`, () => {
      const found = codesOf(code, row.failing, PATHS[code]);
      expect([...found]).toContain(code);
      const others = [...found].filter(
        (other) => other !== code && other !== ALONG[code] && !BESIDE.has(other),
      );
      expect(others, 'the failing example raises nothing else').toEqual([]);
      const left = [...codesOf(code, row.fixed)].filter((other) => !BESIDE.has(other) || other === code);
      expect(left, 'the fixed example raises nothing').toEqual([]);
    });
  }

  test('each row says what it means, and its code is of this room', () => {
    for (const [code, row] of Object.entries(LANGUAGE_CODES)) {
      expect(code).toMatch(/^TT1\d{3}$/);
      expect(row.code).toBe(code);
      expect(row.title).not.toMatch(/\.$/);
      expect(row.explanation).toMatch(/\.$/);
    }
  });
});

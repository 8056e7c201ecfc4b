import { describe, expect, test } from 'vitest';
import { INCIDENT_TEMPLATE_CODES, loadRules, readIncidentTemplate } from '../../../engine/language/index.ts';

function codesOf(text: string): string[] {
  const { rules, diagnostics } = loadRules([{ path: 'rule.yml', text }]);
  const names = [...rules.detections, ...rules.others].flatMap(({ meta }) => [meta.id, meta.name ?? meta.id]);
  const read = rules.others
    .filter((other) => other.kind === 'incident')
    .flatMap((other) => readIncidentTemplate(other, new Set(names)).diagnostics);
  const all = [...diagnostics, ...read].filter(({ severity }) => severity !== 'info');
  for (const { code, at } of all) expect(at?.line, `${code} has a place`).toBeGreaterThan(0);
  return all.map((diagnostic) => diagnostic.code).filter((code) => !code.startsWith('TT16'));
}

describe('every code of reading an incident template is raised by its own example and gone once that is mended', () => {
  for (const [code, row] of Object.entries(INCIDENT_TEMPLATE_CODES)) {
    test(`${code} ${row.title}`, () => {
      expect(new Set(codesOf(row.failing))).toEqual(new Set([code]));
      expect(codesOf(row.fixed)).toEqual([]);
    });
  }
});

import { describe, expect, test } from 'vitest';
import { type Diagnostic, hasErrors } from '../../engine/diagnostic/index.ts';
import { loadRules, type RuleFile } from '../../engine/language/index.ts';
import { dataDirOrSay } from '../support/data.ts';
import { PUBLIC_FOLDERS, publicRules } from './public-rules.ts';

const data = dataDirOrSay('the language room on the public rule set');

function errorsByFile(diagnostics: readonly Diagnostic[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { severity, code, at } of diagnostics) {
    if (severity !== 'error') continue;
    const file = at?.file ?? '';
    found.set(file, [...(found.get(file) ?? []), code]);
  }
  return found;
}

function counted(codes: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** The placeholders that rules of these files ask for, found by loading them without any. */
function placeholdersOf(files: readonly RuleFile[]): Map<string, string[]> {
  const names = files.flatMap(({ text }) =>
    [...text.matchAll(/%([^%\s]+)%/g)].map((match) => match[1] ?? ''),
  );
  return new Map(names.map((name) => [name, [`${name}-1`, `${name}-2`]]));
}

describe.skipIf(data === undefined)('the public Sigma rule set', () => {
  const load = (folder: string) => publicRules(data ?? '', folder);

  for (const folder of ['rules', 'rules-threat-hunting']) {
    test(`every file of ${folder} loads as one detection without an error`, () => {
      const files = load(folder);
      const { rules, diagnostics } = loadRules(files);
      expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
      expect(files.length).toBeGreaterThan(100);
      expect(rules.detections.length).toBe(files.length);
    });
  }

  test('of rules-emerging-threats only those that need values for a placeholder are refused, for that reason', () => {
    const files = load('rules-emerging-threats');
    const { rules, diagnostics } = loadRules(files);
    const refused = errorsByFile(diagnostics);
    for (const [file, codes] of refused) {
      expect(counted(codes), file).toEqual({ TT1205: codes.length });
      expect(files.find(({ path }) => path === file)?.text, file).toMatch(/\|expand:/);
    }
    expect(refused.size).toBe(2);
    expect(rules.detections.length).toBe(files.length - refused.size);
  });

  test('every file of rules-placeholder is refused for missing values, and loads once they are given', () => {
    const files = load('rules-placeholder');
    const refused = errorsByFile(loadRules(files).diagnostics);
    expect(refused.size).toBe(files.length);
    for (const [file, codes] of refused) expect(counted(codes), file).toEqual({ TT1205: codes.length });
    const given = loadRules(files, { placeholders: placeholdersOf(files) });
    expect(given.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
    expect(given.rules.detections.length).toBe(files.length);
  });

  test('unsupported files load, or are refused as legacy aggregations or unreadable conditions', () => {
    const files = load('unsupported');
    const { rules, diagnostics } = loadRules(files);
    const refused = errorsByFile(diagnostics);
    for (const [file, codes] of refused) {
      const text = files.find(({ path }) => path === file)?.text ?? '';
      const condition = /^\s+condition:\s*(.*)$/m.exec(text)?.[1] ?? '';
      expect(counted(codes), `${file}: ${condition}`).toEqual(
        condition.includes('|') ? { TT1305: codes.length } : { TT1301: codes.length },
      );
    }
    expect(counted([...refused.values()].flat())).toEqual({ TT1305: 54, TT1301: 4 });
    expect(refused.size).toBe(58);
    expect(rules.detections.length).toBe(31);
  });

  test('every hint for a legacy aggregation is a set of documents that load', () => {
    const { diagnostics } = loadRules(load('unsupported'));
    const hints = diagnostics.filter(({ code }) => code === 'TT1305').map(({ hint }) => hint ?? '');
    for (const hint of hints) {
      expect(hint).toMatch(/^write these documents instead/);
      const text = hint.slice(hint.indexOf('\n') + 1);
      const loaded = loadRules([{ path: 'hint.yml', text }]);
      expect(hasErrors(loaded.diagnostics), text).toBe(false);
      expect(loaded.rules.others.map(({ kind }) => kind)).toEqual(['correlation']);
      expect(loaded.rules.detections.length).toBeGreaterThan(0);
    }
  });

  test('lints find little in rules that their authors check: no warning at all, and a handful of hints', () => {
    const files = PUBLIC_FOLDERS.slice(0, 4).flatMap(load);
    const { diagnostics } = loadRules(files);
    expect(counted(diagnostics.filter((d) => d.severity === 'warning').map(({ code }) => code))).toEqual({});
    expect(counted(diagnostics.filter((d) => d.severity === 'info').map(({ code }) => code))).toEqual({
      TT1607: 2,
    });
  });

  test('different rules have different hashes and ids, and loading is a pure function', () => {
    const files = PUBLIC_FOLDERS.slice(0, 3).flatMap(load);
    const once = loadRules(files).rules.detections;
    const again = loadRules([...files].reverse()).rules.detections;
    expect(new Set(once.map(({ meta }) => meta.id)).size).toBe(once.length);
    const hashes = new Map(once.map(({ meta }) => [meta.id, meta.hash]));
    for (const { meta } of again) expect(meta.hash).toBe(hashes.get(meta.id));
    // Rules that look for the same in the same logs do share a hash; they are few.
    expect(new Set(hashes.values()).size).toBeGreaterThan(once.length - 20);
  });
});

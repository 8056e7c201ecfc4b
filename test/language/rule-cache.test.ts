import { describe, expect, test } from 'vitest';
import { loadRules, type RuleFile } from '../../engine/language/index.ts';

/** A cache as a file would give it back: plain JSON data. */
function memory(): { get(text: string): unknown; set(text: string, value: unknown): void; size(): number } {
  const kept = new Map<string, string>();
  return {
    get: (text) => {
      const found = kept.get(text);
      return found === undefined ? undefined : JSON.parse(found);
    },
    set: (text, value) => void kept.set(text, JSON.stringify(value)),
    size: () => kept.size,
  };
}

const rule = (title: string, rest: string): string => `title: ${title}
id: 3f2c5e0e-5a0b-4c62-9a53-0b7a1e0d9c4${title.length % 10}
logsource: { product: windows, category: process_creation }
${rest}
`;

const cases: readonly { readonly name: string; readonly text: string; readonly kept: boolean }[] = [
  {
    name: 'a rule of which there is nothing to say',
    text: rule(
      'quiet',
      'detection: { a: { Image: x }, condition: a }\nstatus: test\nlevel: low\ndescription: d',
    ),
    kept: true,
  },
  {
    name: 'a rule with a warning',
    text: rule('warned', 'detection: { a: { Image: x }, b: { Image: y }, condition: a }\nlevl: low'),
    kept: true,
  },
  {
    name: 'a rule that is refused',
    text: rule('refused', 'detection: { a: { Image|contians: x }, condition: a and c }'),
    kept: true,
  },
  { name: 'a text that is no YAML', text: 'title: [a\n', kept: false },
  {
    name: 'two documents',
    text: `${rule('one', 'detection: { a: { Image: x }, condition: a }')}---\n${rule('second', 'detection: { a: { Image: x }, condition: a }')}`,
    kept: false,
  },
  {
    name: 'a filter',
    text: `title: f\nlogsource: { product: windows }\nfilter:\n  rules: any\n  a: { User: x }\n  condition: a\n`,
    kept: false,
  },
  {
    name: 'an overlay',
    text: 'title: o\noverlay:\n  rules: [quiet]\n  level: high\n',
    kept: false,
  },
];

describe('rules read before', () => {
  test.each(cases)('$name: the same rules and findings as when it was read', ({ text, kept }) => {
    const files: RuleFile[] = [{ path: 'rules/a.yml', text }];
    const cache = memory();
    const first = loadRules(files, { cache });
    expect(cache.size()).toBe(kept ? 1 : 0);
    const second = loadRules(files, { cache });
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    expect(plain(second.diagnostics)).toEqual(plain(first.diagnostics));
    expect(plain(second.rules)).toEqual(plain(first.rules));
  });

  test('findings stand in the file that has the text now', () => {
    const text = cases[2]?.text ?? '';
    const cache = memory();
    loadRules([{ path: 'old.yml', text }], { cache });
    const { diagnostics } = loadRules([{ path: 'new.yml', text }], { cache });
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const finding of diagnostics) expect(finding.at?.file).toBe('new.yml');
    const { diagnostics: read } = loadRules([{ path: 'new.yml', text }]);
    expect(diagnostics).toEqual(read);
  });
});

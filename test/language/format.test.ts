import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { formatRules, loadRules } from '../../engine/language/index.ts';
import { dataDir } from '../support/data.ts';

/** One in so many of the files of each folder. */
const STEPS = [3, 1, 40, 1] as const;

/** Rule files under folders: ours, and, where the data is at hand, one in forty of the public ones. */
function files(): { readonly path: string; readonly text: string }[] {
  const root = join(import.meta.dirname, '..', '..');
  const data = dataDir();
  const folders = [
    join(root, 'rules'),
    join(root, 'correlations'),
    ...(data === undefined ? [] : [join(data, 'sigmahq/rules'), join(data, 'sigmahq/unsupported')]),
  ];
  // A test of a second or two: every third of ours, all of the odd old ones.
  return folders.flatMap((folder, i) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yml'))
      .filter((_, n) => n % (STEPS[i] ?? 1) === 0)
      .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') })),
  );
}

describe('the canonical form', () => {
  test('says the same, keeps every comment, and is its own canonical form', () => {
    const all = files();
    expect(all.length).toBeGreaterThan(100);
    for (const file of all) {
      const { text } = formatRules(file);
      if (text === undefined) throw new Error(file.path);
      const again = { path: file.path, text };
      expect(formatRules(again).text).toBe(text);
      const values = (of: string): unknown => parseAllDocuments(of).map((one) => one.toJS());
      expect(values(text)).toEqual(values(file.text));
      const comments = (of: string): number => [...of.matchAll(/(?:^|\s)#/gm)].length;
      expect([file.path, comments(text)]).toEqual([file.path, comments(file.text)]);
      const hashes = (of: { path: string; text: string }) =>
        loadRules([of]).rules.detections.map(({ meta }) => meta.hash);
      expect(hashes(again)).toEqual(hashes(file));
    }
  });

  test('leaves folded texts and lists folded where they are, at the indentation that is theirs', () => {
    const text = [
      'title: a text that',
      '  goes on',
      'fields:',
      '    - "one',
      '      two"  # said',
      '    - {a: [1,',
      '        # why',
      '        2], b: c}',
      'x: [1,  2]',
      'description: >-',
      '    a long',
      '    text',
      '',
    ].join('\n');
    const wanted = [
      'title: a text that',
      '  goes on',
      'x: [1, 2]',
      'description: >-',
      '    a long',
      '    text',
      'fields:',
      '  - "one',
      '    two" # said',
      '  - {a: [1,',
      '      # why',
      '      2], b: c}',
      '',
    ];
    const { text: found = '' } = formatRules({ path: 'a.yml', text });
    expect(found.split('\n').sort()).toEqual(wanted.sort());
    expect(formatRules({ path: 'a.yml', text: found }).text).toBe(found);
    expect(parseAllDocuments(found).map((one) => one.toJS())).toEqual(
      parseAllDocuments(text).map((one) => one.toJS()),
    );
  });

  test('spells numbers and escapes as they are spelt', () => {
    const text = 'title: a\nx:\n  - 62e9\n  - 0x1F\n  - {b: "\\u202e\\\\c", d: 1.50}\n  - "e"\n';
    expect(formatRules({ path: 'a.yml', text }).text).toBe(text);
  });

  test('is that of all our own content', () => {
    const root = join(import.meta.dirname, '..', '..');
    const other = ['rules', 'correlations', 'baselines'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.yml'))
        .filter((name) => {
          const path = join(root, folder, name);
          const text = readFileSync(path, 'utf8');
          return formatRules({ path, text }).text !== text;
        }),
    );
    expect(other).toEqual([]);
  });

  test('puts the condition last, and leaves maps with anchors in their order', () => {
    const text = 'title: a\ndetection:\n  condition: b\n  b: &x {a: 1}\n  c: *x\n';
    expect(formatRules({ path: 'a.yml', text }).text).toBe(text);
    expect(formatRules({ path: 'a.yml', text: text.replace('&x ', '').replace('  c: *x\n', '') }).text).toBe(
      'title: a\ndetection:\n  b: {a: 1}\n  condition: b\n',
    );
  });
});

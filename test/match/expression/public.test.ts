import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { load } from 'js-yaml';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../engine/match/expression/compile.ts';
import { foldText } from '../../../engine/match/fold.ts';
import { keywordTexts } from '../../../engine/match/reference.ts';
import { dataDirOrSay } from '../../support/data.ts';

const data = dataDirOrSay('expressions of the public rules');

interface PublicExpression {
  readonly source: string;
  readonly ignoreCase: boolean;
}

/** Every value under a key with the modifier `re`, over all public rule files. */
function publicExpressions(dir: string): PublicExpression[] {
  const found = new Map<string, PublicExpression>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const member of node) visit(member);
    if (Array.isArray(node) || node === null || typeof node !== 'object') return;
    for (const [key, value] of Object.entries(node)) {
      const modifiers = key.split('|').slice(1);
      if (!modifiers.includes('re')) visit(value);
      else
        for (const source of [value].flat())
          found.set(`${key} ${source}`, { source: String(source), ignoreCase: modifiers.includes('i') });
    }
  };
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.yml') || entry.parentPath.includes('regression_data')) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    if (!/\|re\b/.test(text)) continue;
    for (const document of text.split(/^---\s*$/m))
      visit((load(document) as { detection?: unknown } | undefined)?.detection);
  }
  return [...found.values()];
}

describe.skipIf(data === undefined)('the expressions of the public rules', () => {
  const expressions = publicExpressions(join(data ?? '', 'sigmahq'));

  it('all run on the lazy automaton', () => {
    expect(expressions.length).toBeGreaterThan(140);
    const engines = expressions.map(({ source, ignoreCase }) => {
      const { value } = compileExpression({
        kind: 'expression',
        source,
        ignoreCase,
        multiline: false,
        dotAll: false,
      });
      return value?.engine ?? source;
    });
    expect(new Set(engines)).toEqual(new Set(['dfa']));
  });

  it('find in recorded strings, and in mutations of them, what re2js finds', () => {
    const lines = gunzipSync(readFileSync(join(data ?? '', 'otrf', 'lsass-campaign-01.ndjson.gz')), {
      maxOutputLength: 200 << 20,
    })
      .subarray(0, 24 << 20)
      .toString('utf8')
      .split('\n')
      .slice(0, -1);
    const recorded = new Set<string>();
    for (let i = 0; i < lines.length; i += 11) {
      for (const text of keywordTexts(JSON.parse(lines[i] ?? 'null')))
        if (text.length > 6 && text.length < 2000) recorded.add(text);
    }
    const strings = [...recorded].filter((_, i) => i % 8 === 0).slice(0, 800);
    expect(strings.length).toBeGreaterThan(300);
    const spice = expressions
      .flatMap(({ source }) => source.replace(/\\([^a-zA-Z])/g, '$1').split(/[()|]|\[[^\]]*\]|[.*+?{}]+/))
      .filter((s) => s.length > 2);
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const mutate = (text: string): string => {
      const at = random(text.length);
      const piece = spice[random(spice.length)] ?? '';
      return (
        [
          text.slice(0, at) + piece + text.slice(at),
          text.slice(0, at) + piece,
          piece + text.slice(at),
          piece + (spice[random(spice.length)] ?? ''),
        ][random(4)] ?? ''
      );
    };
    let hits = 0;
    for (const { source, ignoreCase } of expressions) {
      const ours = compileExpression({
        kind: 'expression',
        source,
        ignoreCase,
        multiline: false,
        dotAll: false,
      }).value;
      const theirs = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
      for (const recordedText of strings) {
        const text = random(2) === 0 ? mutate(recordedText) : recordedText;
        const hit = ours?.test(text);
        if (hit !== theirs.test(text)) throw new Error(`${source} on ${JSON.stringify(text)}: ${hit}`);
        if (!hit) continue;
        hits++;
        const folded = foldText(text);
        for (const clause of ours?.required ?? [])
          expect(
            clause.some((literal) => folded.includes(literal)),
            `${source} on ${text}`,
          ).toBe(true);
      }
    }
    expect(hits).toBeGreaterThan(expressions.length * 5);
  });
});

import { describe, expect, test } from 'vitest';
import { examinerPorts } from '../../../engine/cli/rule-examination.ts';
import { composeRules, type KeptFiles, type RuleReading } from '../../../engine/runtime/index.ts';
import { BAD_FILES } from './bad-files.ts';

const PORTS = examinerPorts({ rules: [], placeholders: [] }, undefined);

function rule(letter: string, word: string, more = ''): string {
  return `title: Rule ${letter}\nid: ${letter.repeat(8)}-0000-4000-8000-000000000000\nlevel: high\n${more}logsource: {product: app}\ndetection:\n  selection: {msg|expand: ['${word}']}\n  condition: selection\n`;
}

type Texts = Readonly<Record<string, string>>;

function kept(rules: Texts, lists: Texts = {}, refused: Record<string, string> = {}): KeptFiles {
  return {
    rules: new Map(Object.entries(rules)),
    lists: new Map(Object.entries(lists)),
    refused: new Map(
      Object.entries(refused).map(([path, text]) => [
        path,
        { digest: text === '' ? '' : PORTS.digest(text), reason: 'it was too dear' },
      ]),
    ),
  };
}

function reading(rules: Texts, lists: Texts = {}, unreadable: readonly string[] = []): RuleReading {
  const files = (texts: Texts) => Object.entries(texts).map(([path, text]) => ({ path, text }));
  return {
    rules: files(rules),
    lists: files(lists),
    unreadable: unreadable.map((path) => ({ path, reason: 'it is gone' })),
  };
}

/** What runs, and what is said to be bad. */
function composed(now: RuleReading, before: KeptFiles) {
  const { rules, lists, bad, changes, compiled } = composeRules(now, before, PORTS);
  return {
    rules: Object.fromEntries(rules.map(({ path, text }) => [path, text])),
    lists: Object.fromEntries(lists.map(({ path, text }) => [path, text])),
    bad: bad.map(({ path, runs }) => [path, runs]),
    changes: changes.map(({ path }) => path).sort(),
    titles: compiled.ruleset.detections.map(({ meta }) => meta.title),
    correlations: compiled.ruleset.correlations.map(({ meta }) => meta.title),
  };
}

const A = rule('a', 'alpha');
const B = rule('b', 'beta');
const CORRELATION = `title: Many\nid: cccccccc-0000-4000-8000-000000000000\ncorrelation:\n  type: event_count\n  rules: [aaaaaaaa-0000-4000-8000-000000000000]\n  group-by: [user]\n  timespan: 5m\n  condition: {gte: 3}\n`;

describe('a bad file', () => {
  test('there are thirty kinds', () => expect(BAD_FILES.length).toBe(30));

  test.each(
    BAD_FILES,
  )('%s: its last good version runs, and the change of its neighbour is taken', (_, text) => {
    const changed = rule('b', 'gamma');
    const found = composed(reading({ 'a.yml': text, 'b.yml': changed }), kept({ 'a.yml': A, 'b.yml': B }));
    expect(found).toEqual({
      rules: { 'a.yml': A, 'b.yml': changed },
      lists: {},
      bad: [['a.yml', 'last good']],
      changes: ['b.yml'],
      titles: ['Rule a', 'Rule b'],
      correlations: [],
    });
  });

  test('without an older version runs as far as it is good, and keeps nothing', () => {
    const found = composed(reading({ 'a.yml': `${A}---\ntitle: [`, 'b.yml': B }), kept({ 'b.yml': B }));
    expect(found.bad).toEqual([['a.yml', 'usable rules']]);
    expect(found.changes).toEqual([]);
    expect(found.titles).toContain('Rule b');
  });

  test('that takes the id of a rule which was there is left out, wherever its name sorts', () => {
    for (const path of ['0.yml', 'z.yml']) {
      const thief = rule('b', 'thief').replace('Rule b', 'Thief');
      const now = { 'b.yml': B, [path]: thief };
      const sorted = Object.fromEntries(Object.entries(now).sort(([a], [b]) => (a < b ? -1 : 1)));
      const found = composed(reading(sorted), kept({ 'b.yml': B }));
      expect(found.titles, path).toEqual(['Rule b']);
      expect(found.bad.map(([bad]) => bad)).toEqual([path]);
    }
  });

  test('does not make the file bad that asks for its rule', () => {
    const edited = CORRELATION.replace('gte: 3', 'gte: 5');
    const found = composed(
      reading({ 'a.yml': 'title: [', 'c.yml': edited }),
      kept({ 'a.yml': A, 'c.yml': CORRELATION }),
    );
    expect(found).toMatchObject({
      rules: { 'a.yml': A, 'c.yml': edited },
      bad: [['a.yml', 'last good']],
      correlations: ['Many'],
    });
  });

  test('that cannot be read stays as it was, and so does all that lies in a folder which has gone', () => {
    const found = composed(reading({}, {}, ['rules']), kept({ 'rules/a.yml': A, 'rules/x/b.yml': B }));
    expect(found.titles).toEqual(['Rule a', 'Rule b']);
    expect(found.changes).toEqual([]);
    expect(composed(reading({}, {}, ['rule']), kept({ 'rules/a.yml': A })).titles).toEqual([]);
  });

  test('that is gone is gone, and so are its rules', () => {
    expect(composed(reading({ 'b.yml': B }), kept({ 'a.yml': A, 'b.yml': B }))).toMatchObject({
      titles: ['Rule b'],
      changes: ['a.yml'],
      bad: [],
    });
  });

  test('of value lists keeps its last good version; one that loses a list which a rule asks is to blame, not the rule', () => {
    const asks = rule('a', '%names%');
    for (const text of ['names: {deep: er}', 'names: [', '', 'others: [root]']) {
      const found = composed(
        reading({ 'a.yml': asks }, { 'l.yml': text }),
        kept({ 'a.yml': asks }, { 'l.yml': 'names: [root]' }),
      );
      expect(found, text).toMatchObject({
        lists: { 'l.yml': 'names: [root]' },
        bad: [['l.yml', 'last good']],
        titles: ['Rule a'],
      });
    }
  });
});

describe('a version that was refused', () => {
  test('does not run until the file is another', () => {
    const dear = rule('a', 'dear');
    const before = kept({ 'a.yml': A }, {}, { 'a.yml': dear });
    expect(composed(reading({ 'a.yml': dear }), before)).toMatchObject({
      rules: { 'a.yml': A },
      bad: [['a.yml', 'last good']],
    });
    expect(composed(reading({ 'a.yml': rule('a', 'cheap') }), before).bad).toEqual([]);
  });

  test('may be that the file had gone', () => {
    const found = composed(reading({ 'b.yml': B }), kept({ 'a.yml': A, 'b.yml': B }, {}, { 'a.yml': '' }));
    expect(found).toMatchObject({ titles: ['Rule b', 'Rule a'], bad: [['a.yml', 'last good']] });
  });
});

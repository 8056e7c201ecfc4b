import { describe, expect, test } from 'vitest';
import { effectiveDetections, effectiveOthers, loadRules } from '../../engine/language/index.ts';
import { ruleText, show } from './rules.ts';

const RULES = [
  `id: one\nname: rule_one\ntags: [attack.t1059.001, attack.execution]\nstatus: stable\n${ruleText('selection:\n  A: 1')}`,
  `id: two\ntags: [attack.t1003]\nconfidence: 0.9\n${ruleText('selection:\n  A: 2').replace('{product: windows}', '{product: windows, category: process_creation}')}`,
  `id: three\n${ruleText('selection:\n  A: 3').replace('windows', 'linux')}`,
].join('---\n');

function effective(...more: string[]) {
  const loaded = loadRules([
    { path: 'rules.yml', text: RULES },
    ...more.map((text, i) => ({ path: `z${i}.yml`, text })),
  ]);
  const result = effectiveDetections(loaded.rules);
  const found = new Map(result.detections.map((rule) => [rule.meta.id, rule]));
  const diagnostics = [...loaded.diagnostics, ...result.diagnostics].filter((d) => d.severity !== 'info');
  return { loaded, result, found, diagnostics, meaning: (id: string) => show(found.get(id)?.expression) };
}

function filter(rules: string, logsource: string, condition = 'not selection'): string {
  return `title: Admins\nlogsource: ${logsource}\nfilter:\n  rules: ${rules}\n  selection: {U: root}\n  condition: ${condition}\n`;
}

describe('a filter', () => {
  test('is ANDed as written to the rules it names, by id and by name', () => {
    const { meaning, diagnostics } = effective(filter('[rule_one, two]', '{product: windows}'));
    expect(diagnostics).toEqual([]);
    expect(meaning('one')).toBe('(A equals <1> and not U equals <root>)');
    expect(meaning('two')).toBe('(A equals <2> and not U equals <root>)');
    expect(meaning('three')).toBe('A equals <3>');
  });

  test('for any rule applies where the logsource fits', () => {
    expect(effective(filter('any', '{product: windows}')).result.changes.size).toBe(2);
    expect([...effective(filter('any', '{category: process_creation}')).result.changes.keys()]).toEqual([
      'two',
    ]);
    expect(effective(filter('any', '{product: windows, category: dns_query}')).result.changes.size).toBe(0);
    expect(effective(filter('any', '{}')).result.changes.size).toBe(3);
  });

  test('that names a rule of another logsource is reported and left out', () => {
    const { meaning, diagnostics } = effective(filter('[one, three]', '{product: windows}'));
    expect(diagnostics.map((d) => [d.code, d.at?.line, d.at?.column])).toEqual([['TT1402', 4, 16]]);
    expect(meaning('three')).toBe('A equals <3>');
  });

  test('that names no loaded rule is an error naming the nearest', () => {
    const { diagnostics } = effective(filter('[onee]', '{product: windows}'));
    expect(diagnostics.map((d) => [d.code, d.hint])).toEqual([['TT1401', "did you mean 'one'?"]]);
  });

  test('may name a correlation', () => {
    const correlation =
      'title: c\nid: many\nlevel: low\ncorrelation: {type: event_count, timespan: 5m}\n---\n';
    expect(effective(correlation + filter('[many]', '{product: windows}')).diagnostics).toEqual([]);
  });

  test('without not is applied as written, and reported as probably inverted', () => {
    const { meaning, diagnostics } = effective(filter('[one]', '{product: windows}', 'selection'));
    expect(diagnostics.map((d) => [d.code, d.hint])).toEqual([
      ['TT1403', 'write `condition: not selection`'],
    ]);
    expect(meaning('one')).toBe('(A equals <1> and U equals <root>)');
  });

  test('changes the hash of a rule, and says so', () => {
    const { result, loaded, found } = effective(filter('[one]', '{product: windows}'));
    expect(found.get('one')?.meta.hash).not.toBe(loaded.rules.detections[0]?.meta.hash);
    expect(found.get('two')?.meta.hash).toBe(loaded.rules.detections[1]?.meta.hash);
    expect(result.changes.get('one')).toEqual([
      { by: 'Admins', at: { file: 'z0.yml', line: 1, column: 1 }, what: { kind: 'filter' } },
    ]);
    expect(found.get('one')?.expression).toMatchObject({
      of: [{}, { kind: 'selection', name: 'filter: Admins' }],
    });
  });
});

describe('an overlay', () => {
  test('changes level, status and confidence, and keeps track of it', () => {
    const { found, result, diagnostics } = effective(
      'title: Lab\noverlay: {rules: [one, two], level: critical}\n',
    );
    expect(diagnostics).toEqual([]);
    // The confidence that followed from the level follows it; the one that was stated stays.
    expect(found.get('one')?.meta).toMatchObject({ level: 'critical', confidence: 0.92 });
    expect(found.get('two')?.meta).toMatchObject({ level: 'critical', confidence: 0.9 });
    expect(found.get('three')?.meta.level).toBe('low');
    const at = { file: 'z0.yml', line: 1, column: 1 };
    expect(result.changes.get('one')).toEqual([
      { by: 'Lab', at, what: { kind: 'level', from: 'low', to: 'critical' } },
      { by: 'Lab', at, what: { kind: 'confidence', from: 0.17, to: 0.92 } },
    ]);
  });

  test('does not change the rules that were loaded, nor their hash', () => {
    const { loaded, found } = effective(
      'overlay: {rules: any, level: critical, confidence: 0.5, status: deprecated}\n',
    );
    expect(loaded.rules.detections.every((rule) => rule.meta.level === 'low')).toBe(true);
    for (const rule of loaded.rules.detections)
      expect(found.get(rule.meta.id)?.meta.hash).toBe(rule.meta.hash);
  });

  test('takes a rule out, and a later one brings it back', () => {
    const off = 'overlay: {rules: one, enabled: false}\n';
    expect([...effective(off).found.keys()]).toEqual(['two', 'three']);
    const both = effective(off, 'overlay: {rules: one, enabled: true}\n');
    expect([...both.found.keys()]).toEqual(['one', 'two', 'three']);
    expect(both.diagnostics.map((d) => [d.code, d.at?.file, d.related?.[0]?.at.file])).toEqual([
      ['TT1404', 'z1.yml', 'z0.yml'],
    ]);
  });

  test('adds a filter', () => {
    const { meaning, diagnostics } = effective(
      'overlay:\n  rules: any\n  logsource: {product: linux}\n  filter:\n    s: {U: root}\n    condition: not s\n',
    );
    expect(diagnostics).toEqual([]);
    expect(meaning('three')).toBe('(A equals <3> and not U equals <root>)');
    expect(meaning('one')).toBe('A equals <1>');
  });

  const selectors: { name: string; given: string; expect: string[] }[] = [
    { name: 'by id', given: 'rules: two', expect: ['two'] },
    { name: 'by name', given: 'rules: [rule_one]', expect: ['one'] },
    { name: 'by tag', given: 'tags: attack.t1003', expect: ['two'] },
    {
      name: 'by a pattern of tags',
      given: "tags: ['attack.t1059*', 'attack.T1003']",
      expect: ['one', 'two'],
    },
    { name: 'by a pattern with the wildcard in front', given: "tags: ['*.execution']", expect: ['one'] },
    { name: 'by logsource', given: 'logsource: {category: process_creation}', expect: ['two'] },
    {
      name: 'by tag and logsource',
      given: "tags: ['attack.*'], logsource: {category: process_creation}",
      expect: ['two'],
    },
    { name: 'any', given: 'rules: any', expect: ['one', 'two', 'three'] },
  ];
  for (const { name, given, expect: expected } of selectors) {
    test(`selects ${name}`, () => {
      const { result, diagnostics } = effective(`overlay: {${given}, level: high}\n`);
      expect(diagnostics).toEqual([]);
      expect([...result.changes.keys()]).toEqual(expected);
    });
  }

  test('that selects no rule, or an unknown one, is reported', () => {
    expect(effective("overlay: {tags: ['x.y'], level: high}\n").diagnostics.map((d) => d.code)).toEqual([
      'TT1405',
    ]);
    expect(
      effective('overlay: {rules: [one, tow], level: high}\n').diagnostics.map((d) => [
        d.code,
        d.hint,
        d.at?.column,
      ]),
    ).toEqual([['TT1401', "did you mean 'two'?", 24]]);
  });

  test('changes a correlation too, and takes it out', () => {
    const text = (more: string) =>
      `title: c\nid: many\nlevel: low\ntags: [attack.t1110]\ncorrelation: {type: event_count, rules: [one], timespan: 5m, condition: {gte: 1}}\n---\noverlay: {rules: many, ${more}}\n`;
    const load = (more: string) => effectiveOthers(loadRules([{ path: 'c.yml', text: text(more) }]).rules);
    const raised = load('level: critical');
    expect(raised.others.map(({ meta }) => [meta.level, meta.confidence])).toEqual([['critical', 0.64]]);
    expect(raised.changes.get('many')?.map(({ what }) => what.kind)).toEqual(['level', 'confidence']);
    expect(load('enabled: false').others).toEqual([]);
  });

  test('is strict about its keys', () => {
    const { diagnostics } = effective('overlay: {rules: one, levle: high, level: high}\n');
    expect(diagnostics.map((d) => [d.code, d.hint])).toEqual([['TT1105', "did you mean 'level'?"]]);
    expect(
      effective('titel: x\noverlay: {rules: one, level: high}\n').diagnostics.map((d) => d.code),
    ).toEqual(['TT1105']);
  });
});

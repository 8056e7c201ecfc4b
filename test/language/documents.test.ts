import { describe, expect, test } from 'vitest';
import { compileSelections, loadRules } from '../../engine/language/index.ts';
import { loadOne, ruleText, show } from './rules.ts';

const HEAD = 'title: Test\nlevel: low\nlogsource: {product: windows}\n';

function load(text: string) {
  return loadRules([{ path: 'rule.yml', text }]);
}

describe('documents of one file', () => {
  test('each is a rule of its own, with its own line', () => {
    const text = `# a comment\n---\n${ruleText('selection:\n  A: 1')}---\n# another\n\n${ruleText('selection:\n  A: 2')}`;
    const { rules, diagnostics } = load(text);
    expect(diagnostics).toEqual([]);
    expect(rules.detections.map((rule) => rule.meta.source)).toEqual([
      { file: 'rule.yml', line: 3, column: 1 },
      { file: 'rule.yml', line: 13, column: 1 },
    ]);
  });

  test('a broken one does not hide the others', () => {
    const { rules, diagnostics } = load(
      `${ruleText('selection:\n  A|bad: 1')}---\n${ruleText('selection:\n  A: 2')}`,
    );
    expect(diagnostics.map((d) => [d.code, d.at?.line])).toEqual([['TT1201', 6]]);
    expect(rules.detections.map((rule) => show(rule.expression))).toEqual(['A equals <2>']);
  });

  test('empty ones count for nothing, and findings behind them keep their place', () => {
    const { diagnostics } = load(`---\n---\n# nothing\n---\n${ruleText('selection:\n  A|bad: 1')}---\n`);
    expect(diagnostics.map((d) => [d.code, d.at?.line, d.at?.column])).toEqual([['TT1201', 10, 7]]);
  });
});

describe("Sigma's legacy actions", () => {
  const global =
    'action: global\ntitle: Both\nlevel: high\ntags: [attack.t1059]\ndetection:\n  filter: {U: root}\n  condition: selection and not filter\n';
  const one = 'logsource: {product: windows, service: system}\ndetection:\n  selection: {A: 1}\n';
  const two = 'logsource: {product: windows, service: security}\ndetection:\n  selection: {A: 2}\n';

  test('a global document completes those that follow, deeply', () => {
    const { rules, diagnostics } = load(`${global}---\n${one}---\n${two}`);
    expect(diagnostics).toEqual([]);
    expect(rules.detections.map(({ meta }) => [meta.title, meta.level, meta.tags])).toEqual([
      ['Both', 'high', ['attack.t1059']],
      ['Both', 'high', ['attack.t1059']],
    ]);
    expect(rules.detections.map((rule) => show(rule.expression))).toEqual([
      '(A equals <1> and not U equals <root>)',
      '(A equals <2> and not U equals <root>)',
    ]);
    expect(rules.detections.map((rule) => rule.logsource.service)).toEqual(['system', 'security']);
  });

  test('rules that share the id of the global document get a number behind it', () => {
    const { rules } = load(`id: 11111111-1111-4111-8111-111111111111\n${global}---\n${one}---\n${two}`);
    expect(rules.detections.map(({ meta }) => meta.id)).toEqual([
      '11111111-1111-4111-8111-111111111111',
      '11111111-1111-4111-8111-111111111111-2',
    ]);
  });

  test('reset forgets it', () => {
    const { rules, diagnostics } = load(`${global}---\n${one}---\naction: reset\n---\n${two}`);
    expect(rules.detections.length).toBe(1);
    expect(diagnostics.some((d) => d.code === 'TT1103' && d.message.includes("'title'"))).toBe(true);
  });

  test('repeat starts from the document before', () => {
    const { rules } = load(
      `${HEAD}${one.slice(one.indexOf('detection'))}  condition: selection\n---\naction: repeat\ndetection:\n  selection: {B: 2}\n`,
    );
    expect(rules.detections.map((rule) => show(rule.expression))).toEqual([
      'A equals <1>',
      '(A equals <1> and B equals <2>)',
    ]);
  });

  test('a finding about an inherited key is placed at the global document, one about an own key at its own', () => {
    const text = `action: global\n${HEAD}detection:\n  selection: {A|bad: 1}\n  condition: selection\n---\nid: a-b\ndetection:\n  other: {B|worse: 1}\n`;
    const { diagnostics } = load(text);
    expect(diagnostics.filter((d) => d.code === 'TT1201').map((d) => d.at?.line)).toEqual([6, 11]);
  });

  test('a custom key called action is no action', () => {
    const { rules, diagnostics } = load(`${ruleText('selection:\n  A: 1')}action: block the host\n`);
    expect(diagnostics).toEqual([]);
    expect(rules.detections.length).toBe(1);
  });
});

describe('the keys around the block', () => {
  test('all of them arrive in the rule', () => {
    const text = `${ruleText('selection:\n  A: 1')}id: 3f0c6f0e-8a53-4c8f-9d54-0f0f9a2d7b11
name: test_rule
version: 3
status: test
description: "  What it finds.  "
author: Somebody
owner: Blue team
date: 2026-01-31
modified: 2026-02-28
references: [https://example.org/a]
falsepositives: [Administrators]
fields: [A, User]
tags: [attack.execution, attack.t1059.001]
related:
  - {id: 11111111-1111-4111-8111-111111111111, type: derived}
confidence: 0.7
entities:
  - {type: user, role: target, fields: [TargetUser]}
  - {type: host, fields: Computer}
remediation:
  - Isolate the host.
  - Reset the password.
suppress: {by: [User], for: 1h30m, unless: critical}
custom: {kept: true}
`;
    const { rule, diagnostics } = loadOne(text);
    expect(diagnostics).toEqual([]);
    expect(rule?.fields).toEqual(['A', 'User']);
    const { hash, source, ...meta } = rule?.meta ?? {};
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(source).toEqual({ file: 'rule.yml', line: 1, column: 1 });
    expect(meta).toEqual({
      id: '3f0c6f0e-8a53-4c8f-9d54-0f0f9a2d7b11',
      name: 'test_rule',
      title: 'Test',
      version: 3,
      level: 'low',
      status: 'test',
      confidence: 0.7,
      tags: ['attack.execution', 'attack.t1059.001'],
      description: 'What it finds.',
      author: 'Somebody',
      owner: 'Blue team',
      date: '2026-01-31',
      modified: '2026-02-28',
      references: ['https://example.org/a'],
      falsepositives: ['Administrators'],
      related: [{ id: '11111111-1111-4111-8111-111111111111', type: 'derived' }],
      remediation: ['Isolate the host.', 'Reset the password.'],
      entities: [
        { type: 'user', role: 'target', fields: ['TargetUser'] },
        { type: 'host', role: 'actor', fields: ['Computer'] },
      ],
      suppress: { by: ['User'], for: 5_400_000_000, unless: 'critical' },
    });
  });

  test('what is absent gets its default', () => {
    const { rule } = loadOne(ruleText('selection:\n  A: 1').replace('level: low\n', ''));
    expect(rule?.meta).toMatchObject({
      version: 1,
      level: 'medium',
      status: 'experimental',
      confidence: 0.24,
      tags: [],
      entities: [],
    });
    expect(rule?.meta.id).toBe(`x-${rule?.meta.hash.slice(0, 32)}`);
  });

  test('confidence follows from level and status, and never reaches certainty', () => {
    const of = (level: string, status: string) =>
      loadOne(`${ruleText('selection:\n  A: 1').replace('low', level)}status: ${status}\n`).rule?.meta
        .confidence;
    const levels = ['informational', 'low', 'medium', 'high', 'critical'].map(
      (level) => of(level, 'stable') ?? 0,
    );
    expect([...levels].sort((a, b) => a - b)).toEqual(levels);
    const states = ['unsupported', 'deprecated', 'experimental', 'test', 'stable'].map(
      (status) => of('high', status) ?? 0,
    );
    expect([...states].sort((a, b) => a - b)).toEqual(states);
    expect(Math.max(...levels)).toBeLessThan(1);
  });

  test('logsource is compared in lower case', () => {
    const { rule } = loadOne(
      ruleText('selection:\n  A: 1').replace(
        '{product: windows}',
        '{product: Windows, service: Sysmon, definition: x}',
      ),
    );
    expect(rule?.logsource).toEqual({ product: 'windows', service: 'sysmon' });
  });

  const refused: { name: string; given: string; code: string; at: string; says: RegExp }[] = [
    {
      name: 'a level that does not exist',
      given: 'status: tets',
      code: 'TT1104',
      at: 'tets',
      says: /did you mean 'test'/,
    },
    {
      name: 'a confidence in percent',
      given: 'confidence: 80',
      code: 'TT1104',
      at: '80',
      says: /0\.8 for 80 %/,
    },
    {
      name: 'a version that is no number',
      given: 'version: 1.2.3',
      code: 'TT1104',
      at: '1.2.3',
      says: /a whole number/,
    },
    {
      name: 'an entity of no type',
      given: 'entities: [{type: usr, fields: [A]}]',
      code: 'TT1104',
      at: 'usr',
      says: /did you mean 'user'/,
    },
    {
      name: 'an entity without fields',
      given: 'entities: [{type: user}]',
      code: 'TT1103',
      at: '{type: user}',
      says: /item 1 of 'entities' has no 'fields'/,
    },
    {
      name: 'a misspelt key of an entity',
      given: 'entities: [{type: user, field: [A]}]',
      code: 'TT1105',
      at: 'field',
      says: /did you mean 'fields'/,
    },
    {
      name: 'tags that are a map',
      given: 'tags: {a: b}',
      code: 'TT1104',
      at: '{a: b}',
      says: /a list or a text/,
    },
    {
      name: 'a suppression without a span',
      given: 'suppress: {by: [A]}',
      code: 'TT1103',
      at: 'suppress',
      says: /has no 'for'/,
    },
    {
      name: 'an unknown key of a test',
      given: 'tests: [{name: x, given: [], expect: {signals: 0}, only: true}]',
      code: 'TT1105',
      at: 'only',
      says: /name, given, expect/,
    },
    {
      name: 'an expectation below nothing',
      given: 'tests: [{name: x, given: [], expect: {signals: -1}}]',
      code: 'TT1104',
      at: '-1',
      says: /at least 0/,
    },
    {
      name: 'a related rule of an unknown type',
      given: 'related: [{id: 11111111-1111-4111-8111-111111111111, type: derivd}]',
      code: 'TT1104',
      at: 'derivd',
      says: /did you mean 'derived'/,
    },
  ];
  for (const { name, given, code, at, says } of refused) {
    test(`${name} is refused, with the caret at it`, () => {
      const text = `${ruleText('selection:\n  A: 1')}${given}\n`;
      const { rule, diagnostics } = loadOne(text);
      expect(rule).toBeUndefined();
      expect(diagnostics.map((d) => d.code)).toEqual([code]);
      const place = diagnostics[0]?.at;
      const line = text.split('\n')[(place?.line ?? 0) - 1] ?? '';
      expect(line.slice((place?.column ?? 0) - 1, (place?.end?.column ?? 0) - 1)).toBe(at);
      expect(`${diagnostics[0]?.message} ${diagnostics[0]?.hint ?? ''}`).toMatch(says);
    });
  }

  test('a key that nearly is one of ours is kept, with a warning', () => {
    const { rule, diagnostics } = loadOne(
      `${ruleText('selection:\n  A: 1')}remedation: [x]\nsomething_else: 1\n`,
    );
    expect(rule).toBeDefined();
    expect(diagnostics.map((d) => [d.code, d.hint])).toEqual([['TT1106', "did you mean 'remediation'?"]]);
  });
});

describe('ids and names', () => {
  test('a second rule of the same id is refused, with both places, over files', () => {
    const text = `id: 3f0c6f0e-8a53-4c8f-9d54-0f0f9a2d7b11\n${ruleText('selection:\n  A: 1')}`;
    const { rules, diagnostics } = loadRules([
      { path: 'a.yml', text },
      { path: 'b.yml', text: `${text}status: test\n`.replace('A: 1', 'A: 2') },
    ]);
    expect(rules.detections.map(({ meta }) => meta.source.file)).toEqual(['a.yml']);
    expect(diagnostics.length).toBe(1);
    expect(diagnostics[0]).toMatchObject({
      code: 'TT1107',
      at: { file: 'b.yml', line: 1, column: 5 },
      related: [{ at: { file: 'a.yml', line: 1 } }],
    });
  });

  test('two rules without an id that say the same are one too many', () => {
    const text = ruleText('selection:\n  A: 1');
    const { rules, diagnostics } = load(`${text}---\n${text.replace('Test', 'Again')}`);
    expect(rules.detections.length).toBe(1);
    expect(diagnostics.map((d) => d.code)).toEqual(['TT1107']);
  });

  test("a name that is another rule's id is refused", () => {
    const { diagnostics } = load(
      `id: one\n${ruleText('selection:\n  A: 1')}---\nname: one\n${ruleText('selection:\n  A: 2')}`,
    );
    expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.code)).toEqual(['TT1108']);
  });
});

describe('documents of other kinds', () => {
  test('come out with their meta, their block as plain data, and a locator', () => {
    const text = `title: Many logons\nid: 0e95725d-7320-415d-80f7-004da920fc12\nname: many\nlevel: high\ntags: [attack.t1110]\ncorrelation:\n  type: event_count\n  rules: [logon, other_rule]\n  timespan: 5m\n  condition: {gte: 10}\ntests:\n  - name: fires\n    given: [{signal: logon, repeat: 10, every: 1s}]\n    expect: {signals: 1}\n`;
    const { rules, diagnostics } = load(text);
    expect(diagnostics).toEqual([]);
    const [document] = rules.others;
    expect(document).toMatchObject({
      kind: 'correlation',
      meta: { name: 'many', level: 'high', title: 'Many logons' },
      block: { type: 'event_count', rules: ['logon', 'other_rule'], timespan: '5m', condition: { gte: 10 } },
      tests: [{ name: 'fires', line: 12 }],
    });
    expect(document?.locate(['correlation', 'rules', 1])).toEqual({
      file: 'rule.yml',
      line: 8,
      column: 18,
      end: { line: 8, column: 28 },
    });
    expect(document?.locate(['correlation', 'condition'], 'key')).toMatchObject({ line: 10, column: 3 });
    expect(document?.locate(['correlation', 'group-by'])).toMatchObject({ line: 6, column: 1 });
    expect(rules.tests).toEqual([
      { rule: '0e95725d-7320-415d-80f7-004da920fc12', kind: 'correlation', tests: document?.tests },
    ]);
  });

  test('selections inside their block compile as those of a detection do', () => {
    const text =
      'title: x\nlevel: low\nfeed: {file: a.txt, format: plain}\nown:\n  select:\n    a: {A|contains: x}\n    b: {B: y}\n    condition: a and not b\n  broken:\n    a: {A|bad: x}\n    condition: a\n';
    const [document] = load(text).rules.others;
    if (document === undefined) throw new Error('the document must load');
    const good = compileSelections(document, ['own', 'select']);
    expect(good.diagnostics).toEqual([]);
    expect(show(good.value)).toBe('(A contains <x> and not B equals <y>)');
    const bad = compileSelections(document, ['own', 'broken']);
    expect(bad.value).toBeUndefined();
    expect(bad.diagnostics.map((d) => [d.code, d.at?.line, d.at?.column])).toEqual([['TT1201', 10, 11]]);
    expect(compileSelections(document, ['own', 'nothing']).diagnostics.map((d) => d.code)).toEqual([
      'TT1204',
    ]);
  });

  test('a misspelt block is named', () => {
    const { diagnostics } = load('title: x\ncorelation: {type: temporal}\n');
    expect(diagnostics.map((d) => [d.code, d.at?.line, d.hint])).toEqual([
      ['TT1101', 2, "did you mean 'correlation' where it says 'corelation'?"],
    ]);
  });
});

describe('tests', () => {
  const tests =
    'tests:\n  - name: fires\n    given:\n      - event: {A: 1}\n      - {raw: {EventID: 1}, at: 5s, delivered: 1m, copies: 2}\n      - {file: events.ndjson}\n    expect: {signals: 1}\n  - name: stays silent\n    given: [{event: {A: 2}}]\n    expect: {signals: []}\n';

  test('in the rule arrive with their lines', () => {
    const { rule, diagnostics } = loadOne(`${ruleText('selection:\n  A: 1')}${tests}`);
    expect(diagnostics).toEqual([]);
    expect(rule?.tests.map(({ name, line, file, expect: e }) => ({ name, line, file, e }))).toEqual([
      { name: 'fires', line: 9, file: 'rule.yml', e: { signals: 1 } },
      { name: 'stays silent', line: 15, file: 'rule.yml', e: { signals: [] } },
    ]);
    expect(rule?.tests[0]?.given[1]).toEqual({ raw: { EventID: 1 }, at: '5s', delivered: '1m', copies: 2 });
  });

  test('beside the rule belong to it, whatever the order of the files', () => {
    const rule = { path: 'rules/a.yml', text: ruleText('selection:\n  A: 1') };
    const beside = { path: 'rules/a.test.yml', text: tests };
    for (const files of [
      [rule, beside],
      [beside, rule],
    ]) {
      const { rules, diagnostics } = loadRules(files);
      expect(diagnostics).toEqual([]);
      expect(rules.detections[0]?.tests.map(({ file, line }) => [file, line])).toEqual([
        ['rules/a.test.yml', 2],
        ['rules/a.test.yml', 8],
      ]);
    }
  });

  test('may name their rule by id or name', () => {
    const rule = {
      path: 'a.yml',
      text: `name: rule_a\n${ruleText('selection:\n  A: 1')}---\nname: rule_b\n${ruleText('selection:\n  A: 2')}`,
    };
    const { rules, diagnostics } = loadRules([
      rule,
      { path: 'other.test.yml', text: `rule: rule_b\n${tests}` },
    ]);
    expect(diagnostics).toEqual([]);
    expect(rules.detections.map((found) => found.tests.length)).toEqual([0, 2]);
  });

  test('that name no rule, or stand beside several, are reported', () => {
    const rule = {
      path: 'a.yml',
      text: `name: rule_a\n${ruleText('selection:\n  A: 1')}---\nname: rule_b\n${ruleText('selection:\n  A: 2')}`,
    };
    const codes = (text: string) =>
      loadRules([rule, { path: 'a.test.yml', text }]).diagnostics.map((d) => [d.code, d.hint]);
    expect(codes(`rule: rule_c\n${tests}`)).toEqual([['TT1401', "did you mean 'rule_a'?"]]);
    expect(codes(tests)).toEqual([['TT1503', 'name the rule with `rule:` and its id or name']]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExplainNode, explain } from '../../engine/match/explain.ts';
import { renderExplanation } from '../../engine/match/explain-render.ts';
import { conditionWords, itemWords } from '../../engine/match/explain-words.ts';
import { evaluate } from '../../engine/match/reference.ts';
import {
  type DetectionRule,
  type Event,
  type EventLogsource,
  type Expression,
  eventTime,
  type FieldTest,
  type TextShape,
} from '../../engine/model/index.ts';

const text = (value: string, shape: TextShape = 'equals', cased = false): FieldTest => ({
  kind: 'text',
  shape,
  text: value,
  cased,
});
const field = (name: string, test: FieldTest): Expression => ({ kind: 'field', field: name, test });
const selection = (name: string, of: Expression): Expression => ({ kind: 'selection', name, of });
const expression = (source: string, ignoreCase = false): FieldTest => ({
  kind: 'expression',
  source,
  ignoreCase,
  multiline: false,
  dotAll: false,
});

const WINDOWS: EventLogsource = {
  products: ['windows'],
  categories: ['process_creation'],
  services: ['sysmon'],
};

function event(record: Record<string, unknown>, logsource = WINDOWS): Event {
  const time = eventTime(0);
  const get = (name: string): unknown => (Object.hasOwn(record, name) ? record[name] : undefined);
  return {
    id: 'e',
    time,
    timeNs: 0,
    observedAt: time,
    logsource,
    schema: 'test',
    fields: { get },
    raw: record,
  };
}

function rule(of: Expression): DetectionRule {
  return {
    kind: 'detection',
    meta: {
      id: 'r',
      title: 'A rule',
      version: 1,
      level: 'high',
      status: 'test',
      confidence: 0.5,
      tags: [],
      references: [],
      falsepositives: [],
      related: [],
      remediation: [],
      entities: [],
      source: { file: 'r.yml', line: 1, column: 1 },
      hash: '0',
    },
    logsource: { product: 'windows', category: 'process_creation' },
    expression: of,
    fields: [],
    tests: [],
  };
}

function leafOf(test: FieldTest, record: Record<string, unknown>): ExplainNode | undefined {
  return explain(rule(field('f', test)), event(record)).of[1];
}

describe('why a field does not hold', () => {
  const cases: readonly {
    name: string;
    given: Record<string, unknown>;
    test: FieldTest;
    reason: string;
    says: string;
  }[] = [
    { name: 'the field is absent', given: {}, test: text('x'), reason: 'absent', says: 'no such field' },
    {
      name: 'the field is absent, and a similar one is there',
      given: { F: 'x' },
      test: text('x'),
      reason: 'absent',
      says: 'it has F',
    },
    { name: 'the field is null', given: { f: null }, test: text('x'), reason: 'null', says: 'is null' },
    {
      name: 'an object is there',
      given: { f: { a: 1 } },
      test: text('x'),
      reason: 'type',
      says: 'an object with 1 members',
    },
    {
      name: 'only the case differs',
      given: { f: 'abc' },
      test: text('ABC', 'equals', true),
      reason: 'case',
      says: 'only in case',
    },
    {
      name: 'only the case differs for an expression',
      given: { f: 'abc' },
      test: expression('ABC'),
      reason: 'case',
      says: 'only in case',
    },
    {
      name: 'the values part in the middle',
      given: { f: 'powershell -x' },
      test: text('powershell -y'),
      reason: 'value',
      says: "the same up to 'powershell -', then 'x' instead of 'y'",
    },
    {
      name: 'the value goes on',
      given: { f: 'abcd' },
      test: text('ab'),
      reason: 'value',
      says: "goes on after 'ab' with 'cd'",
    },
    {
      name: 'the value is too short',
      given: { f: 'ab' },
      test: text('abcd', 'startswith'),
      reason: 'value',
      says: "ends after 'ab'",
    },
    {
      name: 'the end differs',
      given: { f: 'C:\\x\\ncmd.exe' },
      test: text('\\cmd.exe', 'endswith'),
      reason: 'value',
      says: "only 'cmd.exe' of the end",
    },
    {
      name: 'a piece of it is there',
      given: { f: 'mimi.exe' },
      test: text('mimikatz', 'contains'),
      reason: 'value',
      says: "only 'mimi' of it is there",
    },
    {
      name: 'nothing of it is there',
      given: { f: 'x' },
      test: text('mimikatz', 'contains'),
      reason: 'value',
      says: 'nothing of it',
    },
    {
      name: 'a piece of a glob is missing',
      given: { f: 'abc' },
      test: { kind: 'glob', parts: ['a', { wild: 'many' }, 'z'], cased: false },
      reason: 'value',
      says: "'z' is not there",
    },
    {
      name: 'a literal of an expression is missing',
      given: { f: 'net use' },
      test: expression('net\\s+config'),
      reason: 'value',
      says: "every match holds 'config', which it lacks",
    },
    {
      name: 'the literals of an expression are there',
      given: { f: 'confignet' },
      test: expression('net\\s+config'),
      reason: 'value',
      says: 'matches nowhere',
    },
    {
      name: 'an address outside',
      given: { f: '11.0.0.1' },
      test: { kind: 'cidr', network: '10.0.0.0/8' },
      reason: 'value',
      says: 'outside the network',
    },
    {
      name: 'not an address',
      given: { f: 'host' },
      test: { kind: 'cidr', network: '10.0.0.0/8' },
      reason: 'type',
      says: 'not an address',
    },
    {
      name: 'a number too small',
      given: { f: '5' },
      test: { kind: 'compare', op: 'gt', value: 10 },
      reason: 'value',
      says: '5 is not > 10',
    },
    {
      name: 'not a number',
      given: { f: 'many' },
      test: { kind: 'compare', op: 'gt', value: 10 },
      reason: 'type',
      says: 'not a decimal number',
    },
    {
      name: 'another hour',
      given: { f: '2024-03-07T09:15:00Z' },
      test: { kind: 'time_part', part: 'hour', op: 'gte', value: 22 },
      reason: 'value',
      says: 'its hour is 9, not >= 22',
    },
    {
      name: 'the other field is absent',
      given: { f: 'x' },
      test: { kind: 'fieldref', other: 'g', shape: 'equals', cased: false },
      reason: 'absent',
      says: 'no g',
    },
    {
      name: 'the other field differs',
      given: { f: 'abx', g: 'aby' },
      test: { kind: 'fieldref', other: 'g', shape: 'equals', cased: false },
      reason: 'value',
      says: "g is 'aby'; the same up to 'ab'",
    },
    {
      name: 'the field is there though it should be null',
      given: { f: '' },
      test: { kind: 'null' },
      reason: 'present',
      says: 'has a value',
    },
    {
      name: 'the nearest of several values is spoken of',
      given: { f: ['zzz', 'mimik'] },
      test: text('mimikatz', 'contains'),
      reason: 'value',
      says: "only 'mimik'",
    },
    { name: 'an empty array', given: { f: [] }, test: text('x'), reason: 'value', says: 'array is empty' },
  ];
  for (const { name, given, test, reason, says } of cases) {
    it(name, () => {
      const node = leafOf(test, given);
      expect(node?.holds).toBe(false);
      expect(node?.why?.reason).toBe(reason);
      expect(node?.why?.text).toContain(says);
    });
  }
});

describe('items in the words of Sigma', () => {
  const cases: readonly { test: FieldTest; expect: string }[] = [
    { test: text("it's"), expect: "f: 'it''s'" },
    { test: text('x', 'contains', true), expect: "f|contains|cased: 'x'" },
    { test: text('', 'contains'), expect: "f: '*'" },
    {
      test: { kind: 'glob', parts: ['a*', { wild: 'many' }, '\\?', { wild: 'one' }], cased: false },
      expect: "f: 'a\\**\\\\\\??'",
    },
    { test: expression('^a', true), expect: "f|re|i: '^a'" },
    { test: { kind: 'null' }, expect: 'f: null' },
    { test: { kind: 'exists' }, expect: 'f|exists: true' },
    { test: { kind: 'cidr', network: '10.0.0.0/8' }, expect: "f|cidr: '10.0.0.0/8'" },
    { test: { kind: 'compare', op: 'gte', value: 3 }, expect: 'f|gte: 3' },
    { test: { kind: 'time_part', part: 'hour', op: 'lt', value: 6 }, expect: 'f|hour|lt: 6' },
    {
      test: { kind: 'fieldref', other: 'g', shape: 'endswith', cased: false },
      expect: 'f|fieldref|endswith: g',
    },
    { test: { kind: 'set', set: 'bad' }, expect: 'f|intel: bad' },
  ];
  for (const { test, expect: expected } of cases)
    it(expected, () => expect(itemWords('f', test)).toBe(expected));

  it('write a condition over the names of selections', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => selection(name, field(name, text('x'))));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three selections');
    const condition: Expression = { kind: 'and', of: [a, { kind: 'not', of: { kind: 'or', of: [b, c] } }] };
    expect(conditionWords(condition)).toBe('a and not (b or c)');
  });
});

describe('an explanation', () => {
  const image = field('Image', text('\\whoami.exe', 'endswith'));
  const users: Expression = {
    kind: 'or',
    of: ['ANNA', 'SYSTEM', 'root', 'admin', 'Systemd'].map((name) => field('User', text(name))),
  };
  const condition: Expression = {
    kind: 'and',
    of: [
      selection('tool', image),
      selection('who', users),
      { kind: 'not', of: selection('filter', field('Parent', { kind: 'null' })) },
    ],
  };

  it('names another logsource as the reason at the root, whatever the condition says', () => {
    const node = explain(
      rule(image),
      event({ Image: 'C:\\whoami.exe' }, { products: ['linux'], categories: [], services: [] }),
    );
    expect(node.holds).toBe(false);
    expect(node.why?.reason).toBe('logsource');
    expect(node.why?.text).toContain('product windows, the event is of linux');
    expect(node.of[1]?.holds).toBe(true);
  });

  it('is a tree with what was found, the nearest alternatives, and the count of the others', () => {
    const node = explain(rule(condition), event({ Image: 'C:\\WhoAmI.exe', User: 'systemx' }));
    expect(renderExplanation(node)).toBe(
      [
        '✗ A rule does not fire',
        '├─ ✓ logsource: product windows, category process_creation  found product windows, category process_creation, service sysmon',
        '└─ ✗ all of: tool and who and not filter  1 of 3 hold',
        '   ├─ ✓ tool',
        "   │  └─ ✓ Image|endswith: '\\whoami.exe'  found 'C:\\WhoAmI.exe'",
        '   ├─ ✗ who (any of)  none of 5 holds',
        "   │  ├─ ✗ User: 'SYSTEM'  found 'systemx'  it goes on after 'SYSTEM' with 'x'",
        "   │  ├─ ✗ User: 'Systemd'  found the same  the same up to 'System', then 'x' instead of 'd'",
        "   │  ├─ ✗ User: 'ANNA'  found the same  it has another value",
        '   │  └─ … and 2 more that do not hold',
        '   └─ ✗ not filter  what must not hold does',
        '      └─ ✓ filter',
        '         └─ ✓ Parent: null  found no such field',
      ].join('\n'),
    );
  });

  it('puts the value that decides first, and shortens long ones', () => {
    const node = explain(
      rule(field('f', text('hit'))),
      event({ f: ['a', 'b', 'c', 'd', 'hit', 'x'.repeat(500)] }),
    );
    expect(node.of[1]?.found).toEqual(["'hit'", "'a'", "'b'", "'c'", 'and 2 more']);
    const long = explain(rule(field('f', text('hit'))), event({ f: 'x'.repeat(500) })).of[1]?.found[0];
    expect(long?.length).toBeLessThan(130);
  });

  it('says where a keyword was found, or the string that comes nearest', () => {
    const keyword: Expression = {
      kind: 'keyword',
      test: { kind: 'text', shape: 'contains', text: 'mimikatz', cased: false },
    };
    expect(explain(rule(keyword), event({ a: { b: 'run Mimikatz' } })).of[1]?.found).toEqual([
      "'run Mimikatz'",
    ]);
    const miss = explain(rule(keyword), event({ a: 'x', b: ['mimik'] })).of[1];
    expect(miss?.why?.text).toBe("in none of the event's 2 strings; nearest: only 'mimik' of it is there");
  });

  it('agrees with the reference evaluator at every node, and gives a reason exactly where a node does not hold', () => {
    const value = fc.oneof(
      fc.constantFrom('a', 'A', 'ab', '10.0.0.1', '7', ''),
      fc.constant(null),
      fc.integer({ min: 0, max: 9 }),
      fc.constant({ x: 1 }),
    );
    const record = fc.dictionary(
      fc.constantFrom('f', 'g', 'F'),
      fc.oneof(value, fc.array(value, { maxLength: 3 })),
    );
    const test = fc.constantFrom<FieldTest>(
      text('a'),
      text('A', 'equals', true),
      text('b', 'endswith'),
      text('', 'contains'),
      expression('^A'),
      expression('\\d'),
      { kind: 'null' },
      { kind: 'exists' },
      { kind: 'cidr', network: '10.0.0.0/8' },
      { kind: 'compare', op: 'lt', value: 5 },
      { kind: 'fieldref', other: 'g', shape: 'equals', cased: false },
      { kind: 'glob', parts: ['a', { wild: 'one' }], cased: true },
      { kind: 'time_part', part: 'year', op: 'eq', value: 1970 },
      { kind: 'set', set: 's' },
    );
    const { any } = fc.letrec<{ any: Expression }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.record({ kind: fc.constant('field' as const), field: fc.constantFrom('f', 'g'), test }),
        fc.record({
          kind: fc.constantFrom('and' as const, 'or' as const),
          of: fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
        }),
        fc.record({ kind: fc.constant('not' as const), of: tie('any') }),
        fc.record({ kind: fc.constant('selection' as const), name: fc.constant('s'), of: tie('any') }),
        fc.record({
          kind: fc.constant('keyword' as const),
          test: fc.constant({ kind: 'text' as const, shape: 'contains' as const, text: 'AB', cased: false }),
        }),
        fc.record({ kind: fc.constant('constant' as const), value: fc.boolean() }),
      ),
    }));
    fc.assert(
      fc.property(any, record, (of, given) => {
        const node = explain(rule(of), event(given));
        expect(node.holds).toBe(evaluate(of, event(given)));
        const visit = (member: ExplainNode): void => {
          expect(member.why === undefined).toBe(member.holds);
          expect(member.nearness).toBeGreaterThanOrEqual(0);
          expect(member.nearness === 1).toBe(member.holds);
          member.of.forEach(visit);
        };
        node.of.forEach(visit);
        expect(renderExplanation(node)).toContain(node.holds ? 'A rule fires' : 'A rule does not fire');
      }),
      { numRuns: 500 },
    );
  });
});

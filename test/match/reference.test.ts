import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { evaluate, keywordTexts } from '../../engine/match/reference.ts';
import type { Expression, FieldTest, TextShape } from '../../engine/model/index.ts';

const text = (value: string, shape: TextShape = 'equals', cased = false): FieldTest => ({
  kind: 'text',
  shape,
  text: value,
  cased,
});
const field = (name: string, test: FieldTest): Expression => ({ kind: 'field', field: name, test });
const not = (of: Expression): Expression => ({ kind: 'not', of });
const keyword = (value: string): Expression => ({
  kind: 'keyword',
  test: { kind: 'text', shape: 'contains', text: value, cased: false },
});

function event(record: Record<string, unknown>) {
  return {
    fields: { get: (name: string) => (Object.hasOwn(record, name) ? record[name] : undefined) },
    raw: record,
  };
}

describe('the reference evaluator', () => {
  const cases: readonly {
    name: string;
    given: Record<string, unknown>;
    expression: Expression;
    expect: boolean;
  }[] = [
    {
      name: 'a number equals its decimal text',
      given: { EventID: 4624 },
      expression: field('EventID', text('4624')),
      expect: true,
    },
    {
      name: 'a boolean equals its lower-case name',
      given: { a: true },
      expression: field('a', text('True')),
      expect: true,
    },
    {
      name: 'an array matches if any member does',
      given: { a: ['x', 'y'] },
      expression: field('a', text('y')),
      expect: true,
    },
    {
      name: 'arrays in arrays count as their members',
      given: { a: [['x', [7]]] },
      expression: field('a', text('7')),
      expect: true,
    },
    {
      name: 'an object has no text',
      given: { a: { b: 'x' } },
      expression: field('a', text('', 'contains')),
      expect: false,
    },
    {
      name: 'null has no text',
      given: { a: null },
      expression: field('a', text('', 'contains')),
      expect: false,
    },
    {
      name: 'an absent field has no text',
      given: {},
      expression: field('a', text('', 'contains')),
      expect: false,
    },
    {
      name: 'the empty text has a text',
      given: { a: '' },
      expression: field('a', text('', 'contains')),
      expect: true,
    },
    { name: 'absent is null', given: {}, expression: field('a', { kind: 'null' }), expect: true },
    { name: 'null is null', given: { a: null }, expression: field('a', { kind: 'null' }), expect: true },
    {
      name: 'an array with a null is null',
      given: { a: ['x', null] },
      expression: field('a', { kind: 'null' }),
      expect: true,
    },
    {
      name: 'the empty text is not null',
      given: { a: '' },
      expression: field('a', { kind: 'null' }),
      expect: false,
    },
    {
      name: 'an empty array is not null',
      given: { a: [] },
      expression: field('a', { kind: 'null' }),
      expect: false,
    },
    { name: 'null exists', given: { a: null }, expression: field('a', { kind: 'exists' }), expect: true },
    { name: 'an object exists', given: { a: {} }, expression: field('a', { kind: 'exists' }), expect: true },
    {
      name: 'an empty array exists',
      given: { a: [] },
      expression: field('a', { kind: 'exists' }),
      expect: true,
    },
    {
      name: 'an absent field does not exist',
      given: { b: 1 },
      expression: field('a', { kind: 'exists' }),
      expect: false,
    },
    {
      name: 'not holds for an absent field',
      given: {},
      expression: not(field('a', text('x'))),
      expect: true,
    },
    {
      name: 'an expression is searched in a number',
      given: { a: 4624 },
      expression: field('a', {
        kind: 'expression',
        source: '^46',
        ignoreCase: false,
        multiline: false,
        dotAll: false,
      }),
      expect: true,
    },
    {
      name: 'an expression that does not compile never holds',
      given: { a: 'x' },
      expression: field('a', {
        kind: 'expression',
        source: '(',
        ignoreCase: false,
        multiline: false,
        dotAll: false,
      }),
      expect: false,
    },
    {
      name: 'a network',
      given: { ip: ['x', '10.1.1.1'] },
      expression: field('ip', { kind: 'cidr', network: '10.0.0.0/8' }),
      expect: true,
    },
    {
      name: 'a comparison of a decimal text',
      given: { n: '12' },
      expression: field('n', { kind: 'compare', op: 'gt', value: 9 }),
      expect: true,
    },
    {
      name: 'a comparison never holds for what is no number',
      given: { n: 'twelve' },
      expression: field('n', { kind: 'compare', op: 'lt', value: 1e9 }),
      expect: false,
    },
    {
      name: 'a part of a time',
      given: { t: '2024-03-07T23:15:00Z' },
      expression: field('t', { kind: 'time_part', part: 'hour', op: 'gte', value: 22 }),
      expect: true,
    },
    {
      name: 'fieldref compares any with any',
      given: { a: ['x', 'y'], b: ['z', 'Y'] },
      expression: field('a', { kind: 'fieldref', other: 'b', shape: 'equals', cased: false }),
      expect: true,
    },
    {
      name: 'cased fieldref is exact',
      given: { a: 'y', b: 'Y' },
      expression: field('a', { kind: 'fieldref', other: 'b', shape: 'equals', cased: true }),
      expect: false,
    },
    {
      name: 'fieldref with a shape',
      given: { a: 'C:\\tmp\\X.exe', b: '\\x.EXE' },
      expression: field('a', { kind: 'fieldref', other: 'b', shape: 'endswith', cased: false }),
      expect: true,
    },
    {
      name: 'fieldref never holds between absent fields',
      given: {},
      expression: field('a', { kind: 'fieldref', other: 'b', shape: 'equals', cased: false }),
      expect: false,
    },
    {
      name: 'a keyword is looked for in every string',
      given: { a: { b: [{ c: 'say Mimikatz!' }] } },
      expression: keyword('mimikatz'),
      expect: true,
    },
    {
      name: 'a keyword is not looked for in names',
      given: { mimikatz: 1 },
      expression: keyword('mimikatz'),
      expect: false,
    },
    {
      name: 'a keyword is looked for in numbers, by their text',
      given: { a: [{ b: 4624 }] },
      expression: keyword('4624'),
      expect: true,
    },
    {
      name: 'and, or, selections and constants',
      given: { a: 'x' },
      expression: {
        kind: 'and',
        of: [
          { kind: 'constant', value: true },
          {
            kind: 'or',
            of: [field('b', text('y')), { kind: 'selection', name: 's', of: field('a', text('X')) }],
          },
        ],
      },
      expect: true,
    },
    { name: 'an empty or holds never', given: {}, expression: { kind: 'or', of: [] }, expect: false },
  ];
  for (const { name, given, expression, expect: expected } of cases) {
    it(name, () => expect(evaluate(expression, event(given))).toBe(expected));
  }

  it('looks for keywords to depth 64 and no deeper', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 'needle' : { a: nested(depth - 1) });
    expect(keywordTexts(nested(64))).toEqual(['needle']);
    expect(keywordTexts(nested(65))).toEqual([]);
  });

  it('asks the given sets', () => {
    const test = field('ip', { kind: 'set', set: 'bad' });
    const sets = (set: string, value: string): boolean => set === 'bad' && value === '1.2.3.4';
    expect(evaluate(test, event({ ip: ['x', '1.2.3.4'] }), { sets })).toBe(true);
    expect(evaluate(test, event({ ip: '1.2.3.5' }), { sets })).toBe(false);
    expect(evaluate(test, event({ ip: '1.2.3.4' }))).toBe(false);
  });

  it('reads expressions with another engine where told to', () => {
    const test = field('a', {
      kind: 'expression',
      source: 'a+b',
      ignoreCase: false,
      multiline: false,
      dotAll: false,
    });
    const asked: string[] = [];
    const holds = evaluate(test, event({ a: 'aab' }), {
      expressions: ({ source }) => {
        asked.push(source);
        const re = RE2JS.compile(source);
        return (value) => re.test(value);
      },
    });
    expect([holds, asked]).toEqual([true, ['a+b']]);
  });
});

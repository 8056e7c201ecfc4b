import { describe, expect, test } from 'vitest';
import { parseCondition } from '../../engine/language/index.ts';
import { DEFAULT_LIMITS } from '../../engine/language/limits.ts';
import type { Expression } from '../../engine/model/index.ts';
import { loadOne, ruleText } from './rules.ts';

const SELECTIONS = 'a1:\n  F: 1\na2:\n  F: 2\na3:\n  F: 3\nb:\n  F: 4\n_c:\n  F: 5';

/** The condition in terms of selection names. */
function names(expression: Expression | undefined): string {
  if (expression?.kind === 'selection') return expression.name;
  if (expression?.kind === 'not') return `not ${names(expression.of)}`;
  if (expression?.kind === 'and' || expression?.kind === 'or') {
    return `(${expression.of.map(names).join(` ${expression.kind} `)})`;
  }
  return 'none';
}

const MEANINGS: { name: string; given: string; expect: string }[] = [
  { name: 'a name', given: 'b', expect: 'b' },
  { name: 'and before or', given: 'a1 or a2 and a3', expect: '(a1 or (a2 and a3))' },
  { name: 'not before and', given: 'not a1 and a2', expect: '(not a1 and a2)' },
  { name: 'parentheses', given: '(a1 or a2) and not (a3 or b)', expect: '((a1 or a2) and not (a3 or b))' },
  { name: 'not not', given: 'not not a1 and b', expect: '(not not a1 and b)' },
  { name: 'keywords in any case', given: 'a1 AND NOT a2 Or b', expect: '((a1 and not a2) or b)' },
  { name: '1 of a pattern', given: '1 of a*', expect: '(a1 or a2 or a3)' },
  { name: 'any of a pattern', given: 'any of a*', expect: '(a1 or a2 or a3)' },
  { name: 'all of a pattern', given: 'all of a*', expect: '(a1 and a2 and a3)' },
  { name: 'a pattern with the wildcard in front', given: '1 of *1 or b', expect: '(a1 or b)' },
  { name: 'a pattern with the wildcard inside', given: 'all of a*2', expect: 'a2' },
  { name: 'a pattern without a wildcard', given: '1 of b', expect: 'b' },
  { name: '2 of a pattern: every pair', given: '2 of a*', expect: '((a1 and (a2 or a3)) or (a2 and a3))' },
  { name: '3 of three as all', given: '3 of a*', expect: '(a1 and a2 and a3)' },
  { name: '1 of them, without names that start with _', given: '1 of them', expect: '(a1 or a2 or a3 or b)' },
  { name: 'all of them', given: 'all of THEM', expect: '(a1 and a2 and a3 and b)' },
  { name: 'a name that starts with _, by name', given: '_c and b', expect: '(_c and b)' },
  { name: 'not 1 of a pattern', given: 'b and not 1 of a*', expect: '(b and not (a1 or a2 or a3))' },
  { name: 'a list, as alternatives', given: '[a1, a2 and b]', expect: '(a1 or (a2 and b))' },
  { name: 'no space around parentheses', given: '(a1)and(b)', expect: '(a1 and b)' },
];

describe('a condition means', () => {
  for (const { name, given, expect: expected } of MEANINGS) {
    test(name, () => {
      const { rule, diagnostics } = loadOne(ruleText(SELECTIONS, given));
      expect(diagnostics.filter((d) => d.code !== 'TT1306')).toEqual([]);
      expect(names(rule?.expression)).toBe(expected);
    });
  }

  test('N of them holds exactly where N of them hold', () => {
    const count = (expression: Expression, on: ReadonlySet<string>): boolean => {
      if (expression.kind === 'selection') return on.has(expression.name);
      if (expression.kind === 'and') return expression.of.every((child) => count(child, on));
      return expression.kind === 'or' && expression.of.some((child) => count(child, on));
    };
    const all = ['s1', 's2', 's3', 's4', 's5', 's6'];
    const text = all.map((name) => `${name}:\n  F: ${name}`).join('\n');
    for (let n = 1; n <= all.length; n++) {
      const expression = loadOne(ruleText(text, `${n} of s*`)).rule?.expression;
      if (expression === undefined) throw new Error('the rule must load');
      for (let bits = 0; bits < 64; bits++) {
        const on = new Set(all.filter((_, i) => (bits & (1 << i)) !== 0));
        expect(count(expression, on), `${n} of ${[...on].join()}`).toBe(on.size >= n);
      }
    }
  });
});

const REFUSED: { name: string; given: string; code: string; at: string; says?: RegExp }[] = [
  {
    name: 'an unknown name, with the nearest',
    given: 'a1 and a22',
    code: 'TT1302',
    at: 'a22',
    says: /did you mean 'a2'/,
  },
  { name: 'a pattern that fits nothing', given: 'a1 and not 1 of filter_*', code: 'TT1303', at: 'filter_*' },
  { name: 'more than there are', given: '4 of a*', code: 'TT1304', at: 'a*', says: /only 3 have/ },
  { name: 'an operator at the end', given: 'a1 and', code: 'TT1301', at: '', says: /ends where a selection/ },
  { name: 'an operator at the start', given: 'and a1', code: 'TT1301', at: 'and' },
  {
    name: 'two names without an operator',
    given: 'a1 a2',
    code: 'TT1301',
    at: 'a2',
    says: /expected 'and', 'or'/,
  },
  { name: 'a misspelt operator', given: 'a1 adn a2', code: 'TT1301', at: 'adn', says: /did you mean 'and'/ },
  { name: 'an open parenthesis', given: '(a1 or a2', code: 'TT1301', at: '(', says: /never closed/ },
  {
    name: 'a closing parenthesis too many',
    given: 'a1) or a2',
    code: 'TT1301',
    at: ')',
    says: /closes nothing/,
  },
  { name: 'them without a number', given: 'a1 or them', code: 'TT1301', at: 'them', says: /1 of them/ },
  { name: 'a pattern without a number', given: 'not a*', code: 'TT1301', at: 'a*', says: /1 of a\*/ },
  { name: 'a number that is none', given: 'some of a*', code: 'TT1301', at: 'some' },
  { name: 'zero of', given: '0 of a*', code: 'TT1301', at: '0' },
  { name: 'of without a pattern', given: '1 of', code: 'TT1301', at: '' },
];

describe('refused, with the caret at the token, is', () => {
  for (const { name, given, code, at, says } of REFUSED) {
    test(name, () => {
      const text = ruleText(SELECTIONS, given);
      const { rule, diagnostics } = loadOne(text);
      expect(rule).toBeUndefined();
      const found = diagnostics.filter((d) => d.severity === 'error');
      expect(found.map((d) => d.code)).toEqual([code]);
      const place = found[0]?.at;
      const line = text.split('\n')[(place?.line ?? 0) - 1] ?? '';
      expect(line).toContain('condition:');
      expect(line.slice((place?.column ?? 0) - 1, (place?.end?.column ?? 0) - 1)).toBe(at);
      if (says !== undefined) expect(`${found[0]?.message} ${found[0]?.hint ?? ''}`).toMatch(says);
    });
  }

  const written: { name: string; given: string }[] = [
    { name: 'single quotes', given: "'a1 and nope'" },
    { name: 'double quotes', given: '"a1\\x20and nope"' },
    { name: 'a folded text', given: '>-\n    a1\n    and nope' },
    { name: 'a literal text', given: '|\n    a1 and\n    nope' },
    { name: 'a plain text over two lines', given: 'a1\n    and nope' },
    { name: 'a list', given: '[b, a1 and nope]' },
  ];
  for (const { name, given } of written) {
    test(`an unknown name in ${name}`, () => {
      const text = ruleText(SELECTIONS, given);
      const place = loadOne(text).diagnostics.find((d) => d.code === 'TT1302')?.at;
      const line = text.split('\n')[(place?.line ?? 0) - 1] ?? '';
      expect(line.slice((place?.column ?? 0) - 1, (place?.end?.column ?? 0) - 1)).toBe('nope');
    });
  }

  test('every unknown name at once', () => {
    const { codes } = loadOne(ruleText(SELECTIONS, 'x1 and (x2 or not x3)'));
    expect(codes.filter((code) => code === 'TT1302').length).toBe(3);
  });

  test('a choice of too many combinations', () => {
    const many = Array.from({ length: 40 }, (_, i) => `s${i}:\n  F: ${i}`).join('\n');
    expect(loadOne(ruleText(many, '20 of s*')).codes).toEqual(['TT1206']);
  });
});

describe('what the condition says about the rule', () => {
  test('selections that it never uses are reported, those that start with _ are not', () => {
    const { diagnostics } = loadOne(ruleText(SELECTIONS, 'b'));
    expect(diagnostics.map((d) => d.message)).toEqual(
      ['a1', 'a2', 'a3'].map((name) => `the condition never uses the selection '${name}'`),
    );
  });

  const constants = [
    { given: 'b and not b', expect: ['TT1605'] },
    { given: 'b or not b', expect: ['TT1605'] },
    { given: 'not (b and not b)', expect: ['TT1605'] },
    { given: '1 of them and not all of them and not 1 of a* and not b', expect: ['TT1605'] },
    { given: 'b and not 1 of a*', expect: [] },
  ];
  for (const { given, expect: expected } of constants) {
    test(`${given}: ${expected.length > 0 ? 'always the same' : 'depends on the event'}`, () => {
      expect(loadOne(ruleText(SELECTIONS, given)).codes.filter((code) => code !== 'TT1306')).toEqual(
        expected,
      );
    });
  }
});

describe('a legacy aggregation', () => {
  const legacy = [
    { given: 'b | count() > 10', expect: 'type: event_count' },
    { given: 'b | count() by User > 10', expect: 'group-by:\n        - User' },
    { given: 'b | count(Port) by User >= 10', expect: 'field: Port\n        gte: 10' },
    { given: 'b | sum(Bytes) by User > 1000', expect: 'type: value_sum' },
    { given: 'b | avg(Bytes) by User < 1000', expect: 'type: value_avg' },
    { given: 'b | count() by User == 3', expect: 'eq: 3' },
    { given: 'b | near a1 and not a2', expect: 'condition: test_1 and test_2 and not test_3' },
  ];
  for (const { given, expect: expected } of legacy) {
    test(`${given} is refused with the documents to write instead`, () => {
      const { rule, diagnostics } = loadOne(ruleText(`${SELECTIONS}\ntimeframe: 5m`, given));
      expect(rule).toBeUndefined();
      expect(diagnostics.map((d) => d.code)).toEqual(['TT1305']);
      expect(diagnostics[0]?.hint).toContain(expected);
      expect(diagnostics[0]?.hint).toContain('timespan: 5m');
    });
  }

  test('one that nobody can read gets the general way', () => {
    const { diagnostics } = loadOne(ruleText(SELECTIONS, 'b | magic'));
    expect(diagnostics[0]?.hint).toContain('event_count');
  });
});

describe('the parser of conditions, which correlations use too', () => {
  test('gives a tree with offsets', () => {
    const reading = parseCondition('rule_a and not 2 of rule_*', DEFAULT_LIMITS);
    expect(reading).toEqual({
      kind: 'condition',
      node: {
        kind: 'and',
        of: [
          { kind: 'name', name: 'rule_a', from: 0, to: 6 },
          { kind: 'not', of: { kind: 'of', count: 2, pattern: 'rule_*', from: 20, to: 26 } },
        ],
      },
    });
  });

  test('bounds the depth of parentheses and of not', () => {
    for (const text of [`${'('.repeat(5000)}a`, `${'not '.repeat(5000)}a`]) {
      expect(parseCondition(text, DEFAULT_LIMITS)).toMatchObject({
        kind: 'problem',
        problem: { code: { code: 'TT1307' } },
      });
    }
  });
});

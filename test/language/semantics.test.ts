import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expressionText } from '../../engine/language/semantics.ts';
import { canonicalJson, type Expression } from '../../engine/model/index.ts';
import { loadOne, ruleText } from './rules.ts';

const BASE = ruleText(
  'selection:\n  A|contains: [x, y]\n  B: 1\nfilter:\n  C: z',
  'selection and not filter',
);

function hashOf(text: string): string {
  const { rule, diagnostics } = loadOne(text);
  expect(
    diagnostics.filter((d) => d.severity === 'error'),
    text,
  ).toEqual([]);
  return rule?.meta.hash ?? '';
}

describe('the semantics hash stays the same when', () => {
  const same: { name: string; given: string }[] = [
    { name: 'comments are added', given: `# why\n${BASE.replace('B: 1', 'B: 1 # one')}` },
    {
      name: 'title, level, id, status and tags change',
      given: `${BASE.replace('Test', 'Other').replace('low', 'high')}id: x\nstatus: test\ntags: [a.b]\nconfidence: 0.1\n`,
    },
    {
      name: 'tests, entities and remediation are added',
      given: `${BASE}remediation: [x]\nentities: [{type: user, fields: [U]}]\n`,
    },
    {
      name: 'the keys of a selection change order',
      given: ruleText(
        'filter:\n  C: z\nselection:\n  B: 1\n  A|contains: [x, y]',
        'selection and not filter',
      ),
    },
    { name: 'the values of a list change order', given: BASE.replace('[x, y]', '[y, x]') },
    { name: 'a value stands twice', given: BASE.replace('[x, y]', '[y, x, y]') },
    {
      name: 'selections get other names',
      given: BASE.replaceAll('filter', 'exclude').replaceAll('selection', 'wanted'),
    },
    {
      name: 'the condition is turned around',
      given: BASE.replace('selection and not filter', '(not filter) and selection'),
    },
    {
      name: 'wildcards are written as a modifier',
      given: BASE.replace('A|contains: [x, y]', "A: ['*x*', '*y*']"),
    },
    { name: 'a number is quoted', given: BASE.replace('B: 1', "B: '1'") },
    {
      name: 'a selection is split in two',
      given: ruleText('s1:\n  A|contains: [x, y]\ns2:\n  B: 1\nfilter:\n  C: z', 'all of s* and not filter'),
    },
    {
      name: 'the definition of the logsource changes',
      given: BASE.replace('{product: windows}', '{product: Windows, definition: audit}'),
    },
  ];
  for (const { name, given } of same) test(name, () => expect(hashOf(given)).toBe(hashOf(BASE)));
});

describe('the semantics hash changes when', () => {
  const other: { name: string; given: string }[] = [
    { name: 'a value changes', given: BASE.replace('B: 1', 'B: 2') },
    { name: 'a field changes', given: BASE.replace('B: 1', 'D: 1') },
    { name: 'a modifier changes', given: BASE.replace('A|contains', 'A|endswith') },
    { name: 'case begins to matter', given: BASE.replace('A|contains', 'A|contains|cased') },
    { name: 'alternatives become requirements', given: BASE.replace('A|contains', 'A|contains|all') },
    { name: 'the condition loses a not', given: BASE.replace('not filter', 'filter') },
    { name: 'the logsource changes', given: BASE.replace('windows', 'linux') },
  ];
  for (const { name, given } of other) test(name, () => expect(hashOf(given)).not.toBe(hashOf(BASE)));
});

describe('the text that is hashed', () => {
  const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({
        kind: fc.constant('field' as const),
        field: fc.constantFrom('A', 'B'),
        test: fc.oneof(
          fc.record({
            kind: fc.constant('text' as const),
            shape: fc.constantFrom('equals' as const, 'contains' as const),
            text: fc.string({ maxLength: 3 }),
            cased: fc.boolean(),
          }),
          fc.constant({ kind: 'null' as const }),
        ),
      }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('not' as const), of: tie('expression') }),
      fc.record({ kind: fc.constant('selection' as const), name: fc.string(), of: tie('expression') }),
    ),
  }));

  test('is canonical JSON', () => {
    fc.assert(
      fc.property(expression, (given) => {
        const text = expressionText(given);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test('is its own normal form: reading it back and writing it again changes nothing', () => {
    fc.assert(
      fc.property(expression, (given) => {
        const text = expressionText(given);
        const again: Expression = JSON.parse(text);
        expect(expressionText(again)).toBe(text);
      }),
    );
  });
});

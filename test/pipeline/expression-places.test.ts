import { describe, expect, test } from 'vitest';
import { compileRuleset } from '../../engine/pipeline/index.ts';

const RULE = `title: Bad
id: 00000000-0000-4000-8000-000000000001
level: low
logsource: {product: windows}
`;

function findings(text: string): string[] {
  return compileRuleset([{ path: 'r.yml', text }])
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ at, code }) => `${at?.line}:${at?.column} ${code}`);
}

describe('an expression that cannot run is told where it is written', () => {
  const table: readonly { name: string; given: string; expect: readonly string[] }[] = [
    {
      name: 'at the character that breaks it',
      given: `${RULE}detection:\n  a:\n    CommandLine|re: 'ab)c'\n  condition: a\n`,
      expect: ['7:24 TT3001'],
    },
    {
      name: 'at the bracket that is never closed',
      given: `${RULE}detection:\n  a:\n    CommandLine|re: '(ab'\n  condition: a\n`,
      expect: ['7:22 TT3001'],
    },
    {
      name: 'in a list and as a keyword, together with all other findings of the document',
      given: `${RULE}detection:\n  a:\n    CommandLine|re:\n      - fine\n      - '(x)\\1'\n    Ip|cidr: nowhere\n  b:\n    - '|re': '['\n  condition: a and not c\n`,
      expect: ['9:14 TT3002', '10:14 TT1203', '12:15 TT3001', '13:24 TT1302'],
    },
    {
      name: 'in a filter, once and not in each rule that it filters',
      given: `title: Filter\nlogsource: {product: windows}\nfilter:\n  rules: any\n  a:\n    User|re: '*'\n  condition: not a\n---\n${RULE}detection:\n  a:\n    B: 1\n  condition: a\n`,
      expect: ['6:15 TT3001'],
    },
  ];
  for (const { name, given, expect: wanted } of table) {
    test(name, () => expect(findings(given)).toEqual(wanted));
  }

  test('a block without a condition is told once', () => {
    for (const block of ['filter:\n  rules: any\n', 'detection:\n'])
      expect(
        findings(`title: No condition\nlogsource: {product: windows}\n${block}  a:\n    User: x\n`),
      ).toEqual(['3:1 TT1103']);
  });

  test('a related id that is none has a finding with its place and a hint', () => {
    const text = `${RULE}related:\n  - id: not-an-id\n    type: similar\n  - {id: 7, type: derived}\ndetection:\n  a: {B: 1}\n  condition: a\n`;
    const { diagnostics } = compileRuleset([{ path: 'r.yml', text }]);
    expect(diagnostics.map(({ code, at, hint }) => [code, at?.line, at?.column, hint])).toEqual([
      ['TT1609', 6, 9, 'copy the `id` of the other rule'],
      ['TT1609', 8, 10, 'copy the `id` of the other rule'],
    ]);
  });
});

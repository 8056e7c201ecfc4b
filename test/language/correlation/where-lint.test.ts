import { describe, expect, test } from 'vitest';
import { loadRules, readCorrelation } from '../../../engine/language/index.ts';

const CASES: readonly {
  readonly name: string;
  readonly where: string;
  /** The hint of TT1710; undefined where there is no finding. */
  readonly expect: string | undefined;
}[] = [
  {
    name: 'a label misspelt',
    where: '{User: {neq: frist.User}}',
    expect: "did you mean 'first.User'?",
  },
  {
    name: 'a rule that the step names, while the step is called otherwise',
    where: '{User: {neq: failed_logon.Name}}',
    expect: "did you mean 'first.Name'?",
  },
  {
    name: 'a field of the rule after a label that there is not',
    where: '{User: {neq: lines.user}}',
    expect: 'the steps are first, then',
  },
  {
    name: 'a field of the group-by, in one of several maps',
    where: '[{Image: {eq: a}}, {Source: {eq: other.Computer}}]',
    expect: 'the steps are first, then',
  },
  { name: 'a step and its field', where: '{User: {neq: first.User}}', expect: undefined },
  { name: 'a program', where: '{Image: {eq: powershell.exe}}', expect: undefined },
  { name: 'an action', where: '{Action: {eq: repo.destroy}}', expect: undefined },
  { name: 'a host', where: '{Host: {neq: mail.example.org}}', expect: undefined },
  { name: 'a path', where: '{Path: {eq: "/etc/first.User"}}', expect: undefined },
  { name: 'a version', where: '{Version: {eq: "1.User"}}', expect: undefined },
];

describe('a test of a step that compares with a text', () => {
  for (const { name, where, expect: hint } of CASES) {
    test(name, () => {
      const line = `      where: ${where}`;
      const text = `title: Chain
level: high
correlation:
  type: sequence
  group-by: [Computer]
  timespan: 5m
  steps:
    - {rule: failed_logon, as: first}
    - rule: logon
      as: then
${line}
`;
      const found = loadRules([{ path: 'rule.yml', text }])
        .rules.others.flatMap((other) => readCorrelation(other).diagnostics)
        .filter(({ code }) => code === 'TT1710');
      expect(found.map((one) => one.hint)).toEqual(hint === undefined ? [] : [hint]);
      const [only] = found;
      if (only === undefined) return;
      // The place is the text itself.
      expect(only.at).toMatchObject({ line: 11 });
      expect(line.slice((only.at?.column ?? 0) - 1)).toMatch(/^(?:frist|failed_logon|lines|other)\./);
    });
  }
});

import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../engine/match/expression/compile.ts';

const plain = { ignoreCase: false, multiline: false, dotAll: false };

function search(source: string, flags: Partial<typeof plain> = {}): (text: string) => boolean {
  const { value, diagnostics } = compileExpression({ kind: 'expression', source, ...plain, ...flags });
  if (value === undefined) throw new Error(diagnostics[0]?.message);
  return (text) => value.test(text);
}

interface Case {
  readonly name: string;
  readonly source: string;
  readonly flags?: Partial<typeof plain>;
  readonly hits: readonly string[];
  readonly misses: readonly string[];
}

describe('the syntax of expressions', () => {
  const cases: readonly Case[] = [
    { name: 'searches unanchored', source: 'b', hits: ['abc'], misses: ['ac', 'B'] },
    { name: 'the empty expression matches everything', source: '', hits: ['', 'x'], misses: [] },
    {
      name: '$ is the very end, even before a last newline',
      source: 'a$',
      hits: ['a', 'ba'],
      misses: ['a\n', 'ab'],
    },
    {
      name: '\\Z allows one newline before the end',
      source: 'a\\Z',
      hits: ['a', 'a\n'],
      misses: ['a\n\n', 'ab'],
    },
    {
      name: '\\z and \\A ignore the flag m',
      source: '\\Aa\\z',
      flags: { multiline: true },
      hits: ['a'],
      misses: ['b\na', 'a\nb'],
    },
    {
      name: 'with m, ^ and $ are at line breaks',
      source: '^a$',
      flags: { multiline: true },
      hits: ['b\na\nc', 'a'],
      misses: ['ba', 'ab', 'a\r\nb'],
    },
    { name: '. is anything but \\n', source: '^a.b$', hits: ['a\rb', 'a\u2028b', 'axb'], misses: ['a\nb'] },
    {
      name: 'with s, . is anything',
      source: '^a.b$',
      flags: { dotAll: true },
      hits: ['a\nb'],
      misses: ['ab'],
    },
    {
      name: 'an inline flag holds for the rest of its group',
      source: '(?:a(?i)b|c)d',
      hits: ['aBd', 'Cd', 'abd'],
      misses: ['Abd', 'aBD'],
    },
    { name: 'a flag group holds inside only', source: 'a(?i:b)c', hits: ['aBc'], misses: ['aBC', 'ABc'] },
    { name: 'flags can be taken back', source: '(?i)a(?-i)b', hits: ['Ab'], misses: ['aB'] },
    {
      name: 'with x, blanks and comments mean nothing',
      source: '(?x) a  b # one\n \\ c',
      hits: ['ab c'],
      misses: ['abc', 'a b c'],
    },
    { name: 'comments in parentheses mean nothing', source: 'a(?#really)b', hits: ['ab'], misses: ['a'] },
    {
      name: 'case is ignored by simple folding',
      source: '(?i)[k-m]Σß',
      hits: ['\u212aςẞ', 'Kσß'],
      misses: ['jσß', 'kσss'],
    },
    {
      name: 'the negation of a class that ignores case is of the folded class',
      source: '(?i)^[^k]$',
      hits: ['j'],
      misses: ['k', 'K', '\u212a'],
    },
    {
      name: 'captures of every spelling are groups',
      source: "(a)(?:b)(?<n>c)(?P<m>d)(?'o'e)(?|f)",
      hits: ['abcdef'],
      misses: ['abcde'],
    },
    {
      name: 'lazy quantifiers match the same texts',
      source: '^a+?b*?c??$',
      hits: ['a', 'aabbc'],
      misses: ['b'],
    },
    {
      name: 'counts',
      source: '^a{2}b{1,}c{0,2}$',
      hits: ['aab', 'aabbbcc'],
      misses: ['ab', 'aabccc', 'aaab'],
    },
    {
      name: 'a brace that begins no count is itself',
      source: '^a{,2}{x}{$',
      hits: ['a{,2}{x}{'],
      misses: ['aa'],
    },
    {
      name: 'classes of one letter are ASCII',
      source: '^\\d\\w\\s$',
      hits: ['1a\v', '0_ '],
      misses: ['\u0661a ', '1é ', '1a\u00a0'],
    },
    { name: 'their negations', source: '^\\D\\W\\S$', hits: ['aéx', '٣-é'], misses: ['1-x', 'aax', 'a- '] },
    {
      name: 'POSIX classes',
      source: '^[[:alpha:]][[:^digit:]_][[:xdigit:]x]$',
      hits: ['axF', 'Z_x'],
      misses: ['1xF', 'a1F', 'axg'],
    },
    {
      name: 'a closing bracket that comes first is itself',
      source: '^[]a]+[^]a]$',
      hits: [']ab'],
      misses: [']a]'],
    },
    {
      name: 'a hyphen at the edge or beside a class is itself',
      source: '^[-a][a-][\\w-.]$',
      hits: ['---', 'a-.'],
      misses: ['b-.', '-a+'],
    },
    {
      name: 'ranges and escapes in classes',
      source: '^[a-c\\]\\\\\\x41\\n][\\b]$',
      hits: ['b\b', ']\b', '\\\b', 'A\b', '\n\b'],
      misses: ['d\b', 'bb'],
    },
    {
      name: 'character escapes',
      source: '^\\a\\e\\f\\n\\r\\t\\v\\0\\012\\cA\\x41\\x{1F600}\\u0042\\u{43}$',
      hits: ['\x07\x1b\f\n\r\t\v\0\n\x01A\u{1f600}BC'],
      misses: [''],
    },
    {
      name: 'an escaped mark is itself',
      source: '^\\-\\/\\.\\_\\"\\ \\–$',
      hits: ['-/._" –'],
      misses: ['-/x_" –'],
    },
    {
      name: 'quoted stretches',
      source: '^\\Qa.b*\\E+\\Q\\E$',
      hits: ['a.b*', 'a.b***'],
      misses: ['axb', 'a.b'],
    },
    {
      name: 'Unicode properties',
      source: '^\\p{Lu}\\pL\\P{L}\\p{^Lu}\\p{Greek}\\p{Script=Cyrillic}[\\p{Nd}x]$',
      hits: ['Éé-éσж٣'],
      misses: ['éé-éσж٣', 'Éé-Éσж٣'],
    },
    {
      name: 'properties beyond the first plane',
      source: '^\\p{Deseret}$',
      hits: ['\u{10400}'],
      misses: ['a'],
    },
    { name: 'a property that ignores case', source: '(?i)^\\p{Lu}$', hits: ['a', 'A'], misses: ['1'] },
    {
      name: '\\h, \\H, \\N and \\R',
      source: '^\\h\\H\\N\\R$',
      hits: ['\u00a0xx\r\n', '\txx\u2028'],
      misses: ['x xx\n', '  x\n', ' x\n\n'],
    },
    {
      name: 'word boundaries are ASCII',
      source: '\\bcmd\\b',
      hits: ['cmd', 'x.cmd /c', 'écmdé'],
      misses: ['xcmd', 'cmd_'],
    },
    { name: 'a position inside a word', source: '\\Bmd\\b', hits: ['cmd'], misses: ['md', 'c md'] },
    {
      name: 'look-ahead',
      source: '^(?=.*\\d)(?!.*admin)[a-z0-9]+$',
      hits: ['abc1'],
      misses: ['abc', 'admin1', 'ab-1'],
    },
    {
      name: 'look-behind, of no fixed length',
      source: '(?<=C:\\\\[^\\\\]+)\\\\x(?<!y.*)',
      hits: ['C:\\abc\\x'],
      misses: ['D:\\abc\\x', 'yC:\\abc\\x'],
    },
    {
      name: 'look-arounds inside look-arounds',
      source: 'a(?=b(?!c(?<=abc)))',
      hits: ['abd', 'ab'],
      misses: ['abc'],
    },
    { name: 'a condition may be repeated', source: '^*a(?:\\b)+', hits: ['a'], misses: ['b'] },
    { name: 'an alternative may be empty', source: '^(?:a|)$', hits: ['a', ''], misses: ['b'] },
  ];
  for (const { name, source, flags, hits, misses } of cases) {
    it(name, () => {
      const holds = search(source, flags);
      for (const hit of hits) expect(holds(hit), JSON.stringify(hit)).toBe(true);
      for (const miss of misses) expect(holds(miss), JSON.stringify(miss)).toBe(false);
    });
  }
});

describe('what is refused', () => {
  const cases = [
    { name: 'an open group', source: 'a(b', code: 'TT3001', offset: 2 },
    { name: 'a stray closing parenthesis', source: 'a)b', code: 'TT3001', offset: 2 },
    { name: 'an open class', source: 'a[b', code: 'TT3001', offset: 2 },
    { name: 'a class that has only what comes first', source: '[]', code: 'TT3001', offset: 1 },
    { name: 'a quantifier behind nothing', source: '*.exe', code: 'TT3001', offset: 1 },
    { name: 'a quantifier behind a bar', source: 'a|+', code: 'TT3001', offset: 3 },
    { name: 'a count behind nothing', source: '({2})', code: 'TT3001', offset: 2 },
    { name: 'a quantifier behind a quantifier', source: 'a**', code: 'TT3001', offset: 3 },
    { name: 'a backward count', source: 'a{3,2}', code: 'TT3001', offset: 7 },
    { name: 'a backward range', source: '[z-a]', code: 'TT3001', offset: 5 },
    { name: 'a lone backslash at the end', source: 'a\\', code: 'TT3001', offset: 2 },
    { name: 'an escape without a meaning', source: 'C:\\Users', code: 'TT3001', offset: 4 },
    { name: 'an unknown POSIX class', source: '[[:letter:]]', code: 'TT3001', offset: 2 },
    { name: 'an unknown property', source: '\\p{Klingon}', code: 'TT3001', offset: 2 },
    { name: 'a code beyond Unicode', source: '\\x{110000}', code: 'TT3001', offset: 11 },
    { name: 'an unknown flag', source: '(?q)a', code: 'TT3001', offset: 2 },
    { name: 'an unknown group', source: '(?*a)', code: 'TT3001', offset: 2 },
    { name: 'a backreference', source: '(a)\\1', code: 'TT3002', offset: 5 },
    { name: 'a named backreference', source: '(?<n>a)\\k<n>', code: 'TT3002', offset: 9 },
    { name: 'a Python backreference', source: '(?P<n>a)(?P=n)', code: 'TT3002', offset: 10 },
    { name: 'a possessive quantifier', source: 'a++', code: 'TT3002', offset: 4 },
    { name: 'an atomic group', source: '(?>a)', code: 'TT3002', offset: 2 },
    { name: 'recursion', source: '(?R)', code: 'TT3002', offset: 2 },
    { name: 'a conditional', source: '(?(1)a|b)', code: 'TT3002', offset: 2 },
    { name: 'a verb', source: '(*FAIL)', code: 'TT3002', offset: 2 },
    { name: 'a count beyond the limit', source: 'a{10001}', code: 'TT3003', offset: 9 },
    { name: 'nested counts beyond the limit', source: '(?:(?:a{200}){200}){200}', code: 'TT3003', offset: 1 },
    {
      name: 'groups nested too deep',
      source: `${'('.repeat(5000)}a${')'.repeat(5000)}`,
      code: 'TT3003',
      offset: 202,
    },
  ];
  for (const { name, source, code, offset } of cases) {
    it(name, () => {
      const { value, diagnostics } = compileExpression({ kind: 'expression', source, ...plain });
      expect(value).toBeUndefined();
      expect(diagnostics.map((d) => d.code)).toEqual([code]);
      expect(diagnostics[0]?.message).toContain(`at character ${offset} of`);
    });
  }
});

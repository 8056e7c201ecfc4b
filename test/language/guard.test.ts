import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../engine/language/index.ts';

const RULE =
  'title: Whoami\nlogsource: {product: windows}\nlevel: low\ndetection:\n  selection:\n    Image: a.exe\n  condition: selection\n';

/** Nine levels of nine aliases each: a third of a kilobyte that stands for 387 million values. */
function laughs(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  return `${lines.join('\n')}\n`;
}

const HOSTILE: { name: string; given: string; expect: string }[] = [
  { name: 'a thousand opening brackets', given: `a: ${'['.repeat(1000)}`, expect: 'TT1002' },
  {
    name: 'a hundred thousand opening brackets',
    given: `a: ${'['.repeat(60_000)}\n`.repeat(2),
    expect: 'TT1002',
  },
  { name: 'brackets on lines of their own', given: `a:\n${'[\n'.repeat(5000)}`, expect: 'TT1002' },
  {
    name: 'brackets with closing ones in quotes between',
    given: `a: ${'["]", '.repeat(3000)}`,
    expect: 'TT1002',
  },
  {
    name: 'brackets behind a quote that belongs to a plain text',
    given: `a: x\n  "y\nb: ${'['.repeat(3000)}`,
    expect: 'TT1002',
  },
  {
    name: 'brackets behind a quote in a comment',
    given: `a: 1 # "\nb: ${'[ '.repeat(3000)}`,
    expect: 'TT1002',
  },
  {
    name: 'brackets behind a quote in a block text',
    given: `a: |\n  "\nb: ${'['.repeat(3000)}`,
    expect: 'TT1002',
  },
  { name: 'opening braces', given: `a: ${'{b: '.repeat(2000)}`, expect: 'TT1002' },
  { name: 'braces as keys', given: `${'{ ? '.repeat(2000)}`, expect: 'TT1002' },
  { name: 'nested explicit keys on one line', given: `${'? '.repeat(2000)}a`, expect: 'TT1002' },
  {
    name: 'nested explicit keys on a line each',
    given: Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}? `).join('\n'),
    expect: 'TT1002',
  },
  { name: 'lists in lists on one line', given: `${'- '.repeat(5000)}a`, expect: 'TT1002' },
  { name: 'lists in lists with tabs', given: `${'-\t'.repeat(5000)}a`, expect: 'TT1002' },
  { name: 'mixed indicators', given: `${'- ? : '.repeat(500)}a`, expect: 'TT1002' },
  {
    name: 'deep indentation',
    given: Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    expect: 'TT1002',
  },
  { name: 'a billion laughs', given: laughs(), expect: 'TT1006' },
  { name: 'a value that contains itself', given: 'a: &a {b: *a}\n', expect: 'TT1006' },
  { name: 'a thousand aliases', given: `a: &a x\nb: [${'*a, '.repeat(1000)}]\n`, expect: 'TT1006' },
  { name: 'a tag of a programming language', given: "a: !!js/function 'function () {}'\n", expect: 'TT1007' },
  { name: 'a tag of Python', given: "a: !!python/object/apply:os.system ['x']\n", expect: 'TT1007' },
  { name: 'a NUL', given: 'title: a\u0000b\n', expect: 'TT1003' },
  { name: 'an escape character', given: 'title: \u001b[31m\n', expect: 'TT1003' },
  { name: 'half a surrogate pair', given: 'title: \ud83d\n', expect: 'TT1003' },
  { name: 'the other half', given: 'title: \ude00 \ud83d\n', expect: 'TT1003' },
  { name: 'two mebibytes', given: `a: ${'b\n   '.repeat(500_000)}`, expect: 'TT1001' },
  { name: 'a line of a hundred thousand characters', given: `a: ${'b'.repeat(100_000)}\n`, expect: 'TT1008' },
  { name: 'two thousand documents', given: '---\na: 1\n'.repeat(2000), expect: 'TT1010' },
  { name: 'a tab as indentation', given: 'a:\n\tb: 1\n', expect: 'TT1004' },
  { name: 'an unclosed quote', given: "a: 'b\n", expect: 'TT1004' },
  { name: 'an alias without an anchor', given: 'a: *b\n', expect: 'TT1004' },
  { name: 'a key twice', given: 'a: 1\nb: 2\na: 3\n', expect: 'TT1005' },
  { name: 'a key twice, in a map in one line', given: 'a: {b: 1, b: 2}\n', expect: 'TT1005' },
];

describe('hostile text', () => {
  for (const { name, given, expect: code } of HOSTILE) {
    test(`${name} gives ${code} with a place, and the rule beside it loads`, () => {
      const { rules, diagnostics } = loadRules([
        { path: 'hostile.yml', text: given },
        { path: 'good.yml', text: RULE },
      ]);
      expect(diagnostics.map((d) => d.code)).toEqual([code]);
      expect(diagnostics[0]?.severity).toBe('error');
      const lines = given.split('\n').length;
      expect(diagnostics[0]?.at).toMatchObject({ file: 'hostile.yml' });
      expect(diagnostics[0]?.at?.line).toBeGreaterThan(0);
      expect(diagnostics[0]?.at?.line).toBeLessThanOrEqual(lines);
      expect(rules.detections.map((rule) => rule.meta.title)).toEqual(['Whoami']);
    });
  }

  test('a refusal points at the very character', () => {
    const { diagnostics } = loadRules([{ path: 'a.yml', text: 'title: x\nauthor: a\u0000b\n' }]);
    expect(diagnostics[0]?.at).toEqual({ file: 'a.yml', line: 2, column: 10 });
  });

  test('an emoji, a byte order mark, and text in any script are no trouble', () => {
    const text = `\ufeff${RULE.replace('Whoami', 'Прогулка 🐫 日本')}`;
    const { rules, diagnostics } = loadRules([{ path: 'a.yml', text }]);
    expect(diagnostics).toEqual([]);
    expect(rules.detections[0]?.meta.title).toBe('Прогулка 🐫 日本');
  });

  const token = fc.constantFrom(
    ...[
      '[',
      ']',
      '{',
      '}',
      '? ',
      '- ',
      ': ',
      ', ',
      '\n',
      '\n  ',
      '\n    ',
      '"',
      "'",
      '|\n',
      '>\n',
      '# ',
      '&a',
      '*a',
      '!!x ',
      '---\n',
      '...\n',
    ],
    ...[
      '\t',
      'a',
      'a: ',
      'title: ',
      'detection:\n',
      'condition: ',
      'selection',
      '|contains',
      '*',
      '\\',
      '%YAML 1.2\n',
      '\u0000',
      '\ud800',
      '<<: ',
    ],
  );
  const hostile = fc.oneof(
    fc.array(token, { maxLength: 200 }).map((tokens) => tokens.join('')),
    fc.tuple(token, fc.integer({ min: 1, max: 20_000 })).map(([text, count]) => text.repeat(count)),
    fc.tuple(token, token, fc.integer({ min: 1, max: 5000 })).map(([a, b, count]) => (a + b).repeat(count)),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );

  test('nothing that is thrown at it makes it throw, hide a good rule, or report without a place', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { rules, diagnostics } = loadRules([
          { path: 'hostile.yml', text },
          { path: 'good.yml', text: RULE },
        ]);
        expect(rules.detections.some((rule) => rule.meta.title === 'Whoami')).toBe(true);
        for (const { at } of diagnostics) {
          expect(at?.line).toBeGreaterThan(0);
          expect(at?.column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1500 },
    );
  });

  const broken = fc
    .tuple(
      fc.integer({ min: 0, max: RULE.length }),
      fc.integer({ min: 0, max: 12 }),
      fc.array(token, { maxLength: 4 }),
    )
    .map(([at, cut, tokens]) => RULE.slice(0, at) + tokens.join('') + RULE.slice(at + cut));

  test('a rule with a piece cut out or put in loads or says why not', () => {
    fc.assert(
      fc.property(broken, (text) => {
        const { rules, diagnostics } = loadRules([{ path: 'broken.yml', text }]);
        const count = rules.detections.length + rules.filters.length + rules.others.length;
        expect(count > 0 || diagnostics.length > 0).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

/** A mebibyte of something that is allowed, in which a step per pair of things would be a million times a million. */
describe('a mebibyte of what is allowed', () => {
  const SIZE = (1 << 20) - 2000;
  const HEAD = 'title: t\nlogsource: {product: windows}\nlevel: low\n';
  const many = (line: (i: number) => string): string => {
    const parts: string[] = [];
    for (let i = 0, length = 0; ; i++) {
      const next = line(i);
      length += next.length;
      if (length > SIZE) return parts.join('');
      parts.push(next);
    }
  };
  const broken = `${HEAD}detection:\n  selection:\n    A|bad: 1\n  condition: selection\n`;
  const long = 'a'.repeat(60_000);
  const cases: { name: string; given: string; expect: string }[] = [
    { name: 'custom keys', given: broken + many((i) => `k${i}: ${i}\n`), expect: 'TT1201' },
    { name: 'keys near to known ones', given: broken + many((i) => `tag${i}: ${i}\n`), expect: 'TT1201' },
    {
      name: 'windash in every value',
      given: `${HEAD}detection:\n  selection:\n    A|windash|contains:\n${many((i) => `      - ' -v${i} -b -c'\n`)}  condition: selection\n`,
      expect: 'TT1206',
    },
    {
      name: 'operators in a condition',
      given: `${HEAD}detection:\n  s: {A: 1}\n  condition: >\n${many(() => '    s and\n')}    s\n`,
      expect: 'TT1206',
    },
    {
      name: 'nots in a condition',
      given: `${HEAD}detection:\n  s: {A: 1}\n  condition: >\n${many(() => '    not\n')}    s\n`,
      expect: 'TT1307',
    },
    {
      name: 'wildcards in a name pattern',
      given: `${HEAD}detection:\n  ${'a'.repeat(900)}: {A: 1}\n  condition: 1 of ${'a*'.repeat(20_000)}b\n`,
      expect: 'TT1303',
    },
    {
      name: 'two long names that nearly agree',
      given: `${HEAD}detection:\n  ? ${long}\n  : {A: 1}\n  condition: ${long}b\n`,
      expect: 'TT1302',
    },
    {
      name: 'blanks in a legacy aggregation',
      given: `${HEAD}detection:\n  s: {A: 1}\n  condition: "s | count(${' '.repeat(60_000)}"\n`,
      expect: 'TT1305',
    },
    {
      name: 'unknown rules in a filter',
      given: `title: f\nlogsource: {product: windows}\nfilter:\n  s: {U: 1}\n  condition: not s\n  rules:\n${many((i) => `  - ${String(i).padStart(8, '0')}-aaaa-4bbb-8ccc-ddddeeeeffff\n`)}`,
      expect: 'TT1401',
    },
    {
      name: 'broken tests',
      given: `${broken}tests:\n${many((i) => `  - {name: n${i}, given: [{}], expect: {signals: 1}}\n`)}`,
      expect: 'TT1501',
    },
  ];
  for (const { name, given, expect: code } of cases) {
    // A quadratic step makes these run for minutes, beyond the time limit of a test.
    test(`${name}: read in one go, with ${code} and few findings`, () => {
      const { diagnostics } = loadRules([{ path: 'big.yml', text: given }]);
      expect(new Set(diagnostics.map((d) => d.code))).toContain(code);
      expect(diagnostics.length).toBeLessThanOrEqual(202);
    }, 30_000);
  }
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MODIFIERS } from '../../engine/language/modifiers/table.ts';
import { parsePattern, patternTest, printPattern } from '../../engine/language/pattern.ts';
import { loadOne, ruleText, show } from './rules.ts';

interface Row {
  name: string;
  given: string;
  expect: string;
}

function meaning(
  selection: string,
  placeholders: ReadonlyMap<string, (string | number)[]> = new Map(),
): string {
  const text = selection.startsWith('selection')
    ? selection
    : `selection:\n  ${selection.replaceAll('\n', '\n  ')}`;
  const { rule, diagnostics } = loadOne(ruleText(text), { placeholders });
  const errors = diagnostics.filter((d) => d.severity === 'error');
  expect(errors, text).toEqual([]);
  return show(rule?.expression);
}

const VALUES: Row[] = [
  { name: 'a text', given: 'A: x', expect: 'A equals <x>' },
  { name: 'a text in any case, kept as written', given: 'A: xY', expect: 'A equals <xY>' },
  { name: 'a number as its decimal text', given: 'A: 4688', expect: 'A equals <4688>' },
  { name: 'a hexadecimal number as its decimal text', given: 'A: 0x10', expect: 'A equals <16>' },
  { name: 'a quoted number as written', given: "A: '0x10'", expect: 'A equals <0x10>' },
  { name: 'a decimal', given: 'A: 1.50', expect: 'A equals <1.5>' },
  {
    name: 'a number of 20 digits, every one',
    given: 'A: 12345678901234567890',
    expect: 'A equals <12345678901234567890>',
  },
  { name: 'a boolean as its lower-case name', given: 'A: True', expect: 'A equals <true>' },
  { name: 'null', given: 'A: null', expect: 'A null' },
  { name: 'nothing', given: 'A:', expect: 'A null' },
  { name: 'the empty text', given: "A: ''", expect: 'A equals <>' },
  {
    name: 'a list as alternatives',
    given: 'A: [x, 1, null]',
    expect: '(A equals <x> or A equals <1> or A null)',
  },
  { name: 'a field name with dots and blanks', given: "'a.b c': x", expect: 'a.b c equals <x>' },
  { name: 'two fields as both', given: 'A: x\nB: y', expect: '(A equals <x> and B equals <y>)' },
  { name: 'a wildcard at the end', given: "A: 'x*'", expect: 'A startswith <x>' },
  { name: 'a wildcard at the start', given: "A: '*x'", expect: 'A endswith <x>' },
  { name: 'wildcards at both ends', given: "A: '*x*'", expect: 'A contains <x>' },
  { name: 'a wildcard alone as any text', given: "A: '*'", expect: 'A contains <>' },
  { name: 'several wildcards alone as any text', given: "A: '***'", expect: 'A contains <>' },
  { name: 'an inner wildcard', given: "A: 'x*y'", expect: 'A like <x…y>' },
  { name: 'a single wildcard', given: "A: 'x?y'", expect: 'A like <x.y>' },
  { name: 'a question mark alone', given: "A: '?'", expect: 'A like <.>' },
  { name: 'wildcards inside and at the ends', given: "A: '*x*y*'", expect: 'A like <…x…y…>' },
  { name: 'an escaped star', given: "A: 'x\\*'", expect: 'A equals <x*>' },
  { name: 'an escaped question mark', given: "A: 'x\\?'", expect: 'A equals <x?>' },
  { name: 'a backslash before anything else', given: "A: 'C:\\x'", expect: 'A equals <C:\\x>' },
  { name: 'two backslashes as one', given: "A: 'C:\\\\x'", expect: 'A equals <C:\\x>' },
  {
    name: 'two backslashes and a star as a backslash and a wildcard',
    given: "A: 'C:\\\\*'",
    expect: 'A startswith <C:\\>',
  },
  {
    name: 'three backslashes and a star as a backslash and a star',
    given: "A: 'C:\\\\\\*'",
    expect: 'A equals <C:\\*>',
  },
  { name: 'three backslashes as two', given: "A: '\\\\\\x'", expect: 'A equals <\\\\x>' },
  { name: 'four backslashes as two', given: "A: '\\\\\\\\x'", expect: 'A equals <\\\\x>' },
  { name: 'a backslash at the end', given: "A: 'x\\'", expect: 'A equals <x\\>' },
];

const MODIFIED: Row[] = [
  { name: 'contains', given: 'A|contains: x', expect: 'A contains <x>' },
  { name: 'contains with a number', given: 'A|contains: 46', expect: 'A contains <46>' },
  { name: 'contains with wildcards that are there', given: "A|contains: '*x*'", expect: 'A contains <x>' },
  { name: 'contains with an inner wildcard', given: "A|contains: 'x*y'", expect: 'A like <…x…y…>' },
  { name: 'startswith', given: 'A|startswith: x', expect: 'A startswith <x>' },
  { name: 'startswith with a star in front', given: "A|startswith: '*x'", expect: 'A contains <x>' },
  { name: 'endswith', given: "A|endswith: '\\x.exe'", expect: 'A endswith <\\x.exe>' },
  { name: 'endswith with an inner wildcard', given: "A|endswith: 'x?y'", expect: 'A like <…x.y>' },
  { name: 'cased', given: 'A|cased: x', expect: 'A equals! <x>' },
  { name: 'contains, cased', given: 'A|contains|cased: x', expect: 'A contains! <x>' },
  { name: 'all', given: 'A|contains|all: [x, y]', expect: '(A contains <x> and A contains <y>)' },
  { name: 'neq', given: 'A|neq: x', expect: 'not A equals <x>' },
  {
    name: 'neq with a list: none of them',
    given: 'A|neq: [x, 1]',
    expect: 'not (A equals <x> or A equals <1>)',
  },
  { name: 'neq with null', given: 'A|neq: null', expect: 'not A null' },
  { name: 'exists', given: 'A|exists: true', expect: 'A exists' },
  { name: 'exists: false', given: 'A|exists: false', expect: 'not A exists' },
  { name: 're', given: "A|re: '^x\\d+$'", expect: 'A /^x\\d+$/' },
  { name: 're with flags', given: 'A|re|i|m|s: x', expect: 'A /x/ims' },
  { name: 're with flags inside', given: "A|re: '(?is)x'", expect: 'A /x/is' },
  { name: 're keeps wildcards and backslashes', given: "A|re: '\\\\\\*.*'", expect: 'A /\\\\\\*.*/' },
  { name: 're, startswith: anchored', given: "A|re|startswith: 'x|y'", expect: 'A /^(?:x|y)/' },
  { name: 're, endswith: anchored', given: "A|re|endswith: 'x|y'", expect: 'A /(?:x|y)$/' },
  { name: 'cidr', given: 'A|cidr: 10.0.0.0/8', expect: 'A in 10.0.0.0/8' },
  { name: 'cidr of one address', given: 'A|cidr: 10.0.0.1', expect: 'A in 10.0.0.1/32' },
  { name: 'cidr of IPv6', given: "A|cidr: 'fd00::/8'", expect: 'A in fd00::/8' },
  { name: 'lt', given: 'A|lt: 5', expect: 'A lt 5' },
  { name: 'lte', given: 'A|lte: 5', expect: 'A lte 5' },
  { name: 'gt with a text that is a number', given: "A|gt: '5.5'", expect: 'A gt 5.5' },
  { name: 'gte', given: 'A|gte: -5', expect: 'A gte -5' },
  { name: 'minute', given: 'A|minute: 59', expect: 'A minute eq 59' },
  { name: 'hour with a comparison', given: 'A|hour|gte: 22', expect: 'A hour gte 22' },
  { name: 'day, neq', given: 'A|day|neq: 1', expect: 'not A day eq 1' },
  { name: 'week', given: 'A|week: 53', expect: 'A week eq 53' },
  { name: 'month', given: 'A|month|lt: 3', expect: 'A month lt 3' },
  { name: 'year', given: 'A|year: [2025, 2026]', expect: '(A year eq 2025 or A year eq 2026)' },
  { name: 'fieldref', given: 'A|fieldref: B', expect: 'A equals field B' },
  { name: 'fieldref, neq', given: 'A|fieldref|neq: B', expect: 'not A equals field B' },
  { name: 'fieldref, endswith, cased', given: 'A|fieldref|endswith|cased: B', expect: 'A endswith! field B' },
  { name: 'base64', given: 'A|base64: foobar', expect: 'A equals <Zm9vYmFy>' },
  { name: 'base64 with padding', given: 'A|base64: fooba', expect: 'A equals <Zm9vYmE=>' },
  { name: 'wide', given: 'A|wide: ab', expect: 'A equals <a\0b\0>' },
  { name: 'utf16le', given: 'A|utf16le: ab', expect: 'A equals <a\0b\0>' },
  { name: 'utf16be', given: 'A|utf16be: ab', expect: 'A equals <\0a\0b>' },
  { name: 'utf16', given: 'A|utf16: ab', expect: 'A equals <\u00ff\u00fea\0b\0>' },
  {
    name: 'utf16 in base64',
    given: 'A|utf16|base64: ab',
    expect: `A equals <${Buffer.from([0xff, 0xfe, 0x61, 0, 0x62, 0]).toString('base64')}>`,
  },
  {
    name: 'wide in base64 of non-ASCII',
    given: 'A|wide|base64: äß',
    expect: `A equals <${Buffer.from('äß', 'utf16le').toString('base64')}>`,
  },
  {
    name: 'windash',
    given: "A|windash: '-x'",
    expect: '(A equals <-x> or A equals </x> or A equals <–x> or A equals <—x> or A equals <―x>)',
  },
  {
    name: 'windash where nothing starts an option',
    given: "A|windash: 'a-b - c-'",
    expect: 'A equals <a-b - c->',
  },
  {
    name: 'windash leaves the second dash of an option',
    given: "A|windash|contains: '-a-b'",
    expect:
      '(A contains <-a-b> or A contains </a-b> or A contains <–a-b> or A contains <—a-b> or A contains <―a-b>)',
  },
  {
    name: 'an empty field as a keyword',
    given: "'|all': [foo, bar]",
    expect: '(any contains <foo> and any contains <bar>)',
  },
  { name: 'a keyword with a modifier', given: "'|re': fo+", expect: 'any /fo+/' },
];

const SHAPES: Row[] = [
  {
    name: 'a list of texts as keywords',
    given: 'selection: [foo, 4688]',
    expect: '(any contains <foo> or any contains <4688>)',
  },
  { name: 'a text as a keyword', given: 'selection: foo', expect: 'any contains <foo>' },
  { name: 'a keyword with wildcards', given: "selection: ['fo*o']", expect: 'any like <…fo…o…>' },
  {
    name: 'a list of maps as alternatives',
    given: 'selection: [{A: x}, {B: y, C: z}]',
    expect: '(A equals <x> or (B equals <y> and C equals <z>))',
  },
  {
    name: 'a list of maps and keywords',
    given: 'selection: [{A: x}, foo]',
    expect: '(A equals <x> or any contains <foo>)',
  },
  {
    name: 'a list in the list',
    given: 'selection: [[{A: x}, {B: y}], foo]',
    expect: '((A equals <x> or B equals <y>) or any contains <foo>)',
  },
];

describe('a value means', () => {
  for (const { name, given, expect: expected } of VALUES)
    test(name, () => expect(meaning(given)).toBe(expected));
});

describe('a modifier means', () => {
  for (const { name, given, expect: expected } of MODIFIED)
    test(name, () => expect(meaning(given)).toBe(expected));

  test('base64offset finds a text at every offset of a longer one, whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 3, maxLength: 12 }),
        fc.string(),
        fc.string(),
        (text, before, after) => {
          const { rule } = loadOne(
            ruleText(
              `selection:\n  A|base64offset|contains: ${JSON.stringify(text.replace(/[\\*?]/g, '\\$&'))}`,
            ),
          );
          const encoded = Buffer.from(before + text + after).toString('base64');
          const offset = Buffer.from(before).length % 3;
          const expression = rule?.expression;
          if (expression?.kind !== 'selection' || expression.of.kind !== 'or')
            throw new Error('three alternatives expected');
          const variant = expression.of.of[offset];
          if (variant?.kind !== 'field' || variant.test.kind !== 'text') throw new Error('a text expected');
          expect(encoded).toContain(variant.test.text);
          expect(variant.test.text.length).toBeGreaterThanOrEqual(
            Math.floor((Buffer.from(text).length * 8) / 6) - 2,
          );
        },
      ),
    );
  });

  test('windash gives every combination of five dashes at each option', () => {
    const { rule } = loadOne(ruleText("selection:\n  A|windash|contains: ' -a /b'"));
    const expression = rule?.expression;
    const of = expression?.kind === 'selection' && expression.of.kind === 'or' ? expression.of.of : [];
    const found = of.map(show);
    expect(new Set(found).size).toBe(25);
    for (const a of '-/–—―') for (const b of '-/–—―') expect(found).toContain(`A contains < ${a}a ${b}b>`);
  });

  test('expand puts in every value of every placeholder, before the other modifiers', () => {
    const lists = new Map<string, (string | number)[]>([
      ['user', ['alice', 'b*b']],
      ['n', [1, 2]],
      ['net', ['10.0.0.0/8', 'fd00::/8']],
      ['dot', ['a.b']],
    ]);
    expect(meaning("A|expand: '%user%'", lists)).toBe('(A equals <alice> or A like <b…b>)');
    expect(meaning("A|contains|expand: 'x-%user%-%n%'", lists)).toBe(
      '(A contains <x-alice-1> or A contains <x-alice-2> or A like <…x-b…b-1…> or A like <…x-b…b-2…>)',
    );
    expect(meaning("A|expand|cidr: '%net%'", lists)).toBe('(A in 10.0.0.0/8 or A in fd00::/8)');
    expect(meaning("A|re|expand: '^%dot%$'", lists)).toBe('A /^a\\.b$/');
    expect(meaning("A|contains|expand: ['%n%', 'x']", lists)).toBe(
      '(A contains <1> or A contains <2> or A contains <x>)',
    );
  });

  test('without expand a percent sign is a percent sign', () => {
    expect(meaning("A: '%TEMP%'")).toBe('A equals <%TEMP%>');
  });

  test('every modifier has a name, a sentence, and an example that loads', () => {
    for (const modifier of MODIFIERS.values()) {
      expect(modifier.doc).toMatch(/[.]$/);
      const { diagnostics } = loadOne(ruleText(`selection:\n  ${modifier.example}`), {
        placeholders: new Map([['administrators', ['root']]]),
      });
      expect(diagnostics, modifier.name).toEqual([]);
      expect(modifier.example).toContain(`|${modifier.name}`);
    }
  });
});

describe('a selection means', () => {
  for (const { name, given, expect: expected } of SHAPES)
    test(name, () => expect(meaning(given)).toBe(expected));
});

const REFUSED: { name: string; given: string; code: string; says: RegExp }[] = [
  {
    name: 'an unknown modifier, with the nearest',
    given: 'A|contain: x',
    code: 'TT1201',
    says: /did you mean 'contains'/,
  },
  { name: 'a bar without a modifier', given: "'A|': x", code: 'TT1201', says: /expected after '\|'/ },
  { name: 'a flag before re', given: 'A|i|re: x', code: 'TT1202', says: /must follow `re`/ },
  { name: 'a flag without re', given: 'A|m: x', code: 'TT1202', says: /must follow `re`/ },
  {
    name: 'contains and startswith',
    given: 'A|contains|startswith: x',
    code: 'TT1202',
    says: /do not go together/,
  },
  { name: 'contains before re', given: 'A|contains|re: x', code: 'TT1203', says: /as it is written/ },
  { name: 'the same modifier twice', given: 'A|contains|contains: x', code: 'TT1202', says: /twice/ },
  { name: 're and windash', given: 'A|re|windash: x', code: 'TT1202', says: /do not go together/ },
  {
    name: 'cidr and contains',
    given: 'A|cidr|contains: 10.0.0.0/8',
    code: 'TT1202',
    says: /do not go together/,
  },
  { name: 'lt and gt on one line', given: 'A|lt|gt: 1', code: 'TT1202', says: /do not go together/ },
  { name: 'gte before hour', given: 'A|gte|hour: 1', code: 'TT1202', says: /hour\|gte/ },
  { name: 'wide behind base64', given: 'A|base64|wide: x', code: 'TT1202', says: /wide\|base64/ },
  {
    name: 'startswith before fieldref',
    given: 'A|startswith|fieldref: B',
    code: 'TT1202',
    says: /fieldref\|startswith/,
  },
  { name: 'base64 of a wildcard', given: "A|base64: 'x*'", code: 'TT1203', says: /cannot encode wildcards/ },
  { name: 'contains with null', given: 'A|contains: null', code: 'TT1203', says: /but this is null/ },
  { name: 'gt with a text', given: 'A|gt: many', code: 'TT1203', says: /works on a number/ },
  { name: 'exists with a text', given: 'A|exists: maybe', code: 'TT1203', says: /`true` or `false`/ },
  { name: 'cidr with a wildcard', given: "A|cidr: '10.*'", code: 'TT1203', says: /not a network/ },
  {
    name: 'cidr with a prefix too long',
    given: 'A|cidr: 10.0.0.0/33',
    code: 'TT1203',
    says: /not a network/,
  },
  { name: 'cidr with an octal address', given: 'A|cidr: 010.0.0.0/8', code: 'TT1203', says: /not a network/ },
  { name: 'hour 24', given: 'A|hour: 24', code: 'TT1203', says: /from 0 to 23/ },
  { name: 'a map as a value, with the nested name', given: 'A: {b: x}', code: 'TT1204', says: /'A\.b'/ },
  { name: 'a list in a list of values', given: 'A: [[x]]', code: 'TT1204', says: /a list inside the list/ },
  { name: 'an empty list of values', given: 'A: []', code: 'TT1204', says: /empty list/ },
  { name: 'an empty map', given: 'selection: {}', code: 'TT1204', says: /is empty/ },
  { name: 'an empty list', given: 'selection: []', code: 'TT1204', says: /is empty/ },
  { name: 'an empty selection', given: 'selection:', code: 'TT1204', says: /not empty/ },
  {
    name: 'null among keywords',
    given: 'selection: [foo, null]',
    code: 'TT1204',
    says: /a map of fields or a list, not empty/,
  },
  {
    name: 'a placeholder without values, by name',
    given: "A|expand: '%who%'",
    code: 'TT1205',
    says: /%who%/,
  },
];

describe('refused, with a place, is', () => {
  for (const { name, given, code, says } of REFUSED) {
    test(name, () => {
      const selection = given.startsWith('selection') ? given : `selection:\n  ${given}`;
      const { rule, diagnostics } = loadOne(ruleText(selection));
      expect(rule).toBeUndefined();
      expect(diagnostics.map((d) => d.code)).toEqual([code]);
      const [found] = diagnostics;
      expect(`${found?.message} ${found?.hint ?? ''}`).toMatch(says);
      expect(found?.at?.line).toBe(given.startsWith('selection') ? 5 : 6);
      expect(found?.at?.end).toBeDefined();
    });
  }

  const carets: { given: string; at: string }[] = [
    { given: 'A|contains|al: x', at: 'al' },
    { given: "'A|contain|all': [x, y]", at: 'contain' },
    { given: '"A|re|x": y', at: 'x' },
    { given: "'A|': x", at: '|' },
    { given: 'A|i|re: x', at: 'i' },
    { given: 'A|contains|contains: x', at: 'contains' },
    { given: '- B|cidr|endswith: x', at: 'endswith' },
  ];
  for (const { given, at } of carets) {
    test(`the modifier in ${given}, with the caret at ${at}`, () => {
      const text = ruleText(`selection:\n  ${given}`);
      const place = loadOne(text).diagnostics[0]?.at;
      expect(text.split('\n')[5]?.slice((place?.column ?? 0) - 1, (place?.end?.column ?? 0) - 1)).toBe(at);
    });
  }

  test('every broken part of a rule is reported, not only the first', () => {
    const { codes } = loadOne(
      ruleText('selection:\n  A|contain: x\n  B|gt: y\nother:\n  C: {d: e}', 'selection and othr'),
    );
    expect(codes).toEqual(['TT1201', 'TT1203', 'TT1204', 'TT1302']);
  });
});

describe('patterns', () => {
  const literal = fc.string({
    unit: fc.constantFrom('a', 'B', '\\', '*', '?', 'ß', ' '),
    minLength: 1,
    maxLength: 5,
  });
  const part = fc.oneof(
    literal,
    fc.constant({ wild: 'many' as const }),
    fc.constant({ wild: 'one' as const }),
  );

  test('printing and reading a pattern gives the same pattern', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\\', '*', '?', 'x'), maxLength: 10 }), (text) => {
        const parts = parsePattern(text);
        expect(parsePattern(printPattern(parts))).toEqual(parts);
      }),
    );
  });

  test('a text whose wildcards are escaped means itself', () => {
    fc.assert(
      fc.property(literal, (text) => {
        expect(parsePattern(printPattern([text]))).toEqual([text]);
      }),
    );
  });

  test('a test made of a pattern keeps every part of it', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const made = patternTest(parts, false);
        const literals = parts.filter((p) => typeof p === 'string').join('');
        const kept =
          made.kind === 'text' ? made.text : made.parts.filter((p) => typeof p === 'string').join('');
        expect(kept).toBe(literals);
      }),
    );
  });
});

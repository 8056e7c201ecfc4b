import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileText, scalarText } from '../../engine/match/text.ts';
import type { GlobPart, TextShape } from '../../engine/model/index.ts';

const many: GlobPart = { wild: 'many' };
const one: GlobPart = { wild: 'one' };

describe('plain text tests', () => {
  const cases: readonly {
    name: string;
    shape: TextShape;
    text: string;
    cased?: true;
    hits: string[];
    misses: string[];
  }[] = [
    {
      name: 'equals folds both sides',
      shape: 'equals',
      text: 'ΣAß',
      hits: ['σaẞ', 'ςAß'],
      misses: ['σa', 'σass', ''],
    },
    {
      name: 'cased equals is exact',
      shape: 'equals',
      text: 'Ab',
      cased: true,
      hits: ['Ab'],
      misses: ['ab', 'AB'],
    },
    {
      name: 'startswith is anchored',
      shape: 'startswith',
      text: 'Ab',
      hits: ['ab', 'ABc'],
      misses: ['cab', 'a'],
    },
    {
      name: 'endswith is anchored',
      shape: 'endswith',
      text: '\\cmd.exe',
      hits: ['C:\\CMD.EXE'],
      misses: ['cmd.exe'],
    },
    {
      name: 'contains finds anywhere',
      shape: 'contains',
      text: 'k',
      hits: ['xKx', '\u212a'],
      misses: ['x', ''],
    },
    {
      name: 'the empty text is contained in any text',
      shape: 'contains',
      text: '',
      hits: ['', 'a'],
      misses: [],
    },
  ];
  for (const { name, shape, text, cased, hits, misses } of cases) {
    it(name, () => {
      const holds = compileText({ kind: 'text', shape, text, cased: cased ?? false });
      for (const hit of hits) expect(holds(hit), hit).toBe(true);
      for (const miss of misses) expect(holds(miss), miss).toBe(false);
    });
  }
});

describe('the text of a scalar', () => {
  const cases = [
    { name: 'a text is itself', given: '', expect: '' },
    { name: 'a number is its decimal text', given: 4624, expect: '4624' },
    { name: 'a fraction keeps no trailing zeros', given: 1.5, expect: '1.5' },
    { name: 'a boolean is its lower-case name', given: true, expect: 'true' },
    { name: 'null has none', given: null, expect: undefined },
    { name: 'an object has none', given: {}, expect: undefined },
    { name: 'an array has none of its own', given: ['a'], expect: undefined },
    { name: 'an absent value has none', given: undefined, expect: undefined },
  ];
  for (const { name, given, expect: expected } of cases)
    it(name, () => expect(scalarText(given)).toBe(expected));
});

describe('globs', () => {
  const glob = (parts: readonly GlobPart[], cased = false) => compileText({ kind: 'glob', parts, cased });

  it('are anchored at both ends', () => {
    const holds = glob(['a', many, 'c']);
    expect(['ac', 'abc', 'AbbC'].map(holds)).toEqual([true, true, true]);
    expect(['xac', 'acx', 'a', 'c', ''].map(holds)).toEqual([false, false, false, false, false]);
  });
  it('do not let the two ends overlap', () => expect(glob(['aba', many, 'ba'])('aba')).toBe(false));
  it('take a pair of surrogates as one character', () => {
    expect(glob([one])('\u{1f600}')).toBe(true);
    expect(glob([one, one])('\u{1f600}')).toBe(false);
    expect(glob([many, one, many, one, many])('\u{1f600}')).toBe(false);
  });

  it('agree with the same pattern written as a regular expression', () => {
    const part = fc.oneof(
      fc.constantFrom<GlobPart>(many, one),
      fc.string({
        unit: fc.constantFrom('a', 'b', 'A', '.', '\u{1f600}', 'Σ', 'ς', '\n'),
        minLength: 1,
        maxLength: 3,
      }),
    );
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'A', '.', '\u{1f600}', 'σ', 'Σ', '\n'),
      maxLength: 12,
    });
    const asExpression = (parts: readonly GlobPart[]): string =>
      parts
        .map((p) => (typeof p === 'string' ? p.replace(/\./g, '\\.') : p.wild === 'many' ? '.*' : '.'))
        .join('');
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.array(text, { minLength: 5, maxLength: 5 }),
        fc.boolean(),
        (parts, texts, cased) => {
          const expression = new RegExp(`^${asExpression(parts)}$`, cased ? 'su' : 'isu');
          const holds = glob(parts, cased);
          for (const t of texts) expect(holds(t), JSON.stringify({ parts, t })).toBe(expression.test(t));
        },
      ),
      { numRuns: 4000 },
    );
  });

  it('do not blow up on texts made for it', () => {
    const parts = Array.from({ length: 40 }, () => [many, 'a', one]).flat();
    expect(glob([...parts, 'b'])('a'.repeat(20_000))).toBe(false);
  });
});

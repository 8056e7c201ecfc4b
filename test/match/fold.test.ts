import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  casedCodePoints,
  foldCodePoint,
  foldTable,
  foldText,
  foldUnit,
  foldVariants,
} from '../../engine/match/fold.ts';

const hex = (code: number): string => `\\u{${code.toString(16)}}`;

describe('simple case folding', () => {
  const cases = [
    { name: 'folds ASCII letters', given: 'WHOAMI /All', expect: 'whoami /all' },
    { name: 'folds the Kelvin sign to k and the long s to s', given: 'K\u212a \u017f', expect: 'kk s' },
    { name: 'folds the final sigma like any sigma', given: 'ΣΊΣΥΦΟΣ ς', expect: 'σίσυφοσ σ' },
    { name: 'leaves the Turkic i letters apart', given: 'İ ı I i', expect: 'İ ı i i' },
    { name: 'keeps the sharp s one character', given: 'ß ẞ', expect: 'ß ß' },
    { name: 'folds Cherokee to its upper case', given: '\uab70\u13f8', expect: '\u13a0\u13f0' },
    {
      name: 'folds pairs beyond the first plane',
      given: '\u{10400}x\u{1e900}',
      expect: '\u{10428}x\u{1e922}',
    },
    { name: 'leaves lone surrogates alone', given: 'A\ud801B\udc00C\ud801', expect: 'a\ud801b\udc00c\ud801' },
    { name: 'folds the micro sign to mu', given: 'µ', expect: 'μ' },
    { name: 'folds characters whose case mapping is long', given: 'ΐ\u1fd3ﬅ', expect: 'ΐΐﬆ' },
  ];
  for (const { name, given, expect: expected } of cases)
    it(name, () => expect(foldText(given)).toBe(expected));

  it('joins exactly the characters that the iu flags of RegExp join, over all of Unicode', () => {
    const cased = casedCodePoints();
    const text = cased.map((code) => String.fromCodePoint(code)).join('');
    for (const code of cased) {
      const found = (text.match(new RegExp(hex(code), 'giu')) ?? []).map((match) => match.codePointAt(0));
      expect(found, hex(code)).toEqual(foldVariants(code));
    }
    // What is not listed as cased has no partner at all: a class of all listed ones, folded, gains nothing.
    const listed = new Set(cased);
    const any = new RegExp(`^[${cased.map(hex).join('')}]$`, 'iu');
    const wrong = Array.from({ length: 0x11_0000 }, (_, code) => code).filter((code) => {
      if (code >= 0xd800 && code < 0xe000) return false;
      if (any.test(String.fromCodePoint(code)) !== listed.has(code)) return true;
      return !listed.has(code) && foldCodePoint(code) !== code;
    });
    expect(wrong).toEqual([]);
    // And the runtime knows no cased character outside the list.
    const runtime = /[\p{Changes_When_Casefolded}\p{Changes_When_Uppercased}]/u;
    const apart = Array.from({ length: 0x11_0000 }, (_, code) => code).filter(
      (code) => !listed.has(code) && runtime.test(String.fromCodePoint(code)),
    );
    const simple = apart.filter((code) => {
      const char = String.fromCodePoint(code);
      return [char.toLowerCase(), char.toUpperCase()].some(
        (other) => other !== char && [...other].length === 1,
      );
    });
    expect(simple).toEqual([0x131]);
  });

  it('never changes the length of a text, is idempotent, and folds unit by unit within the first plane', () => {
    const anyUnits = fc
      .array(fc.integer({ min: 0, max: 0xffff }))
      .map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(fc.oneof(anyUnits, fc.string({ unit: 'grapheme' })), (text) => {
        const folded = foldText(text);
        expect(folded.length).toBe(text.length);
        expect(foldText(folded)).toBe(folded);
        if (/[\ud800-\udfff]/.test(text)) return;
        expect(folded).toBe(Array.from(text, (c) => String.fromCharCode(foldUnit(c.charCodeAt(0)))).join(''));
      }),
    );
    expect(Array.from({ length: 0x1_0000 }, (_, unit) => foldUnit(unit))).toEqual([...foldTable()]);
  });
});

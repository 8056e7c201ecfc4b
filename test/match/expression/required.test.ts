import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../engine/match/expression/compile.ts';

describe('the literals that an expression requires', () => {
  const cases: readonly { name: string; source: string; expect: readonly (readonly string[])[] }[] = [
    { name: 'a plain text, folded', source: 'WhoAmI', expect: [['whoami']] },
    { name: 'letters written in both cases are one', source: '[Rr][Uu][Nn]32', expect: [['run32']] },
    {
      name: 'the pieces around a gap, the longest first',
      source: 'net.*config',
      expect: [['config'], ['net']],
    },
    {
      name: 'one literal of each alternative',
      source: 'a(?:bc|\\w+defg|x)',
      expect: [['a'], ['bc', 'defg', 'x']],
    },
    { name: 'alternatives grow with what is around them', source: 'x(?:a|b)y', expect: [['xay', 'xby']] },
    { name: 'an optional piece gives both texts', source: 'http[s]?://', expect: [['http://', 'https://']] },
    { name: 'nothing from what may be absent', source: '(?:abc)*', expect: [] },
    { name: 'nothing where one alternative asks for nothing', source: 'abc|\\d*', expect: [] },
    { name: 'counted copies', source: '(?:ab){2}c', expect: [['ababc']] },
    { name: 'repeated copies', source: '(?:ab){2,}c', expect: [['abab'], ['c']] },
    { name: 'nothing of a look-around', source: '(?!abc)d', expect: [['d']] },
    {
      name: 'a literal that holds another one of its clause says nothing more',
      source: '-(?:d|dir)',
      expect: [['-d']],
    },
    { name: 'anchors do not part a text', source: '^ab\\bcd$', expect: [['abcd']] },
  ];
  for (const { name, source, expect: expected } of cases) {
    it(name, () => {
      const test = {
        kind: 'expression',
        source,
        ignoreCase: false,
        multiline: false,
        dotAll: false,
      } as const;
      expect(compileExpression(test).value?.required).toEqual(expected);
    });
  }
});

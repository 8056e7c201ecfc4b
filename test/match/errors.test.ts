import { describe, expect, it } from 'vitest';
import { compileCidr } from '../../engine/match/cidr.ts';
import { MATCH_CODES } from '../../engine/match/errors.ts';
import { compileExpression } from '../../engine/match/expression/compile.ts';

/** Compiles a detection item as the examples write it: `Field|modifier: 'value'`. */
function findings(item: string): readonly string[] {
  const [, modifier, value = ''] = /^\w+\|(re|cidr): '(.*)'$/.exec(item) ?? [];
  const { diagnostics } =
    modifier === 'cidr'
      ? compileCidr(value)
      : compileExpression({
          kind: 'expression',
          source: value,
          ignoreCase: false,
          multiline: false,
          dotAll: false,
        });
  return diagnostics.map((d) => d.code);
}

describe('the codes of this room', () => {
  for (const { code, failing, fixed } of Object.values(MATCH_CODES)) {
    it(`${code} is raised by its failing example and gone in the fixed one`, () => {
      expect(findings(failing)).toEqual([code]);
      expect(findings(fixed)).toEqual([]);
    });
  }
});

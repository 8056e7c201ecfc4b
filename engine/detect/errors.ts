import { type CodeDeclaration, type Diagnostic, declareCodes, type Place } from '../diagnostic/index.ts';

/** The codes of this room. */
export const DETECT_CODES = declareCodes({
  TT4001: {
    severity: 'error',
    title: 'unknown set of values',
    explanation:
      'A test asks whether a value belongs to a named set (for instance an intelligence feed), and no set of that name is loaded.',
    failing: 'set: no-such-set',
    fixed: 'set: known-set',
  },
});

/** Codes of the room as a list, for `telltale explain-code`. */
export const detectCodes: readonly CodeDeclaration[] = Object.values(DETECT_CODES);

/** Builds a diagnostic of this room. */
export function detectDiagnostic(
  code: 'TT4001',
  about: { readonly set: string; readonly at: Place },
): Diagnostic {
  return {
    code,
    severity: DETECT_CODES[code].severity,
    message: `no set named "${about.set}" is loaded`,
    at: about.at,
    hint: 'Load a feed of that name, or take the test out.',
  };
}

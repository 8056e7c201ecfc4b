import { type CodeDeclaration, type Diagnostic, declareCodes, type Place } from '../diagnostic/index.ts';
import type { RecordProblem } from '../ingest/index.ts';

/** The codes of this room. */
export const DETECT_CODES = declareCodes({
  TT4001: {
    severity: 'error',
    title: 'unknown feed',
    explanation:
      'A rule asks by `|intel` for a feed of threat intelligence, and no feed document of that name or id is loaded with the rules.',
    failing: 'set: no-such-set',
    fixed: 'set: known-set',
  },
  TT4002: {
    severity: 'warning',
    title: 'A record was too costly for some rules',
    explanation:
      'A record beyond `unlimitedBytes` (64 KiB) has a number of steps (`stepsMax`) for regular expressions, wildcards and other searches through its values, and as many (`passStepsMax`) for the passes that look for all plain texts together: a value beyond them is searched only so far. What a test costs follows from the test and the length of the value alone, so the same record is treated alike on every machine. Rules whose tests could not be paid are left undecided and do not fire; all others have been evaluated. Such a record also fires `engine.costly_event`, so that nobody hides by being costly. (The example is checked with limits of 32 bytes and 32 steps and a rule that asks `CommandLine|re: a+b`.)',
    failing: `{"CommandLine": "${'a'.repeat(60)}"}\n`,
    fixed: '{"CommandLine": "aaa"}\n',
  },
});

/** Codes of the room as a list, for `telltale explain-code`. */
export const detectCodes: readonly CodeDeclaration[] = Object.values(DETECT_CODES);

/** Builds a diagnostic of this room. */
export function detectDiagnostic(
  code: 'TT4001',
  about: { readonly set: string; readonly at: Place; readonly near: string | undefined },
): Diagnostic {
  return {
    code,
    severity: DETECT_CODES[code].severity,
    message: `there is no feed with the name or id '${about.set}'`,
    at: about.at,
    hint:
      about.near === undefined
        ? 'load a feed document of that name with the rules, or write any for every feed'
        : `did you mean '${about.near}'?`,
  };
}

/** TT4002 for the record at this place; `undecided` are the titles of the rules that were left undecided, of which there is one at least. */
export function costlyRecord(undecided: readonly string[], line: number, column: number): RecordProblem {
  const [first = ''] = undecided;
  const others = undecided.length - 1;
  return {
    declaration: DETECT_CODES.TT4002,
    line,
    column,
    message: `the record is too costly to search in full: ${undecided.length} ${others === 0 ? 'rule is' : 'rules are'} undecided ("${first}"${others === 0 ? '' : ` and ${others} more`})`,
    hint: 'Look at the record: it is far larger than logs are, and holds what makes many rules search it.',
  };
}

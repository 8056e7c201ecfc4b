import { type CodeDeclaration, type Diagnostic, declareCodes, type Place } from '../diagnostic/index.ts';

/** The diagnostics of this room. Examples are feeds: a plain list, or JSON where they open with a brace. */
export const INTEL_CODES = declareCodes({
  TT6601: {
    severity: 'warning',
    title: 'row of a feed holds no indicator',
    explanation:
      'The value is no address, network, domain, URL, hash or e-mail address, or not of the type that the feed states. The row is left out and counted; the other rows load.',
    failing: 'not an indicator',
    fixed: 'bad.example.net',
  },
  TT6602: {
    severity: 'warning',
    title: 'pattern of a STIX indicator cannot be read',
    explanation:
      'The pattern is of another language than STIX (YARA, Snort, Sigma …), or no pattern of STIX at all. The indicator is left out and counted; the others load.',
    failing:
      '{"type":"bundle","objects":[{"type":"indicator","pattern_type":"stix","pattern":"[domain-name:value = "}]}',
    fixed:
      '{"type":"bundle","objects":[{"type":"indicator","pattern_type":"stix","pattern":"[domain-name:value = \'bad.example.net\']"}]}',
  },
  TT6603: {
    severity: 'error',
    title: 'feed is not of its format',
    explanation:
      'The text is no JSON, or not shaped as its format says: a STIX bundle has `objects`, a MISP document `Event`, `response` or attributes. Nothing of it was read.',
    failing: '{"type":"bundle","objects":',
    fixed: '{"type":"bundle","objects":[]}',
  },
  TT6604: {
    severity: 'error',
    title: 'feed has no such column',
    explanation:
      'A column that the mapping names is not in the header of the table. Nothing of it was read, since every row would lack its value.',
    failing: 'valeu\nbad.example.net',
    fixed: 'value\nbad.example.net',
  },
  TT6605: {
    severity: 'warning',
    title: 'STIX pattern is a rule, not an indicator',
    explanation:
      'Only patterns that compare values by `=`, `IN` or `ISSUBSET`, joined by `OR`, become indicators. What joins by `AND`, `FOLLOWEDBY` or qualifiers, or compares otherwise, asks for more than one value: the feed leaves it out and counts it, and `telltale import stix` makes rules of it.',
    failing:
      '{"type":"bundle","objects":[{"type":"indicator","pattern_type":"stix","pattern":"[domain-name:value = \'bad.example.net\' AND domain-name:value = \'c2.example.net\']"}]}',
    fixed:
      '{"type":"bundle","objects":[{"type":"indicator","pattern_type":"stix","pattern":"[domain-name:value = \'bad.example.net\']"}]}',
  },
});

/** A code of this room. */
export type IntelCode = keyof typeof INTEL_CODES & string;

/** Makes a finding of this room. */
export function intelDiagnostic(
  code: IntelCode,
  message: string,
  more: { readonly at?: Place; readonly hint?: string } = {},
): Diagnostic {
  const declared: CodeDeclaration = INTEL_CODES[code];
  return { code, severity: declared.severity, message, ...more };
}

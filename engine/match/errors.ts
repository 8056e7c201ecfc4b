import { type CodeDeclaration, type Diagnostic, declareCodes } from '../diagnostic/index.ts';

/** The diagnostics of this room. Examples are detection items as a rule writes them. */
export const MATCH_CODES = declareCodes({
  TT3001: {
    severity: 'error',
    title: 'regular expression does not parse',
    explanation:
      'The expression breaks the syntax that Sigma takes from PCRE: a bracket is not closed, a quantifier stands behind nothing, a range runs backwards, an escape is unknown.',
    failing: "CommandLine|re: '(unclosed'",
    fixed: "CommandLine|re: '(closed)'",
  },
  TT3002: {
    severity: 'error',
    title: 'regular expression asks for what cannot run in linear time',
    explanation:
      'Backreferences, possessive quantifiers, atomic groups, recursion and conditionals are not part of the subset that Sigma allows, and a text made for the purpose could hold up the engine with them. Every expression here runs in time proportional to the length of the text, so they are refused.',
    failing: "CommandLine|re: '(\\w)\\1'",
    fixed: "CommandLine|re: '(aa|bb|cc)'",
  },
  TT3003: {
    severity: 'error',
    title: 'regular expression is too large',
    explanation:
      'Counted repetitions are written out when an expression is compiled. One count may go up to 10,000, and the whole expression to 40,000 positions and 200 levels of nesting.',
    failing: "CommandLine|re: '(a{1000}b{1000}){1000}'",
    fixed: "CommandLine|re: 'a{1000}b{1000}'",
  },
  TT3004: {
    severity: 'error',
    title: 'not a network',
    explanation:
      'The modifier `cidr` wants an IPv4 or IPv6 network in prefix notation, or one address. Leading zeros in an octet are refused, since some read them as octal.',
    failing: "DestinationIp|cidr: '10.0.0.0/33'",
    fixed: "DestinationIp|cidr: '10.0.0.0/8'",
  },
});

type MatchCode = keyof typeof MATCH_CODES & string;

/** Makes a finding of this room; its place is added by whoever knows the rule. */
export function matchDiagnostic(code: MatchCode, message: string, hint?: string): Diagnostic {
  const declared: CodeDeclaration = MATCH_CODES[code];
  return { code, severity: declared.severity, message, ...(hint === undefined ? {} : { hint }) };
}

/** TT3004 for a text that should be a network. */
export function networkDiagnostic(network: string): Diagnostic {
  return matchDiagnostic(
    'TT3004',
    `"${network}" is not an IPv4 or IPv6 network`,
    'write it as 10.0.0.0/8, 2001:db8::/32 or as one address',
  );
}

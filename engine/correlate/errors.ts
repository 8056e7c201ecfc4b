import { declareCodes } from '../diagnostic/index.ts';

/** What can be wrong between correlation rules and the rules they refer to. Examples are whole rule files. */
export const CODES = declareCodes({
  TT5001: {
    severity: 'error',
    title: 'reference to an unknown rule',
    explanation:
      'A correlation refers to a rule by id or name, and no loaded rule has it. The rule may be misspelt, may not have been loaded with the others, or may itself not load.',
    failing: 'rules: [failed_logn]',
    fixed: 'rules: [failed_logon]',
  },
  TT5002: {
    severity: 'error',
    title: 'reference that means several rules',
    explanation:
      'Two or more loaded rules carry the name that the correlation refers to, so it is not clear which is meant. Refer to one by its id.',
    failing: 'rules: [twice]',
    fixed: 'rules: [00000000-0000-4000-8000-000000000002]',
  },
  TT5003: {
    severity: 'error',
    title: 'correlations refer to each other in a circle',
    explanation:
      'A correlation may read the signals of another correlation, but not, directly or by way of others, its own.',
    failing: 'a reads b, b reads a',
    fixed: 'a reads b, b reads failed_logon',
  },
  TT5004: {
    severity: 'error',
    title: 'field that a correlation does not give',
    explanation:
      'The signals of a correlation carry its group-by names, and a sequence also its join keys. A correlation over it can group, join or count by these only.',
    failing: 'child grouped by [User], parent grouped by [Computer]',
    fixed: 'child grouped by [User, Computer], parent grouped by [Computer]',
  },
  TT5005: {
    severity: 'error',
    title: 'reference to a rule that gives no signals',
    explanation:
      'Filters, policies and incident templates do not fire, so nothing can be correlated from them.',
    failing: 'rules: [a_filter]',
    fixed: 'rules: [failed_logon]',
  },
  TT5006: {
    severity: 'error',
    title: 'rule listed twice',
    explanation:
      'Two references of a correlation mean the same rule (by id and by name, for instance). For a temporal type that could never be told apart; a sequence may use a rule in several steps.',
    failing: 'rules: [failed_logon, 00000000-0000-4000-8000-000000000001]',
    fixed: 'rules: [failed_logon]',
  },
  TT5007: {
    severity: 'error',
    title: 'unknown step',
    explanation:
      'A join or a where of a sequence names a step by its label (`as`, or the reference as written), and there is none, or it does not come before.',
    failing: 'join: [first.User = thrid.User]',
    fixed: 'join: [first.User = third.User]',
  },
  TT5008: {
    severity: 'error',
    title: 'sequence that cannot be run',
    explanation:
      'The steps of a sequence do not fit together: it needs at least one step that must happen, a leading or closing absent step needs `within`, two absent steps may not stand side by side at an end, and `where` against another step cannot be combined with `times`.',
    failing: 'steps: [{absent: a}]',
    fixed: 'steps: [{rule: b}, {absent: a, within: 5m}]',
  },
  TT5009: {
    severity: 'warning',
    title: 'alias that names no listed rule',
    explanation: 'An alias maps a field of a rule that the correlation does not list. It has no effect.',
    failing: 'aliases: {who: {other_rule: User}}',
    fixed: 'aliases: {who: {failed_logon: User}}',
  },
  TT5010: {
    severity: 'error',
    title: 'snapshot that cannot be read',
    explanation: 'The bytes are no snapshot of this engine, or of another version. The state starts empty.',
    failing: 'other bytes',
    fixed: 'the bytes that snapshot() gave',
  },
});

import { declareCodes } from '../../diagnostic/index.ts';

const WHEN = '{fact: alert.severity, operator: atLeast, value: high}';

/** A small policy around one condition and one decision, for the examples. */
function policy(when: string, then = '{tags: [seen]}', more = ''): string {
  return `title: Seen\npolicy:\n  applies: alert\n  when: ${when}\n  decide: ${then}\n${more}`;
}

const GOOD = policy(WHEN);

function nested(depth: number): string {
  return `${'{not: '.repeat(depth)}${WHEN}${'}'.repeat(depth)}`;
}

/** Every code of reading a policy. Examples are whole rule files. */
export const POLICY_READING_CODES = declareCodes({
  TT1901: {
    severity: 'error',
    title: 'A condition of a policy that is not exactly one thing',
    explanation:
      'A condition is `all` or `any` over a list of conditions, `not` over one, or a test: `fact`, `operator` and `value` together. This one mixes forms, or lacks a part of a test.',
    failing: policy('{fact: alert.severity, value: high}'),
    fixed: GOOD,
  },
  TT1902: {
    severity: 'error',
    title: 'The condition of a policy is too deep or too long',
    explanation:
      'Conditions nest at most 12 deep and hold at most 200 tests, far above what a person can follow: a policy is asked about every alert, and whoever reads its explanation must be able to.',
    failing: policy(nested(14)),
    fixed: policy(nested(2)),
  },
  TT1903: {
    severity: 'error',
    title: 'A suppression without an end',
    explanation:
      'A suppression ends: exactly one of `until` (a day or time in UTC) and `for` (a time span, at most 366 days) is needed. What is muted for good is forgotten, and belongs into a filter of the rule instead.',
    failing: policy(WHEN, '{suppress: {owner: alice, reason: migration}}'),
    fixed: policy(WHEN, '{suppress: {owner: alice, reason: migration, for: 7d}}'),
  },
  TT1904: {
    severity: 'error',
    title: 'A policy that decides nothing',
    explanation:
      'Under `decide` at least one of severity, confidence, suppress, tags, assign, state, verdict, escalate and route is needed.',
    failing: policy(WHEN, '{}'),
    fixed: GOOD,
  },
  TT1905: {
    severity: 'error',
    title: 'A policy names something that only the operator may name',
    explanation:
      'Rules come from Git. So that none can send data elsewhere, read a file, start a program or reach a secret, a policy names outputs, people and tags by plain names only; what stands behind the name of an output is the configuration of the operator.',
    failing: policy(WHEN, "{route: ['https://example.com/hook']}"),
    fixed: policy(WHEN, '{route: [pager]}'),
  },
  TT1906: {
    severity: 'error',
    title: 'A decision that contradicts itself',
    explanation:
      'A floor above a ceiling cannot be kept, and what is muted cannot be escalated or routed at once. Write two policies with different conditions.',
    failing: policy(WHEN, '{severity: {floor: high, ceiling: low}}'),
    fixed: policy(WHEN, '{severity: {floor: low, ceiling: high}}'),
  },
  TT1907: {
    severity: 'error',
    title: 'A test of a policy that cannot be run',
    explanation:
      'A test is given exactly one of `alert` and `incident`, of a kind that the policy is about, and a time in UTC such as 2026-11-24T10:00:00Z where it has one.',
    failing: policy(
      WHEN,
      '{tags: [seen]}',
      'tests: [{name: nothing, given: {facts: {}}, expect: {decisions: 0}}]\n',
    ),
    fixed: policy(
      WHEN,
      '{tags: [seen]}',
      'tests: [{name: low, given: {alert: {severity: low}}, expect: {decisions: 0}}]\n',
    ),
  },
});

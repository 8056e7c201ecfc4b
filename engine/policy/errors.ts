import { declareCodes } from '../diagnostic/index.ts';

function policy(test: string): string {
  return `title: Seen\npolicy:\n  applies: alert\n  when: ${test}\n  decide: {tags: [seen]}\n`;
}

const GOOD = policy('{fact: alert.severity, operator: atLeast, value: high}');

/** Every code of the policy room: of rules (examples are rule files), and of deciding. */
export const POLICY_CODES = declareCodes({
  TT6501: {
    severity: 'error',
    title: 'A policy asks for a fact that there is not',
    explanation:
      'Facts are alert, incident, case and time, and what sources give: asset, intel, history, baseline. A policy about alerts cannot ask for the incident, nor the other way round; `case` is what both have.',
    failing: policy('{fact: alrt.severity, operator: atLeast, value: high}'),
    fixed: GOOD,
  },
  TT6502: {
    severity: 'error',
    title: 'A policy asks for a member that the fact does not have',
    explanation:
      'The path after the name of the fact leads through its own members, joined by dots, through lists. Nothing is evaluated in a path: no script, no filter, no wildcard.',
    failing: policy('{fact: alert.severty, operator: atLeast, value: high}'),
    fixed: GOOD,
  },
  TT6503: {
    severity: 'error',
    title: 'An unknown operator',
    explanation: 'The message names the nearest; the manual of policies lists all of them.',
    failing: policy('{fact: alert.severity, operator: atleast, value: high}'),
    fixed: GOOD,
  },
  TT6504: {
    severity: 'error',
    title: 'A value that the operator cannot work on',
    explanation:
      'Each operator takes certain values only: `atLeast` a severity, level or criticality, `cidr` a network, `olderThan` a time span, `inList` the name of a list that was given.',
    failing: policy('{fact: alert.severity, operator: atLeast, value: hihg}'),
    fixed: GOOD,
  },
  TT6505: {
    severity: 'error',
    title: 'A fact is asked with something it does not know',
    explanation:
      'Each fact takes certain parameters with certain values, for example `{entity: host}` of `asset`. None can name an address, a file or a command: where facts come from is configured by the operator.',
    failing: policy('{fact: asset.criticality, params: {entiy: host}, operator: atLeast, value: high}'),
    fixed: policy('{fact: asset.criticality, params: {entity: host}, operator: atLeast, value: high}'),
  },
  TT6506: {
    severity: 'warning',
    title: 'Decisions of a policy were withheld because a fact could not be had',
    explanation:
      'A source of facts failed or took too long. A policy decides on what is known; what it would have decided is unknown, so it decided nothing, which is counted. The message names the fact and the reason.',
    failing: 'a source of assets that does not answer',
    fixed: 'a source of assets that answers',
  },
  TT6507: {
    severity: 'warning',
    title: 'Policies did not come to rest',
    explanation:
      'What policies decided changed alerts and incidents, about which policies decided again, and so on. After a few rounds it was cut off; the last decisions stand. Mostly two policies undo one another.',
    failing: 'a policy that tags what another one has tagged, without end',
    fixed: 'a policy whose condition its own decision does not change',
  },
  TT6508: {
    severity: 'info',
    title: 'A policy rests because nothing gives a fact that it asks for',
    explanation:
      'No inventory, intelligence or baseline is configured that could give the fact, so the policy decides nothing. With `--facts FILE`, `scan` and `policy preview` are given some.',
    failing: 'a policy on asset.criticality without an inventory',
    fixed: 'the same with an inventory',
  },
});

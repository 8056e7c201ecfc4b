import { declareCodes } from '../../diagnostic/index.ts';

const FEATURE = '{name: source, kind: category, field: IpAddress}';

function rule(features: string, more = ''): string {
  return (
    'title: Logons\nlogsource: {product: windows}\nbaseline:\n  entity: {type: user, key: [TargetUserName]}\n' +
    '  select: {selection: {EventID: 4624}, condition: selection}\n' +
    `  features: [${features}]\n${more
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `  ${line}\n`)
      .join('')}`
  );
}

/** Every code of reading a baseline. Examples are whole rule files. */
export const BASELINE_CODES = declareCodes({
  TT5101: {
    severity: 'error',
    title: 'A feature lacks what its kind needs',
    explanation:
      'Each kind of feature asks for something of its own: a category needs the field whose values are learnt, a count needs a window, a travel needs the fields of latitude and longitude. Without it there is nothing to learn.',
    failing: rule('{name: source, kind: category}'),
    fixed: rule(FEATURE),
  },
  TT5102: {
    severity: 'error',
    title: 'A key has no effect on this kind of feature',
    explanation:
      'The key belongs to another kind of feature. It would be ignored silently, and the rule would not do what it seems to say, so it is refused.',
    failing: rule('{name: source, kind: category, field: IpAddress, window: 15m}'),
    fixed: rule(FEATURE),
  },
  TT5103: {
    severity: 'error',
    title: 'Not a time span',
    explanation: 'A time span is a number and a unit: 30s, 15m, 1h, 7d, 2w. Sums such as 1h30m are allowed.',
    failing: rule('{name: volume, kind: count, window: a quarter}'),
    fixed: rule('{name: volume, kind: count, window: 15m}'),
  },
  TT5104: {
    severity: 'error',
    title: 'Two features with one name',
    explanation:
      'What is learnt is kept, shown and explained by the name of the feature, so each needs its own.',
    failing: rule(`${FEATURE}, {name: source, kind: rarity, field: WorkstationName}`),
    fixed: rule(`${FEATURE}, {name: station, kind: rarity, field: WorkstationName}`),
  },
  TT5105: {
    severity: 'error',
    title: 'Not an interval',
    explanation:
      'An interval that is not learnt from is a time, a slash, and another time or a length: 2026-10-12T08:00Z/PT6H, 2026-10-12T08:00Z/6h, 2026-10-12/2026-10-14.',
    failing: rule(FEATURE, 'learn: {exclude: [last Monday]}'),
    fixed: rule(FEATURE, 'learn: {exclude: [2026-10-12T08:00Z/PT6H]}'),
  },
  TT5106: {
    severity: 'error',
    title: 'Not a budget',
    explanation:
      'A budget of false alarms is a number a day, a week or an hour: 2/day, 1/week. It must be above zero: a rule that may never be wrong can never speak.',
    failing: rule(FEATURE, 'false_alarms: {budget: few}'),
    fixed: rule(FEATURE, 'false_alarms: {budget: 2/day}'),
  },
  TT5107: {
    severity: 'error',
    title: 'Peers that nobody names',
    explanation:
      'A feature compares with peers, but the rule does not say which fields put entities into groups of peers.',
    failing: rule('{name: volume, kind: peer_deviation, of: count}'),
    fixed: rule('{name: volume, kind: peer_deviation, of: count}', 'peers: {by: [TargetDomainName]}'),
  },
});

import { declareCodes } from '../../diagnostic/index.ts';

const RULE =
  'title: Failed logon\nname: failed_logon\nlogsource: {product: windows}\ndetection: {selection: {EventID: 4625}, condition: selection}\n---\n' +
  'title: Logon\nname: logon\nlogsource: {product: windows}\ndetection: {selection: {EventID: 4624}, condition: selection}\n---\n';

function correlation(body: string): string {
  return `${RULE}title: Correlated\ncorrelation:\n${body
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`;
}

const COUNT = 'type: event_count\nrules: [failed_logon]\ngroup-by: [User]\ntimespan: 5m\ncondition: {gte: 5}';
const PAIR = 'type: temporal\nrules: [failed_logon, logon]\ngroup-by: [User]\ntimespan: 5m';
const SEQUENCE =
  'type: sequence\nsteps: [{rule: failed_logon, as: first}, {rule: logon, as: then}]\ntimespan: 5m';

/** Every code of reading a correlation. Examples are whole rule files. */
export const CORRELATION_CODES = declareCodes({
  TT1701: {
    severity: 'error',
    title: 'A correlation lacks what its type needs',
    explanation:
      'Each type of correlation asks for something of its own: counts and figures need a condition with a bound, figures of values need a field, a sequence needs steps, a risk needs a half-life. Without it there is nothing to decide.',
    failing: correlation('type: event_count\nrules: [failed_logon]\ngroup-by: [User]\ntimespan: 5m'),
    fixed: correlation(COUNT),
  },
  TT1702: {
    severity: 'error',
    title: 'A key has no effect on this type of correlation',
    explanation:
      'The key belongs to another type of correlation. It would be ignored silently, and the rule would not do what it seems to say, so it is refused.',
    failing: correlation(`${COUNT}\nhalf_life: 1h`),
    fixed: correlation(COUNT),
  },
  TT1703: {
    severity: 'error',
    title: 'A time span of a correlation cannot be read',
    explanation:
      'Time spans are a number and a unit: s, m, h, d, w, M (30 days) or y (365 days); also ms and us, and sums such as 1h30m. They are longer than zero.',
    failing: correlation(COUNT.replace('5m', '5 minutes')),
    fixed: correlation(COUNT),
  },
  TT1704: {
    severity: 'error',
    title: 'A condition over rule names cannot be read',
    explanation:
      'A condition over rule names is made of names, `and`, `or`, `not`, brackets, and `N of [a, b, c]`, `any of them`, `all of them`.',
    failing: correlation(`${PAIR}\ncondition: failed_logon and and logon`),
    fixed: correlation(`${PAIR}\ncondition: failed_logon and logon`),
  },
  TT1705: {
    severity: 'error',
    title: 'A join or a test of a step cannot be read',
    explanation: 'A join has the form `step.Field = step.Field`. A comparison by order needs numbers.',
    failing: correlation(`${SEQUENCE}\njoin: [first.User == then.User]`),
    fixed: correlation(`${SEQUENCE}\njoin: [first.User = then.User]`),
  },
  TT1706: {
    severity: 'error',
    title: 'Two settings of a correlation do not go together',
    explanation:
      'Some settings have no meaning for a type: ordered types and sequences cannot wait for the close of a window, a sequence has its own windows and steps of one event only with ties: allow, and a hop cannot be longer than its window.',
    failing: correlation(
      'type: temporal_ordered\nrules: [failed_logon, logon]\ntimespan: 5m\nemit: at_close',
    ),
    fixed: correlation('type: temporal_ordered\nrules: [failed_logon, logon]\ntimespan: 5m'),
  },
  TT1707: {
    severity: 'info',
    title: 'A percentile without `percentile` is read as a share',
    explanation:
      "Sigma's `value_percentile` without a `percentile` follows the specification's example: the share, in per cent, that the value has among all values of its group. Write `value_rarity` to say so, or add `percentile` for the value below which so many per cent lie.",
    failing: correlation(
      'type: value_percentile\nrules: [logon]\ngroup-by: [Computer]\ntimespan: 1d\ncondition: {field: User, lte: 1}',
    ),
    fixed: correlation(
      'type: value_rarity\nrules: [logon]\ngroup-by: [Computer]\ntimespan: 1d\ncondition: {field: User, lte: 1}',
    ),
  },
  TT1708: {
    severity: 'error',
    title: 'A condition names a rule that is not listed',
    explanation:
      'A condition or a weight of a correlation may only speak of the rules under `rules`: nothing else is listened to.',
    failing: correlation(`${PAIR}\ncondition: failed_logon and logn`),
    fixed: correlation(`${PAIR}\ncondition: failed_logon and logon`),
  },
  TT1709: {
    severity: 'warning',
    title: 'A condition that can never hold',
    explanation: 'All bounds of a condition must hold at once, and no number satisfies these.',
    failing: correlation(COUNT.replace('{gte: 5}', '{gte: 5, lt: 5}')),
    fixed: correlation(COUNT.replace('{gte: 5}', '{gte: 5, lt: 6}')),
  },
  TT1710: {
    severity: 'warning',
    title: 'A test of a step compares with a text that looks like a field of a step',
    explanation:
      'The text has the form `step.Field`, and no step has that label, so it is compared as it stands: a value `frist.User` in the log, which there will hardly be. The label may be misspelt, or the step may be called otherwise by `as`. A text with a dot that has nothing to do with the steps and fields of the rule, such as `powershell.exe`, is taken as a text without a word.',
    failing: correlation(`${SEQUENCE.replace('as: then}', 'as: then, where: {User: {neq: frist.User}}}')}`),
    fixed: correlation(`${SEQUENCE.replace('as: then}', 'as: then, where: {User: {neq: first.User}}}')}`),
  },
  TT1711: {
    severity: 'warning',
    title: 'A rule without an id cannot keep state over an edit',
    explanation:
      'The state of a rule is found again by its `id`. A rule without one is known by its meaning only, so that an edited rule is another rule: it begins without state, whatever `state_on_edit` says. The plan of a reload (`check --plan`) says so for every such rule.',
    failing: correlation(`${COUNT}\nstate_on_edit: keep`),
    fixed: correlation(`${COUNT}\nstate_on_edit: keep`).replace(
      'title: Correlated\n',
      'title: Correlated\nid: 5f0c2d11-9d2b-4a53-8a0e-6b1f0f7a3c1e\n',
    ),
  },
});

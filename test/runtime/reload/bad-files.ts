/** Thirty kinds of bad rule file, as text that takes the place of a good one. */
const HEAD =
  'title: Rule a\nid: aaaaaaaa-0000-4000-8000-000000000000\nlevel: high\nlogsource: {product: app}\n';
const BODY = 'detection:\n  selection: {msg: alpha}\n  condition: selection\n';

export const BAD_FILES: readonly (readonly [kind: string, text: string])[] = [
  ['empty', ''],
  ['only blanks', '  \n\n'],
  ['cut in a key', `${HEAD}detec`],
  ['cut in the detection', `${HEAD}detection:\n  selection:\n`],
  ['cut before the condition', `${HEAD}detection:\n  selection: {msg: alpha}\n`],
  ['an open list', 'title: ['],
  ['an open map', `${HEAD}detection: {selection: {msg: alpha`],
  ['an open quote', `${HEAD}detection:\n  selection: {msg: "alpha}\n  condition: selection\n`],
  ['a tab as indentation', `${HEAD}detection:\n\tselection: {msg: alpha}\n\tcondition: selection\n`],
  ['no title', `${HEAD.replace('title: Rule a\n', '')}${BODY}`],
  ['no logsource', `${HEAD.replace('logsource: {product: app}\n', '')}${BODY}`],
  ['an unknown level', `${HEAD.replace('level: high', 'level: huge')}${BODY}`],
  ['a condition that names nothing', `${HEAD}${BODY.replace('condition: selection', 'condition: selecton')}`],
  [
    'a condition that is no sentence',
    `${HEAD}${BODY.replace('condition: selection', 'condition: selection and')}`,
  ],
  ['an unknown modifier', `${HEAD}${BODY.replace('msg:', 'msg|containz:')}`],
  ['a regular expression that is none', `${HEAD}${BODY.replace('msg: alpha', "msg|re: '('")}`],
  ['a network that is none', `${HEAD}${BODY.replace('msg: alpha', "ip|cidr: '10.0.0.0/99'")}`],
  ['base64 of nothing that can be coded', `${HEAD}${BODY.replace('msg: alpha', "msg|expand: '%nobody%'")}`],
  ['a text', 'just words\n'],
  ['a list of words', '- one\n- two\n'],
  ['a number', '42\n'],
  ['marks of a merge', `<<<<<<< HEAD\n${HEAD}=======\n${HEAD}>>>>>>> other\n${BODY}`],
  ['two keys of one name', `${HEAD}${BODY}${BODY}`],
  ['deep nesting', `${HEAD}detection: ${'['.repeat(5000)}`],
  ['an alias of nothing', `${HEAD}detection:\n  selection: *nothing\n  condition: selection\n`],
  ['aliases that unfold without end', `a: &a [x, x]\nb: [${'*a, '.repeat(2000)}*a]\n${HEAD}${BODY}`],
  [
    'control characters',
    `${HEAD}detection:\n  selection: {msg: "al\u0001\u0000pha"}\n  condition: selection\n`,
  ],
  ['a detection that is a list', `${HEAD}detection: [1, 2]\n`],
  ['the id of another rule', `${HEAD.replace('aaaaaaaa-', 'bbbbbbbb-')}${BODY}`],
  [
    'a correlation of nothing',
    `title: C\nid: aaaaaaaa-0000-4000-8000-000000000000\ncorrelation:\n  type: event_count\n  rules: [nobody]\n  group-by: [user]\n  timespan: 5m\n  condition: {gte: 3}\n`,
  ],
];

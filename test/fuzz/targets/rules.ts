import {
  DEFAULT_LIMITS,
  formatRules,
  importLegacyFile,
  loadRules,
  parseCondition,
  parseTemplate,
} from '../../../engine/language/index.ts';
import { compileExpression, parseNetwork } from '../../../engine/match/index.ts';
import { compileRuleset } from '../../../engine/pipeline/index.ts';
import { packageFile, packageRules } from '../package-files.ts';
import { type FuzzTarget, must, textOf, texts } from '../target.ts';

function goodRule(number: number): string {
  return `title: Good ${number}
id: 4242424${number}-1111-4111-8111-111111111111
logsource: {product: windows}
detection: {s: {EventID: ${number}}, condition: s}
`;
}
const BEFORE = { path: 'a.yml', text: goodRule(1) };
const BEHIND = { path: 'z.yml', text: goodRule(2) };

/** A bad file never hides a good one. */
function loaded(input: Uint8Array): void {
  const { rules } = loadRules([BEFORE, { path: 'm.yml', text: textOf(input) }, BEHIND]);
  const ids = new Set(rules.detections.map(({ meta }) => meta.id));
  must(ids.has('42424241-1111-4111-8111-111111111111'), 'the file before is loaded');
  must(ids.has('42424242-1111-4111-8111-111111111111'), 'the file behind is loaded');
}

/** The whole way of a rule. */
function compiled(input: Uint8Array): void {
  const { ruleset } = compileRuleset([BEFORE, { path: 'm.yml', text: textOf(input) }, BEHIND]);
  must(
    ruleset.detections.filter(({ meta }) => meta.title.startsWith('Good ')).length >= 2,
    'the good rules run',
  );
}

/** What is read as a condition is so again when it is read a second time. */
function condition(input: Uint8Array): void {
  parseCondition(textOf(input), DEFAULT_LIMITS);
}

const TEXTS = [
  '',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab',
  'C:\\Windows\\System32\\cmd.exe /c whoami',
  'é\u0130😀\n\r\n',
];

/** Whatever expression is taken, a text is told in time. */
function expression(input: Uint8Array): void {
  const { value } = compileExpression({
    kind: 'expression',
    source: textOf(input),
    ignoreCase: (input.length & 1) === 1,
    multiline: false,
    dotAll: false,
  });
  for (const text of TEXTS) value?.test(text);
}

/** Formatting twice is formatting once. */
function formatted(input: Uint8Array): void {
  const once = formatRules({ path: 'm.yml', text: textOf(input) });
  if (once.text === undefined) return;
  must(
    formatRules({ path: 'm.yml', text: once.text }).text === once.text,
    'formatting twice is formatting once',
  );
}

const DETECTIONS = texts(...packageRules('rules', 9));
const OTHERS = texts(
  ...packageRules('correlations', 5),
  ...packageRules('baselines', 2),
  ...packageRules('rules/policies', 2),
);
const KEYS = [
  '\n  ',
  '|contains',
  '|all',
  '|re: ',
  '|cidr: ',
  '|windash',
  '|base64offset',
  'condition: ',
  '1 of ',
  'not ',
  '---\n',
  'action: global\n',
  '- ',
  ': ',
  '*',
  "'",
  'kind: overlay\n',
  '|expand: "%x%"',
];

export const RULE_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'rule-files',
    law: 'the files before and behind are loaded',
    weight: 0.5,
    corpus: DETECTIONS,
    words: KEYS,
    run: loaded,
  },
  {
    name: 'correlations',
    law: 'the rules before and behind run',
    weight: 0.2,
    corpus: OTHERS,
    words: [
      'group-by: ',
      'timespan: 5m\n',
      'ordered',
      'absent: ',
      '1d',
      '99999999d',
      'rules: [',
      'condition: {gte: ',
      'type: temporal_ordered\n',
      'aliases:\n',
      'steps:\n',
      'score: ',
    ],
    run: compiled,
  },
  {
    name: 'legacy-rules',
    law: 'refused in words, or imported',
    weight: 0.4,
    corpus: texts(packageFile('examples', 'sigma-legacy.yml')),
    words: [
      ' | count() by ',
      ' | near ',
      ' > 5',
      'timeframe: 1h',
      ' | sum(x) by ',
      'action: global\n',
      '---\n',
      '1 of them',
      'min(',
      '<=',
    ],
    run: (input) => void importLegacyFile({ path: 'm.yml', text: textOf(input) }),
  },
  {
    name: 'conditions',
    law: 'no more than no crash',
    weight: 20,
    corpus: texts(
      'selection and not 1 of filter_*',
      '(a or b) and not (c and all of them)',
      '2 of s* or any of x',
      'a | count(b) by c > 5',
    ),
    words: ['(', ')', ' and ', ' or ', ' not ', ' of ', 'them', '1', 'all', '|', '*'],
    run: condition,
  },
  {
    name: 'expressions',
    law: 'every text is told in time',
    weight: 1,
    corpus: texts(
      '^x+y$',
      '(a+)+b',
      '(?:a|aa)*c',
      '[^\\w\\d-z]{2,5}?',
      '\\p{Lu}+(?=x)(?<!y)',
      '(?i)^(cmd|powershell)(\\.exe)?\\s+/c.{0,40}$',
      '(a{1,100}){1,100}',
    ),
    words: [
      '(',
      ')',
      '{1,1000}',
      '*',
      '+?',
      '(?=',
      '(?<!',
      '[',
      ']',
      '\\p{',
      '|',
      '^',
      '$',
      '\\b',
      '(?i)',
      '\\1',
      '.{0,',
    ],
    run: expression,
  },
  {
    name: 'formatter',
    law: 'formatting twice is formatting once',
    weight: 0.15,
    corpus: [...DETECTIONS, ...OTHERS],
    words: [...KEYS, '# comment\n', ' # x'],
    run: formatted,
  },
  {
    name: 'templates',
    law: 'no more than no crash',
    weight: 8,
    corpus: texts('Logon of {User.Name} on {host}', 'a {{ b }} {x|json} {y', '{a.b.c}{}'),
    words: ['{', '}', '{{', '}}', '|', '.', '|url'],
    run: (input) => void parseTemplate(textOf(input)),
  },
  {
    name: 'networks',
    law: 'no more than no crash',
    weight: 16,
    corpus: texts('10.0.0.0/8', '::ffff:192.0.2.1/120', 'fe80::1%eth0', '2001:db8::/32', '1.2.3'),
    words: [':', '::', '.', '/', '255', 'ffff', '%', '/128'],
    run: (input) => void parseNetwork(textOf(input)),
  },
];

// Long because it is a table: one row for every finding that this room can report.
import { declareCodes } from '../diagnostic/index.ts';

const HEAD = 'title: Whoami\nlogsource: {product: windows, category: process_creation}\nlevel: low\n';

/** A small detection around one selection and condition, for the examples. */
function rule(selection: string, condition = 'selection'): string {
  return `${HEAD}detection:\n  selection:\n${selection
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\n  condition: ${condition}\n`;
}

const GOOD = rule('Image|endswith: \\whoami.exe');

/** Every code of the language room: TT10 text and YAML, TT11 documents and keys, TT12 selections, TT13 conditions, TT14 filters and overlays, TT15 tests, TT16 lints. */
export const LANGUAGE_CODES = declareCodes({
  TT1001: {
    severity: 'error',
    title: 'The rule file is too large',
    explanation:
      'Rule files are read whole, under a limit, so that one file cannot exhaust the memory of the process. The limit is far above any sensible rule file.',
    failing: `# ${'many words '.repeat(40)}\n${GOOD}`,
    fixed: GOOD,
  },
  TT1002: {
    severity: 'error',
    title: 'Lists and maps nest too deep',
    explanation:
      'YAML parsers work down nested values one call a level, and very deep nesting can end the whole process. No rule needs more than about ten levels, so deep nesting is refused before or while the text is parsed.',
    failing: `${GOOD}custom: ${'['.repeat(60)}${']'.repeat(60)}\n`,
    fixed: `${GOOD}custom: [[1]]\n`,
  },
  TT1003: {
    severity: 'error',
    title: 'The file holds a character that no text may hold',
    explanation:
      'NUL, other control characters and half surrogates are not allowed in YAML. They mostly mean that the file is not a text, or was saved in another encoding than UTF-8.',
    failing: `${GOOD}author: \u0000\n`,
    fixed: `${GOOD}author: somebody\n`,
  },
  TT1004: {
    severity: 'error',
    title: 'The file is not valid YAML',
    explanation:
      'The text cannot be read as YAML. The place is where the parser noticed; the cause is often a line above: a quote that is not closed, a tab in the indentation, a value with `: ` in it that needs quotes.',
    failing: `${HEAD}detection:\n  selection: {Image: 'whoami.exe\n  condition: selection\n`,
    fixed: GOOD,
  },
  TT1005: {
    severity: 'error',
    title: 'A key stands twice in one map',
    explanation:
      'YAML forbids equal keys in one map; a lenient parser would keep only one of them and the other would silently not be looked for. To ask for two values of one field use a list, `|all`, or two selections.',
    failing: rule('Image: a.exe\nImage: b.exe'),
    fixed: rule('Image: [a.exe, b.exe]'),
  },
  TT1006: {
    severity: 'error',
    title: 'Too many anchors and aliases, or too big once they are expanded',
    explanation:
      'An alias repeats a value by name. A few lines of aliases of aliases can stand for billions of values, so their number and the size of the expanded document are bounded, and a value must not contain itself.',
    failing: `${GOOD}custom: &a [*a]\n`,
    fixed: `${GOOD}custom: [a]\n`,
  },
  TT1007: {
    severity: 'error',
    title: 'A YAML tag that rules do not have',
    explanation:
      'Only the types of the YAML 1.2 core schema exist in rules: text, number, boolean, null, list and map. Tags of other types, above all those of programming languages, are refused.',
    failing: `${GOOD}custom: !!js/function 'function () {}'\n`,
    fixed: `${GOOD}custom: 'function () {}'\n`,
  },
  TT1008: {
    severity: 'error',
    title: 'A line is too long',
    explanation:
      'Lines have a limit far above what a person writes; a longer one is mostly data that belongs elsewhere.',
    failing: `${GOOD}custom: ${'x'.repeat(300)}\n`,
    fixed: `${GOOD}custom: x\n`,
  },
  TT1009: {
    severity: 'error',
    title: 'A document that is no map',
    explanation:
      'A rule is a map with keys such as `title` and `detection`. This document is a list or a single value.',
    failing: '- title: Whoami\n',
    fixed: GOOD,
  },
  TT1010: {
    severity: 'error',
    title: 'Too many documents in one file',
    explanation: 'A file may hold several rules, separated by `---`, up to a limit.',
    failing: `${GOOD}${'---\n{}\n'.repeat(6)}`,
    fixed: GOOD,
  },
  TT1011: {
    severity: 'error',
    title: 'An `action` that does not exist',
    explanation:
      "Sigma's legacy multi-document rules know three actions: `global` (the document completes all that follow), `reset` (forget it) and `repeat` (start from the previous document).",
    failing: `action: globl\ntitle: Whoami\n---\n${GOOD}`,
    fixed: `action: global\nauthor: somebody\n---\n${GOOD}`,
  },
  TT1012: {
    severity: 'warning',
    title: 'The file holds no document',
    explanation: 'There is nothing but white space and comments in the file.',
    failing: '# nothing yet\n',
    fixed: GOOD,
  },
  TT1013: {
    severity: 'warning',
    title: 'The file is not clean UTF-8',
    explanation:
      'The text holds the replacement character U+FFFD: some bytes could not be read as UTF-8 when the file was opened, and whatever they meant is lost.',
    failing: `${GOOD}author: J\ufffdrg\n`,
    fixed: `${GOOD}author: Jörg\n`,
  },
  TT1014: {
    severity: 'info',
    title: 'More findings than are shown',
    explanation:
      'Of one document at most 200 findings are shown, and always an error where there is one. Mend those first.',
    failing: rule(`Image: [${Array.from({ length: 203 }, () => 'a').join(', ')}]`),
    fixed: GOOD,
  },
  TT1101: {
    severity: 'error',
    title: 'No block tells what kind of rule this is',
    explanation:
      'The kind of a document is told by the block it carries: detection, correlation, filter, overlay, baseline, incident, policy or feed.',
    failing: `${HEAD}`,
    fixed: GOOD,
  },
  TT1102: {
    severity: 'error',
    title: 'Two blocks that tell the kind',
    explanation: 'A document is of one kind. Put the second block into a document of its own, behind `---`.',
    failing: `${GOOD}filter:\n  rules: any\n  selection: {User: root}\n  condition: not selection\n`,
    fixed: GOOD,
  },
  TT1103: {
    severity: 'error',
    title: 'A required key is missing',
    explanation: 'The key has no default; without it the document cannot be used.',
    failing: 'title: Whoami\nlevel: low\ndetection:\n  selection: {Image: a.exe}\n  condition: selection\n',
    fixed: GOOD,
  },
  TT1104: {
    severity: 'error',
    title: 'A value that the key cannot have',
    explanation:
      'The value is of the wrong type or outside what the schema allows; `telltale schema` prints the schema of each kind.',
    failing: `${GOOD}confidence: 80\n`,
    fixed: `${GOOD}confidence: 0.8\n`,
  },
  TT1105: {
    severity: 'error',
    title: 'An unknown key',
    explanation:
      'Blocks that Telltale or Sigma define take the keys of their schema only: a misspelt key would silently do nothing.',
    failing: `${GOOD}suppress: {by: [User], fro: 1h}\n`,
    fixed: `${GOOD}suppress: {by: [User], for: 1h}\n`,
  },
  TT1106: {
    severity: 'warning',
    title: 'A key that looks misspelt',
    explanation:
      'Sigma allows free custom keys at the top of a rule, so this one is kept; but it is very near to a key that means something.',
    failing: `${GOOD}falsepositive: [admins]\n`,
    fixed: `${GOOD}falsepositives: [admins]\n`,
  },
  TT1107: {
    severity: 'error',
    title: 'Two rules have the same id',
    explanation:
      'Ids are what correlations, filters, overlays and states refer to, so they must be unique over all loaded files. The first one is kept.',
    failing: `id: one\n${GOOD}---\nid: one\n${rule('Image: b.exe')}`,
    fixed: `id: one\n${GOOD}---\nid: two\n${rule('Image: b.exe')}`,
  },
  TT1108: {
    severity: 'error',
    title: 'Two rules have the same name',
    explanation:
      "`name` is how correlations and filters refer to a rule, so it must be unique, and must not be another rule's id.",
    failing: `name: one\n${GOOD}---\nname: one\n${rule('Image: b.exe')}`,
    fixed: `name: one\n${GOOD}---\nname: two\n${rule('Image: b.exe')}`,
  },
  TT1201: {
    severity: 'error',
    title: 'An unknown modifier',
    explanation: 'What follows the field name after `|` must be a modifier of Sigma 2.1.',
    failing: rule('Image|endwith: \\whoami.exe'),
    fixed: GOOD,
  },
  TT1202: {
    severity: 'error',
    title: 'Modifiers that do not go together',
    explanation:
      'Modifiers apply from left to right. These contradict one another, or stand in an order in which the later one has nothing to work on.',
    failing: rule('Image|i|re: whoami'),
    fixed: rule('Image|re|i: whoami'),
  },
  TT1203: {
    severity: 'error',
    title: 'A value that the modifier cannot work on',
    explanation:
      'Each modifier takes certain values only: `exists` a boolean, `gt` a number, `cidr` a network, `base64` a text without wildcards.',
    failing: rule('Size|gt: big'),
    fixed: rule('Size|gt: 10'),
  },
  TT1204: {
    severity: 'error',
    title: 'A selection that cannot be read',
    explanation:
      'A selection is a map of fields, a list of such maps, or a list of keywords. It must not be empty, and the values of a field are texts, numbers, booleans, null, or a list of these.',
    failing: rule('Image: {Path: a.exe}'),
    fixed: rule('Image.Path: a.exe'),
  },
  TT1205: {
    severity: 'error',
    title: 'A placeholder without values',
    explanation:
      '`expand` replaces `%name%` by the values of a list that the user of the rules provides. None was given for this name.',
    failing: rule("User|expand: '%admins%'"),
    fixed: rule('User: [alice, bob]'),
  },
  TT1206: {
    severity: 'error',
    title: 'The rule grows too big',
    explanation:
      'Placeholders, `windash`, `base64offset` and `N of` multiply what is written. The result of this rule is beyond the limit.',
    failing: rule("CommandLine|windash|contains: '-a -b -c -d -e -f -g -h'"),
    fixed: rule("CommandLine|windash|contains: '-a'"),
  },
  TT1209: {
    severity: 'warning',
    title: 'A modifier without effect',
    explanation: 'The modifier changes nothing here and may mislead a reader.',
    failing: rule('Image|re|contains: whoami'),
    fixed: rule('Image|re: whoami'),
  },
  TT1301: {
    severity: 'error',
    title: 'The condition cannot be read',
    explanation:
      'A condition joins names of selections with `and`, `or`, `not`, parentheses and `1 of …`, `all of …`, `N of …`; `not` binds strongest, then `and`, then `or`.',
    failing: rule('Image: a.exe', 'selection and'),
    fixed: rule('Image: a.exe', 'selection'),
  },
  TT1302: {
    severity: 'error',
    title: 'The condition names a selection that is not there',
    explanation: 'Every name in the condition must be a selection of the same block.',
    failing: rule('Image: a.exe', 'selektion'),
    fixed: rule('Image: a.exe', 'selection'),
  },
  TT1303: {
    severity: 'error',
    title: 'The pattern fits no selection',
    explanation:
      'A pattern such as `filter_*` stands for the selections whose names it fits. It fits none, so the condition could not mean what is written.',
    failing: rule('Image: a.exe', 'selection and not 1 of filter_*'),
    fixed: rule('Image: a.exe', '1 of sel*'),
  },
  TT1304: {
    severity: 'error',
    title: 'More selections are asked for than there are',
    explanation: '`N of` can only hold if at least N selections fit the pattern.',
    failing: rule('Image: a.exe', '2 of sel*'),
    fixed: rule('Image: a.exe', '1 of sel*'),
  },
  TT1305: {
    severity: 'error',
    title: 'A legacy aggregation in the condition',
    explanation:
      'Sigma 1 counted events behind a pipe in the condition (`| count() by user > 10`, `| near other`). Sigma 2 has correlation documents instead. The hint shows the documents that say the same.',
    failing: rule('EventID: 4625', 'selection | count() by IpAddress > 10'),
    fixed: rule('EventID: 4625'),
  },
  TT1306: {
    severity: 'warning',
    title: 'A selection that the condition never uses',
    explanation:
      'The selection has no effect. Name it in the condition, remove it, or start its name with `_` if it is kept on purpose.',
    failing: `${HEAD}detection:\n  selection: {Image: a.exe}\n  other: {Image: b.exe}\n  condition: selection\n`,
    fixed: `${HEAD}detection:\n  selection: {Image: a.exe}\n  other: {Image: b.exe}\n  condition: selection or other\n`,
  },
  TT1307: {
    severity: 'error',
    title: 'The condition nests too deep',
    explanation: 'Parentheses, `not` and nested lists have a limit far above what a person can follow.',
    failing: rule('Image: a.exe', `${'('.repeat(80)}selection${')'.repeat(80)}`),
    fixed: rule('Image: a.exe', '(selection)'),
  },
  TT1401: {
    severity: 'error',
    title: 'A reference to a rule that is not loaded',
    explanation: 'The filter, overlay or test file names a rule by id or name, but no loaded rule has it.',
    failing: `id: first\n${GOOD}---\ntitle: Admins\nlogsource: {product: windows}\nfilter:\n  rules: [firts]\n  selection: {User: root}\n  condition: not selection\n`,
    fixed: `id: first\n${GOOD}---\ntitle: Admins\nlogsource: {product: windows}\nfilter:\n  rules: [first]\n  selection: {User: root}\n  condition: not selection\n`,
  },
  TT1402: {
    severity: 'warning',
    title: 'A filter that cannot apply to a rule it names',
    explanation:
      'A filter applies where its logsource agrees with that of the rule. Here they differ, so the filter has no effect on this rule.',
    failing: `id: first\n${GOOD}---\ntitle: Admins\nlogsource: {product: linux}\nfilter:\n  rules: [first]\n  selection: {User: root}\n  condition: not selection\n`,
    fixed: `id: first\n${GOOD}---\ntitle: Admins\nlogsource: {product: windows}\nfilter:\n  rules: [first]\n  selection: {User: root}\n  condition: not selection\n`,
  },
  TT1403: {
    severity: 'warning',
    title: 'A filter that is probably inverted',
    explanation:
      'A filter is ANDed to the rule as it is written. Without `not` the rule fires only on what the filter describes, which is mostly the opposite of what is meant.',
    failing: `title: Admins\nlogsource: {product: windows}\nfilter:\n  rules: any\n  selection: {User: root}\n  condition: selection\n`,
    fixed: `title: Admins\nlogsource: {product: windows}\nfilter:\n  rules: any\n  selection: {User: root}\n  condition: not selection\n`,
  },
  TT1404: {
    severity: 'warning',
    title: 'Two overlays set the same key of one rule',
    explanation:
      'Overlays apply in the order of file and line; the later one wins here, which may not be what was meant.',
    failing: `id: one\n${GOOD}---\noverlay: {rules: one, level: high}\n---\noverlay: {rules: one, level: medium}\n`,
    fixed: `id: one\n${GOOD}---\noverlay: {rules: one, level: high}\n`,
  },
  TT1405: {
    severity: 'warning',
    title: 'An overlay that applies to no rule',
    explanation: 'No loaded rule fits what the document selects, so it has no effect.',
    failing: `id: one\n${GOOD}---\noverlay: {tags: [attack.t9999], level: high}\n`,
    fixed: `id: one\n${GOOD}---\noverlay: {rules: one, level: high}\n`,
  },
  TT1406: {
    severity: 'error',
    title: 'An overlay that selects nothing or changes nothing',
    explanation:
      'An overlay says which rules it means (`rules`, `tags`, `logsource`) and what it changes (`level`, `confidence`, `status`, `enabled`, `filter`). One of the two is missing.',
    failing: `id: one\n${GOOD}---\noverlay: {rules: one}\n`,
    fixed: `id: one\n${GOOD}---\noverlay: {rules: one, level: high}\n`,
  },
  TT1407: {
    severity: 'error',
    title: 'A filter with keywords names a correlation',
    explanation:
      'A filter that names a correlation is asked about the firings which the correlation reads, by the values of the fields that it names. Keywords look through a whole event, which is no longer at hand there. Such a filter can name the detections instead.',
    failing: `name: first\n${GOOD}---\ntitle: Many\nname: many\nlevel: low\ncorrelation: {type: event_count, rules: [first], timespan: 5m, condition: {gte: 5}}\n---\ntitle: Admins\nlogsource: {product: windows}\nfilter:\n  rules: [many]\n  words: [root]\n  condition: not words\n`,
    fixed: `name: first\n${GOOD}---\ntitle: Many\nname: many\nlevel: low\ncorrelation: {type: event_count, rules: [first], timespan: 5m, condition: {gte: 5}}\n---\ntitle: Admins\nlogsource: {product: windows}\nfilter:\n  rules: [many]\n  selection: {User: root}\n  condition: not selection\n`,
  },
  TT1501: {
    severity: 'error',
    title: 'A test item that is not exactly one thing',
    explanation: 'Each item under `given` is exactly one of `event`, `raw`, `file` or `signal`.',
    failing: `${GOOD}tests:\n  - name: fires\n    given: [{at: 1s}]\n    expect: {signals: 1}\n`,
    fixed: `${GOOD}tests:\n  - name: fires\n    given: [{event: {Image: 'C:\\whoami.exe'}, at: 1s}]\n    expect: {signals: 1}\n`,
  },
  TT1502: {
    severity: 'error',
    title: 'A time span that cannot be read',
    explanation:
      'Time spans are a number and a unit, as in Sigma: `30s`, `5m`, `1h`, `7d`, also `250ms` and sums such as `1h30m`.',
    failing: `${GOOD}suppress: {by: [User], for: 1 hour}\n`,
    fixed: `${GOOD}suppress: {by: [User], for: 1h}\n`,
  },
  TT1503: {
    severity: 'error',
    title: 'A test file without its rule',
    explanation:
      'A test file `<rule>.test.yml` belongs to the rule in `<rule>.yml` beside it, or to the one that its `rule:` key names. Neither was found, or the file beside it holds several rules.',
    failing: 'tests:\n  - name: fires\n    given: [{event: {Image: a.exe}}]\n    expect: {signals: 1}\n',
    fixed: GOOD,
  },
  TT1504: {
    severity: 'warning',
    title: 'Two tests of a rule have the same name',
    explanation: 'The name is how a failing test is found again.',
    failing: `${GOOD}tests:\n  - {name: quiet, given: [{event: {Image: a}}], expect: {signals: 0}}\n  - {name: quiet, given: [{event: {Image: b}}], expect: {signals: 0}}\n`,
    fixed: `${GOOD}tests:\n  - {name: quiet on a, given: [{event: {Image: a}}], expect: {signals: 0}}\n  - {name: quiet on b, given: [{event: {Image: b}}], expect: {signals: 0}}\n`,
  },
  TT1601: {
    severity: 'warning',
    title: 'The rule has no level',
    explanation:
      'Level says how bad it is if the finding is true, and severity is derived from it. Without one, `medium` is taken.',
    failing: GOOD.replace('level: low\n', ''),
    fixed: GOOD,
  },
  TT1602: {
    severity: 'warning',
    title: 'A tag of an unusual form',
    explanation:
      'Tags have a namespace and a name in lower case, e.g. `attack.execution`, `attack.t1059.001`, `cve.2024-1234`.',
    failing: `${GOOD}tags: [T1059]\n`,
    fixed: `${GOOD}tags: [attack.t1059]\n`,
  },
  TT1603: {
    severity: 'warning',
    title: '`all` with a single value',
    explanation:
      '`all` says that every value of a list must be found. With one value it does nothing; mostly the other values were forgotten.',
    failing: rule('CommandLine|contains|all: whoami'),
    fixed: rule('CommandLine|contains|all: [whoami, /all]'),
  },
  TT1604: {
    severity: 'warning',
    title: 'A very short keyword',
    explanation:
      'A keyword is looked for anywhere in an event; one or two characters are found in nearly every event.',
    failing: `${HEAD}detection:\n  keywords: [id]\n  condition: keywords\n`,
    fixed: `${HEAD}detection:\n  keywords: [whoami]\n  condition: keywords\n`,
  },
  TT1605: {
    severity: 'warning',
    title: 'A condition that is always true or never true',
    explanation:
      'Whatever the event, the condition gives the same answer, so the rule fires on everything or never.',
    failing: rule('Image: a.exe', 'selection and not selection'),
    fixed: rule('Image: a.exe'),
  },
  TT1606: {
    severity: 'info',
    title: 'A regular expression that starts or ends with `.*`',
    explanation:
      'Expressions are searched for anywhere in the value, so the `.*` at the edge changes nothing.',
    failing: rule("CommandLine|re: '.*whoami'"),
    fixed: rule('CommandLine|re: whoami'),
  },
  TT1607: {
    severity: 'info',
    title: 'A value that is only a wildcard',
    explanation:
      '`*` holds for every text, also the empty one. `exists: true` says better that the field must be there.',
    failing: rule("Image: '*'"),
    fixed: rule('Image|exists: true'),
  },
  TT1608: {
    severity: 'warning',
    title: 'A value stands twice in a list',
    explanation: 'The second one changes nothing; mostly it was meant to be another value.',
    failing: rule('Image: [a.exe, A.EXE]'),
    fixed: rule('Image: [a.exe, b.exe]'),
  },
  TT1609: {
    severity: 'info',
    title: 'An id that is not a UUID in lower case',
    explanation: 'Sigma recommends random UUIDs as ids, so that rules of different authors do not collide.',
    failing: `id: whoami\n${GOOD}`,
    fixed: `id: 3f0c6f0e-8a53-4c8f-9d54-0f0f9a2d7b11\n${GOOD}`,
  },
  TT1610: {
    severity: 'warning',
    title: 'A date of an unusual form',
    explanation: 'Dates are written year-month-day, e.g. 2026-01-31.',
    failing: `${GOOD}date: 31.01.2026\n`,
    fixed: `${GOOD}date: 2026-01-31\n`,
  },
  TT1611: {
    severity: 'warning',
    title: 'A logsource that names nothing',
    explanation: 'Without product, category or service the rule is evaluated on every event of every source.',
    failing: GOOD.replace('{product: windows, category: process_creation}', '{definition: any}'),
    fixed: GOOD,
  },
  TT1612: {
    severity: 'warning',
    title: 'A `timeframe` without effect',
    explanation:
      "`timeframe` belonged to Sigma 1's aggregations. A detection looks at one event; time spans belong to a correlation document.",
    failing: `${HEAD}detection:\n  selection: {Image: a.exe}\n  timeframe: 5m\n  condition: selection\n`,
    fixed: GOOD,
  },
  TT1613: {
    severity: 'warning',
    title: '`base64offset` without `contains`',
    explanation:
      'The encoded text is only the part that is the same wherever it stands in a longer one, so it never is the whole value of a field.',
    failing: rule('CommandLine|base64offset: whoami'),
    fixed: rule('CommandLine|base64offset|contains: whoami'),
  },
  TT1614: {
    severity: 'warning',
    title: 'A placeholder that nothing fills',
    explanation:
      'A description or a step of remediation is filled with fields of the event (`{{CommandLine}}`), with entities (`{{entity.host}}`) and with what every alert has (`{{rule.title}}`, `{{count}}`, `{{first_seen}}`). This name is none of these, or a letter away from one: people would read `(no …)` in its place.',
    failing: `${rule('CommandLine|contains: whoami')}remediation: ['Ask who ran {{Comandline}} on {{entity.hots}}.']\n`,
    fixed: `${rule('CommandLine|contains: whoami')}remediation: ['Ask who ran {{CommandLine}} on {{entity.host}}.']\n`,
  },
});

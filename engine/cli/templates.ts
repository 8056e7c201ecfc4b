import type { NewFile } from './scaffold.ts';
import {
  baselineTemplate,
  correlationTemplate,
  feedTemplate,
  incidentTemplate,
  policyTemplate,
} from './template-kinds.ts';

/** The kinds that `telltale new` can scaffold: those that this version can check. */
export const TEMPLATE_KINDS = [
  'detection',
  'filter',
  'overlay',
  'correlation',
  'baseline',
  'incident',
  'policy',
  'feed',
] as const;
export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

/** What a template is filled with; `date` is a calendar day such as 2026-01-31. */
export interface TemplateValues {
  readonly id: string;
  readonly title: string;
  readonly date: string;
}

/** What a template of a file with more than one document is filled with; `otherId` is that of the rule that it begins with. */
export interface RuleTemplateValues extends TemplateValues {
  readonly otherId: string;
  /** The file of indicators that stands beside a feed. */
  readonly list: string;
}

/** A rule of a kind that checks clean, ready to be edited; what can have tests has some that pass. */
export function ruleTemplate(kind: TemplateKind, values: RuleTemplateValues): string {
  switch (kind) {
    case 'detection':
      return detection(values);
    case 'filter':
      return filter(values);
    case 'overlay':
      return overlay(values);
    case 'correlation':
      return correlationTemplate(values);
    case 'baseline':
      return baselineTemplate(values);
    case 'incident':
      return incidentTemplate(values);
    case 'policy':
      return policyTemplate(values);
    case 'feed':
      return feedTemplate(values);
    default:
      return kind satisfies never;
  }
}

function detection({ id, title, date }: TemplateValues): string {
  return `title: ${JSON.stringify(title)}
id: ${id}
version: 1
status: experimental
description: Say what the rule looks for, and why that is suspicious.
author: Your name
date: ${date}
tags:
  - attack.execution
  - attack.t1059.001
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\example.exe'
  condition: selection
falsepositives:
  - Name what could fire this rule without being an attack.
level: medium
confidence: 0.3
remediation:
  - Say what whoever handles the alert should look at first.
tests:
  - name: the program is started
    given:
      - event: {Image: 'C:\\Temp\\example.exe'}
    expect: {signals: 1}
  - name: a program with a similar name is started
    given:
      - event: {Image: 'C:\\Temp\\not-example.exe.bak'}
    expect: {signals: 0}
`;
}

function filter({ id, title, date }: TemplateValues): string {
  return `title: ${JSON.stringify(title)}
id: ${id}
description: Say whose normal work this takes out, and until when.
date: ${date}
logsource:
  product: windows
  category: process_creation
filter:
  rules: any
  known:
    User: 'EXAMPLE\\service-account'
  condition: not known
`;
}

function overlay({ title }: TemplateValues): string {
  return `title: ${JSON.stringify(title)}
description: Say why these rules count for more or less here.
overlay:
  rules: any
  tags: [attack.execution]
  level: informational
`;
}

/** What the list of a new feed says: an address that nobody has (RFC 5737), in a remark. */
export const INDICATOR_LIST = '# One indicator a line, for example:\n# 192.0.2.7\n';

/** The id of the sample rule is made anew for each repository, so that two repositories never share one. */
export function repositoryFiles(
  values: TemplateValues & { readonly version: string; readonly schema: string },
): readonly NewFile[] {
  return [
    { path: 'rules/encoded-powershell.yml', text: sampleRule(values) },
    { path: 'events/sample.ndjson', text: SAMPLE_EVENTS },
    { path: 'schemas/rule.schema.json', text: values.schema },
    { path: '.vscode/settings.json', text: EDITOR_SETTINGS },
    { path: '.github/workflows/rules.yml', text: workflow(values.version) },
    { path: 'README.md', text: REPOSITORY_README },
  ];
}

function sampleRule({ id, date }: TemplateValues): string {
  return `title: PowerShell started with an encoded command
id: ${id}
name: encoded_powershell
version: 1
status: experimental
description: Encoding hides what a command does from whoever reads the command line. Installers and management tools do it too.
author: Your name
date: ${date}
references:
  - https://attack.mitre.org/techniques/T1059/001/
tags:
  - attack.execution
  - attack.t1059.001
logsource:
  product: windows
  category: process_creation
detection:
  program:
    Image|endswith:
      - '\\powershell.exe'
      - '\\pwsh.exe'
  encoded:
    CommandLine|contains|windash:
      - ' -enc '
      - ' -encodedcommand '
  condition: program and encoded
falsepositives:
  - Software distribution and monitoring agents
level: medium
confidence: 0.4
remediation:
  - Decode the command (base64, UTF-16LE) and read it.
  - Look at the parent process, and at what the same user did in the hour before.
tests:
  - name: an encoded command is run
    given:
      - event:
          Image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe'
          CommandLine: powershell.exe -nop -enc SQBFAFgA
    expect: {signals: 1}
  - name: a script is run from a file
    given:
      - event:
          Image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe'
          CommandLine: powershell.exe -File C:\\scripts\\encode.ps1
    expect: {signals: 0}
  - name: another program is given the same words
    given:
      - event:
          Image: 'C:\\tools\\converter.exe'
          CommandLine: converter.exe -enc utf-8
    expect: {signals: 0}
`;
}

const SAMPLE_EVENTS = [
  {
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    UtcTime: '2026-01-12 08:14:03.211',
    '@timestamp': '2026-01-12T08:14:03.211Z',
    Hostname: 'ws-14.example.net',
    User: 'EXAMPLE\\ada',
    Image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
    CommandLine: 'powershell.exe -NoProfile -enc SQBFAFgA',
    ParentImage: 'C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE',
  },
  {
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    UtcTime: '2026-01-12 08:15:40.002',
    '@timestamp': '2026-01-12T08:15:40.002Z',
    Hostname: 'ws-14.example.net',
    User: 'EXAMPLE\\ada',
    Image: 'C:\\Windows\\System32\\notepad.exe',
    CommandLine: 'notepad.exe notes.txt',
    ParentImage: 'C:\\Windows\\explorer.exe',
  },
]
  .map((event) => `${JSON.stringify(event)}\n`)
  .join('');

const EDITOR_SETTINGS = `${JSON.stringify(
  { 'yaml.schemas': { './schemas/rule.schema.json': ['rules/**/*.yml', 'rules/**/*.yaml'] } },
  null,
  2,
)}\n`;

function workflow(version: string): string {
  return `name: rules
on: [push, pull_request]
permissions:
  contents: read
jobs:
  rules:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 20
      - run: npx --yes telltale@${version} check rules --format github
      - run: npx --yes telltale@${version} test rules --format github --report markdown=summary.md
      - if: always()
        run: if [ -f summary.md ]; then cat summary.md >> "$GITHUB_STEP_SUMMARY"; fi
`;
}

const REPOSITORY_README = `# Detection rules

Rules in \`rules/\` are checked and tested on every push.

    telltale check rules                                      # are they right?
    telltale test rules                                       # do they do what their tests say?
    telltale scan --rules rules events/sample.ndjson          # what do they find?
    telltale new detection rules/my-rule.yml --title "…"      # start another one

Editors with a YAML language server help while typing: \`.vscode/settings.json\` names the schema in \`schemas/\`.
\`telltale schema > schemas/rule.schema.json\` renews it after an upgrade.
`;

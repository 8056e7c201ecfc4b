import { RECORD_LIMITS } from '../../engine/ingest/index.ts';
import type { DetectionRule, Expression } from '../../engine/model/index.ts';

/** An event made to cost as much as possible, as the JSON text of its record. */
export interface HostileEvent {
  readonly name: string;
  readonly json: string;
}

/** What a hostile text is made of, so that a search can go on from it. */
export interface HostileParts {
  /** All plain texts of the rules, each once, in the order of the rules. */
  readonly literals: readonly string[];
  /** For each regular expression a string that it nearly matches, over and over. */
  readonly nearMatches: readonly string[];
  readonly fields: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Kinds of event that many rules look at, of known schemas and of none: a value is put where those rules look. */
export const HOSTILE_KINDS: readonly {
  readonly name: string;
  readonly head: Fields;
  readonly fields: readonly string[];
}[] = [
  {
    name: 'process creation',
    head: { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, Hostname: 'h' },
    fields: ['CommandLine', 'Image', 'ParentCommandLine', 'ParentImage', 'CurrentDirectory', 'User'],
  },
  {
    name: 'script block',
    head: { Channel: 'Microsoft-Windows-PowerShell/Operational', EventID: 4104, Hostname: 'h' },
    fields: ['ScriptBlockText', 'Path'],
  },
  {
    name: 'registry value',
    head: {
      Channel: 'Microsoft-Windows-Sysmon/Operational',
      EventID: 13,
      EventType: 'SetValue',
      Hostname: 'h',
    },
    fields: ['TargetObject', 'Details', 'Image'],
  },
  {
    name: 'service creation',
    head: { Channel: 'System', EventID: 7045, Provider_Name: 'Service Control Manager', Hostname: 'h' },
    fields: ['ImagePath', 'ServiceName', 'ServiceFileName'],
  },
  {
    name: 'CloudTrail',
    head: {
      eventVersion: '1.08',
      eventSource: 'iam.amazonaws.com',
      eventName: 'CreateUser',
      awsRegion: 'x',
      eventTime: '2026-01-01T00:00:00Z',
      eventID: 'e',
    },
    fields: ['userAgent', 'requestParameters', 'sourceIPAddress', 'errorMessage'],
  },
  {
    name: 'ECS process',
    head: {
      '@timestamp': '2026-01-01T00:00:00Z',
      ecs: { version: '8.0' },
      event: { category: ['process'], type: ['start'], module: 'sysmon' },
      host: { os: { type: 'windows' } },
    },
    fields: ['process.command_line', 'process.executable', 'process.parent.command_line'],
  },
  {
    name: 'web access',
    head: { ts: 1_700_000_000, uid: 'C1', 'id.orig_h': '10.0.0.1', 'id.resp_h': '10.0.0.2', method: 'GET' },
    fields: ['uri', 'user_agent', 'host', 'referrer'],
  },
  { name: 'unknown', head: {}, fields: ['CommandLine', 'ScriptBlockText', 'Payload', 'Image', 'c-uri', 'a'] },
];

const KIB = 1024;
/** Room for the head of an event under the limit of a record. */
const BODY_BYTES = RECORD_LIMITS.recordSizeMaxBytes - 2 * KIB;

/** What hostile values are made of. */
export function hostileParts(rules: readonly DetectionRule[]): HostileParts {
  return {
    literals: literalsOf(rules),
    nearMatches: expressionsOf(rules).map(nearMatch),
    fields: [...fieldsOf(rules)],
  };
}

/**
 * Single events that try each part of the engine, in a fixed order, each of about `bodyBytes`; by default they are as large as a record may be.
 */
export function hostileEvents(
  rules: readonly DetectionRule[],
  bodyBytes: number = BODY_BYTES,
): HostileEvent[] {
  const parts = hostileParts(rules);
  const values = hostileValues(parts, bodyBytes);
  return HOSTILE_KINDS.flatMap((kind) => [
    ...values.map(([name, value]) => ({
      name: `${kind.name}: ${name}`,
      json: JSON.stringify({ ...kind.head, [kind.fields[0] ?? 'a']: value }),
    })),
    ...wholeEvents(parts, kind, bodyBytes),
  ]);
}

/** Values for one field, each as large as a record may be. */
function hostileValues(
  { literals, nearMatches }: HostileParts,
  bodyBytes: number,
): readonly (readonly [string, unknown])[] {
  // As long as the number of values allows, and once longer: such a record is refused.
  const listOf = (member: (i: number) => unknown) => listWithin(bodyBytes, member);
  const longestOf = (member: (i: number) => unknown) =>
    listWithin(bodyBytes, member, Number.MAX_SAFE_INTEGER);
  const every = literals.join(' ');
  const texts: readonly (readonly [string, string])[] = [
    ['one letter', 'a'],
    ['backslashes', '\\'],
    ['quotes', '"'],
    ['blanks', ' '],
    ['blanks and dashes', ' -'],
    ['"powershell.exe -enc "', 'powershell.exe -enc '],
    ['"http"', 'http'],
    ['"cmd /c "', 'cmd /c '],
    ['two backslashes and a letter', '\\\\a'],
    ['digits and dots', '1.'],
    ['line ends', 'a\n'],
    ['NUL', '\0'],
    ['non-Latin letters', 'ж'],
    ['letters that fold into ASCII', 'ıſK'],
    ['pairs of surrogates that fold', '\u{10400}'],
    ['pairs of surrogates that do not', '\u{1f600}'],
    ['lone surrogates', '\ud800'],
    ['surrogates the wrong way round', '\udc00\ud800'],
    ['combining characters', 'e\u0301\u0323\u0327'],
    ['letters of all kinds', 'aжſ\u{10400}é日'],
    ['dashes of all kinds', ' -enc –enc —enc ―enc /enc'],
    ['base64', 'cABvAHcAZQByAHMAaABlAGwAbA'],
    ['wide text', 'p\0o\0w\0e\0r\0s\0h\0e\0l\0l\0'],
    ['the openings of expressions', 'cmd /c ^"set x=%a%&&call '],
    ['what hangs built-in engines', `${'a'.repeat(500)}!${' '.repeat(500)}${'%a%'.repeat(200)}`],
    ['percent signs', '%a:~0,1%'],
    ['every literal', `${every} `],
    ['every literal without blanks', literals.join('')],
    ['every literal backwards', [...every].reverse().join('')],
    ['every literal without its last letter', literals.map((text) => text.slice(0, -1)).join('')],
    ['every literal with another last letter', literals.map((text) => `${text.slice(0, -1)}~`).join('')],
    ['every literal in capitals', every.toUpperCase()],
    ['the long literals', `${literals.filter((text) => text.length > 12).join(' ')} `],
    ['the short literals', `${literals.filter((text) => text.length < 5).join(' ')} `],
    ['what each expression nearly matches', nearMatches.join(' ')],
    [
      'what each expression nearly matches, and every literal',
      `${nearMatches.map((text) => text.slice(0, 1000)).join(' ')} ${every} `,
    ],
  ];
  return [
    ...texts.map(([name, text]) => [name, filledWith(text, bodyBytes)] as const),
    ...nearMatches.map(
      (text, i) =>
        [`what expression ${i} nearly matches`, filledWith(text, Math.min(bodyBytes, 256 * KIB))] as const,
    ),
    ['a list of words', listOf((i) => `value ${i} powershell`)],
    ['a list of one word', listOf(() => 'powershell')],
    ['a list of letters', listOf(() => 'a')],
    ['a list of numbers', listOf((i) => i)],
    ['a list of addresses', listOf((i) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`)],
    ['a list of nulls', listOf(() => null)],
    ['a list of more values than a record may have', longestOf((i) => i)],
    ['a list of long words', listOf((i) => `value ${i} powershell -enc http://a.b/c cmd /c x`)],
    ['a list of every literal', listOf((i) => literals[i % literals.length] ?? '')],
    ['a list of lists', listOf(() => [['a']])],
    ['a list of maps', listOf((i) => ({ name: `n${i}`, value: 'powershell' }))],
    ['lists in lists, 60 deep', nested(60)],
    ['lists in lists, 190 deep', nested(190)],
    ['a number of many digits', 1e308],
  ];
}

function wholeEvents(
  { literals, fields }: HostileParts,
  kind: (typeof HOSTILE_KINDS)[number],
  bodyBytes: number,
): HostileEvent[] {
  const many = (count: number) => Math.floor((count * bodyBytes) / BODY_BYTES);
  const valuesMax = RECORD_LIMITS.recordValuesMax - 50;
  const few = (count: number) => Math.min(many(count), valuesMax);
  const every = literals.join(' ');
  const { head } = kind;
  const named = (name: string, body: Fields): HostileEvent => ({
    name: `${kind.name}: ${name}`,
    json: JSON.stringify({ ...head, ...body }),
  });
  const others = fields.filter((field) => !(field in head) && !field.includes('.'));
  const share = Math.floor(bodyBytes / 2 / others.length);
  const opening = JSON.stringify(head).slice(0, -1);
  const comma = opening === '{' ? '' : ',';
  return [
    named('every literal in its fields', {
      ...Object.fromEntries(
        kind.fields.map((field) => [field, filledWith(`${every} `, bodyBytes / kind.fields.length)]),
      ),
    }),
    named('every field of every rule holds literals', {
      ...Object.fromEntries(
        others.map((field, i) => [field, every.slice((i * share) % every.length).slice(0, share)]),
      ),
    }),
    named('every field of every rule is a list', {
      ...Object.fromEntries(
        others.map((field, i) => [
          field,
          literals.slice((i * 97) % literals.length).slice(0, Math.floor(share / 40)),
        ]),
      ),
    }),
    named('many keys', Object.fromEntries(Array.from({ length: few(50_000) }, (_, i) => [`k${i}`, `v${i}`]))),
    named(
      'more keys than a record may have',
      Object.fromEntries(Array.from({ length: many(50_000) }, (_, i) => [`k${i}`, `v${i}`])),
    ),
    named(
      'many maps',
      Object.fromEntries(Array.from({ length: few(valuesMax / 3) }, (_, i) => [`k${i}`, { a: { b: i } }])),
    ),
    named('maps in maps, 900 deep', { a: deep(900) }),
    named('maps in maps, 190 deep', { a: deep(190) }),
    named('dotted keys', {
      ...Object.fromEntries(Array.from({ length: few(30_000) }, (_, i) => [`a.b.c.d.${i}`, 'x'])),
    }),
    {
      name: `${kind.name}: one key as often as may be`,
      json: `${opening}${comma}${Array.from({ length: few(100_000) }, () => '"x":"a"').join(',')}}`,
    },
    {
      name: `${kind.name}: an asked key as often as may be`,
      json: `${opening}${comma}${Array.from({ length: few(70_000) }, (_, i) => `"Image":"a${i % 10}"`).join(',')}}`,
    },
    {
      name: `${kind.name}: escapes`,
      json: `${opening}${comma}"${kind.fields[0] ?? 'a'}":"${'\\u0070\\u006f\\u0077'.repeat(bodyBytes / 18)}"}`,
    },
    {
      name: `${kind.name}: cut off`,
      json: `${opening}${comma}"${kind.fields[0] ?? 'a'}":"${'a'.repeat(bodyBytes)}`,
    },
    {
      name: `${kind.name}: a bad escape at the end`,
      json: `${opening}${comma}"${kind.fields[0] ?? 'a'}":"${filledWith(`${every} `, bodyBytes)
        .replaceAll('\\', '/')
        .replaceAll('"', "'")
        .replace(/[^ -~]/g, '.')}\\q"}`,
    },
  ];
}

/** All plain texts of the rules, each once, in the order of the rules. */
function literalsOf(rules: readonly DetectionRule[]): string[] {
  const found = new Set<string>();
  for (const { expression } of rules) {
    visit(expression, (node) => {
      const { test } = node;
      if (test.kind === 'text') found.add(test.text);
      if (test.kind === 'glob') for (const part of test.parts) if (typeof part === 'string') found.add(part);
    });
  }
  return [...found];
}

function fieldsOf(rules: readonly DetectionRule[]): Set<string> {
  const found = new Set<string>();
  for (const { expression } of rules)
    visit(expression, (node) => {
      if (node.kind === 'field') found.add(node.field);
    });
  return found;
}

function expressionsOf(rules: readonly DetectionRule[]): string[] {
  const found = new Set<string>();
  for (const { expression } of rules)
    visit(expression, ({ test }) => {
      if (test.kind === 'expression') found.add(test.source);
    });
  return [...found];
}

/**
 * A text that follows the source of a regular expression: letters as they are, one character for each class, the first of alternatives,
 * repetitions drawn out. It need not match; it keeps an automaton busy.
 */
function nearMatch(source: string): string {
  const plain = source
    .replace(/\(\?(?:[imsx]+\)|[:=!<][=!]?)/g, '')
    .replace(/\\d/g, '7')
    .replace(/\\s/g, ' ')
    .replace(/\\[wS]/g, 'w')
    .replace(/\\[bBAzZ]/g, '')
    .replace(/\\(.)/g, '$1')
    .replace(/\[([^\]])[^\]]*\]/g, '$1')
    .replace(/\{(\d+)(?:,\d*)?\}|[()^$]/g, '')
    .replace(/\.[*+?]/g, 'xxxx')
    .replace(/[*+?]/g, '')
    .replace(/\|/g, ' ');
  // Every beginning of it, so that a search has many places to go on from.
  const beginnings = Array.from({ length: Math.min(plain.length, 60) }, (_, i) =>
    plain.slice(0, plain.length - i),
  );
  return `${beginnings.join(plain.slice(0, 3))} `;
}

type Leaf = Extract<Expression, { kind: 'field' | 'keyword' }>;

function visit(node: Expression, seen: (leaf: Leaf) => void): void {
  if (node.kind === 'and' || node.kind === 'or') for (const child of node.of) visit(child, seen);
  else if (node.kind === 'not' || node.kind === 'selection') visit(node.of, seen);
  else if (node.kind === 'field' || node.kind === 'keyword') seen(node);
}

/** The text over and over, as long as it fits into so many bytes of JSON. */
export function filledWith(text: string, sizeBytes: number = BODY_BYTES): string {
  const once = jsonBytes(text);
  const whole = text.repeat(Math.floor(sizeBytes / once));
  if (whole !== '') return whole;
  // One copy is too long: as much of it as fits, by halving.
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (jsonBytes(text.slice(0, middle)) <= sizeBytes) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low);
}

function jsonBytes(value: unknown): number {
  return Math.max(1, new TextEncoder().encode(JSON.stringify(value)).length - 2);
}

/** A list that fits into so many bytes, and by default into the number of values that a record may have. */
function listWithin(
  bodyBytes: number,
  member: (i: number) => unknown,
  valuesMax: number = RECORD_LIMITS.recordValuesMax - 50,
): unknown[] {
  const list: unknown[] = [];
  let size = 0;
  let values = 0;
  for (let i = 0; ; i++) {
    const value = member(i);
    size += jsonBytes(value) + 3;
    values += 1 + (JSON.stringify(value).match(/[[{,]/g)?.length ?? 0);
    if (size > bodyBytes || values > valuesMax) return list;
    list.push(value);
  }
}

function nested(depth: number): unknown {
  let value: unknown = ['powershell'];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

function deep(depth: number): unknown {
  let value: unknown = 'powershell';
  for (let i = 0; i < depth; i++) value = { a: value };
  return value;
}

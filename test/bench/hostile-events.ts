import type { DetectionRule, Expression } from '../../engine/model/index.ts';

/** An event made to cost as much as possible. */
export interface HostileEvent {
  readonly name: string;
  readonly record: Readonly<Record<string, unknown>>;
}

const MIB = 1 << 20;
/** Kinds of event that most rules look at. */
const KINDS: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['process creation', { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, Hostname: 'h' }],
  ['script block', { Channel: 'Microsoft-Windows-PowerShell/Operational', EventID: 4104, Hostname: 'h' }],
  ['unknown', {}],
];
const FIELDS = ['CommandLine', 'Image', 'ParentCommandLine', 'ScriptBlockText', 'TargetFilename', 'Details'];

/** Single events that try each part of the engine, in a fixed order. */
export function hostileEvents(rules: readonly DetectionRule[]): HostileEvent[] {
  const literals = literalsOf(rules);
  const every = literals.join(' ');
  const values: (readonly [string, unknown])[] = [
    ['1 MiB of a', 'a'.repeat(MIB)],
    ['4 MiB of a', 'a'.repeat(4 * MIB)],
    ['1 MiB of backslashes', '\\'.repeat(MIB)],
    ['1 MiB of quotes', '"'.repeat(MIB)],
    ['1 MiB of blanks', ' '.repeat(MIB)],
    ['1 MiB of " -"', ' -'.repeat(MIB / 2)],
    ['1 MiB of "powershell.exe -enc "', repeated('powershell.exe -enc ', MIB)],
    ['1 MiB of "http"', repeated('http', MIB)],
    ['1 MiB of "\\\\"', repeated('\\\\', MIB)],
    ['1 MiB of digits and dots', repeated('1.', MIB)],
    ['1 MiB of non-Latin letters', 'ж'.repeat(MIB / 2)],
    ['1 MiB of dotless and long letters', repeated('ıſK', MIB / 3)],
    ['1 MiB of pairs of surrogates', '\u{10400}'.repeat(MIB / 4)],
    ['every literal of every rule', every],
    ['every literal, twice over', every + every],
    ['every literal backwards', [...every].reverse().join('')],
    ['the openings of expressions, 100 kB', repeated('cmd /c ^"set x=%a%&&call ', 100_000)],
    ['what hangs built-in engines', `${'a'.repeat(50_000)}!${' '.repeat(50_000)}${'%a%'.repeat(20_000)}`],
    ['a list of 50,000 texts', Array.from({ length: 50_000 }, (_, i) => `value ${i} powershell`)],
    ['a list of 50,000 numbers', Array.from({ length: 50_000 }, (_, i) => i)],
    ['lists in lists, 60 deep', nested(60)],
  ];
  const events = KINDS.flatMap(([kind, head]) => [
    ...values.map(([name, value]) => ({
      name: `${kind}: ${name} in one field`,
      record: { ...head, CommandLine: value, ScriptBlockText: head['EventID'] === 1 ? undefined : value },
    })),
    {
      name: `${kind}: every literal in six fields`,
      record: { ...head, ...Object.fromEntries(FIELDS.map((field) => [field, every])) },
    },
    {
      name: `${kind}: 20,000 keys`,
      record: {
        ...head,
        ...Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, `v${i}`])),
      },
    },
    {
      name: `${kind}: every field of every rule holds 2 kB of literals`,
      record: {
        ...head,
        ...Object.fromEntries(
          [...fieldsOf(rules)]
            .filter((field) => !(field in head))
            .map((field, i) => [field, every.slice(i * 2000, i * 2000 + 2000)]),
        ),
      },
    },
    {
      name: `${kind}: maps in maps, 900 deep`,
      record: { ...head, a: deep(900) },
    },
  ]);
  return events;
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

type Leaf = Extract<Expression, { kind: 'field' | 'keyword' }>;

function visit(node: Expression, seen: (leaf: Leaf) => void): void {
  if (node.kind === 'and' || node.kind === 'or') for (const child of node.of) visit(child, seen);
  else if (node.kind === 'not' || node.kind === 'selection') visit(node.of, seen);
  else if (node.kind === 'field' || node.kind === 'keyword') seen(node);
}

function repeated(text: string, length: number): string {
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
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

import { describe, expect, it } from 'vitest';
import { createSchemas } from '../../engine/ingest/index.ts';
import { stixRules } from '../../engine/intel/index.ts';
import { writeDocuments } from '../../engine/language/index.ts';
import { compileRuleset, Engine, LiveCases } from '../../engine/pipeline/index.ts';

const schemas = createSchemas({ unknownLogsource: 'any' }).value;

/** How many alerts above informational the rules of a pattern raise on events some seconds apart. */
function alertsOf(
  pattern: string,
  events: readonly (readonly [number, Readonly<Record<string, unknown>>])[],
): number {
  const made = stixRules({ type: 'indicator', id: 'indicator--1', name: 'Theirs', pattern });
  if (made.kind === 'refused') throw new Error(made.reason);
  const compiled = compileRuleset([{ path: 'x.yml', text: writeDocuments(made.documents) }]);
  expect(compiled.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const stages = LiveCases.start(compiled.ruleset);
  const engine = new Engine(compiled.ruleset, schemas === undefined ? {} : { schemas });
  for (const [seconds, event] of events) {
    const time = new Date(Date.UTC(2026, 10, 11) + seconds * 1000).toISOString();
    stages?.take(engine.processRecord({ '@timestamp': time, ...event }));
  }
  const alerts = stages?.finish().alerts ?? [];
  return new Set(alerts.filter(({ rule }) => rule.level !== 'informational').map(({ id }) => id)).size;
}

const ps = { Image: 'C:\\Windows\\powershell.exe' };
const out = { DestinationIp: '45.9.148.10' };

describe('rules of STIX patterns', () => {
  const rows: readonly {
    readonly name: string;
    readonly pattern: string;
    readonly hit: Parameters<typeof alertsOf>[1];
    readonly miss: Parameters<typeof alertsOf>[1];
  }[] = [
    {
      name: 'AND within an observation is one event',
      pattern: "[process:name = 'powershell.exe' AND process:command_line LIKE '%-enc%']",
      hit: [[0, { ...ps, CommandLine: 'powershell -enc AA' }]],
      miss: [
        [0, { ...ps, CommandLine: 'powershell' }],
        [1, { CommandLine: 'x -enc AA' }],
      ],
    },
    {
      name: 'NOT and parentheses',
      pattern:
        "[(process:name = 'powershell.exe' OR process:name = 'cmd.exe') AND process:command_line NOT = 'ok']",
      hit: [[0, { Image: 'C:\\cmd.exe', CommandLine: 'bad' }]],
      miss: [[0, { Image: 'C:\\cmd.exe', CommandLine: 'ok' }]],
    },
    {
      name: 'FOLLOWEDBY within a time is an order',
      pattern:
        "([process:name = 'powershell.exe'] FOLLOWEDBY [ipv4-addr:value = '45.9.148.10']) WITHIN 60 SECONDS",
      hit: [
        [0, ps],
        [30, out],
      ],
      miss: [
        [0, out],
        [30, ps],
        [300, out],
      ],
    },
    {
      name: 'AND of observations within a time is in any order',
      pattern: "([process:name = 'powershell.exe'] AND [ipv4-addr:value = '45.9.148.10']) WITHIN 60 SECONDS",
      hit: [
        [0, out],
        [30, ps],
      ],
      miss: [
        [0, out],
        [90, ps],
      ],
    },
    {
      name: 'REPEATS within a time is a count',
      pattern: "[ipv4-addr:value ISSUBSET '45.9.0.0/16'] REPEATS 3 TIMES WITHIN 60 SECONDS",
      hit: [
        [0, out],
        [10, { ...out, n: 1 }],
        [20, { ...out, n: 2 }],
      ],
      miss: [
        [0, out],
        [50, { ...out, n: 1 }],
        [100, { ...out, n: 2 }],
      ],
    },
  ];
  it.each(rows)('$name', ({ pattern, hit, miss }) => {
    expect([alertsOf(pattern, hit), alertsOf(pattern, miss)]).toEqual([1, 0]);
  });

  it.each([
    ["[domain-name:value = 'a'] FOLLOWEDBY [domain-name:value = 'b']", 'without WITHIN'],
    [
      "[domain-name:value = 'a'] START t'2020-01-01T00:00:00Z' STOP t'2020-01-02T00:00:00Z'",
      'START and STOP',
    ],
    ["[domain-name:value = 'a'] FOLLOWEDBY [domain-name:value = 'b'] WITHIN 5 SECONDS", 'put parentheses'],
    ["[x-custom:thing = 'a' AND domain-name:value = 'b']", 'no field of events is known for x-custom:thing'],
    ["[domain-name:value = 'a'] OR [domain-name:value = 'b']", 'joined by OR'],
    ["[domain-name:value ISSUPERSET 'a']", 'ISSUPERSET has no form'],
    ["[domain-name:value = 'a'", "lacks a ']'"],
    ["[domain-name:value ~ 'a']", 'the pattern'],
    [`${'('.repeat(50)}[a:b = 'c']${')'.repeat(50)}`, 'nested deeper'],
  ])('%s is refused with the reason', (pattern, reason) => {
    const made = stixRules({ type: 'indicator', id: 'indicator--1', pattern });
    expect(made).toEqual({ kind: 'refused', reason: expect.stringContaining(reason) });
  });

  it('the ids of the same indicator are the same, whoever imports it', () => {
    const of = (): unknown =>
      stixRules({
        type: 'indicator',
        id: 'indicator--2',
        pattern: "[file:name = 'x.exe' AND file:name = 'y']",
      });
    expect(of()).toEqual(of());
  });
});

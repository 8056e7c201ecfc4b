import { describe, expect, test } from 'vitest';
import { HOST_NAMES_MAX, HostNames } from '../../engine/pipeline/host-names.ts';
import { compileRuleset, Engine, incidentStage, RecordingStages } from '../../engine/pipeline/index.ts';

/** The names under which hosts are told, in the order in which they are met. */
function told(hosts: readonly string[]): string[] {
  const names = new HostNames();
  return hosts.map((host) => names.nameOf(host));
}

describe('the names of a host', () => {
  const table: readonly { name: string; given: readonly string[]; expect: readonly string[] }[] = [
    {
      name: 'short and full are one, told by the name that came first',
      given: ['ws01', 'ws01.corp.local', 'ws01'],
      expect: ['ws01', 'ws01', 'ws01'],
    },
    {
      name: 'full and short are one, told by the name that came first',
      given: ['ws01.corp.local', 'ws01', 'ws01.corp.local'],
      expect: ['ws01.corp.local', 'ws01.corp.local', 'ws01.corp.local'],
    },
    {
      name: 'of two domains are never one, and the short one is neither',
      given: ['ws01.corp.local', 'ws01.lab.local', 'ws01', 'ws01.corp.local'],
      expect: ['ws01.corp.local', 'ws01.lab.local', 'ws01', 'ws01.corp.local'],
    },
    {
      name: 'part again when a second domain shows up',
      given: ['ws01', 'ws01.corp.local', 'ws01.lab.local', 'ws01.corp.local', 'ws01'],
      expect: ['ws01', 'ws01', 'ws01.lab.local', 'ws01.corp.local', 'ws01'],
    },
    {
      name: 'stay apart, whatever comes after',
      given: ['a.x', 'a.y', 'a.x', 'a', 'a.y'],
      expect: ['a.x', 'a.y', 'a.x', 'a', 'a.y'],
    },
    {
      name: 'that are addresses are not cut at their dots',
      given: ['10.0.0.1', '10.0.0.2', '10', 'fe80::1.2', '.x', 'ws01'],
      expect: ['10.0.0.1', '10.0.0.2', '10', 'fe80::1.2', '.x', 'ws01'],
    },
  ];
  for (const { name, given, expect: wanted } of table) {
    test(name, () => expect(told(given)).toEqual(wanted));
  }

  test('are the same after being saved and loaded at any point', () => {
    const hosts = ['a', 'a.x', 'b.x', 'b', 'a.y', 'a', 'c.x', 'b.x', 'c', 'c.y', 'c'];
    for (let cut = 0; cut <= hosts.length; cut++) {
      const first = new HostNames();
      const before = hosts.slice(0, cut).map((host) => first.nameOf(host));
      const second = new HostNames();
      second.load(JSON.parse(JSON.stringify(first.save())));
      const after = hosts.slice(cut).map((host) => second.nameOf(host));
      expect([...before, ...after]).toEqual(told(hosts));
    }
  });

  test('are forgotten at the bound, the one seen longest ago first', () => {
    const names = new HostNames();
    names.nameOf('old');
    names.nameOf('kept');
    for (let i = 0; i < HOST_NAMES_MAX - 1; i++) {
      names.nameOf(`h${i}`);
      if (i === 10) names.nameOf('kept');
    }
    expect(names.save()).toHaveLength(HOST_NAMES_MAX);
    expect(names.nameOf('kept.x')).toBe('kept');
    expect(names.nameOf('old.x')).toBe('old.x');
  });
});

const RULES = `title: Phished
id: 00000000-0000-4000-8000-000000000001
level: high
confidence: 0.9
tags: [attack.initial-access]
logsource: {category: anything}
detection: {selection: {what: phished}, condition: selection}
---
title: Dumped
id: 00000000-0000-4000-8000-000000000002
level: high
confidence: 0.9
tags: [attack.credential-access]
logsource: {category: anything}
detection: {selection: {what: dumped}, condition: selection}
`;

/** The hosts that each incident of these events names. */
function hostsOf(events: readonly (readonly [string, string])[]): string[][] {
  const { ruleset, diagnostics } = compileRuleset([{ path: 'rules.yml', text: RULES }]);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const engine = new Engine(ruleset);
  const stages = new RecordingStages(ruleset, { until: 'cases', incidents: incidentStage(ruleset) });
  events.forEach(([what, hostname], i) => {
    const time = new Date(Date.UTC(2026, 2, 1, 10, i)).toISOString();
    stages.take(engine.processRecord({ what, hostname, user: 'anna', '@timestamp': time }));
  });
  const last = new Map(stages.finish().incidents.map((incident) => [incident.id, incident]));
  return [...last.values()].map(({ entities }) =>
    entities.filter(({ type }) => type === 'host').map(({ value }) => value),
  );
}

describe('an incident', () => {
  test('knows a host by both of its names', () => {
    expect(
      hostsOf([
        ['phished', 'WS01'],
        ['dumped', 'ws01.corp.local'],
      ]),
    ).toEqual([['ws01']]);
  });

  test('keeps two hosts of one short name apart', () => {
    const hosts = hostsOf([
      ['phished', 'ws01.lab.local'],
      ['dumped', 'ws01.corp.local'],
    ]);
    expect(hosts.flat().sort()).toEqual(['ws01.corp.local', 'ws01.lab.local']);
  });
});

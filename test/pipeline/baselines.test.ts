import { describe, expect, test } from 'vitest';
import type { Signal } from '../../engine/model/index.ts';
import { compileRuleset, Engine, RecordingStages, runnable } from '../../engine/pipeline/index.ts';

const RULES = `title: Sources of logons
id: 11111111-1111-4111-8111-111111111111
name: logon_source
baseline:
  entity: {type: user, key: [user.name]}
  select: {logon: {event.action: logon}, condition: logon}
  features: [{name: source, kind: category, field: source.as}]
  false_alarms: {budget: 1/day}
level: medium
confidence: 0.4
---
title: Group changed
name: group_changed
logsource: {product: any}
detection: {change: {event.action: group-change}, condition: change}
level: medium
confidence: 0.4
---
title: A user who does odd things
correlation:
  type: risk
  rules: [logon_source, group_changed]
  group-by: [user.name]
  timespan: 1d
  half_life: 12h
  condition: {gte: 30}
level: high
`.replace('logsource: {product: any}\n', 'logsource: {category: other}\n');

interface Line {
  readonly at: number;
  readonly record: Record<string, unknown>;
}

/** Twenty users for thirty days, then one of them from somewhere else, followed by a change of a group. */
function lines(): Line[] {
  const all: Line[] = [];
  for (let day = 0; day < 30; day++) {
    for (let u = 0; u < 20; u++) {
      for (let n = 0; n < 4; n++) {
        const at = Date.UTC(2026, 0, 5 + day, 8 + 2 * n, u);
        const as = (day * 20 + u + n) % 97 === 0 ? `AS${day}${u}` : `AS${u % 3}`;
        all.push({ at, record: logon(at, `user${u}`, as) });
      }
    }
  }
  const odd = Date.UTC(2026, 1, 4, 12);
  all.push({ at: odd, record: logon(odd, 'user7', 'AS666') });
  const change = odd + 600_000;
  all.push({
    at: change,
    record: {
      '@timestamp': new Date(change).toISOString(),
      event: { action: 'group-change' },
      user: { name: 'user7' },
    },
  });
  return all.sort((a, b) => a.at - b.at);
}

function logon(at: number, user: string, as: string): Record<string, unknown> {
  return {
    '@timestamp': new Date(at).toISOString(),
    event: { action: 'logon' },
    user: { name: user },
    source: { as },
  };
}

function scan(all: readonly Line[]): { readonly now: Signal[]; readonly later: readonly Signal[] } {
  const { ruleset, diagnostics } = compileRuleset([{ path: 'rules.yml', text: RULES }]);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const engine = new Engine(runnable(ruleset));
  const stages = new RecordingStages(ruleset, { until: 'signals' });
  const now: Signal[] = [];
  all.forEach(({ record }, i) => {
    const signals = engine.processRecord(record, { file: 'a', line: i + 1 });
    stages.take(signals);
    now.push(...signals);
  });
  return { now, later: stages.finish().signals };
}

describe('baselines in a recording', () => {
  test('a baseline learns and speaks along the recording, and its signal meets others in the risk of the entity', () => {
    const { later } = scan(lines());
    const odd = later.filter(({ rule }) => rule.name === 'logon_source');
    const last = odd.at(-1);
    expect(last?.entities[0]).toEqual({ type: 'user', role: 'actor', value: 'user7' });
    expect(last?.baseline?.features[0]?.actual).toBe('AS666');
    expect(last?.values.get('user.name')).toBe('user7');
    const risk = later.filter(({ rule }) => rule.kind === 'correlation');
    expect(risk.map((signal) => signal.correlation?.group[0]?.[1])).toContain('user7');
  });

  test('the order of lines does not matter', () => {
    const all = lines();
    const shuffled = all
      .map((line, i) => ({ line, key: (i * 7919) % all.length }))
      .sort((a, b) => a.key - b.key);
    const ids = (found: readonly Signal[]): string[] =>
      found.map(({ id, rule }) => `${rule.kind} ${id}`).sort();
    expect(ids(scan(shuffled.map(({ line }) => line)).later)).toEqual(ids(scan(all).later));
  });
});

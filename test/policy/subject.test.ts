import { describe, expect, test } from 'vitest';
import { FACT_KINDS } from '../../engine/policy/index.ts';
import { factsOfSubject } from '../../engine/policy/subject.ts';
import { alert, incident } from './build.ts';

const FULL_ALERT = alert({
  verdict: 'benign',
  assignee: 'alice',
  description: 'd',
  rule: { name: 'n' },
  group: { User: 'a' },
  values: { 'event.action': ['x'] },
  techniques: [{ id: 'T1059', name: 'Interpreter' }],
  entities: [{ type: 'host', value: 'a' }],
});

const FULL_INCIDENT = incident({
  verdict: 'benign',
  assignee: 'alice',
  template: 't',
  continues: 'c',
  redirectedTo: 'r',
  alerts: [{ alert: 'a', tactic: 'impact' }],
  stages: [{ tactic: 'impact' }],
  counter: [{ reason: 'r', factor: 0.5 }],
  entities: [{ type: 'host', value: 'a' }],
});

/** Every path of plain data, through lists. */
function pathsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(pathsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    key,
    ...pathsOf(inner).map((rest) => `${key}.${rest}`),
  ]);
}

describe('the facts of a case', () => {
  test.each([
    ['alert', FULL_ALERT],
    ['incident', FULL_INCIDENT],
    ['case', FULL_ALERT],
    ['case', FULL_INCIDENT],
    ['time', FULL_ALERT],
  ] as const)('%s has exactly the members that policies may name (%#)', (name, subject) => {
    const declared = FACT_KINDS.find((kind) => kind.name === name)?.fields ?? [];
    const parents = new Set(['rule', 'group', 'values']);
    const found = new Set(
      pathsOf(factsOfSubject(subject).get(name)).map((path) => path.replace(/^(group|values)\..*/, '$1.*')),
    );
    expect([...found].filter((path) => !parents.has(path)).sort()).toEqual([...declared].sort());
  });
});

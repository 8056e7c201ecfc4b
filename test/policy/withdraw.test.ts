import { expect, test } from 'vitest';
import { type Alert, type Changes, eventTime, type RuleRef, type Signal } from '../../engine/model/index.ts';
import { CaseStages, compileRuleset, incidentStage } from '../../engine/pipeline/index.ts';
import { Decider, PolicyStage, withdrawals } from '../../engine/policy/index.ts';
import { policies, policy } from './build.ts';

const START = 1_767_571_200_000_000;
const MINUTE = 60_000_000;
const RULE: RuleRef = {
  kind: 'detection',
  id: 'rule',
  title: 'Dump of credentials',
  version: 1,
  level: 'critical',
  confidence: 0.8,
  tags: ['attack.credential-access'],
  hash: 'rule',
};

function signal(minute: number): Signal {
  const time = eventTime(START + minute * MINUTE);
  return {
    id: `signal ${minute}`,
    rule: RULE,
    start: time,
    end: time,
    endNs: 0,
    entities: [{ type: 'host', role: 'target', value: 'pc1' }],
    score: 60,
    evidence: [],
    values: new Map(),
  };
}

/** Stages with one alert that is an incident, and what is told of them. */
function stages(): { readonly cases: CaseStages; readonly found: Changes } {
  const { ruleset } = compileRuleset([]);
  const cases = new CaseStages(ruleset, { incidents: incidentStage(ruleset) });
  cases.take([signal(0)]);
  const found = cases.advanceTo(eventTime(START + 10 * MINUTE));
  return { cases, found };
}

function last<T extends { readonly id: string }>(items: readonly T[]): T {
  const one = items.at(-1);
  if (one === undefined) throw new Error('nothing was told');
  return one;
}

const QUIET = policy({
  id: 'quiet',
  applies: 'any',
  decide:
    '{severity: {ceiling: low}, confidence: {multiply: 0.5}, suppress: {owner: alice, reason: moving, for: 7d}}',
});
const EDITED = policy({ id: 'quiet', applies: 'any', decide: '{tags: [moved]}' });

test.each([
  {
    name: 'a policy that was edited takes back what it decided, and decides anew',
    now: [EDITED],
    tags: true,
  },
  { name: 'a policy that is gone takes back what it decided', now: [], tags: false },
])('$name', async ({ now, tags }) => {
  const { cases, found } = stages();
  const apply = (decision: Parameters<typeof cases.apply>[0]): Changes => cases.apply(decision);
  const before = await new PolicyStage(new Decider(policies(QUIET))).settle(found, { apply });
  const quiet = last(before.changes.alerts);
  expect([quiet.severity, quiet.suppressed?.by, last(before.changes.incidents).severity]).toEqual([
    'low',
    'policy:quiet',
    'low',
  ]);
  const at = eventTime(START + 20 * MINUTE);
  const plan = now.length === 0 ? { ...policies(QUIET), policies: [] } : policies(...now);
  const decisions = withdrawals(cases.standing(), plan, at);
  expect(decisions.map(({ target }) => target.kind)).toEqual(['alert', 'incident']);
  const steps = decisions.map(apply);
  const merged: Changes = {
    signals: [],
    alerts: steps.flatMap(({ alerts }) => alerts),
    incidents: steps.flatMap(({ incidents }) => incidents),
  };
  const after = await new PolicyStage(new Decider(plan)).settle(merged, { apply });
  const [alert, incident] = [last(after.changes.alerts), last(after.changes.incidents)];
  expect([alert.severity, alert.suppressed, alert.confidence]).toEqual(['high', undefined, 0.8]);
  expect([incident.severity, incident.suppressed]).toEqual([last(found.incidents).severity, undefined]);
  expect(alert.notes.some(({ text }) => text.includes('is taken back'))).toBe(true);
  expect(incident.notes.some(({ text }) => text.includes('is taken back'))).toBe(true);
  expect(alert.tags.includes('moved')).toBe(tags);
  expect(withdrawals(cases.standing(), plan, at)).toEqual([]);
});

test('what stands of the same policy is left alone, and is not counted twice after a restart', async () => {
  const { cases, found } = stages();
  const apply = (decision: Parameters<typeof cases.apply>[0]): Changes => cases.apply(decision);
  const plan = policies(QUIET);
  const first = await new PolicyStage(new Decider(plan)).settle(found, { apply });
  expect(withdrawals(cases.standing(), plan, eventTime(START))).toEqual([]);
  // A new stage remembers no decision: it gives them again.
  const second = await new PolicyStage(new Decider(plan)).settle(first.changes, { apply });
  const confidence = ({ changes }: { readonly changes: Changes }): number =>
    last<Alert>(changes.alerts).confidence;
  expect(second.decisions.length).toBeGreaterThan(0);
  expect(confidence(second)).toBe(confidence(first));
});

test('a suppression ends by itself, and revisions of the alert and the incident say so', async () => {
  const { cases, found } = stages();
  const apply = (decision: Parameters<typeof cases.apply>[0]): Changes => cases.apply(decision);
  await new PolicyStage(new Decider(policies(QUIET))).settle(found, { apply });
  const later = cases.advanceTo(eventTime(START + 8 * 24 * 60 * MINUTE));
  const alert = later.alerts.find(({ suppressed }) => suppressed === undefined);
  expect(alert?.notes.at(-1)?.text).toContain('the suppression has ended');
  const incident = later.incidents.find(({ change }) =>
    change.startsWith('the suppression by alice has ended'),
  );
  expect(incident?.suppressed).toBeUndefined();
});

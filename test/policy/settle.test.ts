import { describe, expect, test } from 'vitest';
import { Inventory } from '../../engine/intel/index.ts';
import { type Alert, type Changes, type Decision, eventTime } from '../../engine/model/index.ts';
import {
  CaseHistory,
  Decider,
  PolicyStage,
  previewPolicies,
  sourcesFromFacts,
} from '../../engine/policy/index.ts';
import { alert, incident, policies, policy } from './build.ts';

/** A core of one alert that takes tags. */
function core(first: Alert): { readonly changes: Changes; readonly apply: (decision: Decision) => Changes } {
  let current = first;
  const changes = (): Changes => ({ signals: [], alerts: [current], incidents: [] });
  return {
    changes: changes(),
    apply: ({ tags }) => {
      current = {
        ...current,
        revision: current.revision + 1,
        tags: [...new Set([...current.tags, ...(tags ?? [])])],
      };
      return changes();
    },
  };
}

function alertOf(subject: ReturnType<typeof alert>): Alert {
  if (subject.kind !== 'alert') throw new Error('no alert');
  return subject.alert;
}

describe('changes on their way through policies', () => {
  test('outputs see the last revision only, and a decision is given once', async () => {
    const stage = new PolicyStage(
      new Decider(policies(policy({ id: 'a' }), policy({ id: 'b', decide: '{tags: [more]}' }))),
    );
    const { changes, apply } = core(alertOf(alert({ id: 'x' })));
    const settled = await stage.settle(changes, { apply });
    expect(settled.changes.alerts.map(({ revision, tags }) => ({ revision, tags }))).toEqual([
      { revision: 3, tags: ['seen', 'more'] },
    ]);
    expect(settled.decisions.map(({ by }) => by)).toEqual(['policy:a', 'policy:b']);
    const again = await stage.settle(settled.changes, { apply });
    expect(again.decisions).toEqual([]);
  });

  test('a decision may make another policy decide, in the same step', async () => {
    const chained = policy({
      id: 'b',
      when: '{fact: alert.tags, operator: equal, value: seen}',
      decide: '{tags: [again]}',
    });
    const stage = new PolicyStage(new Decider(policies(policy({ id: 'a' }), chained)));
    const { changes, apply } = core(alertOf(alert({ id: 'x' })));
    const settled = await stage.settle(changes, { apply });
    expect(settled.changes.alerts[0]?.tags).toEqual(['seen', 'again']);
    expect(settled.cut).toBe(false);
  });

  test('what was decided survives a restart', async () => {
    const plan = policies(policy({ id: 'a' }));
    const before = new PolicyStage(new Decider(plan));
    const { changes, apply } = core(alertOf(alert({ id: 'x' })));
    await before.settle(changes, { apply });
    const after = new PolicyStage(new Decider(plan));
    after.restore(before.snapshot());
    expect((await after.settle(changes, { apply })).decisions).toEqual([]);
    expect((await new PolicyStage(new Decider(plan)).settle(changes, { apply })).decisions).toHaveLength(1);
  });
});

describe('history', () => {
  const case_ = (
    id: string,
    at: string,
    more: Readonly<Record<string, unknown>> = {},
  ): ReturnType<typeof alert> =>
    alert({ id, rule: { id: 'r1' }, firstSeen: at, entities: [{ type: 'host', value: 'PC1' }], ...more });

  async function look(
    history: CaseHistory,
    subject: ReturnType<typeof alert>,
    params = {},
  ): Promise<unknown> {
    return history.lookup({ subject, params, at: eventTime(0) });
  }

  test('counts cases before this one, each once, with their last verdict', async () => {
    const history = new CaseHistory();
    history.observe(case_('a', '2026-11-01'));
    history.observe(case_('a', '2026-11-01', { revision: 2, verdict: 'false_positive' }));
    history.observe(case_('b', '2026-11-10', { verdict: 'true_positive' }));
    history.observe(case_('later', '2026-11-30', { verdict: 'benign' }));
    expect(await look(history, case_('c', '2026-11-20'))).toEqual({
      count: 2,
      truePositives: 1,
      falsePositives: 1,
      benign: 0,
      firstSeen: '2026-11-01T00:00:00.000Z',
      lastSeen: '2026-11-10T00:00:00.000Z',
    });
    expect(await look(history, case_('c', '2026-11-20'), { within: '15d' })).toMatchObject({ count: 1 });
    expect(await look(history, case_('b', '2026-11-10'))).toMatchObject({ count: 1 });
  });

  test('asks by rule, by entity, or by both', async () => {
    const history = new CaseHistory();
    history.observe(alert({ id: 'a', rule: { id: 'r2' }, entities: [{ type: 'host', value: 'pc1' }] }));
    history.observe(alert({ id: 'b', rule: { id: 'r1' }, entities: [{ type: 'host', value: 'pc2' }] }));
    const subject = case_('c', '2026-11-20');
    expect(await look(history, subject, { of: 'rule' })).toMatchObject({ count: 1 });
    expect(await look(history, subject, { of: 'entity' })).toMatchObject({ count: 1 });
    expect(await look(history, subject, { of: 'entity', entity: 'user' })).toMatchObject({ count: 0 });
    expect(await look(history, subject, { of: 'pair' })).toMatchObject({ count: 0 });
  });
});

describe('an inventory', () => {
  const inventory = new Inventory([
    { type: 'host', match: 'srv-*', criticality: 'medium' },
    { type: 'host', match: 'SRV-DB', criticality: 'crown_jewel' },
    { type: 'ip', match: '10.9.0.0/16', environment: 'lab' },
  ]);

  test.each([
    [{ type: 'host', value: 'srv-db' } as const, ['crown_jewel', 'medium']],
    [{ type: 'host', value: 'srv-web' } as const, ['medium']],
    [{ type: 'user', value: 'srv-db' } as const, []],
    [{ type: 'ip', value: '10.9.1.1' } as const, [undefined]],
    [{ type: 'ip', value: '10.10.1.1' } as const, []],
  ])('knows %j', (entity, found) => {
    expect(inventory.assetsOf(entity).map(({ criticality }) => criticality)).toEqual(found);
  });

  test('from a file says everything that is wrong with it', () => {
    const { sources, problems } = sourcesFromFacts({
      assets: [{ type: 'hots', mach: 'a' }, 5],
      intel: [{ type: 'ip', value: 'a', feed: 'f', confidence: 3 }],
      baselines: [],
    });
    expect(sources).toEqual([]);
    expect(problems).toHaveLength(6);
    expect(problems.join('\n')).toContain("did you mean 'baseline'?");
    expect(problems.join('\n')).toContain("did you mean 'match'?");
    expect(
      sourcesFromFacts({ assets: [{ type: 'host', match: 'a' }] }).sources.map(({ name }) => name),
    ).toEqual(['asset']);
  });
});

describe('a preview', () => {
  test('shows what a suppression would have muted, and what of it was true', async () => {
    const plan = policies(
      policy({
        id: 'mute',
        applies: 'any',
        when: '{fact: case.entities, operator: matchesEntity, value: {type: host, value: "lab*"}}',
        decide: '{suppress: {owner: alice, reason: lab, for: 30d}}',
      }),
    );
    const lab = [{ type: 'host', value: 'lab1' }];
    const [row] = await previewPolicies(new Decider(plan), [
      alert({ id: 'a', severity: 'high', entities: lab }),
      alert({ id: 'a', revision: 2, severity: 'low', entities: lab, verdict: 'true_positive' }),
      alert({ id: 'b', severity: 'high', entities: [{ type: 'host', value: 'pc' }] }),
      incident({ id: 'i', severity: 'high', entities: lab }),
    ]);
    expect(row).toMatchObject({ looked: 3, muted: 2, mutedBySeverity: { low: 1, high: 1 }, withheld: 0 });
    expect(row?.mutedTrue).toHaveLength(1);
  });
});

import { describe, expect, test } from 'vitest';
import { POLICY_READING_CODES } from '../../engine/language/index.ts';
import { type Changes, eventTime } from '../../engine/model/index.ts';
import { Decider, POLICY_CODES, PolicyStage } from '../../engine/policy/index.ts';
import { alert, caseOf, compiled, constant, policies, policy } from './build.ts';

/** Codes of deciding, not of documents: tested below. */
const AT_RUN_TIME = ['TT6506', 'TT6507', 'TT6508'];

describe('every code of policies is raised by its own example and gone once that is mended', () => {
  for (const [code, row] of Object.entries({ ...POLICY_READING_CODES, ...POLICY_CODES })) {
    if (AT_RUN_TIME.includes(code)) continue;
    test(`${code} ${row.title}`, () => {
      const found = compiled(row.failing).diagnostics;
      expect(found.map((d) => d.code)).toEqual([code]);
      expect(found[0]?.at?.file).toBe('policy.yml');
      expect(found[0]?.at?.line).toBeGreaterThan(1);
      expect(compiled(row.fixed).diagnostics).toEqual([]);
      expect(compiled(row.fixed).plan.policies).toHaveLength(1);
      expect(compiled(row.failing).plan.policies).toHaveLength(0);
    });
  }

  test('TT6506: a fact that fails is counted by policy, with its reason', async () => {
    const plan = policies(policy({ when: '{fact: asset.criticality, operator: atLeast, value: high}' }));
    const failing = { name: 'asset', lookup: () => Promise.reject(new Error('the inventory is down')) };
    const stage = new PolicyStage(new Decider(plan, { sources: [failing] }));
    const settled = await stage.settle(changesOf(alert()), { apply: noChange });
    expect(settled.decisions).toEqual([]);
    expect([...stage.withheld]).toEqual([
      ['p', { count: 1, fact: 'asset', reason: 'the inventory is down' }],
    ]);
    const answering = new PolicyStage(new Decider(plan, { sources: [constant('asset', [])] }));
    await answering.settle(changesOf(alert()), { apply: noChange });
    expect(answering.withheld.size).toBe(0);
  });

  test('TT6507: policies that undo one another are cut off after four rounds', async () => {
    const plan = policies(
      policy({
        id: 'up',
        when: '{fact: alert.assignee, operator: notEqual, value: alice}',
        decide: '{assign: alice}',
      }),
      policy({
        id: 'down',
        when: '{fact: alert.assignee, operator: equal, value: alice}',
        decide: '{assign: bob}',
      }),
    );
    let revision = 1;
    let assignee = 'nobody';
    const stage = new PolicyStage(new Decider(plan));
    const settled = await stage.settle(changesOf(alert({ assignee })), {
      apply: (decision) => {
        assignee = decision.assignee ?? assignee;
        // A tag of its own makes every decision a new one, as a policy with a growing effect would.
        stage.restore([]);
        return changesOf(alert({ assignee, revision: ++revision }));
      },
    });
    expect(settled.cut).toBe(true);
    expect(settled.decisions).toHaveLength(4);
  });

  test('TT6508: a policy whose fact nothing gives rests, and says which', () => {
    const plan = policies(policy({ when: '{fact: asset.criticality, operator: atLeast, value: high}' }));
    expect(new Decider(plan).resting.map(({ facts }) => facts)).toEqual([['asset']]);
    expect(new Decider(plan, { sources: [constant('asset', [])] }).resting).toEqual([]);
  });
});

function noChange(): Changes {
  return { signals: [], alerts: [], incidents: [] };
}

function changesOf(subject: ReturnType<typeof alert>): Changes {
  expect(caseOf(subject).firstSeen).toBe(eventTime(0));
  return subject.kind === 'alert'
    ? { signals: [], alerts: [subject.alert], incidents: [] }
    : { signals: [], alerts: [], incidents: [subject.incident] };
}

describe('hints', () => {
  test.each([
    ['a fact', '{fact: alrt.severity, operator: equal, value: low}', "did you mean 'alert'?"],
    [
      'a member',
      '{fact: alert.entites.value, operator: equal, value: a}',
      "did you mean 'alert.entities.value'?",
    ],
    ['an operator', '{fact: alert.title, operator: startWith, value: a}', "did you mean 'startsWith'?"],
    [
      'a parameter',
      '{fact: history.count, params: {wihtin: 3d}, operator: equal, value: 1}',
      "did you mean 'within'?",
    ],
    [
      'a value',
      '{fact: asset.owner, params: {entity: hots}, operator: equal, value: a}',
      "did you mean 'host'?",
    ],
  ])('a misspelt name of %s is answered with the nearest', (_, when, hint) => {
    expect(compiled(policy({ when })).diagnostics.map((d) => d.hint)).toEqual([hint]);
  });

  test('a list that nobody gave is an error, one that was given is not', () => {
    const when = '{fact: alert.entities.value, operator: inList, value: vip_users}';
    expect(compiled(policy({ when })).diagnostics.map((d) => d.code)).toEqual(['TT6504']);
    expect(compiled(policy({ when }), new Map([['vip_users', ['alice']]])).diagnostics).toEqual([]);
  });
});

describe('a policy from Git names nothing outside', () => {
  test.each([
    ['a URL as output', "{route: ['https://evil.example/x']}"],
    ['a file as output', '{route: [/etc/passwd]}'],
    ['a relative file', '{route: [../out]}'],
    ['a command', "{route: ['$(id)']}"],
    ['an environment variable', "{route: ['${API_KEY}']}"],
    ['a back-tick command as a tag', "{tags: ['`id`']}"],
    ['a URL as assignee', '{assign: "https://evil.example"}'],
    ['a file as owner', '{suppress: {owner: ../../etc/passwd, reason: a, for: 1d}}'],
    ['a template as assignee', "{assign: '{{secret}}'}"],
  ])('%s is refused', (_, decide) => {
    expect(compiled(policy({ decide })).diagnostics.map((d) => d.code)).toEqual(['TT1905']);
  });

  test('no key can add what the schema does not know', () => {
    for (const key of ['url', 'command', 'file', 'exec', 'secret', 'webhook']) {
      const { diagnostics } = compiled(policy({ decide: `{tags: [a], ${key}: x}` }));
      expect(diagnostics.map((d) => d.code)).toEqual(['TT1105']);
    }
  });
});

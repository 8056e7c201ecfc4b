import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decision, eventTime, type PolicyCondition, timeFrom } from '../../engine/model/index.ts';
import { evaluateDirectly, LinkedPolicy } from '../../engine/policy/evaluate.ts';
import { Decider, renderTrace, type Timer } from '../../engine/policy/index.ts';
import { testsOf } from '../../engine/policy/plan.ts';
import { prevail } from '../../engine/policy/prevail.ts';
import { factsOfSubject } from '../../engine/policy/subject.ts';
import { traceOf } from '../../engine/policy/trace.ts';
import '../support/seed.ts';
import { alert, constant, incident, policies, policy } from './build.ts';

const NOW = timeFrom('2026-11-24T10:00:00Z') ?? eventTime(0);

async function decisions(texts: readonly string[], subject = alert()): Promise<readonly Decision[]> {
  return (await new Decider(policies(...texts)).decide(subject, NOW)).decisions;
}

describe('a decision', () => {
  test('holds what the policy says, who says it, about whom, and why', async () => {
    const [decision] = await decisions(
      [
        policy({
          id: 'night',
          when: '{all: [{fact: alert.severity, operator: atLeast, value: medium}, {not: {fact: alert.tags, operator: equal, value: known}}]}',
          decide:
            '{severity: {floor: high}, confidence: {multiply: 1.5}, tags: [a.b], assign: alice, route: [pager]}',
        }),
      ],
      alert({ id: 'x1', severity: 'high' }),
    );
    expect(decision).toEqual({
      at: NOW,
      by: 'policy:night',
      hash: expect.any(String),
      target: { kind: 'alert', id: 'x1' },
      reason: "Policy night: alert.severity is 'high'; alert.tags is [], not equal 'known'",
      severity: { floor: 'high' },
      confidence: { operation: 'multiply', value: 1.5 },
      tags: ['a.b'],
      assignee: 'alice',
      route: ['pager'],
    });
  });

  test('a suppression of so long ends so long after the decision, one until a day on that day, and not after it', async () => {
    const mute = (end: string): string =>
      policy({ decide: `{suppress: {owner: alice, reason: migration, ${end}}}` });
    const ends = async (end: string): Promise<number | undefined> =>
      (await decisions([mute(end)]))[0]?.suppress?.until;
    expect(await ends('for: 2h')).toBe(timeFrom('2026-11-24T12:00:00Z'));
    expect(await ends('until: 2026-12-01')).toBe(timeFrom('2026-12-01T00:00:00Z'));
    expect(await ends('until: 2026-11-01')).toBeUndefined();
    expect(await ends('until: 2026-11-24T10:00:00Z')).toBeUndefined();
  });

  test('a policy about incidents is not asked about alerts', async () => {
    const text = policy({
      applies: 'incident',
      when: '{fact: incident.membersTotal, operator: greaterThan, value: 0}',
    });
    expect(await decisions([text], alert())).toEqual([]);
    expect(await decisions([text], incident({ alertsTotal: 2 }))).toHaveLength(1);
  });

  test('a fact may be compared with another fact', async () => {
    const text = policy({
      when: '{fact: alert.entities.value, operator: equal, value: {fact: asset.owner, params: {entity: host}}}',
    });
    const decide = async (owner: string): Promise<number> => {
      const decider = new Decider(policies(text), { sources: [constant('asset', { owner })] });
      return (await decider.decide(alert({ entities: [{ type: 'user', value: 'alice' }] }), NOW)).decisions
        .length;
    };
    expect(await decide('alice')).toBe(1);
    expect(await decide('bob')).toBe(0);
  });
});

describe('facts from sources', () => {
  const asks = policy({ when: '{fact: asset.criticality, operator: atLeast, value: high}' });

  test('a source is asked once a case, however many policies want to know', async () => {
    const source = constant('asset', [{ criticality: 'high' }]);
    const decider = new Decider(
      policies(asks, policy({ id: 'q', when: '{fact: asset.owner, operator: exists, value: false}' })),
      {
        sources: [source],
      },
    );
    expect((await decider.decide(alert(), NOW)).decisions).toHaveLength(2);
    expect(source.asked).toBe(1);
    await decider.decide(alert(), NOW);
    expect(source.asked).toBe(2);
  });

  test('is not asked at all where the case alone rules the policy out', async () => {
    const source = constant('asset', []);
    const when =
      '{all: [{fact: asset.owner, operator: exists, value: false}, {fact: alert.severity, operator: equal, value: high}]}';
    const decider = new Decider(policies(policy({ when })), { sources: [source] });
    expect((await decider.decide(alert({ severity: 'low' }), NOW)).decisions).toEqual([]);
    expect(source.asked).toBe(0);
    expect((await decider.decide(alert({ severity: 'high' }), NOW)).decisions).toHaveLength(1);
  });

  test('one that fails withholds the policy, and no other', async () => {
    const broken = { name: 'asset', lookup: () => Promise.reject(new Error('down')) };
    const decider = new Decider(policies(asks, policy({ id: 'q' })), { sources: [broken] });
    const { verdicts, decisions: made } = await decider.decide(alert(), NOW);
    expect(made.map(({ by }) => by)).toEqual(['policy:q']);
    expect(verdicts[0]?.withheld).toEqual([{ fact: 'asset', reason: 'down' }]);
  });

  test('one that throws, or fails below `not` or `any`, withholds too', async () => {
    const broken = {
      name: 'asset',
      lookup: (): Promise<unknown> => {
        throw new Error('a fault of the source');
      },
    };
    const part = '{fact: asset.owner, operator: exists, value: true}';
    for (const when of [
      `{not: ${part}}`,
      `{any: [${part}, {fact: alert.count, operator: greaterThan, value: 0}]}`,
    ]) {
      const { verdicts } = await new Decider(policies(policy({ when })), { sources: [broken] }).decide(
        alert(),
        NOW,
      );
      expect(verdicts[0]?.withheld).toEqual([{ fact: 'asset', reason: 'a fault of the source' }]);
      expect(verdicts[0]?.decision).toBeUndefined();
    }
  });

  test('one that never answers is waited for so long and no longer', async () => {
    let expire: () => void = () => undefined;
    let waited = 0;
    const timer: Timer = (ms, end) => {
      waited = ms;
      expire = end;
      return () => undefined;
    };
    const silent = { name: 'asset', lookup: () => new Promise<unknown>(() => undefined) };
    const decider = new Decider(policies(asks), { sources: [silent], timeoutMs: 50, timer });
    const outcome = decider.decide(alert(), NOW);
    while (waited === 0) await Promise.resolve();
    expire();
    expect((await outcome).verdicts[0]?.withheld).toEqual([
      { fact: 'asset', reason: 'no answer within 50 ms' },
    ]);
  });
});

describe('where policies disagree', () => {
  const one = (id: string, priority: number, decide: string): string => policy({ id, priority, decide });

  test.each([
    ['the higher priority assigns', '{assign: alice}', '{assign: bob}', ['assignee']],
    [
      'a floor holds against a lower ceiling',
      '{severity: {floor: high}}',
      '{severity: {ceiling: low}}',
      ['severity.ceiling'],
    ],
    [
      'a ceiling holds against a lower floor',
      '{severity: {ceiling: low}}',
      '{severity: {floor: high}}',
      ['severity.floor'],
    ],
    ['a set confidence holds', '{confidence: {set: 0.9}}', '{confidence: {multiply: 0.1}}', ['confidence']],
    [
      'what is muted is not routed',
      '{suppress: {owner: a, reason: b, for: 1d}}',
      '{route: [pager]}',
      ['route'],
    ],
    [
      'what is escalated is not muted',
      '{escalate: incident}',
      '{suppress: {owner: a, reason: b, for: 1d}}',
      ['suppress'],
    ],
    ['the state stands', '{state: acknowledged}', '{state: dismissed}', ['state']],
  ])('%s', async (_, strong, weak, parts) => {
    const decider = new Decider(policies(one('weak', 10, weak), one('strong', 20, strong)));
    const { verdicts, decisions: made } = await decider.decide(alert(), NOW);
    expect(verdicts.map(({ policy: { meta } }) => meta.id)).toEqual(['strong', 'weak']);
    expect(made.map(({ by }) => by)).toEqual(['policy:strong']);
    expect(verdicts[1]?.overruled).toEqual(parts.map((part) => ({ part, by: 'strong' })));
  });

  test('equal priorities are ordered by id, whatever the order of the files', async () => {
    const texts = [one('b', 50, '{assign: bob}'), one('a', 50, '{assign: alice}')];
    expect((await decisions(texts))[0]?.assignee).toBe('alice');
    expect(await decisions(texts)).toEqual(await decisions([...texts].reverse()));
  });

  test('tags, routes, factors and bounds that agree add up', async () => {
    const made = await decisions([
      one('a', 50, '{tags: [x], route: [mail], confidence: {multiply: 2}, severity: {floor: low}}'),
      one(
        'b',
        40,
        '{tags: [y], route: [pager], confidence: {cap: 0.9}, severity: {floor: medium, ceiling: high}}',
      ),
    ]);
    expect(
      made.map(({ tags, route, confidence, severity }) => ({ tags, route, confidence, severity })),
    ).toEqual([
      {
        tags: ['x'],
        route: ['mail'],
        confidence: { operation: 'multiply', value: 2 },
        severity: { floor: 'low' },
      },
      {
        tags: ['y'],
        route: ['pager'],
        confidence: { operation: 'cap', value: 0.9 },
        severity: { floor: 'medium', ceiling: 'high' },
      },
    ]);
  });

  test('what stands never contradicts itself', () => {
    const severities = fc.constantFrom('informational', 'low', 'medium', 'high');
    const part = fc.record(
      {
        severity: fc.record({ floor: severities, ceiling: severities }, { requiredKeys: [] }),
        suppress: fc.constant({ owner: 'a', until: eventTime(9) }),
        escalate: fc.constantFrom('incident' as const, 'none' as const),
        route: fc.constant(['pager']),
        assignee: fc.constantFrom('a', 'b'),
      },
      { requiredKeys: [] },
    );
    const RANK = ['informational', 'low', 'medium', 'high'];
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const proposals = parts.map((effect, i) => ({
          policy: `p${i}`,
          decision: {
            at: NOW,
            by: `policy:p${i}`,
            target: { kind: 'alert', id: 'a' },
            reason: '',
            ...effect,
          } as Decision,
        }));
        const left = prevail(proposals).flatMap(({ decision }) => decision ?? []);
        const floors = left.flatMap(({ severity }) => severity?.floor ?? []).map((one) => RANK.indexOf(one));
        const ceilings = left
          .flatMap(({ severity }) => severity?.ceiling ?? [])
          .map((one) => RANK.indexOf(one));
        expect(Math.max(0, ...floors)).toBeLessThanOrEqual(Math.min(3, ...ceilings));
        expect(left.filter(({ assignee }) => assignee !== undefined).length).toBeLessThanOrEqual(1);
        const muted = left.some(({ suppress }) => suppress !== undefined);
        if (muted)
          expect(left.some(({ escalate, route }) => escalate !== undefined || route !== undefined)).toBe(
            false,
          );
        // The strongest loses nothing unless it contradicts itself, which no policy may.
        const [first] = proposals;
        const own = first?.decision.severity;
        const sane =
          own?.floor === undefined ||
          own.ceiling === undefined ||
          RANK.indexOf(own.floor) <= RANK.indexOf(own.ceiling);
        const clash =
          first?.decision.suppress !== undefined &&
          (first.decision.escalate ?? first.decision.route) !== undefined;
        if (first !== undefined && sane && !clash) expect(prevail(proposals)[0]?.overruled).toEqual([]);
      }),
    );
  });
});

describe('explanations', () => {
  test('show every test with what was found', async () => {
    const plan = policies(
      policy({
        when: '{any: [{fact: alert.count, operator: greaterThan, value: 9}, {all: [{fact: alert.title, operator: like, value: "web*"}, {not: {fact: alert.tags, operator: equal, value: x}}]}]}',
      }),
    );
    const { verdicts } = await new Decider(plan).decide(
      alert({ title: 'Web shell', tags: ['x'], count: 3 }),
      NOW,
    );
    const [verdict] = verdicts;
    expect(verdict === undefined ? [] : renderTrace(verdict.trace)).toEqual([
      '✗ any',
      '  ✗ alert.count greaterThan 9 (found 3)',
      '  ✗ all',
      "    ✓ alert.title like 'web*' (found 'Web shell')",
      '    ✗ not',
      '      ✓ alert.tags equal \'x\' (found ["x"])',
    ]);
  });
});

describe('json-rules-engine and the direct reading of a condition', () => {
  const leaf: fc.Arbitrary<string> = fc.constantFrom(
    '{fact: alert.severity, operator: atLeast, value: medium}',
    '{fact: alert.count, operator: greaterThan, value: 3}',
    '{fact: alert.tags, operator: notEqual, value: x}',
    '{fact: alert.entities.value, operator: startsWith, value: srv}',
    '{fact: alert.assignee, operator: exists, value: false}',
    '{fact: alert.group.User, operator: in, value: [alice, bob]}',
  );
  const condition = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((of) => `{all: [${of.join(', ')}]}`),
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((of) => `{any: [${of.join(', ')}]}`),
      tie('node').map((of) => `{not: ${of}}`),
    ),
  })).node;
  const members = fc.record({
    severity: fc.constantFrom('low', 'medium', 'high'),
    count: fc.integer({ min: 0, max: 6 }),
    tags: fc.subarray(['x', 'y']),
    entities: fc.subarray([
      { type: 'host', value: 'srv1' },
      { type: 'user', value: 'eve' },
    ]),
    group: fc.constantFrom({}, { User: 'Alice' }, { User: 'eve' }),
  });

  test('agree on random conditions and alerts', async () => {
    await fc.assert(
      fc.asyncProperty(condition, members, async (when, parts) => {
        const plan = policies(policy({ when }));
        const [planned] = plan.policies;
        if (planned === undefined) throw new Error('the policy does not load');
        const facts = factsOfSubject(alert(parts));
        const lookup = (fact: string): unknown => facts.get(fact);
        const linked = new LinkedPolicy(planned, plan.context);
        const trace = await linked.evaluate((fact) => Promise.resolve(lookup(fact)), NOW);
        const direct = traceOf(planned.rule.when, evaluateDirectly(planned, lookup, NOW));
        expect(trace.held).toBe(direct.held);
        const { verdicts } = await new Decider(plan).decide(alert(parts), NOW);
        expect(verdicts[0]?.held).toBe(direct.held);
      }),
      { numRuns: 80 },
    );
  });

  test('tests are counted in the order in which they are written', () => {
    const [planned] = policies(
      policy({
        when: '{all: [{not: {fact: alert.id, operator: equal, value: a}}, {any: [{fact: alert.title, operator: equal, value: b}]}]}',
      }),
    ).policies;
    const when: PolicyCondition | undefined = planned?.rule.when;
    expect(when === undefined ? [] : testsOf(when).map(({ value }) => value)).toEqual(['a', 'b']);
  });
});

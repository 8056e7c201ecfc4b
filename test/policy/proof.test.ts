import { expect, test } from 'vitest';
import {
  type Changes,
  type Decided,
  type Decision,
  eventTime,
  type Incident,
  type RuleRef,
  type Signal,
} from '../../engine/model/index.ts';
import {
  CaseStages,
  compileRuleset,
  incidentStage,
  isProofProblem,
  makeProof,
  type Proof,
  proofText,
  readProof,
  verifyProof,
} from '../../engine/pipeline/index.ts';
import { Decider, decideAgain, PolicyStage } from '../../engine/policy/index.ts';
import { constant, policies, policy } from './build.ts';

const START = 1_767_571_200_000_000;
const MINUTE = 60_000_000;

function rule(id: string, of: Pick<RuleRef, 'level' | 'confidence' | 'tags'>): RuleRef {
  return { kind: 'detection', id, title: `Rule ${id}`, version: 1, hash: id, ...of };
}
const DUMP = rule('dump', { level: 'critical', confidence: 0.8, tags: ['attack.credential-access'] });
const SHELL = rule('shell', { level: 'critical', confidence: 0.8, tags: ['attack.execution'] });
const ODD = rule('odd', { level: 'low', confidence: 0.3, tags: ['attack.discovery'] });

function signal(of: RuleRef, minute: number, host = 'pc1'): Signal {
  const time = eventTime(START + minute * MINUTE);
  return {
    id: `${of.id} ${host} ${minute}`,
    rule: of,
    start: time,
    end: time,
    endNs: 0,
    entities: [
      { type: 'host', role: 'target', value: host },
      { type: 'user', role: 'actor', value: 'mallory' },
    ],
    score: 60,
    evidence: [],
    values: new Map(),
  };
}

/** Everything that was told, the last revision of each. */
class Told {
  readonly cases: CaseStages;
  readonly incidents = new Map<string, Incident>();
  readonly alerts = new Map<string, string>();
  last: Changes = { signals: [], alerts: [], incidents: [] };

  constructor(signals: readonly Signal[]) {
    const { ruleset } = compileRuleset([]);
    this.cases = new CaseStages(ruleset, { incidents: incidentStage(ruleset) });
    this.cases.take(signals);
    this.hear(this.cases.advanceTo(eventTime(START + 60 * MINUTE)));
  }

  hear(changes: Changes): Changes {
    for (const one of changes.incidents) this.incidents.set(one.id, one);
    for (const { id, rule: of } of changes.alerts) this.alerts.set(`${of.id}`, id);
    this.last = changes;
    return changes;
  }

  /** Policies decide about what was told last. */
  async settle(text: string): Promise<void> {
    const stage = new PolicyStage(
      new Decider(policies(text), { sources: [constant('asset', { criticality: 'high', owner: 'ops' })] }),
    );
    await stage.settle(this.last, { apply: (decision) => this.hear(this.cases.apply(decision)) });
  }

  person(decision: Partial<Decision> & Pick<Decision, 'target'>): void {
    const at = eventTime(START + 60 * MINUTE);
    this.hear(this.cases.apply({ at, by: 'analyst:ann', reason: 'seen', ...decision }));
  }

  alert(id: string): string {
    const found = this.alerts.get(id);
    if (found === undefined) throw new Error(`no alert of ${id}`);
    return found;
  }

  get shown(): readonly Incident[] {
    return [...this.incidents.values()].filter(
      ({ state }) => state !== 'redirected' && state !== 'retracted',
    );
  }

  proof(incident: Incident): Proof {
    const found = this.cases.proof(incident.id);
    if (found === undefined || 'reason' in found) throw new Error(found?.reason ?? 'nothing is kept');
    const made = makeProof({ ...found, incident, ruleset: '', policies: [] });
    if (made === undefined) throw new Error('its pieces do not stand');
    const read = readProof(proofText(made));
    if (isProofProblem(read)) throw new Error(read.reason);
    return read;
  }
}

const ESCALATE = policy({
  id: 'up',
  when: '{all: [{fact: alert.level, operator: atLeast, value: low}, {fact: asset, params: {entity: host}, path: criticality, operator: equal, value: high}]}',
  decide: '{escalate: incident}',
});
const FIGURES = policy({
  id: 'figures',
  applies: 'incident',
  decide: '{severity: {floor: high}, confidence: {multiply: 0.5}}',
});

interface Given {
  readonly name: string;
  readonly signals: readonly Signal[];
  readonly act: (told: Told) => Promise<void> | void;
  readonly expect: {
    readonly incidents: number;
    /** Of all proofs together: decisions, and those without which the incident does not stand. */
    readonly decisions: number;
    readonly needed: number;
  };
}

const TABLE: readonly Given[] = [
  {
    name: 'a candidate that a policy made an incident',
    signals: [signal(ODD, 0)],
    act: (told) => told.settle(ESCALATE),
    expect: { incidents: 1, decisions: 1, needed: 1 },
  },
  {
    name: 'an incident whose figures a policy changed',
    signals: [signal(DUMP, 0), signal(SHELL, 5)],
    act: (told) => told.settle(FIGURES),
    expect: { incidents: 1, decisions: 1, needed: 0 },
  },
  {
    name: 'an incident, and what a person split from it',
    signals: [signal(DUMP, 0), signal(SHELL, 5)],
    act: (told) => {
      const [incident] = told.shown;
      told.person({ target: { kind: 'incident', id: incident?.id ?? '' }, split: [told.alert('shell')] });
    },
    expect: { incidents: 2, decisions: 2, needed: 1 },
  },
  {
    name: 'an incident without the alert that opened it, which a person split off',
    signals: [signal(DUMP, 0), signal(SHELL, 5)],
    act: (told) => {
      const [incident] = told.shown;
      told.person({ target: { kind: 'incident', id: incident?.id ?? '' }, split: [told.alert('dump')] });
    },
    expect: { incidents: 2, decisions: 2, needed: 1 },
  },
  {
    name: 'an incident without the alert that opened it, which was found to be nothing',
    signals: [signal(DUMP, 0), signal(SHELL, 5)],
    act: (told) =>
      told.person({
        target: { kind: 'alert', id: told.alert('dump') },
        escalate: 'none',
        state: 'dismissed',
      }),
    expect: { incidents: 1, decisions: 1, needed: 0 },
  },
];

test.each(TABLE)('$name is proven by its decisions, too', async ({ signals, act, expect: wanted }) => {
  const told = new Told(signals);
  await act(told);
  const proofs = told.shown.map((incident) => ({ incident, proof: told.proof(incident) }));
  const decisions = proofs.flatMap(({ proof }) => proof.decisions ?? []);
  expect({
    incidents: proofs.length,
    decisions: decisions.length,
    needed: decisions.filter(({ needed }) => needed).length,
  }).toEqual(wanted);
  for (const { incident, proof } of proofs) {
    expect(verifyProof(proof).differences).toEqual([]);
    expect(proof.least).toBe(true);
    const { severity, confidence, stages } = proof.stands;
    expect({ severity, confidence, stages }).toEqual({
      severity: incident.severity,
      confidence: incident.confidence,
      stages: incident.stages.map(({ tactic }) => tactic),
    });
  }
  for (const { decision } of decisions) {
    const again = await decideAgain(decision);
    expect(again.kind).toBe(decision.by.startsWith('policy:') ? 'same' : 'taken');
  }
});

/** The decision of the escalating policy as a proof carries it. */
async function escalated(): Promise<Decided> {
  const told = new Told([signal(ODD, 0)]);
  await told.settle(ESCALATE);
  const [incident] = told.shown;
  const decided = incident === undefined ? undefined : told.proof(incident).decisions?.[0]?.decision;
  if (decided === undefined) throw new Error('nothing was decided');
  return decided;
}

test.each([
  { name: 'another fact', from: '"criticality":"high"', to: '"criticality":"low"', expect: /does not hold/ },
  { name: 'another condition', from: '"value":"high"', to: '"value":"low"', expect: /does not hold/ },
  {
    name: 'another decision',
    from: '"effect":{"escalate":"incident"}',
    to: '"effect":{"tags":["x"]}',
    expect: /another escalate/,
  },
  {
    name: 'a fact that is missing',
    from: '"fact":"asset","params":{"entity":"host"},"value"',
    to: '"fact":"asset","params":{},"value"',
    expect: /was not told/,
  },
  { name: 'another policy', from: '"id":"up"', to: '"id":"down"', expect: /another/ },
])('a decision with $name is not the policy’s', async ({ from, to, expect: reason }) => {
  const text = JSON.stringify(await escalated());
  expect(text).toContain(from);
  const forged: Decided = JSON.parse(text.replace(from, to));
  const again = await decideAgain(forged);
  expect(again).toMatchObject({ kind: 'different', reason: expect.stringMatching(reason) });
});

test('a proof carries of a fact only what its policy looks at', async () => {
  const { grounds } = await escalated();
  expect(grounds?.facts).toContainEqual({
    fact: 'asset',
    params: { entity: 'host' },
    value: { criticality: 'high' },
  });
});

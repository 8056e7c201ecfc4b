import { describe, expect, test } from 'vitest';
import { eventTime, type Incident, type IncidentMember, type ScoreTerm } from '../../engine/model/index.ts';
import { incidentsDifference } from '../../engine/pipeline/index.ts';

function member(name: string, given: Partial<IncidentMember> = {}): IncidentMember {
  return {
    alert: `alert ${name}`,
    rule: `rule ${name}`,
    title: `Title ${name}`,
    firstSeen: eventTime(name.charCodeAt(0) * 1e6),
    lastSeen: eventTime(name.charCodeAt(0) * 1e6),
    count: 1,
    severity: 'medium',
    role: 'evidence',
    contribution: 1,
    reason: 'it is new',
    minimal: true,
    ...given,
  };
}

/** An incident of these alerts, each named by a letter. */
function incident(id: string, letters: string, given: Partial<Incident> = {}): Incident {
  const members = [...letters].map((letter) => member(letter));
  return {
    id,
    revision: 1,
    state: 'open',
    title: `Incident ${id}`,
    severity: 'medium',
    confidence: 0.7,
    score: 60,
    terms: [],
    firstSeen: members[0]?.firstSeen ?? eventTime(0),
    lastSeen: members.at(-1)?.lastSeen ?? eventTime(0),
    entities: [],
    stages: [],
    members,
    membersTotal: members.length,
    links: [],
    refused: [],
    counter: [],
    story: [],
    next: [],
    remediation: [],
    approximations: [],
    linked: [],
    change: 'opened',
    tags: [],
    notes: [],
    ...given,
  };
}

function term(name: string, value: number, after: number): ScoreTerm {
  return { name, operation: 'add', value, after, reason: `${name} says so` };
}

/** The difference as ids, for tables. */
function told(before: readonly Incident[], after: readonly Incident[]): object {
  const { opened, gone, merged, split, changed, same } = incidentsDifference(before, after);
  return {
    opened: opened.map(({ id }) => id),
    gone: gone.map(({ incident: { id }, reason }) => `${id}: ${reason}`),
    merged: merged.map(({ from, into }) => `${from.map(({ id }) => id).join('+')} > ${into.id}`),
    split: split.map(({ from, into }) => `${from.id} > ${into.map(({ id }) => id).join('+')}`),
    changed: changed.map((one) => `${one.before.id} > ${one.after.id}`),
    same,
  };
}

const NOTHING = { opened: [], gone: [], merged: [], split: [], changed: [], same: 0 };

const cases: readonly {
  readonly name: string;
  readonly given: readonly [readonly Incident[], readonly Incident[]];
  readonly expect: object;
}[] = [
  { name: 'nothing', given: [[incident('1', 'ab')], [incident('1', 'ab')]], expect: { same: 1 } },
  { name: 'one that opened', given: [[], [incident('1', 'ab')]], expect: { opened: ['1'] } },
  {
    name: 'one that is gone',
    given: [[incident('1', 'ab')], []],
    expect: { gone: ['1: none of its alerts is in an incident'] },
  },
  {
    name: 'one that was ruled out',
    given: [
      [incident('1', 'ab')],
      [incident('1', 'ab', { state: 'retracted', change: 'ruled out: late data' })],
    ],
    expect: { gone: ['1: ruled out: late data'] },
  },
  {
    name: 'one that left a part of itself in another',
    given: [[incident('1', 'abcd')], [incident('2', 'dxyz')]],
    expect: { opened: ['2'], gone: ["1: 1 of its 4 alerts are in 2 ('Incident 2')"] },
  },
  {
    name: 'two that became one',
    given: [
      [incident('1', 'ab'), incident('2', 'cd')],
      [incident('1', 'abcd'), incident('2', 'cd', { state: 'redirected', redirectedTo: '1' })],
    ],
    expect: { merged: ['1+2 > 1'], changed: ['1 > 1'] },
  },
  {
    name: 'one that became two',
    given: [[incident('1', 'abcd')], [incident('1', 'ab'), incident('2', 'cd')]],
    expect: { split: ['1 > 1+2'], changed: ['1 > 1'] },
  },
  {
    name: 'one that has another id, for its first rule was edited',
    given: [[incident('1', 'abc')], [incident('9', 'abc')]],
    expect: { changed: ['1 > 9'] },
  },
  {
    name: 'candidates, which nobody was shown',
    given: [[incident('1', 'ab', { state: 'candidate' })], []],
    expect: {},
  },
];

describe('the difference of incidents tells', () => {
  for (const { name, given, expect: wanted } of cases) {
    test(name, () => {
      expect(told(...given)).toEqual({ ...NOTHING, ...wanted });
    });
  }

  test('what changed in one, and which terms of the score shifted it', () => {
    const before = incident('1', 'ab', {
      score: 50,
      terms: [term('execution', 40, 40), term('surprise', 20, 50)],
    });
    const after = incident('1', 'abc', {
      score: 80,
      severity: 'high',
      terms: [term('execution', 40, 40), term('impact', 60, 76), term('surprise', 20, 80)],
    });
    const [change] = incidentsDifference([before], [after]).changed;
    expect(change?.changes).toEqual([
      'severity medium → high',
      'score 50 → 80',
      'alerts 2 → 3',
      'joined: Title c',
    ]);
    expect(change?.causes).toEqual(['impact is new (+36): impact says so']);
  });
});

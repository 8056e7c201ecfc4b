import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IncidentBuilder, type Sighting } from '../../engine/incident/index.ts';
import {
  canonicalJson,
  type Entity,
  eventTime,
  type Incident,
  type Severity,
} from '../../engine/model/index.ts';

const MINUTE = 60_000_000;
const START = 1_767_571_200_000_000;
/** The long version: `TELLTALE_LONG=1` runs 1,000 random streams. */
const RUNS = process.env['TELLTALE_LONG'] === undefined ? 60 : 1000;

function sighting(
  rule: string,
  minute: number,
  given: {
    readonly entities: readonly Entity[];
    readonly severity?: Severity;
    readonly tactics?: readonly string[];
    readonly n?: number;
  },
): Sighting {
  const names = given.entities.map(({ type, value }) => `${type}:${value}`).join(' ');
  const time = START + minute * MINUTE;
  return {
    id: `${rule} ${minute} ${names} ${given.n ?? 0}`,
    alert: `${rule} ${names}`,
    rule: {
      kind: 'detection',
      id: rule,
      title: rule,
      version: 1,
      level: 'medium',
      confidence: 0.5,
      tags: [],
      hash: rule,
    },
    time: eventTime(time),
    at: time,
    timeNs: 0,
    entities: given.entities,
    tactics: given.tactics ?? [],
    severity: given.severity ?? 'medium',
    confidence: 0.5,
    score: 25,
  };
}

function host(value: string): Entity {
  return { type: 'host', role: 'target', value };
}

function user(value: string): Entity {
  return { type: 'user', role: 'actor', value };
}

function running(id: string): Entity {
  return { type: 'process', role: 'actor', value: id };
}

function file(value: string, role: Entity['role']): Entity {
  return { type: 'file', role, value };
}

/** Every revision that is told, in order, as one text. */
function told(sightings: readonly Sighting[], cuts: readonly number[] = []): Incident[] {
  const builder = new IncidentBuilder();
  for (const one of sightings) builder.accept(one);
  const out: Incident[] = [];
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    builder.advanceTo(START + cut * MINUTE);
    out.push(...builder.take());
  }
  builder.finish();
  return [...out, ...builder.take()];
}

function last(incidents: readonly Incident[]): readonly Incident[] {
  const by = new Map(incidents.map((incident) => [incident.id, incident]));
  return [...by.values()].filter(({ state }) => state !== 'redirected' && state !== 'retracted');
}

/** A day of ordinary alerts on five hosts: what is normal. */
function ordinary(hours: number): Sighting[] {
  return Array.from({ length: hours }, (_, hour) =>
    ['a', 'b', 'c', 'd', 'e'].map((name, n) =>
      sighting(`routine-${n % 2}`, hour * 60 + n, { entities: [host(name)], severity: 'low' }),
    ),
  ).flat();
}

describe('what becomes an incident', () => {
  test('different kinds of alert that are new on several hosts within minutes, once the past is known', () => {
    const scan = ['a', 'b', 'c', 'd', 'e'].map((name, n) =>
      sighting(`odd-${n}`, 48 * 60 + n, { entities: [host(name)], severity: 'low' }),
    );
    // One rule on all hosts ties them together.
    const sweep = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      sighting('sweep', 48 * 60, { entities: [host(name)], severity: 'low' }),
    );
    const found = last(told([...ordinary(60), ...sweep, ...scan]));
    expect(found).toHaveLength(1);
    expect(found[0]?.members.filter(({ role }) => role === 'evidence').length).toBe(10);
    expect(found[0]?.members.some(({ minimal }) => minimal)).toBe(true);
  });

  test('not the same while nothing is known of the past', () => {
    const scan = ['a', 'b', 'c', 'd', 'e'].map((name, n) =>
      sighting(`odd-${n}`, n, { entities: [host(name)], severity: 'low' }),
    );
    expect(told(scan)).toEqual([]);
  });

  test('not one rule that is new on every host at once: that is an update', () => {
    const update = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      sighting('service-changed', 48 * 60, { entities: [host(name)], severity: 'low' }),
    );
    expect(told([...ordinary(60), ...update])).toEqual([]);
  });

  test('several stages declared about one account on one host, without any past', () => {
    const both = [host('a'), user('alice')];
    const found = last(
      told([
        sighting('phished', 0, { entities: both, severity: 'high', tactics: ['initial-access'] }),
        sighting('dumped', 20, { entities: both, severity: 'high', tactics: ['credential-access'] }),
      ]),
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.stages.map(({ tactic }) => tactic)).toEqual(['initial-access', 'credential-access']);
  });

  test.each([
    {
      name: 'what a trusted alert names beside its own stage fills in what lies before',
      first: ['initial-access', 'execution'],
      expect: ['initial-access', 'execution', 'credential-access'],
    },
    {
      name: 'and never says that the attack got further',
      first: ['initial-access', 'lateral-movement'],
      expect: ['initial-access', 'credential-access'],
    },
  ])('stages: $name', ({ first, expect: stages }) => {
    const both = [host('a'), user('alice')];
    const sure = { entities: both, severity: 'high', confidence: 0.8 } as const;
    const found = last(
      told([
        { ...sighting('opened', 0, { ...sure, tactics: first }), confidence: 0.8, score: 60 },
        {
          ...sighting('dumped', 20, { ...sure, tactics: ['credential-access'] }),
          confidence: 0.8,
          score: 60,
        },
      ]),
    );
    expect(found[0]?.stages.map(({ tactic }) => tactic)).toEqual(stages);
  });

  test('the title tells no stage that is declared by little', () => {
    const both = [host('a'), user('alice')];
    const found = last(
      told([
        sighting('phished', 0, { entities: both, severity: 'high', tactics: ['initial-access'] }),
        sighting('dumped', 20, { entities: both, severity: 'high', tactics: ['credential-access'] }),
        { ...sighting('looked', 21, { entities: both, severity: 'low', tactics: ['discovery'] }), score: 5 },
      ]),
    );
    expect(found[0]?.stages).toHaveLength(3);
    expect(found[0]?.title).toBe('2 stages of an attack up to Credential Access on host a');
  });

  test.each([
    { name: 'within a minute they may be the work of one harmless script', apart: 0.2, expect: 0 },
    { name: 'minutes apart each of them counts', apart: 2, expect: 1 },
    { name: 'what is high counts however near', apart: 0.2, severity: 'high', expect: 1 },
  ] as const)('one strong and three weak stages of one process: $name', ({
    apart,
    expect: incidents,
    ...given
  }) => {
    const entities = [host('a'), user('alice'), running('p1')];
    const severity = 'severity' in given ? given.severity : 'medium';
    const weak = ['execution', 'persistence', 'discovery'].map((tactic, n) =>
      sighting(`weak ${tactic}`, (n + 1) * apart, { entities, severity, tactics: [tactic] }),
    );
    const strong = sighting('dumped', 0, { entities, severity: 'high', tactics: ['credential-access'] });
    const found = last(told([strong, ...weak]));
    expect(found).toHaveLength(incidents);
  });

  test('what adds nothing beside a stronger one of its moment says so', () => {
    const entities = [host('a'), user('alice'), running('p1')];
    const found = last(
      told([
        sighting('phished', 0, { entities, severity: 'high', tactics: ['initial-access'] }),
        sighting('dumped', 20, { entities, severity: 'high', tactics: ['credential-access'] }),
        sighting('looked', 20.5, { entities, severity: 'medium', tactics: ['discovery'] }),
      ]),
    );
    const looked = found[0]?.members.find(({ title }) => title === 'looked');
    expect(looked?.reason).toBe(
      "declared medium with confidence 0.5 in one moment with 'dumped', which says more",
    );
  });

  test('one host alone joins nothing: another program on it stays outside', () => {
    const both = [host('a'), user('alice')];
    const found = last(
      told([
        sighting('phished', 0, { entities: both, severity: 'high', tactics: ['initial-access'] }),
        sighting('dumped', 20, { entities: both, severity: 'high', tactics: ['credential-access'] }),
        sighting('noise', 21, { entities: [host('a')], severity: 'medium', tactics: ['impact'] }),
      ]),
    );
    expect(found[0]?.members.map(({ title }) => title)).not.toContain('noise');
  });
});

describe('courses of action on one host and account', () => {
  const both = [host('a'), user('alice')];
  const own = 'C:\\Users\\alice\\Downloads\\tool.exe';
  const shell = 'C:\\Windows\\System32\\cmd.exe';
  const alerts: readonly {
    readonly name: string;
    readonly second: readonly Entity[];
    readonly third?: readonly Entity[];
    readonly after: number;
    readonly incidents: number;
  }[] = [
    { name: 'the same process is one', second: [...both, running('p1')], after: 20, incidents: 1 },
    {
      name: 'another process minutes later is another',
      second: [...both, running('p2')],
      after: 20,
      incidents: 2,
    },
    {
      name: 'an installed program that both ran joins nothing',
      second: [...both, running('p2'), file(shell, 'actor')],
      after: 20,
      incidents: 2,
    },
    {
      name: 'a file that one wrote and the other is joins them',
      second: [host('a'), user('bob'), running('p2'), file(own, 'actor')],
      after: 20,
      incidents: 1,
    },
    {
      name: 'what names no process does not make one of two that are apart',
      second: [...both, running('p2')],
      third: both,
      after: 20,
      incidents: 2,
    },
    {
      name: 'within seconds another process may well be the same',
      second: [...both, running('p2')],
      after: 0.1,
      incidents: 1,
    },
  ];
  test.each(alerts)('$name', ({ second, third, after, incidents }) => {
    const begun = [...both, running('p1'), file(own, 'target'), file(shell, 'actor')];
    const found = last(
      told([
        sighting('phished', 0, { entities: begun, severity: 'high', tactics: ['initial-access'] }),
        sighting('ran', 0, { entities: begun, severity: 'high', tactics: ['execution'] }),
        sighting('dumped', after, { entities: second, severity: 'high', tactics: ['credential-access'] }),
        sighting('sent', after, { entities: second, severity: 'high', tactics: ['exfiltration'] }),
        ...(third === undefined
          ? []
          : [sighting('hid', after + 1, { entities: third, severity: 'high', tactics: ['stealth'] })]),
      ]),
    );
    expect(found).toHaveLength(incidents);
  });
});

describe('decisions', () => {
  test('a resolved incident never takes anything in again; what follows is one of its own', () => {
    const both = [host('a'), user('alice')];
    const builder = new IncidentBuilder();
    builder.accept(sighting('phished', 0, { entities: both, severity: 'high', tactics: ['initial-access'] }));
    builder.accept(
      sighting('dumped', 5, { entities: both, severity: 'high', tactics: ['credential-access'] }),
    );
    builder.advanceTo(START + 10 * MINUTE);
    const [first] = last(builder.take());
    const at = eventTime(START + 10 * MINUTE);
    const target = { kind: 'incident', id: first?.id ?? '' } as const;
    expect(builder.apply({ at, by: 'analyst:eve', target, reason: 'known', verdict: 'benign' }, at)).toBe(
      true,
    );
    builder.accept(
      sighting('moved', 15, { entities: both, severity: 'high', tactics: ['lateral-movement'] }),
    );
    builder.accept(sighting('sent', 16, { entities: both, severity: 'high', tactics: ['exfiltration'] }));
    builder.finish();
    const after = last(builder.take());
    expect(after.find(({ id }) => id === first?.id)?.membersTotal).toBe(first?.membersTotal);
    const followUp = after.find(({ id }) => id !== first?.id);
    expect(followUp?.continues).toBe(first?.id);
  });
});

describe('neither arrival, batches nor restarts change what is told', () => {
  const stream = fc.array(
    fc.record({
      rule: fc.integer({ min: 0, max: 6 }),
      minute: fc.integer({ min: 0, max: 4000 }),
      host: fc.constantFrom('a', 'b', 'c'),
      user: fc.constantFrom('alice', 'bob', undefined),
      severity: fc.constantFrom<Severity>('informational', 'low', 'medium', 'high'),
      tactic: fc.constantFrom('initial-access', 'execution', 'credential-access', 'exfiltration'),
      process: fc.constantFrom('1a2b-01', '1a2b-02', undefined, undefined),
      file: fc.constantFrom('c:\\users\\x\\a.exe', 'c:\\windows\\system32\\cmd.exe', undefined),
      role: fc.constantFrom<Entity['role']>('actor', 'target'),
    }),
    { minLength: 1, maxLength: 60 },
  );
  const made = stream.map((rows) =>
    rows.map((row, n) =>
      sighting(`rule-${row.rule}`, row.minute, {
        entities: [
          host(row.host),
          ...(row.user === undefined ? [] : [user(row.user)]),
          ...(row.process === undefined ? [] : [running(row.process)]),
          ...(row.file === undefined ? [] : [{ type: 'file', role: row.role, value: row.file } as const]),
        ],
        severity: row.severity,
        tactics: [row.tactic],
        n,
      }),
    ),
  );

  test('what comes about when a case falls quiet is told at that time, wherever batches were cut', () => {
    const entities = [host('a'), user('alice'), running('1a2b-01')];
    const at = (minute: number, severity: Severity, tactic: string, n: number): Sighting =>
      sighting('rule-0', minute, { entities, severity, tactics: [tactic], n });
    const sightings = [
      at(0, 'low', 'credential-access', 0),
      at(0, 'informational', 'initial-access', 1),
      at(31, 'high', 'initial-access', 2),
      at(1440, 'informational', 'initial-access', 3),
    ];
    const plain = told(sightings);
    expect(plain.map(({ change }) => change)).toEqual(['opened', 'more of the same']);
    expect(told(sightings, [1441])).toEqual(plain);
    expect(restarted(sightings, [1441])).toEqual(plain);
  });

  test(`${RUNS} random streams (TELLTALE_LONG=1: 1,000), shuffled, cut and restarted`, () => {
    fc.assert(
      fc.property(made, fc.array(fc.integer({ min: 0, max: 4200 }), { maxLength: 6 }), (sightings, cuts) => {
        const plain = canonicalJson(told(sightings));
        expect(canonicalJson(told([...sightings].reverse(), cuts))).toBe(plain);
        expect(canonicalJson(restarted(sightings, cuts))).toBe(plain);
      }),
      { numRuns: RUNS },
    );
  });
});

/** What is told where the builder is saved and restored at every cut. */
function restarted(sightings: readonly Sighting[], cuts: readonly number[]): Incident[] {
  let builder = new IncidentBuilder();
  const out: Incident[] = [];
  let rest = [...sightings].sort((a, b) => a.time - b.time);
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const until = START + cut * MINUTE;
    for (const one of rest.filter(({ time }) => time < until)) builder.accept(one);
    rest = rest.filter(({ time }) => time >= until);
    builder.advanceTo(until);
    out.push(...builder.take());
    const bytes = builder.snapshot();
    const restored = IncidentBuilder.restore(bytes);
    expect(restored).toBeDefined();
    builder = restored ?? builder;
    expect(builder.snapshot()).toEqual(bytes);
  }
  for (const one of rest) builder.accept(one);
  builder.finish();
  return [...out, ...builder.take()];
}

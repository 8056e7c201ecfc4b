import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Baseline, type BaselineState } from '../../engine/baseline/index.ts';
import {
  type BaselineFeature,
  type BaselineRule,
  duration,
  eventTime,
  type FeatureBody,
  type Scalar,
  type Signal,
} from '../../engine/model/index.ts';
import { baselineRule, DAY, feature, HOUR, MINUTE, observation, refOf } from './build.ts';
import { normal, poisson, seeded } from './streams.ts';
import { START, type TenantEvent, tenantEvents } from './tenant.ts';

const ALL: readonly BaselineFeature[] = [
  feature('hour', { kind: 'time_of_week', halfLife: duration(28 * DAY) }),
  feature('source', {
    kind: 'category',
    field: 'network',
    scopes: ['entity', 'peers', 'tenant'],
    forget: duration(90 * DAY),
  }),
  feature('country', { kind: 'rarity', field: 'country', forget: duration(90 * DAY) }),
  feature('volume', { kind: 'count', window: duration(DAY), season: true }),
  feature('fanout', { kind: 'distinct', field: 'host', window: duration(HOUR), season: true }),
  feature('bytes', { kind: 'sum', field: 'bytes', window: duration(HOUR), season: true }),
  feature('travel', {
    kind: 'travel',
    latitude: 'latitude',
    longitude: 'longitude',
    speedKmh: 900,
    leastKm: 500,
  }),
  feature('peers', { kind: 'peer_deviation', of: 'count' }),
  feature('beacon', { kind: 'beacon', field: 'host', contacts: 10 }),
  feature('edge', { kind: 'edge', field: 'host', forget: duration(90 * DAY) }),
  feature('steps', { kind: 'sequence', field: 'step', gap: duration(HOUR) }),
  feature('traffic', {
    kind: 'series',
    of: 'count',
    by: ['department'],
    window: duration(HOUR),
  }),
  feature('name', { kind: 'random_name', field: 'host' }),
];

const PEERS = { peers: { by: ['department'], min: 8 } };

function asObservations(events: readonly TenantEvent[]): Signal[] {
  return events.map(({ time, values }, i) => observation(time, values, `e${i}`));
}

function made(rule: BaselineRule): Baseline {
  return new Baseline(rule, { ref: refOf(rule), score: 15 });
}

function run(baseline: Baseline, observations: readonly Signal[], end = true): Signal[] {
  const found = observations.flatMap((one) => baseline.accept(one));
  return end ? [...found, ...baseline.finish()] : found;
}

const through = (state: BaselineState): BaselineState => JSON.parse(JSON.stringify(state));

describe('a baseline at work', () => {
  const events = tenantEvents({ seed: 4, users: 60, days: 40, holidays: [20] });
  const observations = asObservations(events);
  const rule = baselineRule(ALL, PEERS);

  test('says nothing before it has learnt enough, and keeps its budget afterwards', () => {
    const baseline = made(rule);
    const found = run(baseline, observations).filter((signal) => signal.baseline?.spent !== true);
    const warm = START + 10 * DAY;
    expect(found.filter(({ end }) => end < warm)).toEqual([]);
    const { daysLive, budget, cold } = baseline.stats();
    expect(cold).toBeGreaterThan(1000);
    expect(found.length).toBeGreaterThan(2 * daysLive - 3 * Math.sqrt(2 * daysLive));
    expect(found.length).toBeLessThan(2 * daysLive + 3 * Math.sqrt(2 * daysLive));
    expect(budget.spent).toBe(found.length);
    for (const { baseline: detail } of found) {
      expect(detail?.features.length).toBeGreaterThan(0);
      expect(detail?.surprise).toBeGreaterThanOrEqual(detail?.threshold ?? 99);
      for (const one of detail?.features ?? []) {
        expect([one.actual, one.typical, one.counterfactual].every((text) => text !== '')).toBe(true);
      }
    }
  });

  // Digests, because the texts are megabytes.
  test('restarted anywhere it goes on to the byte', () => {
    const whole = made(rule);
    const expected = digest(run(whole, observations));
    const end = digest(whole.snapshot());
    for (const cut of [1, 5000, 17_000, observations.length - 3]) {
      const first = made(rule);
      const before = run(first, observations.slice(0, cut), false);
      const second = made(rule);
      second.absorb(through(first.snapshot()));
      expect(digest(second.snapshot())).toBe(digest(first.snapshot()));
      const after = run(second, observations.slice(cut));
      expect(digest([...before, ...after])).toBe(expected);
      expect(digest(second.snapshot())).toBe(end);
    }
  });

  test('learning on a prefix is the state at that point, to the byte', () => {
    const cut = 12_000;
    const prefix = made(rule);
    run(prefix, observations.slice(0, cut), false);
    let at = '';
    const whole = made(rule);
    observations.forEach((one, i) => {
      if (i === cut) at = digest(whole.snapshot());
      whole.accept(one);
    });
    expect(digest(prefix.snapshot())).toBe(at);
  });

  test('seven shards by entity, merged, are one pass: values and counts exactly, levels to 2 %, the threshold to a decade', () => {
    // A budget that eight users can spend: a threshold at its least says nothing of how many more would reach it.
    const lean = baselineRule(ALL.slice(0, 4), {
      peers: { by: ['department'], min: 2 },
      budget: { perDay: 0.5, scope: 'tenant' },
    });
    const one = made(lean);
    run(one, observations, false);
    const shards = Array.from({ length: 7 }, () => made(lean));
    for (const item of observations) {
      const user = String(item.values.get('user'));
      shards[Number(user.slice(4)) % 7]?.accept(item);
    }
    const merged = made(lean);
    for (const shard of shards) {
      shard.advance(eventTime(observations.at(-1)?.end ?? 0));
      merged.absorb(through(shard.snapshot('file')));
    }
    const a = one.describe();
    const b = merged.describe();
    expect([...b.keys()]).toEqual([...a.keys()]);
    for (const [key, features] of a) {
      const other = b.get(key);
      expect(other?.['source']).toEqual(features['source']);
      expect(other?.['hour']).toEqual(features['hour']);
      const [x, y] = [Number(features['volume']?.['usual']), Number(other?.['volume']?.['usual'])];
      if (x > 0) expect(Math.abs(y / x - 1)).toBeLessThan(0.02);
    }
    expect(merged.stats().events).toBe(one.stats().events);
    const apart = merged.stats().budget.threshold - one.stats().budget.threshold;
    expect(Math.abs(apart)).toBeLessThan(1);
  });

  test('a level shift is said once, not for weeks', () => {
    const shifted = tenantEvents({
      seed: 5,
      users: 60,
      days: 60,
      shifts: [
        { user: 3, day: 35 },
        { user: 11, day: 33 },
        { user: 29, day: 38 },
      ],
    });
    const volume = baselineRule([feature('volume', { kind: 'count', window: duration(DAY), season: true })], {
      budget: { perDay: 0.5, scope: 'tenant' },
    });
    const found = run(made(volume), asObservations(shifted));
    const daysAfter = (user: string, day: number): number[] =>
      found
        .filter(({ entities, end }) => entities[0]?.value === user && end >= START + day * DAY)
        .map(({ end }) => (end - START) / DAY - day);
    for (const [user, day] of [
      ['user003', 35],
      ['user011', 33],
      ['user029', 38],
    ] as const) {
      // The first days of a shift may be calm ones; by the fifth working day it was said.
      const days = daysAfter(user, day);
      expect([user, days.length]).toEqual([user, 1]);
      expect(days[0]).toBeLessThanOrEqual(8);
    }
  });

  test('past the most entities the least recent are folded, and counted', () => {
    const small = baselineRule(ALL, { ...PEERS, entity: { ...rule.entity, max: 20 } });
    const baseline = made(small);
    run(baseline, observations.slice(0, 10_000));
    const { entities, folded } = baseline.stats();
    expect(entities).toBe(20);
    expect(folded).toBeGreaterThan(40);
  });

  test('an interval that is excluded is judged and not learnt', () => {
    const start = eventTime(START + 20 * DAY);
    const excluding = baselineRule(ALL.slice(1, 2), {
      ...PEERS,
      learn: { ...rule.learn, exclude: [{ start, end: eventTime(START + 40 * DAY) }] },
    });
    const baseline = made(excluding);
    run(baseline, observations);
    const cut = made(excluding);
    run(
      cut,
      observations.filter(({ end }) => end < start),
    );
    expect(baseline.stats().excluded).toBeGreaterThan(1000);
    expect(values(baseline, 'user001')).toEqual(values(cut, 'user001'));
  });

  test('a shadow rule marks what it says', () => {
    const found = run(made({ ...rule, mode: 'shadow' }), observations);
    expect(found.length).toBeGreaterThan(5);
    expect(found.every((signal) => signal.baseline?.shadow === true)).toBe(true);
  });

  test('a spent budget is a finding of its own, at most once a day', () => {
    const busy = tenantEvents({
      seed: 8,
      users: 60,
      days: 40,
      attacks: Array.from({ length: 30 }, (_, i) => ({ name: 'new network', user: i, day: 35 })),
    });
    const found = run(made(baselineRule(ALL.slice(1, 2), PEERS)), asObservations(busy));
    const told = found.filter((signal) => signal.baseline?.spent === true);
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]?.rule.level).toBe('informational');
    expect(new Set(told.map(({ end }) => Math.floor(end / DAY))).size).toBe(told.length);
  });
});

describe('every family finds its own', () => {
  // Fifty entities with a quiet life of three weeks, and one with something odd on the last day.
  const user = (i: number): string => `u${String(i).padStart(2, '0')}`;
  interface Life {
    readonly name: string;
    readonly body: FeatureBody;
    readonly more?: Partial<BaselineRule>;
    /** What an ordinary event of an entity carries. */
    readonly usual: (i: number, random: () => number) => Record<string, Scalar>;
    /** The odd events: hour of the last day and what they carry. */
    readonly odd: readonly (readonly [number, Record<string, Scalar>])[];
  }
  const families: readonly Life[] = [
    {
      name: 'first seen: a value new to the user and to everybody',
      body: { kind: 'category', field: 'v', scopes: ['entity', 'tenant'], forget: duration(90 * DAY) },
      usual: (i, random) => ({ v: random() < 0.01 ? `x${Math.floor(50 * random())}` : `home${i}` }),
      odd: [[12, { v: 'elsewhere' }]],
    },
    {
      name: 'rarity: a value hardly ever seen',
      body: { kind: 'rarity', field: 'v', forget: duration(90 * DAY) },
      usual: (_, random) => ({ v: `v${Math.floor(5 * random())}` }),
      odd: [[12, { v: 'odd' }]],
    },
    {
      name: 'volume spike',
      body: { kind: 'count', window: duration(HOUR), season: true },
      usual: () => ({}),
      odd: Array.from({ length: 60 }, (_, i) => [12 + i / 100, {}] as const),
    },
    {
      name: 'distinct-count spike',
      body: { kind: 'distinct', field: 'v', window: duration(HOUR), season: true },
      usual: (_, random) => ({ v: `v${Math.floor(3 * random())}` }),
      odd: Array.from({ length: 30 }, (_, i) => [12 + i / 100, { v: `w${i}` }] as const),
    },
    {
      name: 'outbound volume',
      body: { kind: 'sum', field: 'v', window: duration(HOUR), season: true },
      usual: (_, random) => ({ v: Math.round(1000 * Math.exp(0.5 * normal(random))) }),
      odd: [[12, { v: 900_000 }]],
    },
    {
      name: 'unusual hour',
      body: { kind: 'time_of_week', halfLife: duration(28 * DAY) },
      usual: () => ({}),
      odd: [[3, {}]],
    },
    {
      name: 'impossible travel',
      body: { kind: 'travel', latitude: 'lat', longitude: 'lon', speedKmh: 900, leastKm: 500 },
      usual: (i, random) => (random() < 0.002 ? { lat: 35.7, lon: 139.7 } : { lat: 50 + i / 100, lon: 8 }),
      odd: [[12.2, { lat: -33.9, lon: 151.2 }]],
    },
    {
      name: 'peer-group deviation',
      body: { kind: 'peer_deviation', of: 'count' },
      more: { peers: { by: ['group'], min: 8 } },
      usual: () => ({ group: 'g' }),
      odd: Array.from({ length: 150 }, (_, i) => [9 + i / 20, { group: 'g' }] as const),
    },
    {
      name: 'beaconing with 20 % jitter',
      body: { kind: 'beacon', field: 'v', contacts: 10 },
      usual: (i, random) => ({ v: `site${Math.floor(4 * random()) + (i % 7)}.${i}` }),
      odd: Array.from({ length: 30 }, (_, i) => [2 + i * 0.5 + 0.1 * Math.sin(i * 7), { v: 'c2' }] as const),
    },
    {
      name: 'random-looking name',
      body: { kind: 'random_name', field: 'v' },
      usual: (_, random) => ({ v: `${word(random)}-${word(random)}.example` }),
      odd: [[12, { v: 'xq7zk2vwq9jxg4hb.example' }]],
    },
    {
      name: 'new lateral edge',
      body: { kind: 'edge', field: 'v', forget: duration(90 * DAY) },
      usual: (i, random) => ({ v: random() < 0.01 ? `shared${Math.floor(9 * random())}` : `srv${i % 5}` }),
      odd: [[12, { v: 'vault' }]],
    },
    {
      name: 'unusual sequence',
      body: { kind: 'sequence', field: 'v', gap: duration(30 * MINUTE) },
      usual: (_, random) => ({ v: ['read', 'read', 'list', 'write'][Math.floor(4 * random())] ?? 'read' }),
      odd: [
        [12, { v: 'read' }],
        [12.01, { v: 'grant' }],
      ],
    },
    {
      name: 'numeric series',
      body: { kind: 'series', of: 'value', field: 'v', by: [], window: duration(HOUR) },
      usual: (_, random) => ({ v: 50 + normal(random) }),
      odd: Array.from({ length: 200 }, (_, i) => [12 + i / 400, { v: 500 }] as const),
    },
  ];

  for (const { name, body, more, usual, odd } of families) {
    test(name, () => {
      const random = seeded(21);
      const events: { readonly time: number; readonly values: Record<string, Scalar> }[] = [];
      for (let day = 0; day < 25; day++) {
        for (let i = 0; i < 50; i++) {
          for (let n = poisson(random, 12); n > 0; n--) {
            const time = START + day * DAY + Math.floor((9 + 8 * random()) * HOUR);
            events.push({ time, values: { user: user(i), ...usual(i, random) } });
          }
        }
      }
      for (const [hour, values] of odd) {
        events.push({
          time: Math.floor(START + 24 * DAY + hour * HOUR),
          values: { user: user(7), ...values },
        });
      }
      events.sort((a, b) => a.time - b.time);
      const rule = baselineRule([feature('f', body)], { budget: { perDay: 1, scope: 'tenant' }, ...more });
      const found = run(
        made(rule),
        events.map(({ time, values: of }, i) => observation(time, of, `e${i}`)),
      );
      const last = found.filter(({ end }) => end > START + 24 * DAY);
      const whose = last.map((signal) => signal.entities[0]?.value ?? 'all');
      expect(whose, JSON.stringify(last.map((signal) => signal.baseline?.features))).toContain(
        body.kind === 'series' ? 'all' : user(7),
      );
    });
  }

  test('a ramp of 2 % a day is told from noise before it has doubled, and a rise of 10 % a month is not told', () => {
    const random = seeded(11);
    const events: { readonly time: number; readonly values: Record<string, Scalar> }[] = [];
    const START_DAY = 28;
    for (let day = 0; day < 63; day++) {
      if (day % 7 >= 5) continue;
      for (let i = 0; i < 40; i++) {
        const rise =
          i === 7
            ? 1.02 ** Math.max(0, day - START_DAY)
            : i === 9
              ? 1.1 ** (Math.max(0, day - START_DAY) / 30)
              : 1;
        const many = poisson(random, 30 * rise * Math.exp(0.25 * normal(random)));
        for (let n = 0; n < many; n++)
          events.push({
            time: START + day * DAY + Math.floor((9 + 8 * random()) * HOUR),
            values: { user: user(i) },
          });
      }
    }
    events.sort((a, b) => a.time - b.time);
    const rule = baselineRule([feature('f', { kind: 'count', window: duration(DAY), season: true })], {
      budget: { perDay: 0.5, scope: 'tenant' },
    });
    const found = run(
      made(rule),
      events.map(({ time, values: of }, i) => observation(time, of, `e${i}`)),
    );
    const drifts = found.filter(
      (signal) => signal.baseline?.features[0]?.actual.startsWith('the usual level rose') === true,
    );
    const whose = drifts.map((signal) => signal.entities[0]?.value);
    expect(whose).toContain(user(7));
    expect(whose).not.toContain(user(9));
    const first = drifts.find((signal) => signal.entities[0]?.value === user(7));
    expect((first?.end ?? 0) - START).toBeLessThan((START_DAY + 36) * DAY);
  });

  test('a flood of new values on one day does not make new values normal', () => {
    const random = seeded(3);
    const events: { readonly time: number; readonly values: Record<string, Scalar> }[] = [];
    for (let day = 0; day < 30; day++) {
      for (let i = 0; i < 50; i++) {
        for (let n = 0; n < 8; n++) {
          const v = random() < 0.01 ? `x${Math.floor(50 * random())}` : `home${i}`;
          events.push({
            time: START + day * DAY + Math.floor((9 + 8 * random()) * HOUR),
            values: { user: user(i), v },
          });
        }
      }
    }
    for (let n = 0; n < 500; n++) {
      events.push({ time: START + 20 * DAY + 12 * HOUR + n, values: { user: user(7), v: `flood${n}` } });
    }
    events.push({ time: START + 29 * DAY + 12 * HOUR, values: { user: user(7), v: 'real' } });
    events.sort((a, b) => a.time - b.time);
    const rule = baselineRule(
      [
        feature('f', {
          kind: 'category',
          field: 'v',
          scopes: ['entity', 'tenant'],
          forget: duration(90 * DAY),
        }),
      ],
      { budget: { perDay: 1, scope: 'tenant' } },
    );
    const found = run(
      made(rule),
      events.map(({ time, values: of }, i) => observation(time, of, `e${i}`)),
    );
    const flood = found.filter((signal) => signal.baseline?.features[0]?.actual.startsWith('flood') === true);
    expect(flood.length).toBeGreaterThan(0);
    expect(flood.length).toBeLessThan(6);
    const last = found.filter(({ end }) => end >= START + 29 * DAY + 12 * HOUR);
    expect(last.map((signal) => signal.baseline?.features[0]?.actual)).toContain('real');
  });
});

function values(baseline: Baseline, key: string): unknown {
  return baseline.describe().get(key)?.['source'];
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, withMaps)).digest('hex');
}

function withMaps(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}

const SYLLABLES = [
  'ba',
  'cen',
  'dor',
  'el',
  'fin',
  'ga',
  'hom',
  'in',
  'ka',
  'lon',
  'mar',
  'net',
  'or',
  'pre',
  'san',
  'ter',
];

function word(random: () => number): string {
  return Array.from(
    { length: 2 + Math.floor(2 * random()) },
    () => SYLLABLES[Math.floor(SYLLABLES.length * random())],
  ).join('');
}

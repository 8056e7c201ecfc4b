import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entity, eventTime, type RuleRef, type Signal } from '../../engine/model/index.ts';
import { MINING_DEFAULTS, type Mining, minedTemplate, minePatterns } from '../../engine/pipeline/index.ts';
import '../support/seed.ts';

const MINUTE = 60_000_000;
const DAY = 24 * 60;
const START = 1_767_571_200_000_000;

function rule(name: string): RuleRef {
  return {
    kind: 'detection',
    id: name,
    name,
    title: name,
    version: 1,
    level: 'low',
    confidence: 0.3,
    tags: [],
    hash: name,
  };
}

interface Firing {
  readonly rule: string;
  readonly minute: number;
  readonly host: string;
  readonly event?: string;
}

function signal({ rule: name, minute, host, event }: Firing): Signal {
  const time = eventTime(START + Math.round(minute * MINUTE));
  const entities: Entity[] = [{ type: 'host', role: 'target', value: host }];
  const id = `${name} ${minute} ${host}`;
  return {
    id,
    rule: rule(name),
    start: time,
    end: time,
    endNs: 0,
    entities,
    score: 10,
    evidence: [{ id: event ?? id, time, timeNs: 0 }],
    values: new Map(),
  };
}

/** A small generator of its own: streams must be the same everywhere. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** Rules that fire on hosts at any time, each for itself. */
function independent(
  seed: number,
  of: { readonly rules: number; readonly hosts: number; readonly firings: number },
): Firing[] {
  const next = random(seed);
  return Array.from({ length: of.firings }, () => ({
    rule: `noise ${Math.floor(next() * of.rules)}`,
    minute: next() * 3 * DAY,
    host: `h${Math.floor(next() * of.hosts)}`,
  }));
}

function mine(firings: readonly Firing[]): Mining {
  return minePatterns(firings.map(signal));
}

const NOISE = independent(7, { rules: 8, hosts: 12, firings: 400 });
const PLANTED: readonly Firing[] = Array.from({ length: 14 }, (_, i) => [
  { rule: 'first', minute: 200 + i * 290, host: `h${i % 6}` },
  { rule: 'second', minute: 210 + i * 290 + (i % 3), host: `h${i % 6}` },
]).flat();

describe('patterns', () => {
  test('that recur are found, with how often chance would show them', () => {
    const { patterns, lookedAt } = mine([...NOISE, ...PLANTED]);
    expect(patterns.map(({ rules }) => rules.map(({ id }) => id))).toEqual([['first', 'second']]);
    const [found] = patterns;
    expect(found).toMatchObject({ entity: 'host', ordered: true, seen: 14, entities: 6, trials: 14 });
    expect(found?.expected).toBeLessThan(1);
    expect(found?.corrected).toBeLessThan(1e-9);
    expect(found?.corrected).toBeGreaterThanOrEqual((found?.chance ?? 0) * (lookedAt - 20));
  });

  test('do not depend on the order of signals', () => {
    const firings = [...NOISE, ...PLANTED];
    const next = random(3);
    const shuffled = [...firings].sort(() => next() - 0.5);
    expect(mine(shuffled)).toEqual(mine(firings));
  });

  test('of independent rules are hardly ever seen: in no more streams than the significance allows', () => {
    let wrong = 0;
    const streams = 150;
    for (let seed = 1; seed <= streams; seed++) {
      const found = mine(independent(seed, { rules: 10, hosts: 10, firings: 500 }));
      if (found.patterns.length > 0) wrong++;
    }
    // 150 streams at 1 %: more than 5 has a probability below 0.5 %.
    expect(wrong).toBeLessThanOrEqual(5);
  });

  test('of rules that all work in the same few hours are no patterns for that', () => {
    let wrong = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const office = independent(seed, { rules: 8, hosts: 6, firings: 400 }).map((one) => ({
        ...one,
        minute: Math.floor(one.minute / DAY) * DAY + ((one.minute % DAY) / DAY) * 180 + 540,
      }));
      if (mine(office).patterns.length > 0) wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(3);
  });

  test('are not two rules that fire on one event', () => {
    const both = Array.from({ length: 20 }, (_, i) =>
      ['first', 'second'].map((name) => ({ rule: name, minute: i * 200, host: `h${i % 5}`, event: `e${i}` })),
    ).flat();
    expect(mine([...NOISE, ...both]).patterns).toEqual([]);
  });

  test('of three parts are told once, as a whole', () => {
    const three = PLANTED.flatMap((one) =>
      one.rule === 'second' ? [one, { ...one, rule: 'third', minute: one.minute + 20 }] : [one],
    );
    const { patterns } = mine([...NOISE, ...three]);
    expect(patterns.map(({ rules }) => rules.map(({ id }) => id))).toEqual([['first', 'second', 'third']]);
    expect(patterns[0]?.seen).toBe(14);
  });

  test('in either order are one pattern without an order', () => {
    const either = PLANTED.map((one, i) =>
      Math.floor(i / 2) % 2 === 0 ? one : { ...one, rule: one.rule === 'first' ? 'second' : 'first' },
    );
    const { patterns } = mine([...NOISE, ...either]);
    expect(patterns).toHaveLength(1);
    expect(patterns[0]?.ordered).toBe(false);
  });

  test('have the exact tail of the binomial as their chance', () => {
    const choose = (n: number, k: number): number => {
      let value = 1;
      for (let i = 0; i < k; i++) value = (value * (n - i)) / (i + 1);
      return value;
    };
    const law = fc.property(fc.integer({ min: 4, max: 14 }), (times) => {
      const { patterns } = mine([...NOISE, ...PLANTED.slice(0, 2 * times)]);
      for (const { seen, trials, expected, chance } of patterns) {
        const p = expected / trials;
        let sum = 0;
        for (let k = seen; k <= trials; k++) sum += choose(trials, k) * p ** k * (1 - p) ** (trials - k);
        expect(Math.abs(chance - sum)).toBeLessThanOrEqual(1e-9 * sum);
      }
    });
    fc.assert(law, { numRuns: 11 });
  });

  test('make the same template on every run, without the names of the recording', () => {
    const mining = mine([...NOISE, ...PLANTED]);
    const [pattern] = mining.patterns;
    if (pattern === undefined) throw new Error('there is no pattern');
    const from = { window: MINING_DEFAULTS.window, lookedAt: mining.lookedAt };
    const made = minedTemplate(pattern, from);
    expect(minedTemplate(pattern, from)).toEqual(made);
    expect(JSON.stringify(made)).not.toMatch(/"h\d"|host:h\d/);
    expect(made.document['description']).toContain('seen 14 times on 6 of kind host');
  });
});

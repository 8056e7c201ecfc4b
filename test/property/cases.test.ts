import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Alert,
  type Changes,
  type Decision,
  eventTime,
  type Incident,
  type Signal,
} from '../../engine/model/index.ts';
import {
  type CaseOptions,
  CaseStages,
  compileRuleset,
  type IncidentStage,
} from '../../engine/pipeline/index.ts';
import { alertRule, book, last, ref, run, SECOND, signalAt } from '../alert/build.ts';

const RUNS = Number(process.env['TELLTALE_RUNS'] ?? 1000);

const RULES = `
title: Plain
id: 00000000-0000-4000-8000-00000000000a
name: plain
level: medium
logsource: {product: x}
detection: {selection: {a: 1}, condition: selection}
---
title: Quiet
id: 00000000-0000-4000-8000-00000000000b
name: quiet
level: high
logsource: {product: x}
detection: {selection: {a: 2}, condition: selection}
suppress: {by: [User], for: 20s}
---
title: Shadow
id: 00000000-0000-4000-8000-00000000000c
level: low
mode: shadow
logsource: {product: x}
detection: {selection: {a: 3}, condition: selection}
---
title: Twice
id: 00000000-0000-4000-8000-00000000000d
level: critical
correlation:
  type: event_count
  rules: [plain]
  group-by: [User]
  timespan: 10s
  lateness: 5s
  condition: {gte: 2}
  generate: true
`;

const { ruleset, diagnostics } = compileRuleset([{ path: 'rules.yml', text: RULES }]);
const OPTIONS: CaseOptions = {
  alerts: {
    idleMicros: 30 * SECOND,
    pauseMicros: 4 * SECOND,
    pauseMaxMicros: 16 * SECOND,
    liveMax: 5,
    pastMax: 20,
  },
  incidents: (saved) => new Recorder(saved),
};

/** Stands in for the room of incidents: each alert that reaches somebody is written down with its time. */
class Recorder implements IncidentStage {
  #lines: string[];
  #out: Incident[] = [];
  constructor(saved: Uint8Array | undefined) {
    this.#lines = saved === undefined ? [] : JSON.parse(new TextDecoder().decode(saved));
  }
  accept(alert: Alert, at: number): void {
    this.#lines.push(`${at} ${alert.id} ${alert.revision}`);
  }
  observe(signal: Signal, alert: string, at: number): void {
    this.#lines.push(`${at} ${signal.id} in ${alert}`);
  }
  advanceTo(): void {
    this.#out = [];
  }
  apply(): boolean {
    return false;
  }
  take(): readonly Incident[] {
    return this.#out;
  }
  finish(): void {
    this.#lines.push('finish');
  }
  snapshot(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify(this.#lines));
  }
  get lines(): readonly string[] {
    return this.#lines;
  }
}

const signals: fc.Arbitrary<readonly Signal[]> = fc.array(
  fc
    .record({
      second: fc.nat(90),
      rule: fc.nat(3),
      host: fc.constantFrom('h1', 'h2', 'h3'),
      user: fc.constantFrom('u1', 'u2'),
    })
    .map(({ second, rule, host, user }) => {
      const own = ruleset.refs[rule] ?? ref('foreign:x', { level: second % 2 === 0 ? 'low' : 'high' });
      return signalAt(second * SECOND, { rule: own, host, values: { User: user } });
    }),
  { maxLength: 30 },
);

const decisions = fc.array(
  fc.record({
    second: fc.nat(100),
    which: fc.nat(8),
    what: fc.constantFrom<Partial<Decision>>(
      { verdict: 'false_positive' },
      { state: 'acknowledged' },
      { state: 'open' },
      { suppress: { owner: 'ada', until: eventTime(60 * SECOND) } },
      { confidence: { operation: 'multiply', value: 0.2 } },
    ),
  }),
  { maxLength: 4 },
);

/** How a stream comes: arrival delays, where it is cut, where it is stopped and started again. */
const delivery = fc.record({
  delays: fc.array(fc.nat(20), { minLength: 30, maxLength: 30 }),
  cuts: fc.array(fc.boolean(), { minLength: 31, maxLength: 31 }),
  restarts: fc.array(fc.boolean(), { minLength: 31, maxLength: 31 }),
});

interface Delivery {
  readonly delays: readonly number[];
  readonly cuts: readonly boolean[];
  readonly restarts: readonly boolean[];
}
type Wish = { readonly second: number; readonly which: number; readonly what: Partial<Decision> };

/** Everything that came out, and what the incident stage saw, as text. */
function deliver(
  given: readonly Signal[],
  wishes: readonly Wish[],
  { delays, cuts, restarts }: Delivery,
): string {
  let recorder: Recorder | undefined;
  const options: CaseOptions = { ...OPTIONS, incidents: (saved) => (recorder = new Recorder(saved)) };
  let stages = new CaseStages(ruleset, options);
  const steps: Changes[] = [];
  const published: string[] = [];
  const step = (changes: Changes): void => {
    steps.push(changes);
    for (const { id, revision } of changes.alerts) if (revision === 1) published.push(id);
  };
  const waiting = [...wishes].sort((a, b) => a.second - b.second);
  const advance = (to: number): void => {
    for (let wish = waiting[0]; wish !== undefined && wish.second * SECOND <= to; wish = waiting[0]) {
      waiting.shift();
      const at = eventTime(wish.second * SECOND);
      step(stages.advanceTo(at));
      const id = published[wish.which % Math.max(1, published.length)] ?? 'none';
      step(stages.apply({ at, by: 'analyst:ada', target: { kind: 'alert', id }, reason: 'x', ...wish.what }));
    }
    step(to === Number.POSITIVE_INFINITY ? stages.finish() : stages.advanceTo(eventTime(to)));
  };
  const order = given
    .map((signal, i) => ({ signal, arrives: signal.end + (delays[i] ?? 0) * SECOND, i }))
    .sort((a, b) => a.arrives - b.arrives || a.i - b.i);
  order.forEach(({ signal }, i) => {
    stages.take([signal]);
    if (!cuts[i]) return;
    // Nothing that is still to come is earlier than this.
    const earliest = Math.min(...order.slice(i + 1).map((one) => one.signal.end));
    if (Number.isFinite(earliest)) advance(earliest);
    if (!restarts[i]) return;
    const restored = CaseStages.restore(ruleset, stages.snapshot(), options);
    if (restored === undefined) throw new Error('no snapshot');
    stages = restored;
  });
  advance(Number.POSITIVE_INFINITY);
  const all = {
    alerts: steps.flatMap((one) => one.alerts),
    signals: steps.flatMap((one) => one.signals.map(({ id }) => id)),
    incidents: recorder?.lines,
    stats: { ...stages.stats(), correlations: undefined },
  };
  return JSON.stringify(all, null, 1);
}

describe('the stages behind signals', () => {
  test('the rules load', () =>
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]));

  test('any order of arrival, any batches, any restarts and copies: the same revisions to the byte', () => {
    const plain: Delivery = { delays: [], cuts: [], restarts: [] };
    fc.assert(
      fc.property(signals, decisions, delivery, (given, wishes, way) => {
        expect(deliver(given, wishes, way)).toBe(deliver(given, wishes, plain));
      }),
      { numRuns: RUNS },
    );
  });

  test('every signal is in one alert, or counted as a copy or muted', () => {
    fc.assert(
      fc.property(signals, (given) => {
        const stages = new CaseStages(ruleset, {
          ...OPTIONS,
          alerts: { ...(OPTIONS.alerts ?? never()), liveMax: 100 },
        });
        stages.take(given);
        const { alerts, signals: derived } = stages.finish();
        const { copies } = stages.stats();
        const counted = last(alerts).reduce((sum, { count }) => sum + count, 0);
        expect(counted + copies).toBe(given.length + derived.length);
      }),
    );
  });

  test('lives are what a plain reading of the idle time says', () => {
    const times = fc.array(fc.record({ at: fc.nat(400), host: fc.constantFrom('a', 'b') }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 60 }), (given, idle) => {
        const sorted = given.toSorted((x, y) => x.at - y.at);
        const found = last(
          run(
            book([alertRule(ref('r'))], { idleMicros: idle }),
            sorted.map(({ at, host }, n) => signalAt(at, { host, n })),
          ),
        );
        const expected = ['a', 'b'].flatMap((host) => {
          const lives: { first: number; last: number; count: number }[] = [];
          for (const { at } of sorted.filter((one) => one.host === host)) {
            const life = lives.at(-1);
            if (life !== undefined && at - life.last < idle) {
              life.last = at;
              life.count++;
            } else lives.push({ first: at, last: at, count: 1 });
          }
          return lives.map((life) => ({ host, ...life }));
        });
        const seen = found.map(({ group, firstSeen, lastSeen, count }) => ({
          host: group[0]?.[1],
          first: firstSeen,
          last: lastSeen,
          count,
        }));
        const key = (one: object): string => JSON.stringify(one);
        expect(seen.map(key).sort()).toEqual(expected.map(key).sort());
      }),
    );
  });
});

function never(): never {
  throw new Error('the options have limits');
}

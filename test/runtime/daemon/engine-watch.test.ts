import { describe, expect, test } from 'vitest';
import { openStore } from '../../../engine/adapters/index.ts';
import { say } from '../../../engine/cli/daemon-watch.ts';
import { Watermarks } from '../../../engine/correlate/index.ts';
import { type Alert, eventTime } from '../../../engine/model/index.ts';
import { compileRuleset, incidentStage, LiveCases } from '../../../engine/pipeline/index.ts';
import {
  Daemon,
  EngineWatch,
  JournaledStages,
  type OutputStatus,
  quietly,
  Silences,
  type SourcePort,
  type SourceStatus,
} from '../../../engine/runtime/index.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';

const { ruleset } = compileRuleset([]);
const QUIET: SourcePort = {
  name: 's',
  delivery: 'replayable',
  async *open(_positions, stop) {
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()));
  },
  acknowledge: async () => undefined,
  status: () => ({ receivedRecords: 0, receivedBytes: 0, losses: [] }),
  close: async () => undefined,
};

/** A daemon with our own stages, whose world is what the test says it is. */
function start(): {
  readonly world: {
    source: Partial<SourceStatus>;
    output: Partial<OutputStatus>;
    free: number;
    lost: Map<string, number>;
    clamped: number;
    times: Map<string, number>;
  };
  readonly clock: VirtualClock;
  readonly silences: Silences;
  readonly look: (watch?: EngineWatch) => Promise<void>;
  /** A watch of the same world that remembers nothing. */
  readonly another: () => EngineWatch;
  /** Rule, subject and state of every alert, in order of rule. */
  readonly alerts: () => readonly string[];
  readonly watch: EngineWatch;
  readonly routed: Alert[];
  readonly restart: () => JournaledStages;
  end(): Promise<void>;
} {
  const clock = new VirtualClock();
  const { store } = openStore(':memory:', clock);
  const recovered = (): JournaledStages =>
    JournaledStages.recover(store, (saved) =>
      LiveCases.start(ruleset, { incidents: incidentStage(ruleset) }, saved),
    ).stages;
  const silences = new Silences(store);
  const routed: Alert[] = [];
  const daemon = new Daemon({
    sources: [QUIET],
    detector: {
      detect: () => Promise.reject(new Error('nothing comes')),
      inFlightMax: 1,
      close: async () => undefined,
    },
    stages: recovered(),
    watermarks: new Watermarks({ latenessMicros: 1, idleMicros: 1, maxSkewMicros: 1 }),
    store,
    clock,
    dispatchers: [],
    decide: quietly(async (changes) => ({ changes, decisions: [] }), { silences, clock }),
    route: (thing) => {
      if ('rule' in thing && thing.suppressed === undefined) routed.push(thing);
      return [];
    },
  });
  const world = {
    source: {} as Partial<SourceStatus>,
    output: {} as Partial<OutputStatus>,
    free: 1e9,
    lost: new Map<string, number>(),
    clamped: 0,
    times: new Map<string, number>(),
  };
  const another = (): EngineWatch =>
    new EngineWatch(
      {
        clock,
        sources: () => [{ name: 'feed', receivedRecords: 0, receivedBytes: 0, losses: [], ...world.source }],
        outputs: () => [{ output: 'out', delivered: 0, failedCalls: 0, dead: 0, ...world.output }],
        freeBytes: () => world.free,
        losses: () => world.lost,
        clamped: () => world.clamped,
        ruleTimes: () => world.times,
      },
      { silentMicros: 60e6, diskFreeBytes: 1e6, ruleShareMax: 0.25 },
    );
  const watch = another();
  const stop = new AbortController();
  const running = daemon.run(stop.signal);
  return {
    world,
    clock,
    silences,
    watch,
    routed,
    another,
    look: async (by = watch) => {
      const said = say(by.look(), daemon, { store, clock });
      await settle();
      await clock.advance(1000);
      await said;
    },
    alerts: () =>
      store
        .list({ kind: 'alert', limit: 100 })
        .items.map(({ body }) => JSON.parse(body))
        .map(({ rule, group, state, count }) => `${rule.id} ${group.subject} ${state} ${count}`)
        .sort(),
    restart: recovered,
    end: async () => {
      stop.abort();
      await clock.advance(5000);
      await running;
    },
  };
}

describe('the engine looks after itself', () => {
  test('what lasts is an alert while it lasts, and resolved when it is over', async () => {
    const { world, clock, look, alerts, end } = start();
    await look();
    expect(alerts()).toEqual([]);
    world.output = { problem: 'connection refused' };
    world.source = { problem: 'the spool is full', lastAt: clock.nowMicros() };
    world.free = 10;
    await look();
    await look();
    const open = [
      'engine.disk_low state open 1',
      'engine.output_down out open 1',
      'engine.source_down feed open 1',
    ];
    expect(alerts()).toEqual(open);
    world.output = {};
    world.free = 1e9;
    await look();
    expect(alerts()).toEqual([
      'engine.disk_low state resolved 1',
      'engine.output_down out resolved 1',
      'engine.source_down feed open 1',
    ]);
    // Another failure is another alert.
    world.output = { problem: 'reset' };
    await look();
    expect(alerts().filter((line) => line.includes('output_down'))).toEqual([
      'engine.output_down out open 1',
      'engine.output_down out resolved 1',
    ]);
    await end();
  });

  test('a source that falls silent, and speaks again', async () => {
    const { world, clock, look, alerts, end } = start();
    world.source = { lastAt: clock.nowMicros() };
    await look();
    expect(alerts()).toEqual([]);
    await clock.advance(60_000);
    await look();
    expect(alerts()).toEqual(['engine.source_silent feed open 1']);
    world.source = { lastAt: clock.nowMicros() };
    await look();
    expect(alerts()).toEqual(['engine.source_silent feed resolved 1']);
    await end();
  });

  test('every class of loss is an alert at the next look, and counted, not repeated', async () => {
    const { world, watch, look, alerts, end } = start();
    await look();
    world.source = {
      losses: [
        { kind: 'dropped', reason: 'spool_damaged', count: 2 },
        { kind: 'rejected', reason: 'body_too_large', count: 1 },
      ],
    };
    watch.taken('feed', { rejected: new Map([['TT2002', 3]]), dropped: new Map([['poison', 1]]) });
    world.output = { dead: 1 };
    world.lost = new Map([['state of r1', 5]]);
    world.clamped = 7;
    watch.tell({ kind: 'worker_replaced', subject: 'detector', reason: 'it ended' });
    await look();
    const expected = [
      'engine.future_events events open 1',
      'engine.limit_reached state of r1 open 1',
      'engine.output_dead_letter out open 1',
      'engine.records_dropped feed: poison open 1',
      'engine.records_dropped feed: spool_damaged open 1',
      'engine.records_rejected feed: TT2002 open 1',
      'engine.records_rejected feed: body_too_large open 1',
      'engine.worker_replaced detector open 1',
    ];
    expect(alerts()).toEqual(expected);
    await look();
    expect(alerts()).toEqual(expected);
    await end();
  });

  test('a rule that takes more than its share over a minute is too dear, until it takes less', async () => {
    const { world, clock, look, alerts, end } = start();
    world.times = new Map([
      ['dear', 0],
      ['cheap', 0],
    ]);
    await clock.advance(60_000);
    await look();
    world.times = new Map([
      ['dear', 16_000],
      ['cheap', 14_000],
    ]);
    await look();
    // A burst is no minute.
    expect(alerts()).toEqual([]);
    await clock.advance(60_000);
    await look();
    expect(alerts()).toEqual(['engine.rule_too_dear dear open 1']);
    await clock.advance(30_000);
    await look();
    expect(alerts()).toEqual(['engine.rule_too_dear dear open 1']);
    await clock.advance(40_000);
    await look();
    expect(alerts()).toEqual(['engine.rule_too_dear dear resolved 1']);
    await end();
  });

  test('what a process before this one left open is resolved where it is well by now', async () => {
    const { world, look, another, alerts, end } = start();
    world.output = { problem: 'refused' };
    await look();
    expect(alerts()).toEqual(['engine.output_down out open 1']);
    world.output = {};
    await look(another());
    expect(alerts()).toEqual(['engine.output_down out resolved 1']);
    await end();
  });

  test('what was said is in the steps: gone over again, they give the same alert', async () => {
    const { world, clock, look, routed, restart, end } = start();
    world.output = { problem: 'refused' };
    await look();
    const [said] = routed;
    expect(said?.rule.id).toBe('engine.output_down');
    const target = { kind: 'alert', id: said?.id ?? '' } as const;
    const at = eventTime(clock.nowMicros());
    const [alert] = restart().apply({
      at,
      by: 'analyst:ann',
      target,
      reason: 'seen',
      state: 'acknowledged',
    }).alerts;
    expect(alert).toMatchObject({ id: said?.id, revision: 2, count: 1, state: 'acknowledged' });
    await end();
  });

  test('a silence mutes what matches while it lasts, keeps it, and names who answers for it', async () => {
    const { world, clock, silences, look, alerts, routed, end } = start();
    const until = clock.nowMicros() + 3600e6;
    const given = {
      owner: 'ann',
      reason: 'moving house',
      createdBy: 'token:a',
      from: clock.nowMicros(),
      until,
    };
    silences.add({ match: { rule: 'engine.output_down' }, ...given });
    world.output = { problem: 'refused' };
    world.free = 1;
    await look();
    expect(alerts()).toEqual(['engine.disk_low state open 1', 'engine.output_down out open 1']);
    expect(routed.map(({ rule }) => rule.id)).toEqual(['engine.disk_low']);
    await end();
  });
});

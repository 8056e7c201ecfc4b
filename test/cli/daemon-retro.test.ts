import { describe, expect, it } from 'vitest';
import { openStore } from '../../engine/adapters/index.ts';
import { lookBack, type RetroPorts } from '../../engine/cli/daemon-retro.ts';
import { createSchemas } from '../../engine/ingest/index.ts';
import { type IntelSnapshot, readFeedText, SnapshotBuilder } from '../../engine/intel/index.ts';
import { type EventTime, eventTime, formatTime, type Signal } from '../../engine/model/index.ts';
import { compileRuleset, Engine } from '../../engine/pipeline/index.ts';
import {
  detectBatch,
  type KeptValue,
  OBSERVED_LIMITS,
  type ObservedLimits,
  ObservedMemory,
  type StorePort,
} from '../../engine/runtime/index.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const RULES = `title: Ours
id: 44444444-0000-4000-8000-000000000001
name: ours
level: high
feed: {file: ours.txt, format: plain, lifetime: 30d}
---
title: Login from a listed address
id: 44444444-0000-4000-8000-000000000002
level: high
logsource: {category: any}
detection:
  selection: {note: login, DestinationIp|intel: ours}
  condition: selection
`;
const { ruleset } = compileRuleset([{ path: 'r.yml', text: RULES }]);
const schemas = createSchemas({ unknownLogsource: 'any' }).value;
const DAY = 86_400_000_000;
const NOW = Date.parse('2026-11-20T12:00:00Z') * 1000;

function snapshotOf(...values: readonly string[]): IntelSnapshot {
  const [feed] = ruleset.feeds;
  if (feed === undefined) throw new Error('no feed');
  const builder = new SnapshotBuilder({
    sources: { ours: { decay: feed.decay, minConfidence: feed.minConfidence } },
  });
  readFeedText(feed, `${values.join('\n')}\n`, { sink: builder, file: 'feed' });
  return builder.build().snapshot;
}

const engineOf = (intel: IntelSnapshot, notices = true): Engine =>
  new Engine(ruleset, { ...(schemas === undefined ? {} : { schemas }), intel, notices });

interface Sent {
  readonly time: string;
  readonly ip: string;
  readonly user?: string;
  readonly note?: string;
}

const lineOf = ({ time, ip, user = 'ana', note = 'x' }: Sent): string =>
  JSON.stringify({ '@timestamp': time, DestinationIp: ip, user: { name: user }, note });

/** A store with a memory, and the daemon's way of feeding it. */
class Remembering {
  readonly store: StorePort;
  memory: ObservedMemory;
  readonly limits: ObservedLimits;
  engine: Engine;

  constructor(intel: IntelSnapshot, limits: ObservedLimits = OBSERVED_LIMITS) {
    this.limits = limits;
    this.store = openStore(':memory:', new VirtualClock()).store;
    this.memory = new ObservedMemory(this.store, limits);
    this.engine = engineOf(intel);
  }

  /** A batch, detected, and remembered with its commit. */
  batch(sent: readonly Sent[], receivedAt = NOW): readonly Signal[] {
    const bytes = new TextEncoder().encode(`${sent.map(lineOf).join('\n')}\n`);
    const task = { source: 's', file: 'f', line: 1, receivedAt, bytes };
    const { signals, observed } = detectBatch(this.engine, task);
    this.memory.take(observed ?? [], task);
    this.commit(this.memory.drain());
    return signals;
  }

  commit(values: readonly KeptValue[]): void {
    this.store.putValues(values);
  }

  restart(): void {
    this.memory = new ObservedMemory(this.store, this.limits);
  }

  /** What looking back says: the time of the event, the rule, and the user. */
  async back(before: IntelSnapshot | undefined, after: IntelSnapshot): Promise<readonly string[]> {
    const again = engineOf(after, false);
    const found: Signal[] = [];
    const ports: RetroPorts = {
      memory: this.memory,
      detect: async (task) => detectBatch(again, task),
      take: async (signals, told) => {
        found.push(...signals);
        this.commit(told);
      },
      pause: async () => undefined,
    };
    await lookBack({ before, after }, ports);
    return found
      .map(({ end, rule, entities }) => {
        const user = entities.find(({ type }) => type === 'user')?.value ?? '';
        return `${formatTime(end)} ${rule.title} ${user}`;
      })
      .sort();
  }
}

const at = (day: number): string => `2026-11-${String(day).padStart(2, '0')}T08:00:00Z`;
const EMPTY = snapshotOf();
const LISTED = snapshotOf('45.9.148.10');

describe('indicators that come later', () => {
  it('find what was received before, with the signals and ids of a scan, once for each who dealt with it, and once only', async () => {
    const remembering = new Remembering(EMPTY);
    const sent: readonly Sent[] = [
      { time: at(18), ip: '45.9.148.10', user: 'ana' },
      { time: at(18), ip: '45.9.148.10', user: 'ana' },
      { time: at(19), ip: '45.9.148.10', user: 'ben', note: 'login' },
      { time: at(19), ip: '45.9.148.11', user: 'cleo' },
    ];
    expect(remembering.batch(sent)).toEqual([]);
    remembering.restart();
    expect(await remembering.back(EMPTY, LISTED)).toEqual([
      `${formatTime(time(18))} Ours ana`,
      `${formatTime(time(19))} Login from a listed address ben`,
      `${formatTime(time(19))} Ours ben`,
    ]);
    expect(await remembering.back(EMPTY, LISTED)).toEqual([]);
    remembering.restart();
    expect(await remembering.back(undefined, LISTED)).toEqual([]);
  });

  it('say nothing of what was told when it came, also where the feeds of before are not known', async () => {
    const remembering = new Remembering(LISTED);
    expect(remembering.batch([{ time: at(18), ip: '45.9.148.10' }])).toHaveLength(1);
    expect(await remembering.back(undefined, LISTED)).toEqual([]);
    remembering.batch([{ time: at(18), ip: '45.9.148.12' }]);
    expect(await remembering.back(undefined, snapshotOf('45.9.148.10', '45.9.148.12'))).toHaveLength(1);
  });

  it('find nothing older than the days that are kept, whose chunks are given up', async () => {
    const remembering = new Remembering(EMPTY, { ...OBSERVED_LIMITS, days: 3 });
    for (let day = 0; day < 6; day++)
      remembering.batch([{ time: at(10 + day), ip: '45.9.148.10' }], NOW + day * DAY);
    expect(remembering.memory.stats.days).toBe(3);
    expect([...remembering.store.values('observed/')]).toHaveLength(3);
    expect((await remembering.back(EMPTY, LISTED)).map((line) => line.slice(0, 10))).toEqual([
      '2026-11-13',
      '2026-11-14',
      '2026-11-15',
    ]);
  });

  it.each([
    { name: 'values', limits: { ...OBSERVED_LIMITS, valuesPerDay: 10 }, kept: 10 },
    { name: 'bytes', limits: { ...OBSERVED_LIMITS, bytesPerDay: 2500 }, kept: 10 },
  ])('a day is bounded in $name, and what is left out is counted', ({ limits, kept }) => {
    const remembering = new Remembering(EMPTY, limits);
    for (let i = 0; i < 50; i++) remembering.batch([{ time: at(18), ip: `45.9.149.${i}` }]);
    const { values, lost, bytes } = remembering.memory.stats;
    expect(values + lost).toBe(50);
    expect(values).toBeLessThanOrEqual(kept);
    expect(values).toBeGreaterThan(5);
    expect(bytes).toBeLessThanOrEqual(limits.bytesPerDay);
    const before = remembering.memory.stats;
    remembering.restart();
    expect(remembering.memory.stats.values).toBe(before.values);
  });

  it('many chunks are read in order, each value once', async () => {
    const remembering = new Remembering(EMPTY);
    const sent = Array.from(
      { length: 2000 },
      (_, i): Sent => ({
        time: at(18),
        ip: `45.${i >> 8}.${i & 255}.1`,
      }),
    );
    for (let i = 0; i < 2000; i += 50) remembering.batch(sent.slice(i, i + 50));
    remembering.batch(sent);
    expect([...remembering.store.values('observed/')].length).toBeGreaterThan(3);
    const records = [...remembering.memory.records()];
    expect(records.map(({ texts }) => texts.join())).toEqual(sent.map(({ ip }) => ip));
    expect(await remembering.back(EMPTY, snapshotOf('45.7.100.1'))).toHaveLength(1);
  });

  it('nothing is remembered where no time is kept, or no feed asks', () => {
    const remembering = new Remembering(EMPTY, { ...OBSERVED_LIMITS, days: 0 });
    remembering.batch([{ time: at(18), ip: '45.9.148.10' }]);
    expect([...remembering.memory.records()]).toEqual([]);
    expect(engineOf(EMPTY, false).noticed()).toBeUndefined();
  });
});

function time(day: number): EventTime {
  return eventTime(Date.parse(at(day)) * 1000);
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../../engine/adapters/index.ts';
import {
  type Delivered,
  DISPATCH_LIMITS,
  Dispatcher,
  deliverEach,
  type OutboxEntry,
  type OutboxItem,
  type OutputPort,
  type StorePort,
} from '../../../engine/runtime/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const EMPTY = { positions: [], state: [], revisions: [], outbox: [], audit: [], ledger: [] };

function bound(id: string, revision: number, output = 'o'): OutboxEntry {
  return { output, kind: 'alert', id, revision, key: `alert:${id}:${revision}`, lane: id, body: '{}' };
}

/** An output that answers by a script; what it took is kept. */
class Scripted implements OutputPort {
  readonly name: string;
  readonly batchMax = 10;
  readonly taken: string[] = [];
  readonly calls: number[] = [];
  answer: (item: OutboxItem) => Delivered | Promise<Delivered> = () => ({ kind: 'done' });

  constructor(name = 'o') {
    this.name = name;
  }

  deliver(items: readonly OutboxItem[], stop: AbortSignal): Promise<readonly Delivered[]> {
    this.calls.push(items.length);
    return deliverEach(
      items,
      async (item) => {
        const result = await this.answer(item);
        if (result.kind === 'done') this.taken.push(item.key);
        return result;
      },
      stop,
    );
  }

  render(): [] {
    return [];
  }

  async close(): Promise<void> {}
}

interface Bench {
  readonly clock: VirtualClock;
  readonly store: StorePort;
  readonly output: Scripted;
  readonly dispatcher: Dispatcher;
  readonly notices: string[];
  end(): Promise<void>;
}

function start(limits: Partial<typeof DISPATCH_LIMITS> = {}): Bench {
  const clock = new VirtualClock();
  const { store } = openStore(':memory:', clock);
  const output = new Scripted();
  const notices: string[] = [];
  const notice = ({ kind, reason }: { readonly kind: string; readonly reason: string }): void => {
    notices.push(`${kind}: ${reason}`);
  };
  const ports = { store, clock, random: () => 0.5, notice };
  const dispatcher = new Dispatcher(output, ports, { ...DISPATCH_LIMITS, ...limits });
  const stop = new AbortController();
  const running = dispatcher.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { clock, store, output, dispatcher, notices, end };
}

const down = (): Delivered => ({ kind: 'retry', reason: 'connection refused' });

describe('a dispatcher', () => {
  test('delivers everything once, in order', async () => {
    const { clock, store, output, end } = start();
    const items = Array.from({ length: 25 }, (_, i) => bound(`x${i % 4}`, Math.floor(i / 4) + 1));
    store.commit({ ...EMPTY, outbox: items });
    await clock.advance(2000);
    expect(output.taken).toEqual(items.map(({ key }) => key));
    expect(store.queues()).toEqual([]);
    await end();
  });

  test('waits as long as the receiver asks, and twice as long after every failure', async () => {
    const { clock, store, output, end } = start({ failuresMax: 100 });
    const at: number[] = [];
    const began = clock.monotonicMs();
    output.answer = () => {
      at.push(clock.monotonicMs() - began);
      return at.length === 3
        ? { kind: 'retry', reason: '429', afterMs: 60_000 }
        : at.length < 5
          ? down()
          : { kind: 'done' };
    };
    store.commit({ ...EMPTY, outbox: [bound('x', 1)] });
    await clock.advance(300_000);
    const gaps = at.slice(1).map((one, i) => one - (at[i] ?? 0));
    // The idle look-out is a second, so a wait ends at most that much later.
    for (const [gap, least] of gaps.map((gap, i) => [gap, [375, 750, 60_000, 3000][i] ?? 0] as const)) {
      expect(gap).toBeGreaterThanOrEqual(least);
      expect(gap).toBeLessThanOrEqual(least + 1000);
    }
    expect(output.taken).toEqual(['alert:x:1']);
    await end();
  });

  test('a revision never overtakes the one before it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('done', 'retry', 'refused'), { maxLength: 60 }),
        async (script) => {
          const { clock, store, output, end } = start({
            failuresMax: 3,
            restMs: 1000,
            attemptsMax: 1000,
            backoffMaxMs: 2000,
          });
          const items = Array.from({ length: 30 }, (_, i) => bound(`x${i % 3}`, Math.floor(i / 3) + 1));
          let step = 0;
          const refused: string[] = [];
          output.answer = (item) => {
            const kind = script[step++] ?? 'done';
            if (kind === 'done') return { kind };
            if (kind === 'refused') {
              refused.push(item.key);
              return { kind, reason: '400' };
            }
            return down();
          };
          store.commit({ ...EMPTY, outbox: items });
          await clock.advance(300_000);
          await end();
          expect([...output.taken, ...refused].sort()).toEqual(items.map(({ key }) => key).sort());
          for (const lane of ['x0', 'x1', 'x2']) {
            const revisions = output.taken
              .filter((key) => key.includes(lane))
              .map((key) => Number(key.split(':')[2]));
            expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
          }
          expect(
            store
              .deadLetters('o', { limit: 100 })
              .items.map(({ key }) => key)
              .sort(),
          ).toEqual(refused.sort());
        },
      ),
      { numRuns: 40 },
    );
  });

  test('rests after repeated failures, tries with one item, and says when it is down and up', async () => {
    const { clock, store, output, dispatcher, notices, end } = start({ failuresMax: 3, restMs: 60_000 });
    output.answer = down;
    store.commit({ ...EMPTY, outbox: Array.from({ length: 20 }, (_, i) => bound(`x${i}`, 1)) });
    await clock.advance(20_000);
    const calls = output.calls.length;
    expect(calls).toBe(3);
    expect(dispatcher.status().problem).toBe('connection refused');
    await clock.advance(45_000);
    expect(output.calls.slice(calls)).toEqual([1]);
    output.answer = () => ({ kind: 'done' });
    await clock.advance(600_000);
    expect(output.taken.length).toBe(20);
    expect(notices).toEqual(['down: connection refused', 'up: it works again']);
    await end();
  });

  test('what is refused, or failed too often, is a dead letter; the rest goes on', async () => {
    const { clock, store, output, notices, end } = start({ attemptsMax: 3, failuresMax: 100 });
    output.answer = ({ id }) =>
      id === 'bad' ? { kind: 'refused', reason: '400' } : id === 'never' ? down() : { kind: 'done' };
    store.commit({ ...EMPTY, outbox: [bound('bad', 1), bound('never', 1), bound('good', 1)] });
    await clock.advance(600_000);
    expect(output.taken).toEqual(['alert:good:1']);
    const letters = store.deadLetters(undefined, { limit: 10 }).items;
    expect(letters.map(({ key, attempts }) => [key, attempts])).toEqual([
      ['alert:bad:1', 1],
      ['alert:never:1', 3],
    ]);
    expect(notices.filter((one) => one.startsWith('dead')).length).toBe(2);
    await end();
  });

  test('an output that never answers is given up after the deadline, and stops at once when told to', async () => {
    const { clock, store, output, dispatcher, end } = start({ deadlineMs: 5000, failuresMax: 100 });
    output.answer = () => new Promise(() => undefined);
    store.commit({ ...EMPTY, outbox: [bound('x', 1)] });
    await clock.advance(7000);
    expect(dispatcher.status().problem).toBe('no answer within 5000 ms');
    output.answer = () => ({ kind: 'done' });
    await clock.advance(10_000);
    expect(output.taken).toEqual(['alert:x:1']);
    output.answer = () => new Promise(() => undefined);
    store.commit({ ...EMPTY, outbox: [bound('y', 1)] });
    await clock.advance(1500);
    await end();
    expect(
      store.due('o', { nowMicros: clock.nowMicros(), limit: 5 }).map(({ key, attempts }) => [key, attempts]),
    ).toEqual([['alert:y:1', 0]]);
  });

  test('a limited output is called so often, and then gets together what waited', async () => {
    const { clock, store, output, end } = start({ callsPerMinute: 2 });
    for (let i = 0; i < 12; i++) {
      store.commit({ ...EMPTY, outbox: [bound(`x${i}`, 1)] });
      await clock.advance(10_000);
    }
    await clock.advance(60_000);
    expect(output.taken.length).toBe(12);
    expect(output.calls.length).toBeLessThanOrEqual(6);
    await end();
  });

  test('outputs that throw, or do not answer for every item, are tried again', async () => {
    const { clock, store, output, dispatcher, end } = start({ failuresMax: 100 });
    const { deliver } = output;
    output.deliver = () => Promise.reject(new Error('a bug'));
    store.commit({ ...EMPTY, outbox: [bound('x', 1)] });
    await clock.advance(1500);
    expect(dispatcher.status().problem).toBe('a bug');
    output.deliver = () => Promise.resolve([]);
    await clock.advance(3000);
    expect(dispatcher.status().problem).toContain('did not say');
    output.deliver = deliver;
    await clock.advance(60_000);
    expect(output.taken).toEqual(['alert:x:1']);
    await end();
  });
});

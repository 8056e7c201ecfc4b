import { describe, expect, test } from 'vitest';
import { openStore } from '../../../engine/adapters/index.ts';
import { Watermarks } from '../../../engine/correlate/index.ts';
import type { Changes, Signal } from '../../../engine/model/index.ts';
import {
  Daemon,
  JournaledStages,
  type LiveStages,
  type RulesChange,
  type SourceBatch,
  type SourcePort,
} from '../../../engine/runtime/index.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';

const NOTHING: Changes = { signals: [], alerts: [], incidents: [] };

function stages(): LiveStages {
  const nothing = (): Changes => NOTHING;
  return {
    take: () => undefined,
    advanceTo: nothing,
    apply: nothing,
    standing: () => [],
    report: nothing,
    finish: nothing,
    snapshot: () => new Uint8Array(0),
  };
}

/** A source that never has anything, and ends when it is told to. */
const SILENT: SourcePort = {
  name: 's',
  delivery: 'replayable',
  async *open(_positions, stop) {
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()));
  },
  acknowledge: async () => undefined,
  status: () => ({ receivedRecords: 0, receivedBytes: 0, losses: [] }),
  close: async () => undefined,
};

function start(): { readonly daemon: Daemon; end(): Promise<void> } {
  const clock = new VirtualClock();
  const { store } = openStore(':memory:', clock);
  const daemon = new Daemon({
    sources: [SILENT],
    detector: {
      detect: () => Promise.reject(new Error('there is nothing to detect')),
      inFlightMax: 1,
      close: async () => undefined,
    },
    stages: JournaledStages.recover(store, () => stages()).stages,
    watermarks: new Watermarks({ latenessMicros: 0, idleMicros: 1e6, maxSkewMicros: 1e6 }),
    store,
    clock,
    dispatchers: [],
    decide: async (changes) => ({ changes, decisions: [] }),
    route: () => [],
  });
  const stop = new AbortController();
  const running = daemon.run(stop.signal);
  return {
    daemon,
    end: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Other stages behind the same detector. */
function rules(make: RulesChange['make']): RulesChange {
  return { detect: () => undefined, takeBack: () => undefined, make };
}

describe('the loop', () => {
  test('does errands between batches, and is not ended by a ruleset that cannot be made', async () => {
    const { daemon, end } = start();
    await settle();
    await daemon.decide([]);
    expect(daemon.commits).toBe(1);
    const refused = daemon.swap(
      rules(() => {
        throw new Error('no such ruleset');
      }),
    );
    await expect(refused).rejects.toThrow('no such ruleset');
    expect(await daemon.swap(rules(() => undefined))).toBe(false);
    expect(await daemon.swap(rules(() => stages()))).toBe(true);
    await end();
  });

  test('tells whoever asks after its end that nothing will be done', async () => {
    const { daemon, end } = start();
    await settle();
    await end();
    await expect(daemon.decide([])).rejects.toThrow('has ended');
    await expect(daemon.swap(rules(() => stages()))).rejects.toThrow('has ended');
  });

  test.each([
    { name: 'taken', takes: true, expected: ['old:1', 'old:2', 'new:3', 'new:4'] },
    {
      name: 'not taken: what was detected by them is detected again',
      takes: false,
      expected: ['old:1', 'old:2', 'old:3', 'old:4'],
    },
  ])('no batch is detected by some rules and judged by others, where new ones are $name', async ({
    takes,
    expected,
  }) => {
    const clock = new VirtualClock();
    const { store } = openStore(':memory:', clock);
    let generation = 'old';
    const judged: string[] = [];
    const judging = (own: string): LiveStages => ({
      ...stages(),
      take: (signals) => {
        for (const { id } of signals) judged.push(id.startsWith(own) ? id : `${id} by ${own}`);
      },
    });
    const given: ((batch: SourceBatch) => void)[] = [];
    const source: SourcePort = {
      ...SILENT,
      async *open(_positions, stop) {
        while (!stop.aborted) {
          yield await new Promise<SourceBatch>((resolve) => {
            given.push(resolve);
          });
        }
      },
    };
    // Answers come when they are let go, so that the border stands between batches that are under way.
    const waiting: (() => void)[] = [];
    const daemon = new Daemon({
      sources: [source],
      detector: {
        detect: ({ line }) => {
          const id = `${generation}:${line}`;
          return new Promise((resolve) =>
            waiting.push(() =>
              resolve({
                events: 1,
                matched: 1,
                // Only the id is looked at.
                signals: [{ id, values: new Map() } as unknown as Signal],
                rejected: new Map(),
                warned: new Map(),
                dropped: new Map(),
                newest: 1,
              }),
            ),
          );
        },
        inFlightMax: 9,
        close: async () => undefined,
      },
      stages: JournaledStages.recover(store, () => judging('old')).stages,
      watermarks: new Watermarks({ latenessMicros: 0, idleMicros: 1e6, maxSkewMicros: 1e6 }),
      store,
      clock,
      dispatchers: [],
      decide: async (changes) => ({ changes, decisions: [] }),
      route: () => [],
    });
    const stop = new AbortController();
    const loop = daemon.run(stop.signal);
    const send = async (line: number): Promise<void> => {
      await settle();
      given.shift()?.({
        source: 's',
        partition: 'p',
        position: String(line),
        bytes: new Uint8Array(0),
        file: 'f',
        line,
        receivedAt: 1,
      });
      await settle();
    };
    await send(1);
    await send(2);
    const swapped = daemon.swap({
      detect: () => {
        generation = 'new';
      },
      takeBack: () => {
        generation = 'old';
      },
      make: () => (takes ? judging('new') : undefined),
    });
    await send(3);
    await send(4);
    for (let i = 0; i < 20; i++) {
      for (const go of waiting.splice(0)) go();
      await settle();
    }
    expect(await swapped).toBe(takes);
    expect(judged).toEqual(expected);
    stop.abort();
    given.shift()?.({
      source: 's',
      partition: 'p',
      position: '',
      bytes: new Uint8Array(0),
      file: 'f',
      line: 9,
      receivedAt: 1,
    });
    await loop;
  });
});

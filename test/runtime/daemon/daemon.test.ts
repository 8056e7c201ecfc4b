import { describe, expect, test } from 'vitest';
import { openStore } from '../../../engine/adapters/index.ts';
import { Watermarks } from '../../../engine/correlate/index.ts';
import type { Changes } from '../../../engine/model/index.ts';
import {
  Daemon,
  JournaledStages,
  type LiveStages,
  type RulesChange,
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
});

import { describe, expect, test } from 'vitest';
import { openStore } from '../../../engine/adapters/index.ts';
import {
  type Detected,
  dropPoison,
  keepPoison,
  type PoisonRecord,
  poisonRecords,
  poisonReport,
  tryPoisonAgain,
} from '../../../engine/runtime/index.ts';
import { makeApp } from '../../console/engine.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const bytes = new TextEncoder().encode('{"msg":"bad"}\n');
const RECORD = {
  at: 1_700_000_000_000_000,
  source: 's',
  file: 'in.ndjson',
  line: 7,
  reason: 'it ended',
  bytes,
};
const AUDIT = { at: 5, by: 'token:ann', action: 'poison.retried', subject: 'x', detail: {} };
const FOUND: Detected = {
  events: 1,
  matched: 1,
  signals: [],
  rejected: new Map(),
  warned: new Map(),
  dropped: new Map(),
  newest: undefined,
};

function kept(): { readonly store: ReturnType<typeof openStore>['store']; readonly record: PoisonRecord } {
  const { store } = openStore(':memory:', new VirtualClock());
  keepPoison(store, RECORD);
  const [record] = poisonRecords(store);
  if (record === undefined) throw new Error('it was not kept');
  return { store, record };
}

/** A daemon that commits what it is told, and a detector that gives the same for every batch. */
function ports(
  store: ReturnType<typeof kept>['store'],
  detected: Detected,
): Parameters<typeof tryPoisonAgain>[0] {
  return {
    detector: { detect: async () => detected, inFlightMax: 1, close: async () => undefined },
    daemon: {
      take: async (_signals, { ledger = [], audit = [], values = [] } = {}) =>
        store.commit({ positions: [], state: [], revisions: [], outbox: [], ledger, audit, values }),
    },
  };
}

describe('a record that was set aside', () => {
  test('is taken in once it is understood: counted, written down, and set aside no longer, in one transaction', async () => {
    const { store, record } = kept();
    const outcome = await tryPoisonAgain(ports(store, FOUND), record, AUDIT);
    expect(outcome).toEqual({ outcome: 'taken', matched: 1, signals: 0 });
    expect(poisonRecords(store)).toEqual([]);
    expect(store.checkpoint().ledger.get('s')).toEqual({
      received: 1,
      matched: 1,
      unmatched: 0,
      rejected: 0,
      dropped: 0,
    });
    expect(store.checkpoint().commits).toBe(1);
    expect(store.audit({ limit: 9 }).items).toEqual([AUDIT]);
  });

  test('that ends a thread again stays, and is counted for nothing', async () => {
    const { store, record } = kept();
    const detected = { ...FOUND, events: 0, matched: 0, dropped: new Map([['poison', 1]]) };
    expect(await tryPoisonAgain(ports(store, detected), record, AUDIT)).toEqual({ outcome: 'poison' });
    expect(poisonRecords(store).length).toBe(1);
    expect(store.checkpoint().ledger.size).toBe(0);
  });

  test('of which only the beginning was kept is not tried', async () => {
    const { store } = openStore(':memory:', new VirtualClock());
    keepPoison(store, { ...RECORD, bytes: new Uint8Array(100_000).fill(65) });
    const [record] = poisonRecords(store);
    if (record === undefined) throw new Error('it was not kept');
    await expect(tryPoisonAgain(ports(store, FOUND), record, AUDIT)).rejects.toThrow(
      /only 65536 of its 100000/,
    );
  });

  test('is dropped once, and who did is written down', () => {
    const { store, record } = kept();
    const { id } = poisonReport(record);
    expect(dropPoison(store, 'another', { by: 'ann', at: 9 })).toBe(false);
    expect(dropPoison(store, id, { by: 'ann', at: 9 })).toBe(true);
    expect(dropPoison(store, id, { by: 'ann', at: 9 })).toBe(false);
    expect(poisonRecords(store)).toEqual([]);
    expect(store.audit({ subject: id, limit: 9 }).items).toMatchObject([
      { by: 'ann', action: 'poison.dropped' },
    ]);
  });

  test('is listed, shown, tried and dropped over the API, by engineers', async () => {
    const { ask, engine } = makeApp();
    for (const line of [1, 2, 3]) keepPoison(engine.store, { ...RECORD, line });
    const read = async (path: string): Promise<{ [key: string]: unknown }> =>
      JSON.parse(await (await ask(path, { role: 'engineer' })).text());
    const first = await read('/api/v1/poison?limit=2');
    expect([(first['items'] as unknown[]).length, first['next']]).toEqual([2, '2']);
    expect(((await read('/api/v1/poison?limit=2&after=2'))['items'] as unknown[]).length).toBe(1);
    const id = poisonReport({ ...RECORD, line: 1, sizeBytes: 1 }).id;
    const shown = await read(`/api/v1/poison/${id}`);
    expect(Buffer.from(String(shown['bytes']), 'base64').toString()).toBe('{"msg":"bad"}\n');
    const retried = await ask(`/api/v1/poison/${id}/retry`, { method: 'POST', role: 'engineer', body: {} });
    expect(await retried.json()).toEqual({ outcome: 'taken', matched: 1, signals: 2 });
    const drop = (role: 'analyst' | 'engineer'): Promise<Response> =>
      ask(`/api/v1/poison/${id}`, { method: 'DELETE', role });
    expect([
      (await drop('analyst')).status,
      (await drop('engineer')).status,
      (await drop('engineer')).status,
    ]).toEqual([403, 200, 404]);
  });
});

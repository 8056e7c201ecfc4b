import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../engine/adapters/index.ts';
import type { ClockPort, Commit, OutboxEntry, StoredRevision } from '../../../engine/runtime/index.ts';

let folder: string;
let now = 1_000_000;
const clock: ClockPort = {
  nowMicros: () => now,
  monotonicMs: () => now / 1000,
  sleep: async () => undefined,
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
  now = 1_000_000;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const EMPTY: Commit = { positions: [], state: [], revisions: [], outbox: [], audit: [], ledger: [] };

function revision(id: string, number: number, more: Partial<StoredRevision> = {}): StoredRevision {
  const given = {
    id,
    revision: number,
    kind: 'alert' as const,
    state: 'open',
    severity: 'high',
    ruleId: 'r1',
  };
  return {
    ...given,
    entities: ['10.0.0.1'],
    firstSeen: 10,
    lastSeen: 10 + number,
    body: `{"id":"${id}","revision":${number}}`,
    storedAt: now,
    ...more,
  };
}

function bound(output: string, id: string, number: number): OutboxEntry {
  const key = `alert:${id}:${number}`;
  return { output, kind: 'alert', id, revision: number, key, lane: id, body: `{"id":"${id}"}` };
}

describe('the store', () => {
  test('keeps everything of a commit over a reopening', () => {
    const path = join(folder, 'telltale.db');
    const { store } = openStore(path, clock);
    store.commit({
      positions: [{ source: 'a', partition: 'p', position: '17' }],
      state: [
        { room: 'alert', key: 'k', bytes: new Uint8Array([1, 2]) },
        { room: 'alert', key: 'gone', bytes: new Uint8Array([3]) },
      ],
      revisions: [revision('x', 1), revision('x', 2)],
      outbox: [bound('o', 'x', 1)],
      audit: [{ at: 5, by: 'engine', action: 'alert.opened', subject: 'x', detail: { n: 1 } }],
      ledger: [{ source: 'a', received: 5, matched: 1, unmatched: 2, rejected: 1, dropped: 1 }],
    });
    store.commit({
      ...EMPTY,
      state: [{ room: 'alert', key: 'gone', bytes: undefined }],
      ledger: [{ source: 'a', received: 1, matched: 1, unmatched: 0, rejected: 0, dropped: 0 }],
    });
    store.putValue('silence/1', new Uint8Array([9]));
    store.close();
    const again = openStore(path, clock);
    expect(again.setAside).toBeUndefined();
    const checkpoint = again.store.checkpoint();
    expect(checkpoint.positions.get('a')?.get('p')).toBe('17');
    expect(checkpoint.commits).toBe(2);
    expect(checkpoint.ledger.get('a')).toEqual({
      received: 6,
      matched: 2,
      unmatched: 2,
      rejected: 1,
      dropped: 1,
    });
    expect([...again.store.state('alert')].map(({ key, bytes }) => [key, ...bytes])).toEqual([['k', 1, 2]]);
    expect(again.store.latest('alert', 'x')?.revision).toBe(2);
    expect(again.store.history('alert', 'x').map(({ revision }) => revision)).toEqual([1, 2]);
    expect(again.store.audit({ limit: 10 }).items[0]?.detail).toEqual({ n: 1 });
    expect(again.store.due('o', { nowMicros: now, limit: 10 }).map(({ key }) => key)).toEqual(['alert:x:1']);
    expect([...again.store.values('silence/')].map(({ key }) => key)).toEqual(['silence/1']);
    again.store.close();
  });

  test('a commit that fails leaves nothing behind', () => {
    const { store } = openStore(':memory:', clock);
    const bad = { ...revision('x', 1), lastSeen: Number.NaN };
    expect(() =>
      store.commit({
        ...EMPTY,
        positions: [{ source: 'a', partition: 'p', position: '1' }],
        revisions: [bad],
      }),
    ).toThrow();
    expect(store.checkpoint().positions.size).toBe(0);
    store.commit({ ...EMPTY, positions: [{ source: 'a', partition: 'p', position: '2' }] });
    expect(store.checkpoint().positions.get('a')?.get('p')).toBe('2');
  });

  test('the same revision and the same delivery twice are there once', () => {
    const { store } = openStore(':memory:', clock);
    const commit = { ...EMPTY, revisions: [revision('x', 1)], outbox: [bound('o', 'x', 1)] };
    store.commit(commit);
    store.commit(commit);
    expect(store.history('alert', 'x').length).toBe(1);
    expect(store.due('o', { nowMicros: now, limit: 10 }).length).toBe(1);
  });

  test('a lane keeps its order: what comes behind a delayed item waits, other lanes go on', () => {
    const { store } = openStore(':memory:', clock);
    store.commit({
      ...EMPTY,
      outbox: [bound('o', 'x', 1), bound('o', 'x', 2), bound('o', 'y', 1), bound('p', 'x', 1)],
    });
    const [first] = store.due('o', { nowMicros: now, limit: 10 });
    store.settle('o', [{ sequence: first?.sequence ?? 0, outcome: 'retry', retryAt: now + 500 }]);
    const keys = (): string[] => store.due('o', { nowMicros: now, limit: 10 }).map(({ key }) => key);
    expect(keys()).toEqual(['alert:y:1']);
    now += 500;
    expect(keys()).toEqual(['alert:x:1', 'alert:x:2', 'alert:y:1']);
    expect(store.due('o', { nowMicros: now, limit: 1 })[0]?.attempts).toBe(1);
    expect(store.queues().map(({ output, waiting }) => [output, waiting])).toEqual([
      ['o', 3],
      ['p', 1],
    ]);
  });

  test('dead letters are listed, replayed into their old place, and come back with the same key', () => {
    const { store } = openStore(':memory:', clock);
    store.commit({ ...EMPTY, outbox: [bound('o', 'x', 1), bound('o', 'y', 1)] });
    const [first] = store.due('o', { nowMicros: now, limit: 1 });
    store.settle('o', [{ sequence: first?.sequence ?? 0, outcome: 'dead', reason: '400 bad' }]);
    const letters = store.deadLetters('o', { limit: 10 });
    expect(letters.items.map(({ key, reason, attempts }) => [key, reason, attempts])).toEqual([
      ['alert:x:1', '400 bad', 1],
    ]);
    expect(store.replay('o', 'all')).toBe(1);
    expect(store.due('o', { nowMicros: now, limit: 10 }).map(({ key }) => key)).toEqual([
      'alert:x:1',
      'alert:y:1',
    ]);
    expect(store.deadLetters(undefined, { limit: 10 }).items).toEqual([]);
  });

  test('lists page by page without gap or repeat, by state, severity, rule, entity and time', () => {
    const { store } = openStore(':memory:', clock);
    const all = Array.from({ length: 25 }, (_, i) =>
      revision(`a${i}`, 1, {
        lastSeen: Math.floor(i / 3),
        state: i % 2 === 0 ? 'open' : 'resolved',
        severity: i % 5 === 0 ? 'high' : 'low',
        ruleId: `r${i % 4}`,
        entities: [`user${i % 3}`],
      }),
    );
    store.commit({ ...EMPTY, revisions: all });
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = store.list({ kind: 'alert', limit: 4, ...(after === undefined ? {} : { after }) });
      seen.push(...page.items.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    expect(new Set(seen).size).toBe(25);
    expect(seen.length).toBe(25);
    const ids = (query: object): number => store.list({ kind: 'alert', limit: 100, ...query }).items.length;
    expect(ids({ states: ['open'] })).toBe(13);
    expect(ids({ severities: ['high'] })).toBe(5);
    expect(ids({ ruleId: 'r1' })).toBe(6);
    expect(ids({ entity: 'user2' })).toBe(8);
    expect(ids({ since: 2, until: 4 })).toBe(6);
    expect(ids({ entity: "' OR 1=1 --" })).toBe(0);
  });

  test('purges in small steps what nobody touched, but not what an output still waits for', () => {
    const { store } = openStore(':memory:', clock);
    store.commit({
      ...EMPTY,
      revisions: [
        revision('old', 1, { storedAt: 1 }),
        revision('bound', 1, { storedAt: 1 }),
        revision('new', 1, { storedAt: 99 }),
      ],
      outbox: [bound('o', 'bound', 1)],
      audit: [{ at: 1, by: 'e', action: 'a', subject: 's', detail: {} }],
    });
    expect(store.purge(50, 10)).toEqual({ revisions: 1, audit: 1, dead: 0 });
    expect(store.latest('alert', 'old')).toBeUndefined();
    expect(store.latest('alert', 'bound')).toBeDefined();
    expect(store.latest('alert', 'new')).toBeDefined();
  });

  test('a copy made while it runs opens and holds the same', () => {
    const { store } = openStore(join(folder, 'a.db'), clock);
    store.commit({
      ...EMPTY,
      positions: [{ source: 'a', partition: 'p', position: '1' }],
      revisions: [revision('x', 1)],
    });
    store.backup(join(folder, "it's a copy.db"));
    store.close();
    const copy = openStore(join(folder, "it's a copy.db"), clock).store;
    expect(copy.latest('alert', 'x')?.revision).toBe(1);
    copy.close();
  });

  test('a file that is no database, and any flipped bit in what a restart rests on, is set aside, never used', () => {
    writeFileSync(join(folder, 'junk.db'), 'no database at all '.repeat(500));
    const opened = openStore(join(folder, 'junk.db'), clock);
    expect(opened.setAside).toBeDefined();
    expect(existsSync(opened.setAside ?? '')).toBe(true);
    expect(opened.store.checkpoint().positions.size).toBe(0);
    opened.store.close();

    const path = join(folder, 'whole.db');
    const { store } = openStore(path, clock);
    const marker = 'the state of one entity, long enough to be found';
    store.commit({
      ...EMPTY,
      positions: [{ source: 'a', partition: 'p', position: 'position-marker-17' }],
      state: [{ room: 'alert', key: 'k', bytes: new TextEncoder().encode(marker) }],
    });
    store.close();
    const bytes = readFileSync(path);
    let seen = 0;
    for (const what of [marker, 'position-marker-17']) {
      for (let i = 0; i < what.length; i += 3) {
        const flipped = Buffer.from(bytes);
        const at = flipped.indexOf(what) + i;
        expect(at).toBeGreaterThan(i);
        flipped[at] = (flipped[at] ?? 0) ^ 4;
        const copy = join(folder, `flip-${seen}.db`);
        writeFileSync(copy, flipped);
        const again = openStore(copy, clock);
        expect(again.setAside, `${what} at ${i}`).toBeDefined();
        again.store.close();
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(20);
  });

  test('torn copies of the files are always a committed prefix', () => {
    const path = join(folder, 'live.db');
    const { store } = openStore(path, clock);
    for (let n = 1; n <= 40; n++) {
      store.commit({
        ...EMPTY,
        positions: [{ source: 'a', partition: 'p', position: String(n) }],
        state: [{ room: 'r', key: 'n', bytes: new TextEncoder().encode(String(n)) }],
        revisions: [revision(`x${n}`, 1)],
      });
    }
    const wal = readFileSync(`${path}-wal`);
    const main = readFileSync(path);
    store.close();
    const seen = new Set<number>();
    for (let cut = 0; cut <= wal.length; cut += Math.ceil(wal.length / 61)) {
      const copy = join(folder, `cut-${cut}.db`);
      writeFileSync(copy, main);
      writeFileSync(`${copy}-wal`, wal.subarray(0, cut));
      const { store: torn, setAside } = openStore(copy, clock);
      expect(setAside).toBeUndefined();
      const checkpoint = torn.checkpoint();
      const n = Number(checkpoint.positions.get('a')?.get('p') ?? 0);
      expect(checkpoint.commits).toBe(n);
      expect([...torn.state('r')].map(({ bytes }) => Number(new TextDecoder().decode(bytes)))).toEqual(
        n === 0 ? [] : [n],
      );
      expect(torn.list({ kind: 'alert', limit: 100 }).items.length).toBe(n);
      seen.add(n);
      torn.close();
    }
    expect(seen.size).toBeGreaterThan(20);
    expect(readdirSync(folder).some((name) => name.includes('corrupt'))).toBe(false);
  });

  test('a state of a later program is refused, not damaged', () => {
    const path = join(folder, 'a.db');
    openStore(path, clock).store.close();
    const later = readFileSync(path);
    later.writeUInt32BE(99, 60);
    const copy = join(folder, 'later.db');
    writeFileSync(copy, later);
    expect(() => openStore(copy, clock)).toThrow(/later version/);
    copyFileSync(copy, join(folder, 'again.db'));
    expect(readFileSync(copy).readUInt32BE(60)).toBe(99);
  });
});

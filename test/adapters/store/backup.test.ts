import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  backUp,
  examineState,
  ForeignDatabase,
  LaterLayout,
  openStore,
  readStore,
  restore,
  SPOOL_LIMITS,
  Spool,
  StateInUse,
  StateLock,
} from '../../../engine/adapters/index.ts';
import { EmbeddedDatabase } from '../../../engine/adapters/store/database.ts';
import type { Commit, StorePort } from '../../../engine/runtime/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let folder: string;
let path: string;
let copy: string;
const clock = new VirtualClock();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'back?up #1-'));
  mkdirSync(join(folder, 'state', 'feeds'), { recursive: true });
  path = join(folder, 'state', 'telltale.db');
  copy = join(folder, "it's a copy");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const EMPTY: Commit = { positions: [], state: [], revisions: [], outbox: [], audit: [], ledger: [] };
const MARK = 'a body long enough to be found again';

/** One commit more: alert `n`, and a position that says so. */
function commit(store: StorePort, n: number): void {
  store.commit({
    ...EMPTY,
    positions: [{ source: 's', partition: 'p', position: String(n) }],
    state: [{ room: 'r', key: 'n', bytes: new TextEncoder().encode(String(n)) }],
    revisions: [
      {
        kind: 'alert',
        id: `a${n}`,
        revision: 1,
        state: 'open',
        severity: 'high',
        ruleId: 'r1',
        entities: [],
        firstSeen: n,
        lastSeen: n,
        body: `{"id":"a${n}","text":"${MARK}"}`,
        storedAt: n,
      },
    ],
  });
}

describe('a backup', () => {
  test('is made beside a writer, holds what was committed before, and is verified and private', () => {
    const { store } = openStore(path, clock);
    for (let n = 1; n <= 5; n++) commit(store, n);
    writeFileSync(join(folder, 'state', 'tokens.json'), '[1]');
    writeFileSync(join(folder, 'state', 'admin.token'), 'a secret');
    writeFileSync(join(folder, 'state', 'feeds', 'one.body'), 'evil.example');
    const summary = backUp(path, copy);
    expect(summary).toMatchObject({ commits: 5, alerts: 5, incidents: 0 });
    commit(store, 6);
    store.close();
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(["it's a copy", 'state']);
    expect(readFileSync(copy).includes('a secret')).toBe(false);

    const other = join(folder, 'other', 'telltale.db');
    expect(restore(copy, other, 7)).toMatchObject({ commits: 5, alerts: 5 });
    const restored = openStore(other, clock).store;
    expect(restored.checkpoint()).toMatchObject({ commits: 5 });
    expect(restored.list({ kind: 'alert', limit: 99 }).items.length).toBe(5);
    restored.close();
    expect(readFileSync(join(folder, 'other', 'tokens.json'), 'utf8')).toBe('[1]');
    expect(statSync(join(folder, 'other', 'tokens.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'other', 'feeds', 'one.body'), 'utf8')).toBe('evil.example');
  });

  test('takes the place of what is there, which is set aside, and never while somebody works with it', () => {
    const lock = new StateLock(path);
    const { store } = openStore(path, clock);
    commit(store, 1);
    backUp(path, copy);
    commit(store, 2);
    expect(() => new StateLock(path)).toThrow(StateInUse);
    expect(() => restore(copy, path, 7)).toThrow(StateInUse);
    store.close();
    lock.release();
    expect(restore(copy, path, 7).before).toBe(`${path}.before-7`);
    expect(examineState(path).commits).toBe(1);
    expect(examineState(`${path}.before-7`).commits).toBe(2);
    new StateLock(path).release();
  });

  test('of anything but a whole state that this program knows is refused, and nothing is changed', () => {
    const { store } = openStore(path, clock);
    commit(store, 1);
    store.close();
    backUp(path, copy);
    const good = readFileSync(copy);
    const at = good.indexOf(MARK);
    expect(at).toBeGreaterThan(0);
    const flipped = (bytes: Buffer): Buffer => {
      bytes.writeUInt8(bytes.readUInt8(at + 3) ^ 1, at + 3);
      return bytes;
    };
    const later = (bytes: Buffer): Buffer => {
      bytes.writeUInt32BE(99, 60);
      return bytes;
    };
    const cases: readonly (readonly [string, (bytes: Buffer) => Buffer, RegExp | typeof LaterLayout])[] = [
      ['a later layout', later, LaterLayout],
      ['a flipped bit in a body', flipped, /not what was written/],
      ['a torn end', (bytes) => bytes.subarray(0, bytes.length >> 1), /malformed|not what|page|disk image/i],
      ['no database', () => Buffer.from('nothing of ours '.repeat(99)), /not a database/],
      ['nothing', () => Buffer.alloc(0), /no state/],
    ];
    for (const [name, damage, expected] of cases) {
      const bad = join(folder, 'bad');
      writeFileSync(bad, damage(Buffer.from(good)));
      expect(() => restore(bad, path, 7), name).toThrow(expected);
      expect(examineState(path).commits, name).toBe(1);
      expect(
        readdirSync(join(folder, 'state')).filter((one) => one.includes('before')),
        name,
      ).toEqual([]);
    }
    const foreign = new EmbeddedDatabase(join(folder, 'foreign'));
    foreign.exec('CREATE TABLE t (x); PRAGMA user_version = 1');
    foreign.close();
    expect(() => restore(join(folder, 'foreign'), path, 7)).toThrow(ForeignDatabase);
    expect(() => restore(join(folder, 'nowhere'), path, 7)).toThrow(ForeignDatabase);
  });

  test('that cannot be written leaves nothing behind', () => {
    openStore(path, clock).store.close();
    expect(() => backUp(path, join(folder, 'no', 'such', 'folder', 'b'))).toThrow();
    expect(readdirSync(folder)).toEqual(['state']);
  });

  test('older than a spool goes on with what the spool still has, and repeats nothing that is acknowledged', async () => {
    const records = (n: number): Uint8Array => new TextEncoder().encode(`{"n":${n}}\n`);
    const spool = join(folder, 'spool');
    const first = new Spool(spool, { ...SPOOL_LIMITS, segmentSizeBytes: 60 });
    for (let n = 1; n <= 9; n++) await first.append(records(n), 1, n);
    const stop = new AbortController();
    const positions: string[] = [];
    for await (const { position } of first.read(undefined, stop.signal)) {
      positions.push(position);
      if (positions.length >= 3) break;
    }
    // The backup knows the first position; the daemon that went on has acknowledged a later one.
    first.acknowledge(positions[2] ?? '');
    await first.close();
    const again = new Spool(spool, { ...SPOOL_LIMITS, segmentSizeBytes: 60 }, positions[0]);
    let text = '';
    const enough = new AbortController();
    for await (const { bytes } of again.read(positions[0], enough.signal)) {
      text += new TextDecoder().decode(bytes);
      if (text.includes('"n":9}')) enough.abort();
    }
    await again.close();
    const seen = [...text.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n));
    expect(seen.at(-1)).toBe(9);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('a store that is only looked at', () => {
  test('is not changed, whatever is asked of it, and shows what a writer beside it has committed', () => {
    const { store } = openStore(path, clock);
    commit(store, 1);
    const reader = readStore(path, clock);
    commit(store, 2);
    expect(reader.list({ kind: 'alert', limit: 9 }).items.length).toBe(2);
    expect(() => commit(reader, 3)).toThrow(/readonly/);
    expect(() => reader.replay('o', 'all')).toThrow(/readonly/);
    reader.close();
    store.close();
    // A daemon that was killed leaves its log behind: looking leaves it, too.
    const killed = new EmbeddedDatabase(path);
    killed.exec('UPDATE commits SET count = 77');
    const [main, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
    const dead = join(folder, 'dead.db');
    writeFileSync(dead, main);
    writeFileSync(`${dead}-wal`, log);
    killed.close();
    const late = readStore(dead, clock);
    expect(late.checkpoint().commits).toBe(77);
    late.close();
    expect(readFileSync(dead).equals(main)).toBe(true);
    expect(readFileSync(`${dead}-wal`).equals(log)).toBe(true);
  });

  test('that is damaged is left as it is', () => {
    writeFileSync(path, 'no database at all '.repeat(500));
    expect(() => readStore(path, clock)).toThrow();
    expect(readdirSync(join(folder, 'state')).sort()).toEqual(['feeds', 'telltale.db']);
    rmSync(path);
    expect(() => readStore(path, clock)).toThrow();
    expect(existsSync(path)).toBe(false);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openStore, systemClock } from '../../../engine/adapters/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'cells-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a text whose bytes are no UTF-8 any more does not end the process: the database is set aside', () => {
  const path = join(folder, 'a.db');
  const { store } = openStore(path, systemClock);
  const positions = [{ source: 'needle', partition: 'p', position: '1:2:3' }];
  store.commit({ positions, state: [], revisions: [], outbox: [], audit: [], ledger: [] });
  store.close();
  const bytes = readFileSync(path);
  const at = bytes.indexOf('needle');
  expect(at).toBeGreaterThan(0);
  // As one flipped bit makes of an e: the beginning of a sequence that is not there.
  bytes[at + 1] = (bytes[at + 1] ?? 0) ^ 0x80;
  writeFileSync(path, bytes);
  const again = openStore(path, systemClock);
  expect(again.setAside).toBeDefined();
  expect(again.store.checkpoint().positions.size).toBe(0);
  again.store.close();
});

test('a row that is not what was written is found among others, and the database is set aside', () => {
  const path = join(folder, 'b.db');
  const { store } = openStore(path, systemClock);
  const state = ['one', 'two', 'three'].map((key) => ({
    room: 'stages',
    key,
    bytes: new TextEncoder().encode(`the bytes of ${key}`),
  }));
  store.commit({ positions: [], state, revisions: [], outbox: [], audit: [], ledger: [] });
  store.close();
  const bytes = readFileSync(path);
  const at = bytes.indexOf('the bytes of three');
  expect(at).toBeGreaterThan(0);
  bytes[at] = 0x54;
  writeFileSync(path, bytes);
  const again = openStore(path, systemClock);
  expect(again.reason).toContain('not what was written');
  again.store.close();
});

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Ballast, openStore, systemClock } from '../../../engine/adapters/index.ts';
import { keepPoison, POISON_RECORDS_MAX, poisonRecords } from '../../../engine/runtime/index.ts';
import { makeFolder } from '../../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());

test('ballast holds real blocks, gives them free once, and holds them again', () => {
  const ballast = new Ballast(folder.path, 1 << 20);
  const path = join(folder.path, 'ballast');
  expect(statSync(path).size).toBe(1 << 20);
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(1 << 20);
  expect([ballast.release(), existsSync(path), ballast.release()]).toEqual([true, false, false]);
  expect([ballast.hold(), statSync(path).size]).toEqual([true, 1 << 20]);
});

test('a poison record is kept once, and of too many the newest', () => {
  const { store } = openStore(':memory:', systemClock);
  const record = (line: number) => ({
    at: line,
    source: 's',
    file: 'f',
    line,
    reason: 'r',
    bytes: Uint8Array.of(1),
  });
  keepPoison(store, record(1));
  keepPoison(store, record(1));
  expect(poisonRecords(store)).toEqual([{ ...record(1), sizeBytes: 1 }]);
  store.putValues(
    Array.from({ length: POISON_RECORDS_MAX }, (_, i) => ({
      key: `poison/s\nf\n${i + 2}`,
      bytes: new TextEncoder().encode(JSON.stringify({ ...record(i + 2), sizeBytes: 1, bytes: 'AQ==' })),
    })),
  );
  keepPoison(store, record(9999));
  const kept = poisonRecords(store);
  expect([kept.length, kept[0]?.line, kept.at(-1)?.line]).toEqual([POISON_RECORDS_MAX, 3, 9999]);
  store.close();
});

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  EarlierLayout,
  examineState,
  LAYOUT_VERSION,
  openStore,
  readStore,
} from '../../../engine/adapters/index.ts';
import { checksum } from '../../../engine/adapters/store/checksum.ts';
import { EmbeddedDatabase } from '../../../engine/adapters/store/database.ts';
import { makeLayout } from '../../../engine/adapters/store/layout.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let folder: string;
const clock = new VirtualClock();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const BODY = '{"kind":"alert","id":"a1","revision":1}';
const STATE = new Uint8Array([1, 2, 3]);

/** A database as the program of a layout left it, with a row in every table that it knew. */
function madeBy(version: number, path: string, more = ''): void {
  const database = new EmbeddedDatabase(path);
  makeLayout(database, version);
  const run = (sql: string, ...cells: readonly (string | number | Uint8Array)[]): void => {
    database.command(sql).run(...cells);
  };
  run('INSERT INTO positions VALUES (?, ?, ?, ?)', 's', 'p', '17', checksum('s', 'p', '17'));
  run('INSERT INTO ledger VALUES (?, 5, 1, 2, 1, 1)', 's');
  run('UPDATE commits SET count = 9');
  run('INSERT INTO state VALUES (?, ?, ?, ?)', 'alert', 'k', STATE, checksum('alert', 'k', STATE));
  const crc = checksum('alert', 'a1', BODY);
  run("INSERT INTO revisions VALUES ('alert', 'a1', 1, ?, ?, 'open', 'high', 'r1', 1, 2, 3)", BODY, crc);
  run("INSERT INTO latest VALUES ('alert', 'a1', 1, 'open', 'high', 'r1', 2, 3)");
  run("INSERT INTO subjects VALUES ('alert', 'a1', 'ann')");
  run("INSERT INTO audit (at, by, action, subject, detail) VALUES (4, 'engine', 'alert.opened', 'a1', '{}')");
  run(
    "INSERT INTO outbox (output, key, kind, id, revision, lane, body, crc, put_at) VALUES ('o', 'alert:a1:1', 'alert', 'a1', 1, 'a1', ?, ?, 5)",
    BODY,
    checksum('alert:a1:1', BODY),
  );
  run("INSERT INTO dead VALUES (99, 'o', 'alert:a2:1', 'alert', 'a2', 1, 'a2', '{}', 3, 'no', 6)");
  run('INSERT INTO kept VALUES (?, ?, ?)', 'silence/1', STATE, checksum('silence/1', STATE));
  if (more !== '') database.exec(more);
  database.close();
}

/** Everything that a store shows, as plain data. */
function shown(store: ReturnType<typeof readStore>): unknown {
  const { positions, ledger, commits } = store.checkpoint();
  return {
    position: positions.get('s')?.get('p'),
    ledger: ledger.get('s'),
    commits,
    state: [...store.state('alert')].map(({ key, bytes }) => [key, ...bytes]),
    latest: store.latest('alert', 'a1'),
    audit: store.audit({ limit: 9 }).items,
    about: store.audit({ subject: 'a1', limit: 9 }).items.length,
    due: store.due('o', { nowMicros: 1e15, limit: 9 }),
    dead: store.deadLetters('o', { limit: 9 }).items,
    kept: [...store.values('silence/')].map(({ key }) => key),
  };
}

const EARLIER = Array.from({ length: LAYOUT_VERSION - 1 }, (_, i) => i + 1);

describe('a state of an earlier layout', () => {
  test('there is at least one', () => expect(EARLIER.length).toBeGreaterThan(0));

  test.each(EARLIER)('%d is brought up to date whole, and what it was stays in a copy', (version) => {
    const path = join(folder, 'telltale.db');
    madeBy(version, path);
    expect(() => readStore(path, clock)).toThrow(EarlierLayout);
    expect(examineState(path)).toMatchObject({ layout: version, commits: 9, alerts: 1, deadLetters: 1 });
    const { store, upgraded, setAside } = openStore(path, clock);
    expect(setAside).toBeUndefined();
    const copy = `${path}.layout-${version}`;
    expect(upgraded).toEqual({ from: version, to: LAYOUT_VERSION, copy });
    const found = shown(store);
    expect(found).toMatchObject({ position: '17', commits: 9, about: 1, state: [['k', 1, 2, 3]] });
    store.close();
    // The copy is what it was, and the way up from it gives the same.
    expect(examineState(copy).layout).toBe(version);
    const again = openStore(copy, clock);
    expect(shown(again.store)).toEqual(found);
    again.store.close();
    // The second opening has nothing to do.
    const second = openStore(path, clock);
    expect(second.upgraded).toBeUndefined();
    second.store.close();
    const reader = readStore(path, clock);
    expect(shown(reader)).toEqual(found);
    reader.close();
  });

  test('that cannot be brought up to date stays as it was', () => {
    const path = join(folder, 'telltale.db');
    // The last step fails: something of its name is there already.
    madeBy(1, path, 'CREATE INDEX audit_subject ON audit (subject)');
    expect(() => openStore(path, clock)).toThrow(/audit_subject/);
    expect(examineState(path)).toMatchObject({ layout: 1, commits: 9 });
    expect(existsSync(`${path}.layout-1`)).toBe(true);
  });
});

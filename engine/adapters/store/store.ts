import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type {
  Checkpoint,
  ClockPort,
  Commit,
  FaultPoint,
  KeptValue,
  Ledger,
  StoreOpening,
  StorePort,
} from '../../runtime/index.ts';
import { bytes, number, text, texts } from './cells.ts';
import { checksum, verify } from './checksum.ts';
import { DatabaseTrouble, EmbeddedDatabase, setAside, syncFile, syncFolder } from './database.ts';
import { bringUpToDate, LAYOUT_VERSION, layoutOf } from './layout.ts';
import { OutboxStore } from './outbox-store.ts';
import { RevisionStore } from './revision-store.ts';

/**
 * Opens the daemon's memory in a file, makes it where there is none, and looks whether it is whole. One that is not is set aside, beside the
 * file, and a new one begun: the sources are then read again from what they still have.
 */
export function openStore(path: string, clock: ClockPort, fault?: (point: FaultPoint) => void): StoreOpening {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    return openWhole(path, clock, fault);
  } catch (error) {
    if (!(error instanceof DatabaseTrouble) || error.kind !== 'corrupt') throw error;
    const name = `${path}.corrupt-${clock.nowMicros()}`;
    setAside(path, name);
    return { ...openWhole(path, clock, fault), setAside: name, reason: error.message };
  }
}

/** Opens a store that is there to change it, and sets nothing aside: throws `DatabaseTrouble` where it is not whole, `LaterLayout` where it is of another program. */
export function changeStore(path: string, clock: ClockPort): StorePort {
  return openWhole(path, clock).store;
}

/** A state of an earlier layout: only a writer may bring it to the present one. */
export class EarlierLayout extends Error {
  readonly found: number;

  constructor(found: number) {
    super(
      `the state is of an earlier version (layout ${found}, this program writes ${LAYOUT_VERSION}); \`telltale run\` brings it up to date`,
    );
    this.name = 'EarlierLayout';
    this.found = found;
  }
}

/**
 * Opens a store to look at it, beside a daemon that may be writing: nothing is changed, set aside or made. Throws `DatabaseTrouble` where it is
 * not whole or not there, `EarlierLayout` and `LaterLayout` where it is of another program.
 */
export function readStore(path: string, clock: ClockPort): StorePort {
  const database = new EmbeddedDatabase(path, 'read');
  try {
    const found = layoutOf(database);
    if (found < LAYOUT_VERSION) throw new EarlierLayout(found);
    return new EmbeddedStore(database, clock);
  } catch (error) {
    database.close();
    throw error;
  }
}

function openWhole(path: string, clock: ClockPort, fault?: (point: FaultPoint) => void): StoreOpening {
  const database = new EmbeddedDatabase(path);
  try {
    const damage = database.check();
    if (damage !== undefined) throw new DatabaseTrouble('corrupt', { cause: new Error(damage) });
    let upgraded: StoreOpening['upgraded'];
    bringUpToDate(database, (from) => {
      const copy = `${path}.layout-${from}`;
      copyInto(database, copy);
      upgraded = { from, to: LAYOUT_VERSION, copy };
    });
    const store = new EmbeddedStore(database, clock, fault);
    store.verifyState();
    return upgraded === undefined ? { store } : { store, upgraded };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A consistent copy of a database in another file, whole or not at all; what is written meanwhile is not in it. */
export function copyInto(database: EmbeddedDatabase, path: string): void {
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  database.exec(`VACUUM INTO '${partial.replaceAll("'", "''")}'`);
  syncFile(partial);
  renameSync(partial, path);
  syncFolder(dirname(path));
}

/** The store in one embedded database. Every cell that the core restarts from has a checksum. */
class EmbeddedStore implements StorePort {
  readonly #database: EmbeddedDatabase;
  readonly #clock: ClockPort;
  readonly #fault: ((point: FaultPoint) => void) | undefined;
  readonly #revisions: RevisionStore;
  readonly #outbox: OutboxStore;
  readonly #putPosition;
  readonly #dropPosition;
  readonly #putState;
  readonly #dropState;
  readonly #addLedger;
  readonly #countCommit;
  readonly #state;
  readonly #kept;
  readonly #keptUnder;
  readonly #keep;
  readonly #unkeep;

  constructor(database: EmbeddedDatabase, clock: ClockPort, fault?: (point: FaultPoint) => void) {
    this.#database = database;
    this.#clock = clock;
    this.#fault = fault;
    this.#revisions = new RevisionStore(database);
    this.#outbox = new OutboxStore(database);
    this.#putPosition = database.command('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)');
    this.#dropPosition = database.command('DELETE FROM positions WHERE source = ? AND partition = ?');
    this.#putState = database.command('INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)');
    this.#dropState = database.command('DELETE FROM state WHERE room = ? AND key = ?');
    this.#addLedger = database.command(
      `INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source) DO UPDATE SET received = received + excluded.received,
       matched = matched + excluded.matched, unmatched = unmatched + excluded.unmatched,
       rejected = rejected + excluded.rejected, dropped = dropped + excluded.dropped`,
    );
    this.#countCommit = database.command('UPDATE commits SET count = count + 1');
    this.#state = database.query(`SELECT ${texts('key')}, bytes, crc FROM state WHERE room = ? ORDER BY key`);
    this.#kept = database.query(`SELECT ${texts('key')}, bytes, crc FROM kept WHERE key = ?`);
    this.#keptUnder = database.query(
      `SELECT ${texts('key')}, bytes, crc FROM kept WHERE key >= ? AND key < ? ORDER BY key`,
    );
    this.#keep = database.command('INSERT OR REPLACE INTO kept VALUES (?, ?, ?)');
    this.#unkeep = database.command('DELETE FROM kept WHERE key = ?');
  }

  /** Reads every cell that a restart rests on once; throws `DatabaseTrouble` where one is not what was written. */
  verifyState(): void {
    this.checkpoint();
    for (const row of this.#database.query(`SELECT ${texts('room', 'key')}, bytes, crc FROM state`).each()) {
      verify(row[3], `the state of ${text(row, 0)}`, text(row, 0), text(row, 1), bytes(row, 2));
    }
    for (const row of this.#database.query(`SELECT ${texts('key')}, bytes, crc FROM kept`).each()) {
      verify(row[2], text(row, 0), text(row, 0), bytes(row, 1));
    }
    for (const row of this.#database
      .query(`SELECT ${texts('key', 'body')}, crc FROM outbox WHERE crc <> 0`)
      .each()) {
      verify(row[2], text(row, 0), text(row, 0), text(row, 1));
    }
  }

  checkpoint(): Checkpoint {
    const positions = new Map<string, Map<string, string>>();
    for (const row of this.#database
      .query(`SELECT ${texts('source', 'partition', 'position')}, crc FROM positions`)
      .each()) {
      const [source, partition, position] = [text(row, 0), text(row, 1), text(row, 2)];
      verify(row[3], `a position of ${source}`, source, partition, position);
      const of = positions.get(source) ?? new Map<string, string>();
      positions.set(source, of.set(partition, position));
    }
    const ledger = new Map<string, Ledger>();
    for (const row of this.#database
      .query(`SELECT ${texts('source')}, received, matched, unmatched, rejected, dropped FROM ledger`)
      .each()) {
      const account = {
        received: number(row, 1),
        matched: number(row, 2),
        unmatched: number(row, 3),
        rejected: number(row, 4),
        dropped: number(row, 5),
      };
      const { received, matched, unmatched, rejected, dropped } = account;
      // What was written balances: that is as good as a checksum.
      if (received !== matched + unmatched + rejected + dropped)
        throw new DatabaseTrouble('corrupt', {
          cause: new Error(`the account of ${text(row, 0)} does not balance`),
        });
      ledger.set(text(row, 0), account);
    }
    const count = this.#database.query('SELECT count FROM commits').first();
    return { positions, ledger, commits: count === undefined ? 0 : number(count, 0) };
  }

  *state(room: string): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
    for (const row of this.#state.each(room)) {
      const found = { key: text(row, 0), bytes: bytes(row, 1) };
      verify(row[2], `the state of ${room}`, room, found.key, found.bytes);
      yield found;
    }
  }

  commit(commit: Commit): void {
    const now = this.#clock.nowMicros();
    this.#database.transaction(() => {
      for (const { source, partition, position } of commit.positions) {
        if (position === '') this.#dropPosition.run(source, partition);
        else this.#putPosition.run(source, partition, position, checksum(source, partition, position));
      }
      for (const { room, key, bytes } of commit.state) {
        if (bytes === undefined) this.#dropState.run(room, key);
        else this.#putState.run(room, key, bytes, checksum(room, key, bytes));
      }
      // A test means commits of batches; there are others (of what is configured, of what the engine says).
      const fault = commit.positions.length > 0 ? this.#fault : undefined;
      fault?.('inside-commit');
      this.#revisions.put(commit.revisions);
      this.#outbox.put(commit.outbox, now);
      this.#revisions.append(commit.audit);
      for (const { source, received, matched, unmatched, rejected, dropped } of commit.ledger) {
        this.#addLedger.run(source, received, matched, unmatched, rejected, dropped);
      }
      for (const { key, bytes } of commit.values ?? []) this.putValue(key, bytes);
      this.#countCommit.run();
      fault?.('commit-written');
    });
  }

  list(query: Parameters<StorePort['list']>[0]): ReturnType<StorePort['list']> {
    return this.#revisions.list(query);
  }

  latest(kind: 'alert' | 'incident', id: string): ReturnType<StorePort['latest']> {
    return this.#revisions.latest(kind, id);
  }

  history(kind: 'alert' | 'incident', id: string): ReturnType<StorePort['history']> {
    return this.#revisions.history(kind, id);
  }

  changes(after: number, limit: number): ReturnType<StorePort['changes']> {
    return this.#revisions.changes(after, limit);
  }

  lastChange(): number {
    return this.#revisions.lastChange();
  }

  entities(query: Parameters<StorePort['entities']>[0]): ReturnType<StorePort['entities']> {
    return this.#revisions.entities(query);
  }

  audit(query: Parameters<StorePort['audit']>[0]): ReturnType<StorePort['audit']> {
    return this.#revisions.audit(query);
  }

  due(output: string, at: Parameters<StorePort['due']>[1]): ReturnType<StorePort['due']> {
    return this.#outbox.due(output, at);
  }

  settle(output: string, results: Parameters<StorePort['settle']>[1]): void {
    if (results.length === 0) return;
    // What a power cut undoes of this is sent again under the same key. Synced, each answer of each output would hold up all others, and the loop.
    this.#database.lazyTransaction(() => this.#outbox.settle(output, results, this.#clock.nowMicros()));
  }

  queues(): ReturnType<StorePort['queues']> {
    return this.#outbox.queues();
  }

  deadLetters(
    output: string | undefined,
    page: Parameters<StorePort['deadLetters']>[1],
  ): ReturnType<StorePort['deadLetters']> {
    return this.#outbox.dead(output, page);
  }

  replay(output: string, sequences: readonly number[] | 'all'): number {
    return this.#database.transaction(() => this.#outbox.replay(output, sequences));
  }

  purge(before: number, limit: number): ReturnType<StorePort['purge']> {
    return this.#database.transaction(() => ({
      ...this.#revisions.purge(before, limit),
      dead: this.#outbox.purge(before, limit),
    }));
  }

  value(key: string): Uint8Array | undefined {
    const row = this.#kept.first(key);
    if (row === undefined) return undefined;
    verify(row[2], key, key, bytes(row, 1));
    return bytes(row, 1);
  }

  putValue(key: string, value: Uint8Array | undefined): void {
    if (value === undefined) this.#unkeep.run(key);
    else this.#keep.run(key, value, checksum(key, value));
  }

  putValues(values: readonly KeptValue[]): void {
    if (values.length === 0) return;
    this.#database.transaction(() => {
      for (const { key, bytes } of values) this.putValue(key, bytes);
    });
  }

  *values(prefix: string): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
    for (const row of this.#keptUnder.each(prefix, `${prefix}\u{10ffff}`)) {
      verify(row[2], text(row, 0), text(row, 0), bytes(row, 1));
      yield { key: text(row, 0), bytes: bytes(row, 1) };
    }
  }

  backup(path: string): void {
    copyInto(this.#database, path);
  }

  sizeBytes(): number {
    return ['', '-wal'].reduce((sum, suffix) => {
      const path = this.#database.path + suffix;
      return sum + (existsSync(path) ? statSync(path).size : 0);
    }, 0);
  }

  close(): void {
    this.#database.close();
  }
}

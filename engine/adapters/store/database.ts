import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';

/** A value as the database takes and gives it. */
export type Cell = string | number | Uint8Array | null;

/** A row, its columns in the order of the statement. */
export type Row = readonly Cell[];

/** A question made ready once. */
export interface Query {
  /** The first row, if any. */
  first(...cells: readonly Cell[]): Row | undefined;
  all(...cells: readonly Cell[]): readonly Row[];
  /** Rows one by one, without holding them all. */
  each(...cells: readonly Cell[]): Iterable<Row>;
}

/** A change made ready once. */
export interface Command {
  /** Gives how many rows changed. */
  run(...cells: readonly Cell[]): number;
}

/** Trouble of the database that asks for different handling. */
export class DatabaseTrouble extends Error {
  readonly kind: 'full' | 'corrupt' | 'busy' | 'other';

  constructor(kind: DatabaseTrouble['kind'], options: { readonly cause: unknown }) {
    super(options.cause instanceof Error ? options.cause.message : String(options.cause), options);
    this.name = 'DatabaseTrouble';
    this.kind = kind;
  }
}

/** How a database is opened: as its only writer; beside whoever writes, changing nothing; or as a file to lock, that holds nothing. */
export type DatabaseAccess = 'write' | 'read' | 'lock';

/** One embedded SQLite file, opened for one process, where a committed transaction is on disk. */
export class EmbeddedDatabase {
  readonly path: string;
  readonly #access: DatabaseAccess;
  readonly #database: Database.Database;

  /** Opens or makes the file; to read, it must be there. Throws `DatabaseTrouble` where it is no database or cannot be opened. */
  constructor(path: string, access: DatabaseAccess = 'write') {
    this.path = path;
    this.#access = access;
    const fresh = !existsSync(path);
    // The library takes no option for reading only, but SQLite itself takes it in a URI.
    const name =
      access === 'read' ? `file:${encodeURI(path).replaceAll(/[?#]/g, encodeURIComponent)}?mode=ro` : path;
    this.#database = guarded(() => new Database(name));
    if (access === 'lock') return;
    if (access === 'read') {
      this.#prepareReading();
      return;
    }
    try {
      guarded(() => {
        // Without WAL a reader would hold up the writer; without FULL a committed transaction may be gone after a power cut.
        this.#database.exec(
          'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000',
        );
        this.#database.exec(
          'PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY',
        );
        const [mode] = this.query('PRAGMA journal_mode').first() ?? [];
        const [level] = this.query('PRAGMA synchronous').first() ?? [];
        if (path !== ':memory:' && (mode !== 'wal' || level !== 2)) {
          throw new Error(
            `the database does not keep what it commits: journal ${mode}, synchronous ${level}`,
          );
        }
      });
    } catch (error) {
      this.#database.close();
      throw error;
    }
    if (fresh && path !== ':memory:') syncFolder(dirname(path));
  }

  #prepareReading(): void {
    try {
      guarded(() =>
        this.#database.exec(
          'PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY',
        ),
      );
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  query(sql: string): Query {
    const statement = guarded(() => this.#database.prepare(sql).raw());
    return {
      first: (...cells) => guarded(() => toRow(statement.get(...cells))),
      all: (...cells) => guarded(() => statement.all(...cells).map(asRow)),
      each: function* (...cells) {
        const rows = guarded(() => statement.iterate(...cells));
        try {
          for (let next = guarded(() => rows.next()); next.done !== true; next = guarded(() => rows.next())) {
            yield asRow(next.value);
          }
        } finally {
          // Whoever stops early, because a row is damaged, must not leave the table locked.
          rows.return?.();
        }
      },
    };
  }

  command(sql: string): Command {
    const statement = guarded(() => this.#database.prepare(sql));
    return { run: (...cells) => guarded(() => statement.run(...cells).changes) };
  }

  exec(sql: string): void {
    guarded(() => this.#database.exec(sql));
  }

  /** All of the work, on disk when this returns, or none of it. */
  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // After a full disk SQLite may have rolled back by itself.
      if (this.#database.inTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * All of the work or none of it, on disk with the next `transaction`: a power cut before that undoes it, the end of the process does not. For what may
   * be done twice.
   */
  lazyTransaction<T>(work: () => T): T {
    this.exec('PRAGMA synchronous = NORMAL');
    try {
      return this.transaction(work);
    } finally {
      this.exec('PRAGMA synchronous = FULL');
    }
  }

  /** What SQLite's own check says; undefined where all is well. Reads the whole file. */
  check(): string | undefined {
    const [said] = this.query('PRAGMA quick_check(1)').first() ?? [];
    return said === 'ok' ? undefined : String(said);
  }

  close(): void {
    if (!this.#database.open) return;
    if (this.#access !== 'write') {
      this.#database.close();
      return;
    }
    // Leaves one file behind instead of a file and a log; without it the next opening does the same work.
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // A damaged database, or a full disk: what the log holds is taken over, or set aside with it, at the next opening.
    }
    this.#database.close();
  }
}

/** Makes what a file holds outlive a power cut. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes a rename or a new file in a folder outlive a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Moves a database and what belongs to it out of the way. */
export function setAside(path: string, name: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, name + suffix);
  }
  syncFolder(dirname(path));
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof DatabaseTrouble ? error : new DatabaseTrouble(kindOf(error), { cause: error });
  }
}

function kindOf(error: unknown): DatabaseTrouble['kind'] {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const text = error instanceof Error ? error.message : '';
  if (code.startsWith('SQLITE_FULL') || /disk is full|No space left/i.test(text)) return 'full';
  if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(code) || /malformed|not a database/i.test(text)) return 'corrupt';
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(code)) return 'busy';
  // A write or sync that the disk refused: what is on it can no longer be vouched for, but the file itself need not be bad.
  return 'other';
}

function toRow(row: unknown): Row | undefined {
  return row === undefined || row === null ? undefined : asRow(row);
}

/** Rows come as arrays of what SQLite holds; blobs come as ArrayBuffer or Buffer, depending on the call. */
function asRow(row: unknown): Row {
  if (!Array.isArray(row)) throw new Error('the database gave a row that is no list');
  return row.map(asCell);
}

function asCell(cell: unknown): Cell {
  if (cell === null || typeof cell === 'string' || typeof cell === 'number') return cell;
  if (cell instanceof ArrayBuffer) return new Uint8Array(cell);
  if (cell instanceof Uint8Array) return cell;
  if (typeof cell === 'bigint') return Number(cell);
  throw new Error(`the database gave a ${typeof cell}`);
}

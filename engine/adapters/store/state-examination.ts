import { existsSync, statSync } from 'node:fs';
import { bytes, number, texts } from './cells.ts';
import { verify } from './checksum.ts';
import { DatabaseTrouble, EmbeddedDatabase } from './database.ts';
import { layoutOf } from './layout.ts';

/** What a state holds, after all of it was read. */
export interface StateSummary {
  readonly layout: number;
  readonly sizeBytes: number;
  readonly commits: number;
  readonly alerts: number;
  readonly incidents: number;
  readonly revisions: number;
  readonly auditEvents: number;
  /** Items that wait for outputs. */
  readonly waiting: number;
  readonly deadLetters: number;
  /** When the newest revision or audit event was written, microseconds; undefined where there is none. */
  readonly newestAt: number | undefined;
}

/** A file that is a database, but not of ours. */
export class ForeignDatabase extends Error {
  constructor(path: string) {
    super(`${path} holds no state of Telltale`);
    this.name = 'ForeignDatabase';
  }
}

/** A table with a checksum in each row, the columns that it is over, and the rows that have one. */
interface Sealed {
  readonly table: string;
  readonly columns: readonly string[];
  readonly where?: string;
}

const SEALED: readonly Sealed[] = [
  { table: 'positions', columns: ['source', 'partition', 'position'] },
  { table: 'state', columns: ['room', 'key', 'bytes'] },
  { table: 'kept', columns: ['key', 'bytes'] },
  { table: 'revisions', columns: ['kind', 'id', 'body'] },
  // A letter that came back from the dead has none.
  { table: 'outbox', columns: ['key', 'body'], where: 'crc <> 0' },
];

/**
 * Reads every page and every cell of a state that may be in use, and changes nothing. Throws `DatabaseTrouble` where it is not whole, `LaterLayout` where
 * a later program wrote it, `ForeignDatabase` where it is no state. Cost: reads the whole file, twice.
 */
export function examineState(path: string): StateSummary {
  if (!existsSync(path)) throw new ForeignDatabase(path);
  const database = new EmbeddedDatabase(path, 'read');
  try {
    const layout = layoutOf(database);
    if (layout === 0 || count(database, "sqlite_master WHERE name IN ('commits', 'revisions')") !== 2)
      throw new ForeignDatabase(path);
    // One transaction: all figures are of one moment.
    database.exec('BEGIN');
    const [said] = database.query('PRAGMA integrity_check(1)').first() ?? [];
    if (said !== 'ok') throw new DatabaseTrouble('corrupt', { cause: new Error(String(said)) });
    for (const sealed of SEALED) verifyRows(database, sealed);
    const newest = database
      .query(
        'SELECT max(t) FROM (SELECT max(stored_at) AS t FROM latest UNION ALL SELECT max(at) FROM audit)',
      )
      .first();
    const summary = {
      layout,
      sizeBytes: ['', '-wal'].reduce((sum, suffix) => sum + sizeOf(path + suffix), 0),
      commits: number(database.query('SELECT count FROM commits').first() ?? [0], 0),
      alerts: count(database, "latest WHERE kind = 'alert'"),
      incidents: count(database, "latest WHERE kind = 'incident'"),
      revisions: count(database, 'revisions'),
      auditEvents: count(database, 'audit'),
      waiting: count(database, 'outbox'),
      deadLetters: count(database, 'dead'),
      newestAt: typeof newest?.[0] === 'number' ? newest[0] : undefined,
    };
    database.exec('COMMIT');
    return summary;
  } finally {
    database.close();
  }
}

function verifyRows(database: EmbeddedDatabase, { table, columns, where }: Sealed): void {
  const rows = database.query(
    `SELECT ${texts(...columns)}, crc FROM ${table}${where === undefined ? '' : ` WHERE ${where}`}`,
  );
  for (const row of rows.each()) {
    const parts = columns.map((_, i) => bytes(row, i));
    verify(row[columns.length], `a row of ${table}`, ...parts);
  }
}

function count(database: EmbeddedDatabase, from: string): number {
  return number(database.query(`SELECT count(*) FROM ${from}`).first() ?? [0], 0);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

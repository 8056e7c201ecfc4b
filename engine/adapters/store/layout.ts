import type { EmbeddedDatabase } from './database.ts';

/** The layouts since the first, each a step from the one before. A step is never changed once released; a new one is added. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE positions (
    source TEXT NOT NULL, partition TEXT NOT NULL, position TEXT NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY (source, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ledger (
    source TEXT PRIMARY KEY, received INTEGER NOT NULL, matched INTEGER NOT NULL, unmatched INTEGER NOT NULL,
    rejected INTEGER NOT NULL, dropped INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE commits (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL) STRICT;
  INSERT INTO commits VALUES (1, 0);
  CREATE TABLE state (room TEXT NOT NULL, key TEXT NOT NULL, bytes BLOB NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY (room, key))
    STRICT, WITHOUT ROWID;
  CREATE TABLE revisions (
    kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL,
    state TEXT NOT NULL, severity TEXT NOT NULL, rule TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
    stored_at INTEGER NOT NULL, PRIMARY KEY (kind, id, revision)
  ) STRICT;
  CREATE TABLE latest (
    kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL, rule TEXT NOT NULL,
    last_seen INTEGER NOT NULL, stored_at INTEGER NOT NULL, PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX latest_seen ON latest (kind, last_seen DESC, id);
  CREATE INDEX latest_stored ON latest (stored_at);
  CREATE TABLE subjects (kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (value, kind, id)) STRICT, WITHOUT ROWID;
  CREATE INDEX subjects_of ON subjects (kind, id);
  CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_at ON audit (at);
  CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, output TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    revision INTEGER NOT NULL, lane TEXT NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL DEFAULT 0, put_at INTEGER NOT NULL, UNIQUE (output, key)
  ) STRICT;
  CREATE INDEX outbox_lane ON outbox (output, lane, sequence);
  CREATE TABLE dead (
    sequence INTEGER PRIMARY KEY, output TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    revision INTEGER NOT NULL, lane TEXT NOT NULL, body TEXT NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL,
    failed_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX dead_output ON dead (output, sequence);
  CREATE TABLE kept (key TEXT PRIMARY KEY, bytes BLOB NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // What happened to one alert or incident is asked for by its id.
  `
  CREATE INDEX audit_subject ON audit (subject, sequence);
  `,
];

/** The layout this program writes. */
export const LAYOUT_VERSION = STEPS.length;

/** A state that was written by a later program than this one. */
export class LaterLayout extends Error {
  readonly found: number;

  constructor(found: number) {
    super(
      `the state was written by a later version (layout ${found}, this program knows ${LAYOUT_VERSION}); run that version, or restore a backup`,
    );
    this.name = 'LaterLayout';
    this.found = found;
  }
}

/** The layout a database is in; 0 where it is empty. Throws `LaterLayout` where this program does not know it. */
export function layoutOf(database: EmbeddedDatabase): number {
  const [found] = database.query('PRAGMA user_version').first() ?? [];
  const version = Number(found ?? 0);
  if (version > LAYOUT_VERSION) throw new LaterLayout(version);
  return version;
}

/**
 * Brings a database to the present layout: all steps in one transaction, so that a kill leaves the old layout or the new one. `aside` is called
 * before, where there is something that could be lost. Throws `LaterLayout` where it was written by a later program.
 */
export function bringUpToDate(database: EmbeddedDatabase, aside: (version: number) => void): void {
  const version = layoutOf(database);
  if (version === LAYOUT_VERSION) return;
  if (version > 0) aside(version);
  database.transaction(() => {
    for (const step of STEPS.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${LAYOUT_VERSION}`);
  });
}

/** Makes an empty database of an earlier layout, as the program of that time did: for tests of the way up. */
export function makeLayout(database: EmbeddedDatabase, version: number): void {
  database.transaction(() => {
    for (const step of STEPS.slice(0, version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${version}`);
  });
}

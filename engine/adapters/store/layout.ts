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
];

/** The layout this program writes. */
export const LAYOUT_VERSION = STEPS.length;

/** Brings a database to the present layout, one transaction a step. Throws where it was written by a later program. */
export function bringUpToDate(database: EmbeddedDatabase): void {
  const [found] = database.query('PRAGMA user_version').first() ?? [];
  const version = Number(found ?? 0);
  if (version > LAYOUT_VERSION) {
    throw new Error(
      `the state was written by a later version (layout ${version}, this program knows ${LAYOUT_VERSION}); run that version, or restore a backup`,
    );
  }
  for (let step = version; step < LAYOUT_VERSION; step++) {
    database.transaction(() => {
      database.exec(STEPS[step] ?? '');
      database.exec(`PRAGMA user_version = ${step + 1}`);
    });
  }
}

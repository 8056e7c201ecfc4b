import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bytes, text, texts } from './cells.ts';
import { checksum, verify } from './checksum.ts';
import { EmbeddedDatabase, setAside, syncFile, syncFolder } from './database.ts';
import { examineState, type StateSummary } from './state-examination.ts';
import { whileLocked } from './state-lock.ts';
import { copyInto } from './store.ts';

/** What belongs to a state beside its database: digests of tokens, and the last good copies of feeds. Secrets in clear and spools stay where they are. */
const FILES: readonly string[] = ['tokens.json'];
const FOLDERS: readonly string[] = ['feeds'];
const PRIVATE_MODE = 0o600;

/**
 * Writes the state of a folder into one file, while it may be in use: what was committed when the copy began, whole, on disk and verified when this
 * returns. The file is a database of its own with the files of the folder in a table beside. Throws as `examineState`, and where it cannot write.
 */
export function backUp(database: string, to: string): StateSummary {
  const source = new EmbeddedDatabase(database, 'read');
  const partial = join(dirname(to), `.${basename(to)}.unverified`);
  try {
    copyInto(source, partial);
  } finally {
    source.close();
  }
  try {
    // Others may read the folder that a backup is put into.
    chmodSync(partial, PRIVATE_MODE);
    putFiles(partial, dirname(database));
    syncFile(partial);
    const summary = examineState(partial);
    renameSync(partial, to);
    syncFolder(dirname(to));
    return summary;
  } finally {
    forget(partial);
  }
}

/** What restoring gave. */
export interface Restored extends StateSummary {
  /** The state that was there before, out of the way. */
  readonly before?: string;
}

/**
 * Puts the state of a backup in the place of a database; what was there is set aside under a name with `at` in it. The backup is verified before anything
 * is changed. Throws as `examineState`, and `StateInUse` where a process works with the database.
 */
export function restore(backup: string, database: string, at: number): Restored {
  const summary = examineState(backup);
  return whileLocked(database, () => putInPlace(summary, { backup, database, at }));
}

function putInPlace(
  summary: StateSummary,
  { backup, database, at }: { readonly backup: string; readonly database: string; readonly at: number },
): Restored {
  const folder = dirname(database);
  const partial = `${database}.restored`;
  forget(partial);
  try {
    copyFileSync(backup, partial);
    chmodSync(partial, PRIVATE_MODE);
    const files = takeFiles(partial);
    syncFile(partial);
    const before = existsSync(database) ? `${database}.before-${at}` : undefined;
    if (before !== undefined) setAside(database, before);
    renameSync(partial, database);
    syncFolder(folder);
    for (const { path, bytes: content } of files) putFile(join(folder, path), content);
    return before === undefined ? summary : { ...summary, before };
  } finally {
    forget(partial);
  }
}

/** Adds the files of a folder to a copy of its database. */
function putFiles(copy: string, folder: string): void {
  const names = [
    ...FILES,
    ...FOLDERS.flatMap((name) =>
      existsSync(join(folder, name)) ? readdirSync(join(folder, name)).map((one) => join(name, one)) : [],
    ),
  ].filter((name) => existsSync(join(folder, name)) && !name.endsWith('.partial'));
  const database = new EmbeddedDatabase(copy);
  try {
    database.exec(
      'CREATE TABLE backup_files (path TEXT PRIMARY KEY, bytes BLOB NOT NULL, crc INTEGER NOT NULL) STRICT',
    );
    const put = database.command('INSERT INTO backup_files VALUES (?, ?, ?)');
    database.transaction(() => {
      for (const name of names) {
        const content = readFileSync(join(folder, name));
        put.run(name, content, checksum(name, content));
      }
    });
    oneFile(database);
  } finally {
    database.close();
  }
}

/** Takes the files of a backup out of a copy of it. A backup that was made by hand has none. */
function takeFiles(copy: string): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
  const database = new EmbeddedDatabase(copy);
  try {
    if (database.query("SELECT 1 FROM sqlite_master WHERE name = 'backup_files'").first() === undefined)
      return [];
    const files = database
      .query(`SELECT ${texts('path')}, bytes, crc FROM backup_files ORDER BY path`)
      .all()
      .map((row) => {
        const file = { path: text(row, 0), bytes: bytes(row, 1) };
        verify(row[2], `the file ${file.path}`, file.path, file.bytes);
        return file;
      });
    database.exec('DROP TABLE backup_files');
    // Nothing that a backup says leads out of the folder.
    return files.filter(
      ({ path }) => FILES.includes(path) || (FOLDERS.includes(dirname(path)) && !path.includes('..')),
    );
  } finally {
    oneFile(database);
    database.close();
  }
}

/** Ends the log beside a database: what it holds is in the file alone. */
function oneFile(database: EmbeddedDatabase): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.query('PRAGMA journal_mode = DELETE').first();
}

function putFile(path: string, content: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  writeFileSync(partial, content, { mode: PRIVATE_MODE });
  syncFile(partial);
  renameSync(partial, path);
  syncFolder(dirname(path));
}

function forget(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseTrouble, EmbeddedDatabase } from './database.ts';

/** A state that somebody else works with. */
export class StateInUse extends Error {
  constructor(path: string) {
    super(`${path} is in use: a daemon works with it`);
    this.name = 'StateInUse';
  }
}

/**
 * The right to change the state in a folder: one process has it at a time, and whatever ends the process gives it back. Those who only look do not ask for
 * it. It is a lock of SQLite on an empty database beside the state, which no reader of the state can hold up.
 */
export class StateLock {
  readonly #database: EmbeddedDatabase;

  /** Takes the lock of the state whose database has this path. Throws `StateInUse` where another has it. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#database = new EmbeddedDatabase(join(dirname(path), 'telltale.lock'), 'lock');
    try {
      this.#database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      this.#database.close();
      throw error instanceof DatabaseTrouble && error.kind === 'busy' ? new StateInUse(path) : error;
    }
  }

  /** Gives it back. */
  release(): void {
    this.#database.exec('ROLLBACK');
    this.#database.close();
  }
}

/** Does something while nobody else may change a state. Throws `StateInUse` where another does. */
export function whileLocked<T>(path: string, work: () => T): T {
  const lock = new StateLock(path);
  try {
    return work();
  } finally {
    lock.release();
  }
}

import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BallastPort } from '../../runtime/index.ts';
import { freeBytes } from '../disk-space.ts';
import { syncFolder } from './database.ts';

/** Enough for the log and the growth of the largest batch, and for emptying queues. */
export const BALLAST_BYTES = 16 * 1024 * 1024;
/** Room that must be left beside it before it is held again: it shall not itself be what fills the disk. */
const BESIDE_BYTES = 4 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/**
 * A file of real blocks beside the database. On a full disk SQLite cannot even delete, since that is written, too; without this file the last
 * batch could not be ended and no queue emptied.
 */
export class Ballast implements BallastPort {
  readonly #path: string;
  readonly #sizeBytes: number;
  #held: boolean;

  /** `folder` must be there. Holds the room at once where there is enough. */
  constructor(folder: string, sizeBytes = BALLAST_BYTES) {
    this.#path = join(folder, 'ballast');
    this.#sizeBytes = sizeBytes;
    this.#held = (statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) === sizeBytes;
    this.hold();
  }

  release(): boolean {
    if (!this.#held) return false;
    this.#held = false;
    rmSync(this.#path, { force: true });
    syncFolder(dirname(this.#path));
    return true;
  }

  hold(): boolean {
    if (this.#held) return true;
    const free = freeBytes(dirname(this.#path)) ?? 0;
    if (free < this.#sizeBytes + BESIDE_BYTES) return false;
    try {
      this.#write();
      this.#held = true;
    } catch {
      // Somebody else took the room meanwhile.
      rmSync(this.#path, { force: true });
    }
    return this.#held;
  }

  /** Written, not only lengthened: a file with holes holds nothing. Not zeros, which some file systems do not store. */
  #write(): void {
    const piece = new Uint8Array(PIECE_BYTES).fill(0x54);
    const handle = openSync(this.#path, 'w', 0o600);
    try {
      for (let at = 0; at < this.#sizeBytes; ) {
        const written = writeSync(handle, piece, 0, Math.min(PIECE_BYTES, this.#sizeBytes - at));
        if (written === 0) throw new Error('the disk took nothing');
        at += written;
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }
}

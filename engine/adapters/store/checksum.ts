import { crc32 } from 'node:zlib';
import { DatabaseTrouble } from './database.ts';

/** The checksum kept beside a cell, because SQLite's own check does not notice a flipped bit inside a value. */
export function checksum(...parts: readonly (string | Uint8Array)[]): number {
  let sum = 0;
  for (const part of parts) sum = crc32(part, sum);
  return sum;
}

/** Throws `DatabaseTrouble` of kind `corrupt` where a cell is not what was written. */
export function verify(expected: unknown, what: string, ...parts: readonly (string | Uint8Array)[]): void {
  if (checksum(...parts) !== expected) {
    throw new DatabaseTrouble('corrupt', { cause: new Error(`${what} is not what was written`) });
  }
}

import { randomInt } from 'node:crypto';

/** A seed for hash tables that nobody outside this process knows: 31 bits, drawn anew at every call. */
export function hashSeed(): number {
  return randomInt(2 ** 31);
}

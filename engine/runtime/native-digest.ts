import { hash } from 'node:crypto';
import type { Digest } from '../model/index.ts';

/** SHA-256 as Node has it: the same as `sha256`, a record of 3 kB in a fifth of the time. */
export const nativeDigest: Digest = (input) => hash('sha256', input);

import { statfsSync } from 'node:fs';

/** The room that is left for us on the disk of a folder, bytes; undefined where the system does not say. */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

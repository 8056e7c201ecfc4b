import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FilePosition } from './followed-file.ts';

/** Names of files that a folder is read for. */
const EVENT_FILE = /\.(?:ndjson|jsonl?|log|txt|out)(?:[.-]\d+)?(?:\.gz)?$/i;
/** The event files of a folder at any depth, in the order of their names. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesUnder(path)));
    else if (EVENT_FILE.test(entry.name)) found.push(path);
  }
  return found;
}

/** The new name of a file that was read before and has grown since, in its old folder; undefined where it is not there. */
export async function renamedPath(saved: FilePosition): Promise<string | undefined> {
  const folder = dirname(saved.path);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() && found.ino === saved.ino && found.dev === saved.dev && found.size > saved.offset)
      return path;
  }
  return undefined;
}

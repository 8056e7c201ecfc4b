import { type FSWatcher, readdirSync, watch as watchFolder } from 'node:fs';
import { join } from 'node:path';
import { watch } from 'chokidar';

/** Says that something changed under paths, until it is closed. */
export interface FileWatch {
  /** Resolves with the next change (or at once, where there was one since the last call); undefined once closed. */
  next(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Changes that follow each other so closely are one: editors write a file in several steps. */
const SETTLE_MS = 100;

/** Watches files and folders; resolves when the watch stands, so that no change after it is missed. Names that begin with a dot are passed over. */
export async function watchFiles(paths: readonly string[]): Promise<FileWatch> {
  const watcher = watch([...paths], {
    ignoreInitial: true,
    ignored: (path) => /(?:^|[\\/])(?:\.[^\\/.][^\\/]*|node_modules)$/.test(path),
  });
  let changed: string | undefined;
  let closed = false;
  let wake: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const note = (path: string): void => {
    changed = path;
    clearTimeout(timer);
    timer = setTimeout(() => wake?.(), SETTLE_MS);
  };
  watcher.on('all', (_, path) => note(path));
  const linked = paths.flatMap((path) => linkedFolders(path)).flatMap((folder) => watchLinks(folder, note));
  await new Promise<void>((resolve) => {
    watcher.on('ready', resolve);
  });
  return {
    next: async () => {
      while (changed === undefined && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const path = closed ? undefined : changed;
      changed = undefined;
      return path;
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      wake?.();
      for (const one of linked) one.close();
      await watcher.close();
    },
  };
}

/** Folders looked through for links at most; deeper ones are left to those who look from time to time. */
const FOLDERS_MAX = 1000;

/** The folders at and under a path in which links stand: where a link is put in the place of another (a mounted ConfigMap), only its folder says so. */
function linkedFolders(path: string): readonly string[] {
  const found: string[] = [];
  const waiting = [path];
  for (let i = 0; i < waiting.length && i < FOLDERS_MAX; i++) {
    const folder = waiting[i] ?? path;
    try {
      const entries = readdirSync(folder, { withFileTypes: true });
      if (entries.some((entry) => entry.isSymbolicLink())) found.push(folder);
      for (const entry of entries)
        if (entry.isDirectory() && entry.name !== 'node_modules') waiting.push(join(folder, entry.name));
    } catch {
      // A file, or nothing that can be read: no folder of links.
    }
  }
  return found;
}

function watchLinks(folder: string, note: (path: string) => void): readonly FSWatcher[] {
  try {
    const watcher = watchFolder(folder, (_, name) => note(join(folder, name ?? '')));
    // The folder may go.
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}

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
  watcher.on('all', (_, path) => {
    changed = path;
    clearTimeout(timer);
    timer = setTimeout(() => wake?.(), SETTLE_MS);
  });
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
      await watcher.close();
    },
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { MAIN } from './command.ts';

/** A daemon that runs beside a test. */
export interface RunningDaemon {
  readonly process: ChildProcess;
  /** What it has said so far. */
  said(): string;
  /** Resolves when it has said something that fits, behind what was waited for before; rejects when it ends first, with all it said. */
  until(pattern: RegExp): Promise<string>;
  /** Asks it to end, and waits for it; gives its exit code. */
  stop(): Promise<number | null>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
}

/** Starts `telltale run` in a folder. */
export function startDaemon(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningDaemon {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [MAIN, 'run', ...args], {
    cwd,
    env: { PATH: PATH ?? '', HOME: HOME ?? '', NO_COLOR: '1', TELLTALE_CACHE: 'off', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  let heard = 0;
  let ended = false;
  const listeners = new Set<() => void>();
  const wake = (): void => {
    for (const listener of [...listeners]) listener();
  };
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    wake();
  });
  const exit = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      ended = true;
      wake();
      resolve(code);
    });
  });
  return {
    process: child,
    said: () => text,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(text.slice(heard));
          if (found === null && !ended) return;
          listeners.delete(look);
          if (found === null) reject(new Error(`it ended before it said ${pattern}:\n${text}`));
          else {
            heard += found.index + found[0].length;
            resolve(found[0]);
          }
        };
        listeners.add(look);
        look();
      }),
    stop: () => {
      child.kill('SIGTERM');
      return exit;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

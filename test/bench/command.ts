import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The built command. */
export const COMMAND = resolve(import.meta.dirname, '..', '..', 'engine', 'cli', 'main.js');

/** What a process left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** The greatest resident memory, where `telltaleCommand` was asked. */
  readonly residentMb: number | undefined;
}

const RESIDENT = 'resident-kb ';
/**
 * Loaded before the command: says at its end how much memory it had. `maxRSS` would be the greater of its own and that of the process that
 * started it, so it serves only where there is no /proc.
 */
const PRELOAD = `import{existsSync as e,readFileSync as r}from'node:fs';process.on('exit',()=>process._rawDebug('${RESIDENT}'+(e('/proc/self/status')?/VmHWM:\\s*(\\d+)/.exec(r('/proc/self/status','utf8'))[1]:process.resourceUsage().maxRSS)))`;

/** Runs `telltale` as a user does, in a process of its own. */
export async function telltaleCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const preload = `--import=data:text/javascript,${encodeURIComponent(PRELOAD)}`;
  return finished(process.execPath, [preload, COMMAND, ...args], env);
}

/** Runs a program to its end. */
export function finished(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const started = performance.now();
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolvePromise, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = (performance.now() - started) / 1000;
      const stderr = Buffer.concat(err).toString('utf8');
      const kb = new RegExp(`${RESIDENT}(\\d+)`).exec(stderr)?.[1];
      resolvePromise({
        code,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr,
        seconds,
        residentMb: kb === undefined ? undefined : Number(kb) / 1024,
      });
    });
  });
}

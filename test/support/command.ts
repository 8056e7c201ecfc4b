import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';
import { isForWarmProcess } from './command-kind.ts';

/** The built command, as a user runs it. `npm test` builds it first. */
export const MAIN = resolve(import.meta.dirname, '..', '..', 'dist', 'engine', 'cli', 'main.js');
const BUILT = resolve(import.meta.dirname, '..', '..', 'dist', 'test', 'support');
const SERVER = join(BUILT, 'command-server.js');
const CLIENT = join(BUILT, 'command-client.js');

/** What a run left behind. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a warm process is asked. */
export interface CommandRequest {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs `telltale` with these arguments, colours off, and waits for its end. Command lines without standard input and environment of
 * their own share one process a test file, which saves each its start; the others, and what `telltaleAlone` runs, get their own.
 */
export async function telltale(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  if (options.input !== undefined || options.env !== undefined || !isForWarmProcess(args))
    return telltaleAlone(args, options);
  warm ??= startWarm(MAIN);
  const { socket } = await warm;
  const connection = createConnection(socket);
  const request: CommandRequest = { args, cwd: options.cwd ?? process.cwd(), env: environment() };
  connection.write(`${JSON.stringify(request)}\n`);
  return JSON.parse(await text(connection)) as Run;
}

/** Runs `telltale` in a process of its own, as a user does. */
export async function telltaleAlone(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run \`npm run build\` first`);
  return run(process.execPath, [MAIN, ...args], options);
}

/** A process that runs command lines one after the other. */
export interface WarmProcess {
  readonly child: ChildProcess;
  readonly socket: string;
}

let warm: Promise<WarmProcess> | undefined;
const started: WarmProcess[] = [];

/** Starts a warm process for the command at `main`; it ends with the test file. */
export async function startWarm(main: string): Promise<WarmProcess> {
  if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first`);
  const socket = join(mkdtempSync(join(tmpdir(), 'telltale-warm-')), 's');
  const child = spawn(process.execPath, [SERVER, join(dirname(main), 'program.js'), socket], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  started.push({ child, socket });
  const ended = once(child, 'close').then(() => {
    throw new Error('the process for commands ended before it listened');
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return { child, socket };
}

/** Writes a `telltale` for lines of shell into a folder, which runs the command at `main` by a warm process. */
export async function writeWarmCommand(main: string, folder: string): Promise<void> {
  const { socket } = await startWarm(main);
  writeFileSync(
    join(folder, 'telltale'),
    `#!/bin/sh\nexec "${process.execPath}" "${CLIENT}" "${main}" "${socket}" "$@"\n`,
    { mode: 0o755 },
  );
}

afterAll(() => {
  for (const { child, socket } of started) {
    child.kill();
    rmSync(dirname(socket), { recursive: true, force: true });
  }
});

/** What every command of a test gets. */
function environment(): Record<string, string> {
  const { PATH, HOME } = process.env;
  return { PATH: PATH ?? '', HOME: HOME ?? '', NO_COLOR: '1' };
}

/** Runs a line of shell. */
export function shell(line: string, options: RunOptions = {}): Promise<Run> {
  return run('sh', ['-c', line], options);
}

function run(file: string, args: readonly string[], options: RunOptions): Promise<Run> {
  const child = spawn(file, args, {
    cwd: options.cwd ?? process.cwd(),
    env: { ...environment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // A command that ends without reading its input closes the pipe; that is its right.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({
        code,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      }),
    );
  });
}

/** A folder of its own for a test; remove it when done. */
export function makeFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'telltale-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The built command, as a user runs it. `npm test` builds it first. */
export const MAIN = resolve(import.meta.dirname, '..', '..', 'dist', 'engine', 'cli', 'main.js');

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

/** Runs `telltale` with these arguments, colours off, and waits for its end. */
export function telltale(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run \`npm run build\` first`);
  return run(process.execPath, [MAIN, ...args], options);
}

/** Runs a line of shell. */
export function shell(line: string, options: RunOptions = {}): Promise<Run> {
  return run('sh', ['-c', line], options);
}

function run(file: string, args: readonly string[], options: RunOptions): Promise<Run> {
  const { PATH, HOME } = process.env;
  const child = spawn(file, args, {
    cwd: options.cwd ?? process.cwd(),
    env: { PATH: PATH ?? '', HOME: HOME ?? '', NO_COLOR: '1', ...options.env },
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

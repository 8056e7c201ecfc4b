import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

/** The root of the repository, from wherever this file runs, compiled or not. */
export const REPOSITORY = rootAbove(import.meta.dirname);
/** The built command, as a user runs it. */
export const BUILT_COMMAND = join(REPOSITORY, 'dist', 'engine', 'cli', 'main.js');

function rootAbove(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (dirname(at) === at) throw new Error(`there is no package.json above ${folder}`);
  }
}

/** How a daemon is started. */
export interface DaemonStart {
  /** Its working folder; the configuration is written there. */
  readonly folder: string;
  /** The configuration, as YAML; its state must be `state`. */
  readonly config: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A program and arguments that run it: a tracer. */
  readonly under?: readonly string[];
  /** Given to Node before the command. */
  readonly nodeArgs?: readonly string[];
  /** The command's entry; this repository's build where absent. */
  readonly command?: string;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a process has used. */
export interface ProcessUsage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** `telltale run` in a process of its own, asked from outside only. */
export class DaemonProcess {
  static readonly #running = new Set<DaemonProcess>();
  readonly process: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  readonly #state: string;
  #text = '';
  #end: ProcessEnd | undefined;

  private constructor(child: ChildProcess, state: string) {
    this.process = child;
    this.#state = state;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('utf8');
    });
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.#end = { code, signal };
        DaemonProcess.#running.delete(this);
        resolve(this.#end);
      });
    });
  }

  static start(given: DaemonStart): DaemonProcess {
    const { folder, config, args = [], env = {}, under = [], nodeArgs = [], command = BUILT_COMMAND } = given;
    const path = join(folder, 'telltale.yml');
    writeFileSync(path, config);
    const [program = process.execPath, ...rest] = [
      ...under,
      process.execPath,
      ...nodeArgs,
      command,
      'run',
      '--config',
      path,
      ...args,
    ];
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(program, rest, {
      cwd: folder,
      env: { PATH, HOME, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const started = new DaemonProcess(child, join(folder, 'state'));
    DaemonProcess.#running.add(started);
    return started;
  }

  /** Ends what was started here and still runs, where a test gave up on the way. */
  static async killAll(): Promise<void> {
    await Promise.all([...DaemonProcess.#running].map((one) => one.kill()));
  }

  /** What it has said so far. */
  get said(): string {
    return this.#text;
  }

  /** Whether and how it has ended. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** Resolves when it says that it is ready, with how long that took from now, in milliseconds; rejects where it ends, or takes too long. */
  async ready(withinMs = 120_000): Promise<number> {
    const began = performance.now();
    while (performance.now() - began < withinMs) {
      if (this.#end !== undefined) throw new Error(`it ended before it was ready:\n${this.#text}`);
      if (await this.isReady()) return performance.now() - began;
      await pause(10);
    }
    throw new Error(`it was not ready within ${withinMs} ms:\n${this.#text}`);
  }

  async isReady(): Promise<boolean> {
    try {
      // A daemon before this one may have left its address behind; it has the same one, or does not answer.
      return (await fetch(`${this.#url()}/readyz`)).status === 200;
    } catch {
      return false;
    }
  }

  /** Asks its API as the admin does. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const token = readFileSync(join(this.#state, 'admin.token'), 'utf8').trim();
    return fetch(`${this.#url()}${path}`, { ...init, headers: { authorization: `Bearer ${token}` } });
  }

  /** The sum of a metric over all labels that fit. */
  async metric(name: string, labels = ''): Promise<number> {
    const text = await (await this.ask('/metrics')).text();
    let sum = 0;
    for (const line of text.split('\n')) {
      if (!line.startsWith(name) || !line.includes(labels)) continue;
      const after = line[name.length];
      if (after === '{' || after === ' ') sum += Number(line.slice(line.lastIndexOf(' ') + 1));
    }
    return sum;
  }

  usage(): ProcessUsage {
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, 'latin1');
    // The name may hold blanks and brackets: fields are counted from behind its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, residentBytes: Number(fields[21]) * PAGE_BYTES };
  }

  /** Asks it to end. */
  stop(): Promise<ProcessEnd> {
    this.process.kill('SIGTERM');
    return this.ended;
  }

  /** Ends it at once, as a power cut would. */
  kill(): Promise<ProcessEnd> {
    this.process.kill('SIGKILL');
    return this.ended;
  }

  #url(): string {
    return readFileSync(join(this.#state, 'api.url'), 'utf8').trim();
  }
}

/** Linux's USER_HZ and page size, on every processor that Node is built for here. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** Some milliseconds of real time: for waiting on another process. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A port of loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

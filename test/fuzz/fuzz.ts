import { Worker } from 'node:worker_threads';
import type { FuzzAnswer, FuzzFailure, FuzzOrder } from './worker.ts';

/** How to fuzz. */
export interface FuzzOptions {
  readonly seed: number;
  /** In all, over the targets by their weights. */
  readonly inputs: number;
  readonly targets: readonly { readonly name: string; readonly weight: number }[];
  /** An input that takes longer has hung its parser. */
  readonly hangMs: number;
  readonly progress?: (target: string, inputs: number, tookMs: number) => void;
}

/** What came of it. */
export interface FuzzReport {
  readonly inputs: number;
  readonly byTarget: ReadonlyMap<string, { readonly inputs: number; readonly tookMs: number }>;
  readonly failures: readonly FuzzFailure[];
}

/** More failures of one target say nothing new. */
const FAILURES_MAX = 5;
const LOOK_MS = 200;

/**
 * Gives each target its inputs, in a thread that is watched: an input that does not end in time is tried again alone, in a fresh thread (the
 * machine may have been busy), and counts as a hang when it does not end there either.
 */
export async function fuzz({ seed, inputs, targets, hangMs, progress }: FuzzOptions): Promise<FuzzReport> {
  const sum = targets.reduce((total, { weight }) => total + weight, 0);
  const byTarget = new Map<string, { inputs: number; tookMs: number }>();
  const failures: FuzzFailure[] = [];
  let thread = new WatchedThread(hangMs);
  try {
    for (const { name, weight } of targets) {
      const wanted = Math.max(1, Math.round((inputs * weight) / sum));
      const of = { inputs: 0, tookMs: 0 };
      byTarget.set(name, of);
      const found: FuzzFailure[] = [];
      for (let from = 0; from < wanted && found.length < FAILURES_MAX; ) {
        const ended = await thread.run({ target: name, seed, from, to: wanted }, (failure) =>
          found.push(failure),
        );
        of.tookMs += ended.tookMs;
        if (ended.hungAt === undefined) from = wanted;
        else {
          from = ended.hungAt + 1;
          thread = new WatchedThread(hangMs);
          const order = { target: name, seed, from: ended.hungAt, to: ended.hungAt + 1 };
          const again = await thread.run(order, (failure) => found.push(failure));
          if (again.hungAt !== undefined) {
            // One is enough of a target: each costs seconds, and the next would say the same.
            from = wanted;
            found.push({
              target: name,
              number: ended.hungAt,
              reason: `it does not end within ${hangMs} ms`,
              input: new Uint8Array(0),
            });
            thread = new WatchedThread(hangMs);
          }
        }
        of.inputs = from;
      }
      failures.push(...found.slice(0, FAILURES_MAX));
      progress?.(name, of.inputs, of.tookMs);
    }
  } finally {
    await thread.end();
  }
  return { inputs: [...byTarget.values()].reduce((total, one) => total + one.inputs, 0), byTarget, failures };
}

/** How an order ended: done, or hung at an input, and then the thread is gone. */
interface Ended {
  readonly tookMs: number;
  readonly hungAt?: number;
}

class WatchedThread {
  readonly #progress = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.#progress });
  readonly #hangMs: number;
  readonly #ready: Promise<void>;

  constructor(hangMs: number) {
    this.#hangMs = hangMs;
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.once('message', () => resolve());
      this.#worker.once('error', reject);
    });
  }

  async run(order: FuzzOrder, failed: (failure: FuzzFailure) => void): Promise<Ended> {
    await this.#ready;
    const began = performance.now();
    return new Promise((resolve, reject) => {
      let seen = -1;
      let since = began;
      const watch = setInterval(() => {
        const now = Atomics.load(this.#progress, 1);
        if (now !== seen) {
          seen = now;
          since = performance.now();
        } else if (performance.now() - since > this.#hangMs) end(() => this.#hung(began).then(resolve));
      }, LOOK_MS);
      const end = (then: () => void): void => {
        clearInterval(watch);
        this.#worker.off('message', heard);
        this.#worker.off('error', reject);
        then();
      };
      const heard = (answer: FuzzAnswer): void => {
        if (answer.kind === 'failed') failed(answer);
        if (answer.kind === 'done') end(() => resolve({ tookMs: answer.tookMs }));
      };
      this.#worker.on('message', heard);
      this.#worker.once('error', reject);
      this.#worker.postMessage(order);
    });
  }

  async #hung(began: number): Promise<Ended> {
    await this.#worker.terminate();
    return { tookMs: performance.now() - began, hungAt: Atomics.load(this.#progress, 0) };
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

import { Worker } from 'node:worker_threads';
import type { SnapshotParts } from '../../intel/index.ts';
import type { MeasuredCosts } from '../rule-cost.ts';
import type { DetectWorkerStart, WorkerAnswer, WorkerOrder } from './detect-worker.ts';
import type { Detected, DetectTask } from './detection.ts';
import type { PreparedDetector } from './detector-generations.ts';

/** What a pool tells of its workers. */
export interface PoolNotices {
  /** A worker ended, or did not answer in time; it was replaced. */
  readonly crashed?: (reason: string) => void;
  /** A batch was done in so many milliseconds. */
  readonly worked?: (detected: Detected, tookMs: number) => void;
  /** What rules cost, from time to time. */
  readonly measured?: (costs: MeasuredCosts) => void;
  /** A record ended a worker twice, and was set aside. */
  readonly poisoned?: (record: {
    readonly source: string;
    readonly bytes: Uint8Array;
    readonly file: string;
    readonly line: number;
    readonly reason: string;
  }) => void;
}

/** How a pool is made. */
export interface PoolOptions {
  readonly threads: number;
  /** A batch must be done after so long, else its worker is taken for hung and ended. */
  readonly batchMaxMs: number;
  readonly notices?: PoolNotices;
}

interface Waiting {
  readonly task: DetectTask;
  readonly resolve: (detected: Detected) => void;
  readonly reject: (reason: Error) => void;
}

interface Member {
  worker: Worker;
  /** How often it ended since it last answered. */
  failures: number;
  readonly waiting: Map<number, Waiting>;
  /** Called when the thread has linked its rules, or with the reason where it ended before. */
  readonly prepared: ((failure?: Error) => void)[];
  timer: NodeJS.Timeout | undefined;
}

const POISON = 'poison';
/** A record that ends a thread does so twice; a thread that ends more often does not work. */
const FAILURES_MAX = 3;

/**
 * Threads that detect on batches. A worker that ends or hangs is replaced, and what it held is gone over again: first as it was, then in
 * halves, so that one record that ends workers is found and set aside, and its neighbours are not lost with it.
 */
export class DetectorPool implements PreparedDetector {
  readonly inFlightMax: number;
  readonly #options: PoolOptions;
  #start: DetectWorkerStart;
  readonly #members: Member[];
  #next = 0;
  #closed = false;

  constructor(start: DetectWorkerStart, options: PoolOptions) {
    this.#start = start;
    this.#options = options;
    this.inFlightMax = options.threads * 4;
    this.#members = Array.from({ length: options.threads }, () => {
      const member: Member = {
        worker: this.#worker(),
        failures: 0,
        waiting: new Map(),
        prepared: [],
        timer: undefined,
      };
      this.#listen(member);
      return member;
    });
  }

  /** Threads that ended time after time without an answer in between. */
  get ailing(): number {
    return this.#members.filter(({ failures }) => failures >= FAILURES_MAX).length;
  }

  async detect(task: DetectTask): Promise<Detected> {
    try {
      return await this.#send(task);
    } catch {
      return this.#again(task);
    }
  }

  /** Resolves when every thread has its rules linked; rejects where one ends on the way. */
  async ready(): Promise<void> {
    const each = this.#members.map(
      (member) =>
        new Promise<void>((resolve, reject) => {
          member.prepared.push((failure) => (failure === undefined ? resolve() : reject(failure)));
          const order: WorkerOrder = { kind: 'prepare' };
          member.worker.postMessage(order);
        }),
    );
    await Promise.all(each);
  }

  /** Later batches are asked against these feeds; the arrays of the parts are shared, not copied. */
  swapIntel(parts: SnapshotParts): void {
    this.#start = { ...this.#start, intel: parts };
    const order: WorkerOrder = { kind: 'intel', parts };
    for (const { worker } of this.#members) worker.postMessage(order);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const member of this.#members) clearTimeout(member.timer);
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
  }

  /** A second try; what fails again is cut in two, down to one record. */
  async #again(task: DetectTask): Promise<Detected> {
    if (this.#closed) throw new Error('the pool is closed');
    try {
      return await this.#send(task);
    } catch (error) {
      const halves = split(task);
      if (halves !== undefined) {
        const [first, second] = halves;
        return both(await this.#again(first), await this.#again(second));
      }
      const reason = error instanceof Error ? error.message : String(error);
      const { source, bytes, file, line } = task;
      const blank = bytes.every((byte) => byte <= 32);
      if (!blank) this.#options.notices?.poisoned?.({ source, bytes, file, line, reason });
      const dropped = new Map(blank ? [] : [[POISON, 1]]);
      const none = new Map<string, number>();
      return {
        events: 0,
        matched: 0,
        signals: [],
        rejected: none,
        dropped,
        warned: none,
        newest: undefined,
      };
    }
  }

  #send(task: DetectTask): Promise<Detected> {
    const least = this.#members.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      least.waiting.set(id, { task, resolve, reject });
      const order: WorkerOrder = { kind: 'detect', id, task };
      // Copied, not handed over: after a crash the batch must still be here.
      least.worker.postMessage(order);
      this.#watch(least);
    });
  }

  #worker(): Worker {
    return new Worker(new URL('./detect-worker.js', import.meta.url), { workerData: this.#start });
  }

  #listen(member: Member): void {
    const { worker } = member;
    worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'ready') {
        member.failures = 0;
        for (const told of member.prepared.splice(0)) told();
        return;
      }
      const { id, detected, tookMs, measured } = answer;
      member.failures = 0;
      this.#options.notices?.worked?.(detected, tookMs);
      if (measured !== undefined) this.#options.notices?.measured?.(measured);
      member.waiting.get(id)?.resolve(detected);
      member.waiting.delete(id);
      this.#watch(member);
    });
    worker.on('error', (error) => this.#replace(member, worker, error.message));
    worker.on('exit', (code) => this.#replace(member, worker, `the thread ended with ${code}`));
  }

  #replace(member: Member, worker: Worker, reason: string): void {
    if (this.#closed || member.worker !== worker) return;
    member.failures++;
    member.worker = this.#worker();
    this.#listen(member);
    this.#options.notices?.crashed?.(reason);
    const held = [...member.waiting.values()];
    member.waiting.clear();
    clearTimeout(member.timer);
    for (const { reject } of held) reject(new Error(reason));
    for (const told of member.prepared.splice(0)) told(new Error(reason));
    void worker.terminate();
  }

  /** The oldest batch of a member has so long from when it became the oldest. */
  #watch(member: Member): void {
    clearTimeout(member.timer);
    if (member.waiting.size === 0 || this.#closed) return;
    const { worker } = member;
    member.timer = setTimeout(
      () => this.#replace(member, worker, `no answer within ${this.#options.batchMaxMs} ms`),
      this.#options.batchMaxMs,
    );
    member.timer.unref();
  }
}

/** A batch in two, at a line end near its middle; undefined where it is one line. */
function split(task: DetectTask): readonly [DetectTask, DetectTask] | undefined {
  const { bytes } = task;
  const half = bytes.length >> 1;
  let at = bytes.indexOf(10, half) + 1;
  if (at === 0 || at >= bytes.length) at = bytes.lastIndexOf(10, Math.max(0, half - 1)) + 1;
  if (at === 0 || at >= bytes.length) return undefined;
  const first = bytes.subarray(0, at);
  let lines = 0;
  for (const byte of first) if (byte === 10) lines++;
  return [
    { ...task, bytes: first },
    { ...task, bytes: bytes.subarray(at), line: task.line + lines },
  ];
}

function both(a: Detected, b: Detected): Detected {
  return {
    events: a.events + b.events,
    matched: a.matched + b.matched,
    signals: [...a.signals, ...b.signals],
    rejected: summed(a.rejected, b.rejected),
    dropped: summed(a.dropped, b.dropped),
    warned: summed(a.warned, b.warned),
    newest:
      a.newest === undefined ? b.newest : b.newest === undefined ? a.newest : Math.max(a.newest, b.newest),
    observed: [...(a.observed ?? []), ...(b.observed ?? [])],
  };
}

function summed(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const sum = new Map(a);
  for (const [key, count] of b) sum.set(key, (sum.get(key) ?? 0) + count);
  return sum;
}

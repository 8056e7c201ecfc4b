import { Worker } from 'node:worker_threads';
import type { ScanTally } from './chunk-scan.ts';
import type { DetectionPool } from './scan.ts';
import type { WorkerStart, WorkerTask } from './scan-worker.ts';

interface Waiting {
  readonly resolve: (tally: ScanTally) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Threads that scan runs of lines, each with an engine of its own. Runs are dealt to the thread with the fewest waiting; the caller
 * takes the results in the order it gave the runs. A thread that dies fails the runs it held.
 */
export class WorkerPool implements DetectionPool {
  readonly inFlightMax: number;
  readonly #workers: { readonly worker: Worker; readonly waiting: Map<number, Waiting> }[];
  #next = 0;

  constructor(threads: number, start: WorkerStart) {
    this.inFlightMax = threads * 2;
    this.#workers = Array.from({ length: threads }, () => {
      const worker = new Worker(new URL('./scan-worker.js', import.meta.url), { workerData: start });
      const waiting = new Map<number, Waiting>();
      worker.on('message', ({ id, tally }: { id: number; tally: ScanTally }) => {
        waiting.get(id)?.resolve(tally);
        waiting.delete(id);
      });
      const fail = (reason: Error): void => {
        for (const one of waiting.values()) one.reject(reason);
        waiting.clear();
      };
      worker.on('error', fail);
      worker.on('exit', () => fail(new Error('a worker thread ended before its work was done')));
      return { worker, waiting };
    });
  }

  scan(given: {
    readonly bytes: Uint8Array;
    readonly file: string;
    readonly line: number;
  }): Promise<ScanTally> {
    const least = this.#workers.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    const id = this.#next++;
    const { bytes, file, line } = given;
    return new Promise((resolve, reject) => {
      least.waiting.set(id, { resolve, reject });
      const task: WorkerTask = { id, bytes, file, line };
      // The same memory would otherwise be copied a second time.
      least.worker.postMessage(task, [bytes.buffer as ArrayBuffer]);
    });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
  }
}

import { Worker } from 'node:worker_threads';
import type { PieceChange, RefusedVersion } from './compose.ts';
import type { Examination } from './examiner.ts';
import type { ExaminerAnswer, ExaminerOrder, ExaminerStart } from './examiner-service.ts';

/** An examination, or why there is none and which files had changed. */
export type ExaminationOrFailure =
  | Examination
  | { readonly kind: 'failed'; readonly reason: string; readonly changed: readonly PieceChange[] };

/** Examines rules somewhere else, so that matching goes on meanwhile. */
export interface ExaminerPort {
  examine(recent: Uint8Array, held: ReadonlySet<string>): Promise<ExaminationOrFailure>;
  take(): void;
  refuse(
    versions: readonly (readonly [string, RefusedVersion | undefined])[],
    good: readonly PieceChange[],
  ): void;
  close(): Promise<void>;
}

/** How the thread is kept. */
export interface ExaminerThreadOptions {
  /** The module that calls `serveExaminations`. */
  readonly entry: URL;
  /** What a thread is started with: asked anew for each, because what is remembered changes. */
  readonly start: () => ExaminerStart;
  /** An examination must be done after so long, else the thread is ended. */
  readonly examineMaxMs: number;
  /** Memory of the thread, MiB: a rule that unfolds without end shall not end the process. */
  readonly memoryMaxMib: number;
}

/**
 * A thread that examines rules. It stays, because it then need not read again what it has read; one that hangs or runs out of memory is ended, and the
 * next examination has another.
 */
export class ExaminerThread implements ExaminerPort {
  readonly #options: ExaminerThreadOptions;
  #worker: Worker | undefined;

  constructor(options: ExaminerThreadOptions) {
    this.#options = options;
  }

  examine(recent: Uint8Array, held: ReadonlySet<string>): Promise<ExaminationOrFailure> {
    const worker = this.#living();
    const { examineMaxMs } = this.#options;
    return new Promise((resolve) => {
      let changed: readonly PieceChange[] = [];
      const fail = (reason: string): void => {
        done({ kind: 'failed', reason, changed });
        this.#end(worker);
      };
      const hear = (answer: ExaminerAnswer): void => {
        if (answer.kind === 'began') changed = answer.changed;
        else if (answer.kind === 'failed') fail(answer.reason);
        else done(answer);
      };
      const onError = (error: Error): void => fail(error.message);
      const onExit = (code: number): void => fail(`the examining thread ended with ${code}`);
      const timer = setTimeout(() => fail(`examining took longer than ${examineMaxMs} ms`), examineMaxMs);
      const done = (answer: ExaminationOrFailure): void => {
        clearTimeout(timer);
        worker.off('message', hear).off('error', onError).off('exit', onExit);
        resolve(answer);
      };
      worker.on('message', hear).on('error', onError).on('exit', onExit);
      this.#tell(worker, { kind: 'examine', recent, held });
    });
  }

  take(): void {
    if (this.#worker !== undefined) this.#tell(this.#worker, { kind: 'take' });
  }

  refuse(
    versions: readonly (readonly [string, RefusedVersion | undefined])[],
    good: readonly PieceChange[],
  ): void {
    if (this.#worker !== undefined) this.#tell(this.#worker, { kind: 'refuse', versions, good });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #living(): Worker {
    if (this.#worker === undefined) {
      const worker = new Worker(this.#options.entry, {
        workerData: this.#options.start(),
        resourceLimits: { maxOldGenerationSizeMb: this.#options.memoryMaxMib },
      });
      // An error between two examinations is nobody's, and must not end the process.
      worker.on('error', () => this.#end(worker));
      worker.on('exit', () => this.#end(worker));
      // It never holds up the end of the process.
      worker.unref();
      this.#worker = worker;
    }
    return this.#worker;
  }

  #tell(worker: Worker, order: ExaminerOrder): void {
    worker.postMessage(order);
  }

  #end(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
    void worker.terminate();
  }
}

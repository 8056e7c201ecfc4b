/** The other side of `fuzz.ts`: a thread that feeds one parser after the other, and says where it is. */
import { parentPort, workerData } from 'node:worker_threads';
import { mutated } from './mutate.ts';
import { Random, seedOf } from './random.ts';
import { TARGETS } from './targets/all.ts';

/** What a thread is told to do. */
export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  /** Numbers of the inputs, the end exclusive. */
  readonly from: number;
  readonly to: number;
}

/** What went wrong with an input. */
export interface FuzzFailure {
  readonly target: string;
  readonly number: number;
  readonly reason: string;
  readonly input: Uint8Array;
}

export type FuzzAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly target: string; readonly inputs: number; readonly tookMs: number }
  | ({ readonly kind: 'failed' } & FuzzFailure);

/** The number of the input at hand, and a count that goes on with each: what the watch looks at. */
const progress: Int32Array = workerData;

async function run({ target: name, seed, from, to }: FuzzOrder): Promise<void> {
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  const words = target.words.map((word) => new TextEncoder().encode(word));
  const began = performance.now();
  for (let number = from; number < to; number++) {
    const input = mutated({ corpus: target.corpus, words }, new Random(seedOf(seed, name, number)));
    Atomics.store(progress, 0, number);
    Atomics.add(progress, 1, 1);
    try {
      // Most are synchronous, and waiting would cost more than they do.
      const result = target.run(input);
      if (result !== undefined) await result;
    } catch (error) {
      const reason =
        error instanceof Error
          ? `${error.name}: ${error.message}\n${error.stack?.split('\n').slice(1, 5).join('\n')}`
          : String(error);
      say({ kind: 'failed', target: name, number, reason, input });
    }
  }
  say({ kind: 'done', target: name, inputs: to - from, tookMs: performance.now() - began });
}

function say(answer: FuzzAnswer): void {
  parentPort?.postMessage(answer);
}

parentPort?.on('message', (order: FuzzOrder) => void run(order));
say({ kind: 'ready' });

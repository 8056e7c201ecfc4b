/** The other side of `DetectorPool`: a thread that detects on batches. Started with a runnable ruleset, given others between two batches. */
import { parentPort, workerData } from 'node:worker_threads';
import { createSchemas } from '../../ingest/index.ts';
import { Engine, type RunnableRuleset } from '../../pipeline/index.ts';
import { nativeDigest } from '../native-digest.ts';
import type { WorkerStart } from '../scan-worker.ts';
import { detectBatch } from './detect-batch.ts';
import type { DetectTask } from './detection.ts';

/** What a worker is told. */
export type WorkerOrder =
  | { readonly kind: 'detect'; readonly id: number; readonly task: DetectTask }
  | { readonly kind: 'swap'; readonly ruleset: RunnableRuleset };

const start: WorkerStart = workerData;
const schemas = createSchemas(start.schemas).value;

function engineOf(ruleset: RunnableRuleset): Engine {
  return new Engine(ruleset, { digest: nativeDigest, ...(schemas === undefined ? {} : { schemas }) });
}

let engine = engineOf(start.ruleset);

parentPort?.on('message', (order: WorkerOrder) => {
  if (order.kind === 'swap') engine = engineOf(order.ruleset);
  else parentPort?.postMessage({ id: order.id, detected: detectBatch(engine, order.task) });
});

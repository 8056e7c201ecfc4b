/** The other side of `DetectorPool`: a thread that detects on batches. Started with a runnable ruleset, given others between two batches. */
import { parentPort, workerData } from 'node:worker_threads';
import { createSchemas } from '../../ingest/index.ts';
import { IntelSnapshot, type SnapshotParts } from '../../intel/index.ts';
import type { Logsource } from '../../model/index.ts';
import { Engine, type RunnableRuleset } from '../../pipeline/index.ts';
import { nativeDigest } from '../native-digest.ts';
import type { WorkerStart } from '../scan-worker.ts';
import { detectBatch } from './detect-batch.ts';
import type { DetectTask } from './detection.ts';

/** What a worker is told. */
export type WorkerOrder =
  | { readonly kind: 'detect'; readonly id: number; readonly task: DetectTask }
  | { readonly kind: 'swap'; readonly ruleset: RunnableRuleset }
  | { readonly kind: 'intel'; readonly parts: SnapshotParts };

/** What a worker is started with: what events of no known schema are, by source, where it is not the same for all. */
export interface DetectWorkerStart extends WorkerStart {
  readonly logsources: Readonly<Record<string, Logsource>>;
}

const start: DetectWorkerStart = workerData;
let { ruleset } = start;
let intel = start.intel === undefined ? undefined : new IntelSnapshot(start.intel);
/** By what events of no known schema are; made when the first event comes that needs it. */
const engines = new Map<string, Engine>();

function engineFor(source: string): Engine {
  const unknownLogsource = Object.hasOwn(start.logsources, source)
    ? (start.logsources[source] ?? 'any')
    : 'any';
  const key = JSON.stringify(unknownLogsource);
  const known = engines.get(key);
  if (known !== undefined) return known;
  const schemas = createSchemas({ ...start.schemas, unknownLogsource }).value;
  const made = new Engine(ruleset, {
    digest: nativeDigest,
    ...(schemas === undefined ? {} : { schemas }),
    ...(intel === undefined ? {} : { intel }),
  });
  engines.set(key, made);
  return made;
}

parentPort?.on('message', (order: WorkerOrder) => {
  if (order.kind === 'swap') {
    ruleset = order.ruleset;
    engines.clear();
  } else if (order.kind === 'intel') {
    intel = new IntelSnapshot(order.parts);
    for (const engine of engines.values()) engine.swapIntel(intel);
  } else {
    const detected = detectBatch(engineFor(order.task.source), order.task);
    parentPort?.postMessage({ id: order.id, detected });
  }
});

/** The other side of `WorkerPool`: a thread that detects on runs of lines. Started with a runnable ruleset. */
import { parentPort, workerData } from 'node:worker_threads';
import { createSchemas, type SchemasOptions } from '../ingest/index.ts';
import { type EnrichmentParts, IntelSnapshot, type SnapshotParts } from '../intel/index.ts';
import { Engine, type RunnableRuleset } from '../pipeline/index.ts';
import { newTally, scanLines } from './chunk-scan.ts';
import { nativeDigest } from './native-digest.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly ruleset: RunnableRuleset;
  readonly schemas: SchemasOptions;
  /** What the feeds say, in memory that all threads share. */
  readonly intel?: SnapshotParts;
  /** What events are enriched with; its databases in memory that all threads share. */
  readonly enrichment?: EnrichmentParts;
}

/** One run of lines to scan. */
export interface WorkerTask {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly line: number;
}

const start: WorkerStart = workerData;
const schemas = createSchemas(start.schemas).value;
const engine = new Engine(start.ruleset, {
  digest: nativeDigest,
  ...(schemas === undefined ? {} : { schemas }),
  ...(start.intel === undefined ? {} : { intel: new IntelSnapshot(start.intel) }),
  ...(start.enrichment === undefined ? {} : { enrichment: start.enrichment }),
});

parentPort?.on('message', (task: WorkerTask) => {
  const tally = newTally();
  scanLines(engine, task, tally);
  parentPort?.postMessage({ id: task.id, tally });
});

/** The other side of `DetectorPool`: a thread that detects on batches with one runnable ruleset. */
import { deserialize } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { createSchemas } from '../../ingest/index.ts';
import { IntelSnapshot, type SnapshotParts } from '../../intel/index.ts';
import type { Logsource } from '../../model/index.ts';
import { Engine, measuredRules, type RunnableRuleset } from '../../pipeline/index.ts';
import { nativeDigest } from '../native-digest.ts';
import type { MeasuredCosts } from '../rule-cost.ts';
import type { WorkerStart } from '../scan-worker.ts';
import { detectBatch } from './detect-batch.ts';
import type { Detected, DetectTask } from './detection.ts';

/** What a worker is told. */
export type WorkerOrder =
  | { readonly kind: 'detect'; readonly id: number; readonly task: DetectTask }
  | { readonly kind: 'intel'; readonly parts: SnapshotParts }
  /** Link the rules now, and say so: the first batch shall not wait for it. */
  | { readonly kind: 'prepare' };

/** What a worker answers. */
export type WorkerAnswer =
  | {
      readonly kind: 'detected';
      readonly id: number;
      readonly detected: Detected;
      readonly tookMs: number;
      /** What rules cost, where that was measured. */
      readonly measured?: MeasuredCosts;
    }
  | { readonly kind: 'ready' };

/** What a worker is started with. */
export interface DetectWorkerStart extends Omit<WorkerStart, 'ruleset'> {
  /** The ruleset, or the bytes that Node made of it, in memory that all threads see: then it is not copied for each on the way. */
  readonly ruleset: RunnableRuleset | SharedArrayBuffer;
  /** What events of no known schema are, by source, where it is not the same for all. */
  readonly logsources: Readonly<Record<string, Logsource>>;
  /** Whether it is told what feeds may list later. */
  readonly notices?: boolean;
}

/** One batch of so many is measured rule by rule. */
const MEASURE_EVERY = 16;

const start: DetectWorkerStart = workerData;
const ruleset = rulesetOf(start.ruleset);
let intel = start.intel === undefined ? undefined : new IntelSnapshot(start.intel);
/** By what events of no known schema are; made when the first event comes that needs it. */
const engines = new Map<string, Engine>();
let batches = 0;

/** The bytes are our own. */
function rulesetOf(given: DetectWorkerStart['ruleset']): RunnableRuleset {
  return given instanceof SharedArrayBuffer
    ? (deserialize(Buffer.from(new Uint8Array(given))) as RunnableRuleset)
    : given;
}

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
    ...(start.enrichment === undefined ? {} : { enrichment: start.enrichment }),
    notices: start.notices === true,
  });
  engines.set(key, made);
  return made;
}

function answer(said: WorkerAnswer): void {
  parentPort?.postMessage(said);
}

parentPort?.on('message', (order: WorkerOrder) => {
  if (order.kind === 'prepare') {
    for (const source of ['', ...Object.keys(start.logsources)]) engineFor(source);
    answer({ kind: 'ready' });
  } else if (order.kind === 'intel') {
    intel = new IntelSnapshot(order.parts);
    for (const engine of engines.values()) engine.swapIntel(intel);
  } else {
    const engine = engineFor(order.task.source);
    const began = performance.now();
    let measured: MeasuredCosts | undefined;
    let detected: Detected | undefined;
    batches++;
    if (batches % MEASURE_EVERY === 1) {
      const costs = measuredRules(
        engine,
        () => performance.now(),
        () => {
          detected = detectBatch(engine, order.task);
        },
      );
      // The first stands for itself alone, each later one for those since the one before.
      measured = { batches: batches === 1 ? 1 : MEASURE_EVERY, costs };
    }
    detected ??= detectBatch(engine, order.task);
    const tookMs = performance.now() - began;
    answer({
      kind: 'detected',
      id: order.id,
      detected,
      tookMs,
      ...(measured === undefined ? {} : { measured }),
    });
  }
});

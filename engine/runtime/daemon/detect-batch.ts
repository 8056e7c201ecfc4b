import { decodeRecord, normalise } from '../../ingest/index.ts';
import { eventTime } from '../../model/index.ts';
import type { Engine } from '../../pipeline/index.ts';
import { newTally, scanLines } from '../chunk-scan.ts';
import type { Detected, DetectTask } from './detection.ts';

/** What the records of a batch give. Pure but for the engine's caches. */
export function detectBatch(engine: Engine, task: DetectTask): Detected {
  engine.observedAt = eventTime(task.receivedAt);
  const tally = newTally();
  scanLines(engine, task, tally);
  const rejected = new Map<string, number>();
  const warned = new Map<string, number>();
  for (const { declaration } of tally.problems) {
    const { code, severity } = declaration;
    const counts = severity === 'error' ? rejected : warned;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return {
    events: tally.events,
    matched: tally.matched,
    signals: tally.signals,
    rejected,
    dropped: new Map(),
    warned,
    newest: newestOf(engine, task, tally.signals),
    ...(tally.observed.length === 0 ? {} : { observed: tally.observed }),
  };
}

/** How far the batch has come in event time: by its signals, and by its last record, whether or not a rule held on it. */
function newestOf(engine: Engine, task: DetectTask, signals: Detected['signals']): number | undefined {
  let newest: number | undefined;
  for (const { end } of signals) if (newest === undefined || end > newest) newest = end;
  const last = lastLine(task.bytes);
  const decoded = last === undefined ? undefined : decodeRecord(last, { line: 1, column: 1 });
  if (decoded?.kind === 'record') {
    const { time } = normalise(decoded.value, engine.schemas, { observedAt: eventTime(task.receivedAt) });
    if (newest === undefined || time > newest) newest = time;
  }
  return newest;
}

function lastLine(bytes: Uint8Array): Uint8Array | undefined {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] ?? 0) <= 32) end--;
  if (end === 0) return undefined;
  return bytes.subarray(bytes.lastIndexOf(10, end - 1) + 1, end);
}

import { readFileSync } from 'node:fs';
import { fileSink, listEventFiles, ndjsonFormat, readChunks } from '../../engine/adapters/index.ts';
import { createSchemas } from '../../engine/ingest/index.ts';
import type { DetectionRule } from '../../engine/model/index.ts';
import { type CompiledRuleset, compileLoaded, Engine, type Ruleset } from '../../engine/pipeline/index.ts';
import {
  type DetectionPool,
  nativeDigest,
  newTally,
  type ScanReport,
  scan,
  scanLines,
} from '../../engine/runtime/index.ts';

/** An engine on our own mappings. */
export function engineOn(ruleset: Ruleset): Engine {
  const schemas = createSchemas().value;
  if (schemas === undefined) throw new Error('the built-in mappings do not link');
  return new Engine(ruleset, { schemas, digest: nativeDigest });
}

/** From the bytes of a file to signals written to a file: what `telltale scan --format ndjson --output` does once rules are loaded. */
export async function scanFile(
  engine: Engine,
  given: {
    readonly input: string;
    readonly output: string;
    readonly threads?: number;
    readonly pool?: DetectionPool;
  },
): Promise<ScanReport> {
  const sink = await fileSink(given.output);
  if ('code' in sink) throw new Error(sink.message);
  const format = ndjsonFormat();
  const report = await scan(
    engine,
    { inputs: [given.input], threads: given.threads ?? 1 },
    {
      files: { listEventFiles, readChunks },
      signals: (found) => {
        let text = '';
        for (const signal of found) text += format.signal(signal);
        return sink.write(text);
      },
      ...(given.pool === undefined ? {} : { pool: given.pool }),
    },
  );
  const unwritten = await sink.close();
  if (unwritten !== undefined) throw new Error(unwritten.message);
  return report;
}

/** The core alone, on bytes in memory; gives the number of signals. */
export function scanMemory(engine: Engine, bytes: Uint8Array): number {
  const tally = newTally();
  scanLines(engine, { bytes, file: 'memory', line: 1 }, tally);
  return tally.signals.length;
}

/** What all is compared with: each line decoded and parsed, and nothing done with it. Gives the number of lines. */
export function parseLines(bytes: Buffer): number {
  let lines = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end > start) {
      const value: unknown = JSON.parse(bytes.toString('utf8', start, end));
      if (typeof value === 'object') lines++;
    }
    start = end + 1;
  }
  return lines;
}

/** A file's bytes as a buffer. */
export function bytesOf(path: string): Buffer {
  return readFileSync(path);
}

/** Compiles rules that are in the model already. */
export function compileRules(base: CompiledRuleset, detections: readonly DetectionRule[]): Ruleset {
  return compileLoaded({ ...base.ruleset.loaded, detections, filters: [], overlays: [] }).ruleset;
}

/** So many rules of a set, spread evenly over it. */
export function someRules(rules: readonly DetectionRule[], count: number): DetectionRule[] {
  return Array.from({ length: Math.min(count, rules.length) }, (_, i) => {
    const rule = rules[Math.floor((i * rules.length) / Math.min(count, rules.length))];
    if (rule === undefined) throw new Error('no such rule');
    return rule;
  });
}

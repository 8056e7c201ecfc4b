import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bar, missedBars } from './bars.ts';
import type { BenchOptions } from './options.ts';
import { environment, say, type Table, writeReport } from './report.ts';

/** What a part gives: keys of the JSON, and tables. */
export interface PartResult {
  readonly result: Readonly<Record<string, unknown>>;
  readonly tables: readonly Table[];
  /** What must hold of the figures; where one does not, the process ends with 1. */
  readonly bars: readonly Bar[];
}

/** What a part is given: the options, and a folder of its own. */
export interface PartInput extends BenchOptions {
  readonly folder: string;
}

type Part = (input: PartInput) => Promise<PartResult>;

/** The parts, each a module, in the order in which they run. */
const PARTS: Readonly<Record<string, () => Promise<Part>>> = {
  lanes: async () => (await import('./detect-lanes.ts')).benchLanes,
  scaling: async () => (await import('./detect-scaling.ts')).benchScaling,
  load: async () => (await import('./detect-load.ts')).benchLoad,
  worst: async () => (await import('./detect-worst.ts')).benchWorst,
  rsigma: async () => (await import('./detect-rsigma.ts')).benchRsigma,
  'json-rules-engine': async () => (await import('./detect-rules-engine.ts')).benchRulesEngine,
  threads: async () => (await import('./detect-threads.ts')).benchThreads,
};

/** The speed of detection, part by part; `--only` names the parts to run. */
export async function benchDetect(options: BenchOptions): Promise<void> {
  const made = environment();
  const unknown = options.only.filter((name) => PARTS[name] === undefined);
  if (unknown.length > 0) {
    say(`no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
    process.exitCode = 3;
    return;
  }
  let result: Record<string, unknown> = { environment: made };
  const tables: Table[] = [];
  const bars: Bar[] = [];
  for (const [name, open] of Object.entries(PARTS)) {
    if (options.only.length > 0 && !options.only.includes(name)) continue;
    const folder = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
    try {
      say(`— ${name}`);
      const part = await open();
      const given = await part({ ...options, folder });
      result = { ...result, ...given.result };
      tables.push(...given.tables);
      bars.push(...given.bars);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const missed = missedBars(bars);
  result = { ...result, bars, missed };
  say(`written to ${writeReport('detect', { json: options.json, result, tables })}`);
  for (const line of missed) say(`MISSED ${line}`);
  if (missed.length > 0) process.exitCode = 1;
}

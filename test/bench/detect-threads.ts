import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { runnable } from '../../engine/pipeline/index.ts';
import { WorkerPool } from '../../engine/runtime/index.ts';
import { compilePublicSet } from '../conformance/public-set.ts';
import type { Bar } from './bars.ts';
import type { PartInput, PartResult } from './detect.ts';
import { lanes } from './lanes.ts';
import { interleaved, ratios, timingOf } from './measure.ts';
import { short } from './report.ts';
import { engineOn, scanFile } from './scanning.ts';

/** Bar, on two free cores. */
const LEAST = 1.6;

/** One thread against two on the same file; the threads are started before. */
export async function benchThreads({ data, runs, folder }: PartInput): Promise<PartResult> {
  const { ruleset } = compilePublicSet(data);
  const rows: (readonly string[])[] = [];
  const bars: Bar[] = [];
  const threads: Record<string, unknown> = {};
  for (const lane of lanes(data)) {
    if (!/^otrf-|^process/.test(lane.name)) continue;
    const input = join(folder, `${lane.name}.ndjson`);
    writeFileSync(input, lane.bytes);
    const engine = engineOn(ruleset);
    const pool = new WorkerPool(2, { ruleset: runnable(ruleset), schemas: {} });
    const signals = { one: 0, two: 0 };
    const timings = await interleaved(
      [
        {
          name: 'one',
          run: async () => {
            signals.one = (await scanFile(engine, { input, output: join(folder, 'one') })).signals;
          },
        },
        {
          name: 'two',
          run: async () => {
            const output = join(folder, 'two');
            signals.two = (await scanFile(engine, { input, output, threads: 2, pool })).signals;
          },
        },
      ],
      runs,
    );
    await pool.close();
    if (signals.one !== signals.two)
      throw new Error(`${signals.one} signals on one thread, ${signals.two} on two`);
    const one = timingOf(timings, 'one');
    const speedup = ratios(one.walls, timingOf(timings, 'two').walls);
    bars.push({ name: `${lane.name}, two threads over one`, seen: speedup.median, least: LEAST });
    threads[lane.name] = {
      speedup: speedup.median,
      speedup_spread: speedup,
      events_per_second_1: lane.events / one.wall.median,
      events_per_second_2: lane.events / timingOf(timings, 'two').wall.median,
      load: loadavg()[0],
    };
    rows.push([
      lane.name,
      short(lane.events / one.wall.median),
      short(lane.events / timingOf(timings, 'two').wall.median),
      `${short(speedup.median)} (${short(speedup.min)}–${short(speedup.max)})`,
      short(loadavg()[0] ?? Number.NaN),
    ]);
  }
  return {
    result: { threads },
    bars,
    tables: [
      {
        title: 'Two threads against one',
        head: ['lane', 'events/s, 1', 'events/s, 2', 'times (min–max)', 'load of the machine'],
        rows,
      },
    ],
  };
}

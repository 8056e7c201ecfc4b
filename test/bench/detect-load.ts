import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULE_FOLDERS } from '../conformance/public-set.ts';
import { type Finished, telltaleCommand } from './command.ts';
import type { PartInput, PartResult } from './detect.ts';
import { lanes } from './lanes.ts';
import { spread } from './measure.ts';
import { short } from './report.ts';

/** Bars. */
const COLD_SECONDS_MOST = 2.5;
const CACHED_SECONDS_MOST = 0.8;
const RESIDENT_MB_MOST = 350;

/** Loading the public set in a fresh process, without and with what an earlier run may have kept; and the memory of a scan. */
export async function benchLoad({ data, runs, folder }: PartInput): Promise<PartResult> {
  const rules = RULE_FOLDERS.flatMap((name) => ['--rules', join(data, 'sigmahq', name)]);
  const event = join(folder, 'event.ndjson');
  writeFileSync(event, '{"Channel":"Security","EventID":4688,"CommandLine":"whoami"}\n');
  const scan = async (input: string, cache: string): Promise<Finished> => {
    const run = await telltaleCommand(
      [
        'scan',
        ...rules,
        '--skip-broken',
        '--stats',
        '--format',
        'ndjson',
        '--output',
        join(folder, 'out'),
        input,
      ],
      { XDG_CACHE_HOME: cache },
    );
    if (run.code !== 0) throw new Error(`the command ended with ${run.code}: ${run.stderr.slice(0, 2000)}`);
    return run;
  };
  const cold: Finished[] = [];
  const cached: Finished[] = [];
  for (let round = 0; round <= runs; round++) {
    const cache = join(folder, `cache-${round}`);
    const first = await scan(event, cache);
    const second = await scan(event, cache);
    if (round === 0) continue;
    cold.push(first);
    cached.push(second);
  }
  const memory: Record<string, { resident_mb: number; events_read: string }> = {};
  for (const lane of lanes(data)) {
    const input = join(folder, `${lane.name}.ndjson`);
    writeFileSync(input, lane.bytes);
    const run = await scan(input, join(folder, 'cache-0'));
    memory[lane.name] = {
      resident_mb: run.residentMb ?? Number.NaN,
      events_read: /^\s+events\s+(.*)$/m.exec(run.stderr)?.[1] ?? '',
    };
  }
  const loadOf = (all: readonly Finished[]) => spread(all.map(loadSeconds));
  const wholeOf = (all: readonly Finished[]) => spread(all.map(({ seconds }) => seconds));
  const load = {
    cold: { load_seconds: loadOf(cold), process_seconds: wholeOf(cold) },
    cached: { load_seconds: loadOf(cached), process_seconds: wholeOf(cached) },
  };
  return {
    result: { load, memory },
    bars: [
      { name: 'load, cold, s', seen: load.cold.load_seconds.median, most: COLD_SECONDS_MOST },
      { name: 'load, cached, s', seen: load.cached.load_seconds.median, most: CACHED_SECONDS_MOST },
      ...Object.entries(memory).map(([name, { resident_mb: seen }]) => ({
        name: `resident memory, ${name}, MB`,
        seen,
        most: RESIDENT_MB_MOST,
      })),
    ],
    tables: [
      {
        title: 'Loading and compiling the public set, in a fresh process',
        head: ['', 'load, s (min–max)', 'whole process with one event, s'],
        rows: Object.entries(load).map(([name, { load_seconds: own, process_seconds: whole }]) => [
          name,
          `${short(own.median)} (${short(own.min)}–${short(own.max)})`,
          `${short(whole.median)} (${short(whole.min)}–${short(whole.max)})`,
        ]),
      },
      {
        title: 'Greatest resident memory of a scan with the public set',
        head: ['lane', 'MB', 'events'],
        rows: Object.entries(memory).map(([name, row]) => [name, short(row.resident_mb), row.events_read]),
      },
    ],
  };
}

function loadSeconds({ stderr }: Finished): number {
  const found = /^\s+load\s+([\d.]+) s$/m.exec(stderr)?.[1];
  if (found === undefined) throw new Error(`no load time in: ${stderr.slice(0, 500)}`);
  return Number(found);
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePublicSet } from '../conformance/public-set.ts';
import type { PartInput, PartResult } from './detect.ts';
import { lanes } from './lanes.ts';
import { interleaved, ratios, type Spread, timingOf } from './measure.ts';
import { say, short, type Table } from './report.ts';
import { compileRules, engineOn, parseLines, scanFile, scanMemory, someRules } from './scanning.ts';

/** Bars: so many times the cost of JSON.parse over the same bytes. */
const OTRF_MOST = 2.2;
const CLOUDTRAIL_MOST = 1.6;

interface LaneFigures {
  readonly events: number;
  readonly seconds: number;
  readonly events_per_second: number;
  readonly mb_per_second: number;
  readonly json_parse_seconds: number;
  /** Wall time over JSON.parse's, round by round. */
  readonly ratio: number;
  readonly ratio_spread: Spread;
  /** The same in processor time. */
  readonly cpu_ratio: number;
  readonly cpu_ratio_spread: Spread;
  /** The core alone, bytes in memory to signals in memory. */
  readonly core_ratio: number;
  /** With an engine that has seen no event: its automata are built during the run. */
  readonly fresh_engine_ratio: number;
  readonly signals: number;
  readonly about: string;
}

/** From file bytes to signals in a file, against JSON.parse of the same bytes in memory, by recording. */
export async function benchLanes({ data, runs, folder }: PartInput): Promise<PartResult> {
  const base = compilePublicSet(data);
  const sets = [
    { key: 'lanes', title: `${base.ruleset.plan.rules.length} public rules`, ruleset: base.ruleset },
    {
      key: 'lanes_100_rules',
      title: '100 rules',
      ruleset: compileRules(base, someRules(base.ruleset.detections, 100)),
    },
  ];
  const results: Record<string, Record<string, LaneFigures>> = { lanes: {}, lanes_100_rules: {} };
  for (const lane of lanes(data)) {
    const input = join(folder, `${lane.name}.ndjson`);
    const output = join(folder, 'signals.ndjson');
    writeFileSync(input, lane.bytes);
    const bytes = Buffer.from(lane.bytes.buffer, lane.bytes.byteOffset, lane.bytes.byteLength);
    for (const { key, ruleset } of sets) {
      const engine = engineOn(ruleset);
      const core = engineOn(ruleset);
      let signals = 0;
      const timings = await interleaved(
        [
          { name: 'parse', run: () => void parseLines(bytes) },
          {
            name: 'scan',
            run: async () => {
              const report = await scanFile(engine, { input, output });
              if (report.events !== lane.events) throw new Error(`${report.events} of ${lane.events} events`);
              signals = report.signals;
            },
          },
          { name: 'core', run: () => void scanMemory(core, bytes) },
          { name: 'fresh', run: async () => void (await scanFile(engineOn(ruleset), { input, output })) },
        ],
        runs,
      );
      const parse = timingOf(timings, 'parse');
      const whole = timingOf(timings, 'scan');
      const wall = ratios(whole.walls, parse.walls);
      const cpu = ratios(whole.cpus, parse.cpus);
      const figures: LaneFigures = {
        events: lane.events,
        seconds: whole.wall.median,
        events_per_second: lane.events / whole.wall.median,
        mb_per_second: bytes.length / 1e6 / whole.wall.median,
        json_parse_seconds: parse.wall.median,
        ratio: wall.median,
        ratio_spread: wall,
        cpu_ratio: cpu.median,
        cpu_ratio_spread: cpu,
        core_ratio: ratios(timingOf(timings, 'core').walls, parse.walls).median,
        fresh_engine_ratio: ratios(timingOf(timings, 'fresh').walls, parse.walls).median,
        signals,
        about: lane.about,
      };
      say(
        `${lane.name}, ${key}: ${short(figures.events_per_second)} events/s, ratio ${short(figures.ratio)}`,
      );
      const into = results[key];
      if (into !== undefined) into[lane.name] = figures;
    }
  }
  return {
    result: results,
    tables: sets.map(({ key, title }) => tableOf(title, results[key] ?? {})),
    bars: Object.entries(results['lanes'] ?? {}).flatMap(([name, { ratio }]) => {
      const most = name.startsWith('otrf-') ? OTRF_MOST : name === 'cloudtrail' ? CLOUDTRAIL_MOST : undefined;
      return most === undefined ? [] : [{ name: `${name} × JSON.parse`, seen: ratio, most }];
    }),
  };
}

function tableOf(title: string, figures: Readonly<Record<string, LaneFigures>>): Table {
  return {
    title: `Detection, ${title}, one thread, file to file`,
    head: [
      'lane',
      'events',
      'events/s',
      'MB/s',
      '× JSON.parse (min–max)',
      '× in CPU time',
      'core alone ×',
      'new engine ×',
      'signals',
    ],
    rows: Object.entries(figures).map(([name, lane]) => [
      name,
      short(lane.events),
      short(lane.events_per_second),
      short(lane.mb_per_second),
      `${short(lane.ratio)} (${short(lane.ratio_spread.min)}–${short(lane.ratio_spread.max)})`,
      short(lane.cpu_ratio),
      short(lane.core_ratio),
      short(lane.fresh_engine_ratio),
      short(lane.signals),
    ]),
    notes: Object.entries(figures).map(([name, { about }]) => `${name}: ${about}.`),
  };
}

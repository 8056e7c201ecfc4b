import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePublicSet } from '../conformance/public-set.ts';
import type { Bar } from './bars.ts';
import type { PartInput, PartResult } from './detect.ts';
import { lanes } from './lanes.ts';
import { interleaved, ratios, timingOf } from './measure.ts';
import { say, short } from './report.ts';
import { compileRules, engineOn, scanFile, someRules } from './scanning.ts';
import { variedRules } from './varied-rules.ts';

/** Of each kind of recording one lane. */
const LANES = /^otrf-\D*0*1$|^process-creation$|^cloudtrail$/;
/** Sets larger than this are measured on the heaviest recording alone. */
const LARGE = 50_000;
const HEAVIEST = 'process-creation';
/** Bar: so many times the rules cost at most so many times as much. */
const TIMES = 10;
const TIMES_MOST = 2;

/** What an event costs by the number of rules; beyond the public set they are variations of it. */
export async function benchScaling({ data, runs, folder }: PartInput): Promise<PartResult> {
  const base = compilePublicSet(data);
  const all = base.ruleset.detections;
  const counts = [100, 1000, all.length, all.length * TIMES, 100_000];
  const compiled = counts.map((count) => {
    const rules = count <= all.length ? someRules(all, count) : variedRules(all, count);
    const started = performance.now();
    const ruleset = compileRules(base, rules);
    const planSeconds = (performance.now() - started) / 1000;
    say(`${count} rules planned in ${short(planSeconds)} s`);
    return { count, ruleset, planSeconds };
  });
  const scaling: Record<string, unknown> = {};
  const rows: (readonly (string | number)[])[] = [];
  const bars: Bar[] = [];
  for (const lane of lanes(data)) {
    if (!LANES.test(lane.name)) continue;
    const input = join(folder, `${lane.name}.ndjson`);
    writeFileSync(input, lane.bytes);
    const signals = new Map<number, number>();
    const sets = compiled.filter(({ count }) => count <= LARGE || lane.name === HEAVIEST);
    const contenders = sets.map(({ count, ruleset }) => {
      const engine = engineOn(ruleset);
      return {
        name: String(count),
        run: async () => {
          const report = await scanFile(engine, { input, output: join(folder, 'out') });
          signals.set(count, report.signals);
        },
      };
    });
    const timings = await interleaved(contenders, runs);
    say(lane.name);
    const public_ = timingOf(timings, String(all.length));
    scaling[lane.name] = Object.fromEntries(
      sets.map(({ count, planSeconds }) => {
        const timing = timingOf(timings, String(count));
        const against = ratios(timing.walls, public_.walls);
        if (count === all.length * TIMES)
          bars.push({
            name: `${lane.name}, ${TIMES} times the rules`,
            seen: against.median,
            most: TIMES_MOST,
          });
        rows.push([
          lane.name,
          count.toLocaleString('en'),
          short(lane.events / timing.wall.median),
          `${short(against.median)} (${short(against.min)}–${short(against.max)})`,
          signals.get(count) ?? 0,
        ]);
        return [
          count,
          {
            events_per_second: lane.events / timing.wall.median,
            times_public_set: against.median,
            spread: against,
            signals: signals.get(count),
            plan_seconds: planSeconds,
          },
        ];
      }),
    );
  }
  return {
    result: { scaling },
    bars,
    tables: [
      {
        title: 'Cost against the number of rules',
        head: ['lane', 'rules', 'events/s', 'times the public set (min–max)', 'signals'],
        rows,
        notes: ['Beyond the public set: variations, every second letter of each literal exchanged.'],
      },
    ],
  };
}

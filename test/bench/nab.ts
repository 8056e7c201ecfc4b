/**
 * The default detector for numeric series on the Numenta Anomaly Benchmark, row by row, with one parameter set.
 *
 *   npm run bench:nab -- [--data DIR] [--json FILE] [--scores DIR] [--runs N]
 *
 * The labelled windows are read by the scorer alone. Two tables: with the shipped settings on all series, and held out, where the
 * settings of the alarm control are chosen on the other families (the folders) and scored on the one left out. The thresholds are the
 * detector's own: nothing is optimised for a file.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  SERIES_DEFAULTS,
  SeriesDetector,
  type SeriesOptions,
  type SeriesVerdict,
} from '../../engine/baseline/index.ts';
import { eventTime } from '../../engine/model/index.ts';
import {
  type Points,
  PROFILES,
  pointsOf,
  probationRows,
  type RowWindow,
  rowWindows,
  scoreOf,
} from './nab-scoring.ts';
import type { BenchOptions } from './options.ts';
import { environment, holdBars, say, short, type Table, writeReport } from './report.ts';

type ProfileName = keyof typeof PROFILES;
const PROFILE_NAMES: readonly ProfileName[] = ['standard', 'low_fp', 'low_fn'];

interface Series {
  /** Path below the folder, as `windows.json` names it. */
  readonly name: string;
  readonly family: string;
  /** Times as they stand in the file, and as microseconds. */
  readonly stamps: readonly string[];
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly windows: readonly RowWindow[];
}

/** What the shipped settings must score. */
const BARS: Readonly<Record<ProfileName, number>> = { standard: 78, low_fp: 71, low_fn: 82 };

/** Runs the benchmark. */
export async function benchNab(options: BenchOptions): Promise<void> {
  const folder = existsSync(join(options.data, 'nab')) ? join(options.data, 'nab') : options.data;
  const all = readSeries(folder);
  if (all.length === 0) {
    say(`no series below ${folder}: no windows.json, or no CSV file that it names`);
    process.exitCode = 3;
    return;
  }
  const verdicts = new Map(all.map((series) => [series.name, run(series, {})]));
  const scores = scoreAll(all, (series) => verdicts.get(series.name)?.map((one) => one.alarm) ?? []);
  const settings = candidates();
  say(`held out: ${settings.length} settings on ${all.length} series`);
  const held = heldOut(all, settings);
  const cost = costOf(all, options.runs);
  if (options.scores !== undefined) writeScores(options.scores, all, verdicts);
  const path = writeReport('nab', {
    json: options.json,
    result: {
      ...environment(),
      ...scores.total,
      held_out: held.total,
      families: scores.families,
      held_out_families: held.families,
      series: all.length,
      rows: all.reduce((sum, one) => sum + one.values.length, 0),
      settings: SERIES_DEFAULTS,
      microseconds_a_row: cost,
    },
    tables: [
      table(`Shipped settings, ${all.length} series`, scores, [
        `One parameter set for all, chosen with sight of public series of this benchmark: read it beside the held-out table. ${short(cost.median)} µs a row (least ${short(cost.least)}, greatest ${short(cost.greatest)}; ${options.runs} runs).`,
      ]),
      table('Held out: settings chosen on the other families', held, [
        'Threshold, escalation and rest are chosen from a grid by the standard score of all other families, then scored on the family left out. The views and their constants are the same in both tables.',
      ]),
    ],
  });
  holdBars(
    Object.fromEntries(
      PROFILE_NAMES.map((name) => [`${name}: at least ${BARS[name]}`, scores.total[name] >= BARS[name]]),
    ),
  );
  say(`written to ${path}`);
}

interface Scores {
  readonly total: Readonly<Record<ProfileName, number>>;
  readonly families: Readonly<Record<string, Readonly<Record<ProfileName, number | null>>>>;
}

function table(title: string, { total, families }: Scores, notes: readonly string[]): Table {
  const cells = (of: Readonly<Record<ProfileName, number | null>>): string[] =>
    PROFILE_NAMES.map((name) => of[name]?.toFixed(1) ?? '–');
  return {
    title,
    head: ['family', 'standard', 'low FP', 'low FN'],
    rows: [...Object.entries(families).map(([name, of]) => [name, ...cells(of)]), ['all', ...cells(total)]],
    notes,
  };
}

function readSeries(folder: string): Series[] {
  const labels = join(folder, 'windows.json');
  if (!existsSync(labels)) return [];
  const windows = JSON.parse(readFileSync(labels, 'utf8')) as Record<string, [string, string][]>;
  return csvFiles(folder).flatMap((name) => {
    const key = name.replace(/\.gz$/, '');
    const labelled = windows[key];
    if (labelled === undefined) return [];
    const bytes = readFileSync(join(folder, name));
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const rows = text
      .trim()
      .split(/\r?\n/)
      .slice(1)
      .map((line) => line.split(','));
    const stamps = rows.map((row) => row[0] ?? '');
    const times = stamps.map(microsOf);
    return [
      {
        name: key,
        family: dirname(key),
        stamps,
        times,
        values: rows.map((row) => Number(row[1])),
        windows: rowWindows(
          times,
          labelled.map(([from, to]) => [microsOf(from), microsOf(to)] as const),
        ),
      },
    ];
  });
}

function csvFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.csv(?:\.gz)?$/.test(name))
    .sort();
}

/** The files' own zone is unknown and does not matter: differences do. */
function microsOf(stamp: string): number {
  return Date.parse(`${stamp.slice(0, 19).replace(' ', 'T')}Z`) * 1000;
}

/** One fifth of the rows in which the benchmark lets a detector learn: known beforehand, as is the series' length to those who run it. */
function restOf(series: Series, share = 0.2): number {
  return Math.round(share * probationRows(series.values.length));
}

function run(series: Series, options: Partial<SeriesOptions>): readonly SeriesVerdict[] {
  const detector = new SeriesDetector({ restRows: restOf(series), ...options });
  return series.values.map((value, row) => detector.accept(eventTime(series.times[row] ?? 0), value));
}

function scoreAll(all: readonly Series[], alarmsOf: (series: Series) => readonly boolean[]): Scores {
  const of = (name: ProfileName, list: readonly Series[]): number =>
    scoreOf(list.map((series) => pointsOf(alarmsOf(series), series.windows, PROFILES[name])));
  const three = (list: readonly Series[]): Record<ProfileName, number> => ({
    standard: of('standard', list),
    low_fp: of('low_fp', list),
    low_fn: of('low_fn', list),
  });
  const families = Object.fromEntries(
    familiesOf(all).map((family) => {
      const list = all.filter((series) => series.family === family);
      const some = list.some((series) => series.windows.length > 0);
      return [family, some ? three(list) : { standard: null, low_fp: null, low_fn: null }];
    }),
  );
  return { total: three(all), families };
}

function familiesOf(all: readonly Series[]): string[] {
  return [...new Set(all.map((series) => series.family))];
}

interface Setting {
  readonly threshold: number;
  readonly escalation: number;
  readonly restShare: number;
}

function candidates(): Setting[] {
  const settings: Setting[] = [];
  for (const threshold of [1.25, 1.5, 1.75, 2, 2.25, 2.5])
    for (const escalation of [0.15, 0.3, 0.45])
      for (const restShare of [0.1, 0.2, 0.3]) settings.push({ threshold, escalation, restShare });
  return settings;
}

/** By family: the setting that is best on all others, scored on this one. */
function heldOut(all: readonly Series[], settings: readonly Setting[]): Scores {
  // The views do not depend on the alarm control, yet each setting is run in full: what is scored is the detector itself.
  const alarms = settings.map(({ threshold, escalation, restShare }) => {
    const by = new Map<string, readonly boolean[]>();
    for (const series of all) {
      const options = { threshold, escalation, restRows: restOf(series, restShare) };
      by.set(
        series.name,
        run(series, options).map((one) => one.alarm),
      );
    }
    return by;
  });
  const chosen = new Map<string, ReadonlyMap<string, readonly boolean[]>>();
  for (const family of familiesOf(all)) {
    const others = all.filter((series) => series.family !== family);
    const standard = (by: ReadonlyMap<string, readonly boolean[]>): number => {
      const points: Points[] = others.map((series) =>
        pointsOf(by.get(series.name) ?? [], series.windows, PROFILES.standard),
      );
      return scoreOf(points);
    };
    const best = [...alarms].sort((a, b) => standard(b) - standard(a))[0];
    if (best !== undefined) chosen.set(family, best);
  }
  return scoreAll(all, (series) => chosen.get(series.family)?.get(series.name) ?? []);
}

function costOf(
  all: readonly Series[],
  runs: number,
): { readonly median: number; readonly least: number; readonly greatest: number } {
  const rows = all.reduce((sum, one) => sum + one.values.length, 0);
  const taken = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    for (const series of all) run(series, {});
    const { user, system } = process.cpuUsage(before);
    return (user + system) / rows;
  }).sort((a, b) => a - b);
  return { median: taken[runs >> 1] ?? 0, least: taken[0] ?? 0, greatest: taken.at(-1) ?? 0 };
}

/**
 * One CSV a series for an independent scorer: a score is 0.5 or more where the detector raises an alarm and below everywhere else, and
 * grows with the surprise within both halves.
 */
function writeScores(
  folder: string,
  all: readonly Series[],
  verdicts: ReadonlyMap<string, readonly SeriesVerdict[]>,
): void {
  for (const series of all) {
    const lines = (verdicts.get(series.name) ?? []).map((verdict, row) => {
      const { alarm, surprise, threshold } = verdict;
      const score = alarm ? 1 - 0.5 * 10 ** (threshold - surprise) : 0.49 * Math.min(1, surprise / threshold);
      return `${series.stamps[row]},${series.values[row]},${score}`;
    });
    const path = join(folder, series.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `timestamp,value,score\n${lines.join('\n')}\n`);
  }
}

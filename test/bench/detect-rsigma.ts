import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSchemas, type NormalisedEvent, normalise } from '../../engine/ingest/index.ts';
import { eventTime } from '../../engine/model/index.ts';
import type { Engine } from '../../engine/pipeline/index.ts';
import { compilePublicSet, publicRuleFiles } from '../conformance/public-set.ts';
import { linesOf, windowsHosts } from '../conformance/recordings.ts';
import type { Bar } from './bars.ts';
import { finished } from './command.ts';
import type { PartInput, PartResult } from './detect.ts';
import { interleaved, timingOf } from './measure.ts';
import { say, short } from './report.ts';
import { engineOn, scanFile } from './scanning.ts';

/** Bar: so many times the events a second. */
const BAR = 2.5;
/** Lanes are repeated until they have this length, so that the time to load is small beside it. */
const LENGTH_MIN = 40_000_000;
/** Of the events on which the matches are compared, one in so many. */
const CHECKED_EVERY = 10;
/** Its ways to be faster; the best of them counts. */
const CONFIGURATIONS: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'routing', args: [] },
  { name: 'routing and bloom prefilter', args: ['--bloom-prefilter'] },
];
const ROUTING = [
  '--logsource-routing',
  '--logsource-field-map',
  'product=ls_product,category=ls_category,service=ls_service',
  '--input-format',
  'json',
  '--no-stats',
];

/**
 * The same rules and events in rsigma, where it is on PATH: flat Windows events whose fields need no mapping, each with its logsource written
 * into it, because rsigma derives none. Events of several categories or services at once are left out: it takes one of each. First the
 * matches are compared, rule by rule and line by line.
 */
export async function benchRsigma({ data, runs, folder }: PartInput): Promise<PartResult> {
  const version = await finished('rsigma', ['--version']).catch(() => undefined);
  if (version === undefined) {
    say('rsigma is not on PATH: not compared');
    return { result: { rsigma: { compared: false, why: 'not on PATH' } }, tables: [], bars: [] };
  }
  const base = compilePublicSet(data);
  const rules = writeRules(
    data,
    join(folder, 'rules'),
    base.ruleset.detections.map(({ meta }) => meta.source.file),
  );
  const engine = engineOn(base.ruleset);
  const results: Record<string, unknown> = {};
  const rows: (readonly string[])[] = [];
  const bars: Bar[] = [];
  const nothing = join(folder, 'nothing.ndjson');
  writeFileSync(nothing, '{}\n');
  for (const host of windowsHosts(data)) {
    const events = withLogsource(host.bytes, base.ruleset.plan.fields);
    for (const [lane, lines] of [
      [host.name, events.map(({ line }) => line)],
      [
        `${host.name}, process creations`,
        events.filter((e) => e.category === 'process_creation').map((e) => e.line),
      ],
    ] as const) {
      const input = join(folder, 'events.ndjson');
      const once = lines.join('');
      const times = Math.max(1, Math.ceil(LENGTH_MIN / once.length));
      const count = lines.length * times;
      writeFileSync(input, once.repeat(times));
      const checked = join(folder, 'checked.ndjson');
      writeFileSync(checked, lines.filter((_, i) => i % CHECKED_EVERY === 0).join(''));
      const agreement = await compareMatches({ rules, checked, engine, folder });
      const output = join(folder, 'out.ndjson');
      const rsigma = (file: string, args: readonly string[]) => async (): Promise<void> => {
        const run = await finished('rsigma', rsigmaArgs(rules, file, args), { RAYON_NUM_THREADS: '1' });
        if (run.code !== 0) throw new Error(`rsigma ended with ${run.code}: ${run.stderr.slice(0, 500)}`);
        writeFileSync(output, run.stdout);
      };
      const timings = await interleaved(
        [
          { name: 'own', run: async () => void (await scanFile(engine, { input, output })) },
          { name: 'load', run: rsigma(nothing, []) },
          ...CONFIGURATIONS.map(({ name, args }) => ({ name, run: rsigma(input, args) })),
        ],
        runs,
      );
      const load = timingOf(timings, 'load').wall.median;
      const best = CONFIGURATIONS.map(({ name }) => ({
        name,
        seconds: timingOf(timings, name).wall.median - load,
      })).sort((a, b) => a.seconds - b.seconds)[0];
      if (best === undefined) throw new Error('no configuration');
      const own = timingOf(timings, 'own').wall.median;
      const speedup = best.seconds / own;
      say(
        `${lane}: ${short(speedup)} times rsigma; ${agreement.onlyOwn.length}/${agreement.onlyTheirs.length} differences`,
      );
      bars.push({ name: `${lane}, times rsigma`, seen: speedup, least: BAR });
      results[lane] = {
        events: count,
        events_per_second: count / own,
        rsigma_events_per_second: count / best.seconds,
        rsigma_load_seconds: load,
        best_configuration: best.name,
        times: speedup,
        bar: BAR,
        same_matches: agreement.same,
        only_telltale: agreement.onlyOwn,
        only_rsigma: agreement.onlyTheirs,
      };
      rows.push([
        lane,
        short(count),
        short(count / best.seconds),
        short(count / own),
        short(speedup),
        String(agreement.same),
        `${agreement.onlyOwn.length} / ${agreement.onlyTheirs.length}`,
      ]);
    }
  }
  return {
    bars,
    result: { rsigma: { compared: true, version: version.stdout.trim(), lanes: results } },
    tables: [
      {
        title: `${version.stdout.trim()}, the same rules and events`,
        head: [
          'lane',
          'events',
          'its events/s',
          "Telltale's events/s",
          'times',
          'same matches',
          'only ours / only its',
        ],
        rows,
        notes: [
          `Records carry what our mapping would rename under Sigma's names, too. Its time is that of the process less that of one which only loads; the faster of: ${CONFIGURATIONS.map(({ name }) => name).join('; ')}. Matches are compared on one event in ${CHECKED_EVERY}; where they differ, the speeds are no comparison but for what the JSON explains.`,
        ],
      },
    ],
  };
}

function rsigmaArgs(rules: string, file: string, more: readonly string[]): string[] {
  return ['engine', 'eval', '-r', rules, '-e', `@${file}`, '--output-format', 'ndjson', ...ROUTING, ...more];
}

/** The rule files that compile here, in a folder of their own: both are given the same. */
function writeRules(data: string, into: string, used: readonly string[]): string {
  const wanted = new Set(used);
  mkdirSync(into);
  publicRuleFiles(data)
    .filter(({ path }) => wanted.has(path))
    .forEach(({ text }, i) => {
      writeFileSync(join(into, `${i}.yml`), text);
    });
  return into;
}

/** The events of at most one category and service, each a line with its logsource and number in it. */
function withLogsource(
  bytes: Uint8Array,
  fields: readonly string[],
): { readonly line: string; readonly category: string | undefined }[] {
  const schemas = createSchemas().value;
  if (schemas === undefined) throw new Error('the built-in mappings do not link');
  const found: { line: string; category: string | undefined }[] = [];
  for (const line of linesOf(bytes)) {
    const record = JSON.parse(new TextDecoder().decode(line)) as Record<string, unknown>;
    const event = normalise(record, schemas, { observedAt: eventTime(0) });
    const { products, categories, services } = event.logsource;
    if (products.length !== 1 || categories.length > 1 || services.length > 1) continue;
    // A rule for a category must not look at an event that has none: the empty text contradicts, absence would not.
    const enriched = {
      ...record,
      ...mappedFields(event, fields),
      ls_product: products[0],
      ls_category: categories[0] ?? 'none',
      ls_service: services[0] ?? 'none',
      ls_number: found.length,
    };
    found.push({ line: `${JSON.stringify(enriched)}\n`, category: categories[0] });
  }
  return found;
}

/** What our mapping would call by another name than the record does: written out, so that both engines find it. */
function mappedFields(event: NormalisedEvent, fields: readonly string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const field of fields) {
    const paths = event.class.paths(field);
    if (paths.length === 1 && paths[0] === field) continue;
    const value = event.fields.get(field);
    if (value !== undefined) found[field] = value;
  }
  return found;
}

interface Agreement {
  readonly same: number;
  /** `rule id × number of the event`. */
  readonly onlyOwn: readonly string[];
  readonly onlyTheirs: readonly string[];
}

async function compareMatches(given: {
  readonly rules: string;
  readonly checked: string;
  readonly engine: Engine;
  readonly folder: string;
}): Promise<Agreement> {
  const { rules, checked, engine, folder } = given;
  const numbers = [...linesOf(readFileSync(checked))].map(
    (line) => (JSON.parse(new TextDecoder().decode(line)) as { ls_number: number }).ls_number,
  );
  const output = join(folder, 'own.ndjson');
  await scanFile(engine, { input: checked, output });
  const own = new Set<string>();
  for (const line of linesOf(readFileSync(output))) {
    const signal = JSON.parse(new TextDecoder().decode(line)) as {
      rule: { id: string };
      events: { line: number }[];
    };
    own.add(`${signal.rule.id} ${numbers[(signal.events[0]?.line ?? 0) - 1]}`);
  }
  const run = await finished('rsigma', rsigmaArgs(rules, checked, ['--include-event']));
  const theirs = new Set<string>();
  for (const line of run.stdout.split('\n')) {
    if (!line.startsWith('{')) continue;
    const match = JSON.parse(line) as { rule_id?: string; event?: { ls_number?: number } };
    theirs.add(`${match.rule_id} ${match.event?.ls_number}`);
  }
  return {
    same: [...own].filter((key) => theirs.has(key)).length,
    onlyOwn: [...own].filter((key) => !theirs.has(key)),
    onlyTheirs: [...theirs].filter((key) => !own.has(key)),
  };
}

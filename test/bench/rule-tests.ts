/*
 * How long the tests of our own content take: each test alone, and all of them.
 *
 *   npm run bench:rule-tests -- [--runs N] [--json FILE]
 *
 * Everything under `rules/`, `correlations/` and `baselines/` is compiled once. Then all tests are run `runs` times, as `telltale test` runs them; and each
 * test is run alone, with engines of its own (compiled for it, as for the one rule somebody has just edited), `runs` times, the least of which counts: what a
 * neighbour takes from the machine only adds. Processor time, with the wall clock beside it. The bars: any one test, of whatever kind of rule,
 * below 50 ms, all tests below 10 s; the process ends with 1 where one is missed, and where a test fails.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSchemas } from '../../engine/ingest/index.ts';
import type { RuleTest } from '../../engine/model/index.ts';
import {
  compileRuleset,
  type RuleTestOptions,
  runRuleTests,
  type TestedRule,
} from '../../engine/pipeline/index.ts';
import type { BenchOptions } from './options.ts';
import { environment, say, short, writeReport } from './report.ts';

const FOLDERS = ['rules', 'correlations', 'baselines'];
const ONE_MS = 50;
const ALL_MS = 10_000;

interface Taken {
  readonly cpuMs: number;
  readonly wallMs: number;
}

interface Alone extends Taken {
  readonly kind: TestedRule['kind'];
  readonly rule: string;
  readonly test: string;
}

/** Runs the benchmark. */
export function benchRuleTests(options: BenchOptions): void {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yml'))
      .sort()
      .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') })),
  );
  let compiled: ReturnType<typeof compileRuleset> | undefined;
  const compiling = timed(() => {
    compiled = compileRuleset(files);
  });
  if (compiled === undefined) throw new Error('nothing was compiled');
  const { ruleset } = compiled;
  const schemas = createSchemas({ unknownLogsource: 'any' }).value;
  if (schemas === undefined) throw new Error('our own mappings do not load');
  const base: RuleTestOptions = {
    schemas,
    readFile: (name, test) => readFileSync(join(test.file, '..', name)),
  };
  say(`${files.length} files compiled in ${short(compiling.cpuMs)} ms of processor time`);

  let report = runRuleTests(ruleset, base);
  const failed = report.results.filter((one) => !one.passed);
  const whole: Taken[] = [];
  for (let run = 0; run < options.runs; run++) {
    whole.push(
      timed(() => {
        report = runRuleTests(ruleset, base);
      }),
    );
  }
  const all = least(whole);
  say(`${report.results.length} tests in ${short(all.cpuMs)} ms`);

  const alone = report.results.map(({ rule, test }): Alone => {
    const wanted = (r: TestedRule, t: RuleTest): boolean => r === rule && t === test;
    const takes = Array.from({ length: options.runs }, () =>
      timed(() => {
        if (runRuleTests(ruleset, { ...base, wanted }).results.length !== 1)
          throw new Error(`${rule.meta.title}: ${test.name} is not one test`);
      }),
    );
    return { kind: rule.kind, rule: rule.meta.name ?? rule.meta.title, test: test.name, ...least(takes) };
  });
  const kinds = [...new Set(alone.map(({ kind }) => kind))].map((kind) => {
    const slowest = alone.filter((one) => one.kind === kind).sort((a, b) => b.cpuMs - a.cpuMs);
    return { kind, tests: slowest.length, middle: slowest[slowest.length >> 1], slowest: slowest[0] };
  });
  const bars = {
    one: kinds.every(({ slowest }) => (slowest?.cpuMs ?? 0) < ONE_MS),
    all: all.cpuMs < ALL_MS,
    passed: failed.length === 0 && report.results.length > 0,
  };
  writeReport('rule-tests', {
    json: options.json,
    result: { environment: environment(), tests: alone.length, compiling, all, bars, kinds },
    tables: [
      {
        title: `All ${alone.length} tests of our own content (${files.length} files)`,
        head: ['what', 'processor ms', 'wall ms', 'bar'],
        rows: [
          ['all tests', short(all.cpuMs), short(all.wallMs), barOf(all.cpuMs, ALL_MS)],
          ['compiling the content', short(compiling.cpuMs), short(compiling.wallMs), '–'],
        ],
        notes: failed.map(({ rule, test }) => `failed: ${rule.meta.title}: ${test.name}`),
      },
      {
        title: 'A test alone, by kind of rule',
        head: ['kind', 'tests', 'median, processor ms', 'slowest', 'processor ms', 'bar'],
        rows: kinds.map(({ kind, tests, middle, slowest }) => [
          kind,
          tests,
          short(middle?.cpuMs ?? Number.NaN),
          `${slowest?.rule}: ${slowest?.test}`,
          short(slowest?.cpuMs ?? Number.NaN),
          barOf(slowest?.cpuMs ?? Number.NaN, ONE_MS),
        ]),
        notes: ['A test of a baseline first teaches it what is normal: that is part of its time.'],
      },
    ],
  });
  if (!Object.values(bars).every(Boolean)) process.exitCode = 1;
}

function barOf(taken: number, bar: number): string {
  return `${taken < bar ? 'met' : 'MISSED'} (< ${bar})`;
}

function timed(work: () => void): Taken {
  const wall = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000, wallMs: Number(process.hrtime.bigint() - wall) / 1e6 };
}

function least(takes: readonly Taken[]): Taken {
  return takes.reduce((a, b) => (b.cpuMs < a.cpuMs ? b : a));
}

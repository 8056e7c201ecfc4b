// Over 400 lines: one workload: the lanes, their bars and the report.
/*
 * Correlation speed: signals a second by type, live groups and window population; memory under a flood of keys.
 *
 *   node dist/test/bench/correlate.js [--runs N] [--signals N] [--flood N] [--json FILE]
 *
 * Every stream is made by a seeded generator (mulberry32, seed 1), a thousand signals at a time while the clock stands, as a daemon
 * would see them: no signal is alive that the engine does not hold. Each workload does fixed work, once to warm up and then `runs`
 * times, the workloads in turn (A B C A B C …); printed are median, least and greatest by the time the process had on a processor
 * (all its threads, so that the collector's helpers count), and the median by the clock on the wall. A signal goes through the whole way:
 * accepted, put in order, dispatched, counted.
 *
 * Each bar is printed with its figure; the process ends with 1 where one of those measured is missed. A lane left out (`--only`, `--flood 0`)
 * has no verdict, and says so.
 */
import { writeFileSync } from 'node:fs';
import { Correlator, planCorrelations } from '../../engine/correlate/index.ts';
import type { CorrelationRule, Signal } from '../../engine/model/index.ts';
import { rule, S, signal } from '../correlate/build.ts';

interface Workload {
  readonly name: string;
  /** What it stands for. */
  readonly about: string;
  readonly rules: readonly CorrelationRule[];
  /** Made anew for every run, in chunks and outside the clock. */
  readonly stream: () => Iterable<readonly Signal[]>;
}

interface Result {
  readonly name: string;
  readonly about: string;
  readonly signals: number;
  /** By processor time. */
  readonly perSecond: { readonly median: number; readonly min: number; readonly max: number };
  readonly perWallSecond: number;
  readonly fired: number;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A stream of `count` signals, `step` seconds apart, with values drawn by the seeded generator. */
function* streamOf(
  count: number,
  step: number,
  make: (
    n: number,
    random: () => number,
  ) => { readonly rule: string; readonly values: Record<string, string>; readonly at?: number },
): IterableIterator<readonly Signal[]> {
  const random = mulberry32(1);
  const ids = mulberry32(2);
  for (let from = 0; from < count; from += CHUNK) {
    yield Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => {
      const { rule: id, values, at } = make(from + i, random);
      return firing(id, at ?? (from + i) * step, { values, ids });
    });
  }
}

/** A firing as the pipeline makes it: ids are 32 hex digits. */
function firing(
  id: string,
  seconds: number,
  of: { readonly values: Record<string, string>; readonly ids: () => number },
): Signal {
  const bytes = Buffer.allocUnsafe(32);
  for (let at = 0; at < 32; at += 4) bytes.writeUInt32LE(Math.floor(of.ids() * 0x1_0000_0000), at);
  const made = signal(id, seconds, of.values, { event: bytes.toString('hex', 0, 16) });
  return { ...made, id: bytes.toString('hex', 16, 32) };
}

const CHUNK = 1024;
/** Groups that each rule of the flood may hold. */
const FLOOD_HELD = 50_000;

const HOUR = 3600;

function count(seconds: number, least: number): CorrelationRule {
  return rule('r', {
    rules: ['a'],
    seconds,
    limits: { groups: 2_000_000, samples: 10_000, evidence: 100 },
    body: { type: 'event_count', fields: [], bounds: [{ op: 'gte', value: least }], minEvents: 1 },
  });
}

function distinct(seconds: number, least: number): CorrelationRule {
  return {
    ...count(seconds, least),
    body: { type: 'value_count', fields: ['v'], bounds: [{ op: 'gte', value: least }], minEvents: 1 },
  };
}

const CHANGING_KEYS: CorrelationRule = rule('r', {
  rules: ['a', 'b', 'c'],
  groupBy: [],
  seconds: 300,
  limits: { groups: 1_000_000, samples: 10_000, evidence: 100 },
  body: {
    type: 'sequence',
    steps: ['a', 'b', 'c'].map((text) => ({
      label: text,
      rule: { text },
      absent: false,
      times: 1,
      where: [],
    })),
    join: [
      { left: { step: 'a', field: 'user' }, right: { step: 'b', field: 'user' } },
      { left: { step: 'b', field: 'host' }, right: { step: 'c', field: 'host' } },
    ],
    until: [],
  },
});

const AT_ONE_INSTANT: CorrelationRule = rule('r', {
  rules: ['a', 'b', 'c', 'd'],
  seconds: 300,
  ties: 'allow',
  body: {
    type: 'sequence',
    steps: ['a', 'b', 'c', 'd'].map((text) => ({
      label: text,
      rule: { text },
      absent: false,
      times: 1,
      where: [],
    })),
    join: [],
    until: [],
  },
});

function workloads(n: number): Workload[] {
  const groups = (many: number) => (_: number, random: () => number) => ({
    rule: 'a',
    values: { user: `u${Math.floor(random() * many)}`, v: `v${Math.floor(random() * 100)}` },
  });
  const inWindow = (population: number): Workload => ({
    name: `count, ${population.toLocaleString('en')} in the window`,
    about: 'one group whose window holds so many',
    rules: [count(population / 1000, 50)],
    stream: () => streamOf(n, 0.001, () => ({ rule: 'a', values: { user: 'u', v: 'v' } })),
  });
  const values = (many: number): Workload => ({
    name: `distinct count, ${many.toLocaleString('en')} values`,
    about: 'a hundred groups, each with so many values in its window',
    rules: [distinct(1e6, 100_000)],
    stream: () =>
      streamOf(n, 0.001, (_, random) => ({
        rule: 'a',
        values: { user: `u${Math.floor(random() * 100)}`, v: `v${Math.floor(random() * many)}` },
      })),
  });
  return [
    {
      name: 'count, 100,000 groups',
      about: 'failed logons by user',
      rules: [count(1e6, 50)],
      stream: () => streamOf(n, 0.001, groups(100_000)),
    },
    {
      name: 'distinct count, 100,000 groups',
      about: 'accounts tried by address',
      rules: [distinct(1e6, 50)],
      stream: () => streamOf(n, 0.001, groups(100_000)),
    },
    {
      name: 'sequence, keys that change',
      about: 'a.user = b.user, b.host = c.host, 100,000 users and hosts, 30,000 signals in the window',
      rules: [CHANGING_KEYS],
      stream: () =>
        streamOf(n, 0.01, (i, random) => ({
          rule: 'abc'[i % 3] ?? 'a',
          values: { user: `u${Math.floor(random() * 100_000)}`, host: `h${Math.floor(random() * 100_000)}` },
        })),
    },
    {
      name: 'ordered, every hit of one group',
      about: 'four rules in turn in one group: what is exponential elsewhere',
      rules: [rule('r', { rules: ['a', 'b', 'c', 'd'], seconds: HOUR, body: { type: 'temporal_ordered' } })],
      stream: () =>
        streamOf(n, 0.001, (i) => ({
          rule: 'abcd'[Math.floor(i / 160) % 4] ?? 'a',
          values: { user: 'u' },
        })),
    },
    {
      name: 'sequence, 160 hits of one instant a step',
      about:
        'four steps that may share an instant, each with 160 signals at it: 160³ choices before every last one',
      rules: [AT_ONE_INSTANT],
      stream: () =>
        streamOf(n, 1 / 640, (i) => ({
          rule: 'abcd'[Math.floor(i / 160) % 4] ?? 'a',
          // All of a round at one second.
          at: Math.floor(i / 640),
          values: { user: 'u' },
        })),
    },
    inWindow(1000),
    inWindow(100_000),
    inWindow(1_000_000),
    values(10),
    values(100),
    values(1000),
  ];
}

/** One run of a workload: processor and wall seconds without the making of the stream. */
function runOnce(workload: Workload): {
  readonly seconds: number;
  readonly wallSeconds: number;
  readonly fired: number;
} {
  const ids = [...new Set(workload.rules.flatMap((r) => r.rules.map((one) => one.text)))];
  const { value: plan, diagnostics } = planCorrelations(
    workload.rules,
    ids.map((id) => ({ id, kind: 'detection' as const })),
  );
  if (plan === undefined || diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  const correlator = new Correlator(plan, { items: 20_000_000 });
  let fired = 0;
  let cpuMicros = 0;
  let wallNs = 0n;
  const timed = (work: () => void): void => {
    const wall = process.hrtime.bigint();
    const cpu = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(cpu);
    cpuMicros += user + system;
    wallNs += process.hrtime.bigint() - wall;
  };
  for (const chunk of workload.stream()) {
    timed(() => {
      for (let i = 0; i < chunk.length; i++) {
        const one = chunk[i];
        if (one === undefined) break;
        correlator.accept(one);
        if (i % 256 === 255) fired += correlator.advance(one.end).length;
      }
    });
  }
  timed(() => {
    fired += correlator.finish().length;
  });
  return { seconds: cpuMicros / 1e6, wallSeconds: Number(wallNs) / 1e9, fired };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** A flood of fresh keys around a chain of five slow steps: memory, what was given up, and whether the chain still fires. */
function flood(keys: number): {
  readonly keys: number;
  readonly residentMb: number;
  readonly fired: number;
  readonly evicted: number;
  readonly items: number;
  readonly seconds: number;
} {
  const steps = ['s1', 's2', 's3', 's4', 's5'];
  const chain = rule('chain', {
    rules: steps,
    seconds: 1e6,
    limits: { groups: FLOOD_HELD, samples: 10_000, evidence: 100 },
    body: {
      type: 'sequence',
      steps: steps.map((text) => ({ label: text, rule: { text }, absent: false, times: 1, where: [] })),
      join: [],
      until: [],
    },
  });
  const many = rule('many', {
    rules: ['s1'],
    seconds: 1e6,
    limits: { groups: FLOOD_HELD, samples: 10_000, evidence: 100 },
    body: { type: 'event_count', fields: [], bounds: [{ op: 'gte', value: 5 }], minEvents: 1 },
  });
  const { value: plan } = planCorrelations(
    [chain, many],
    steps.map((id) => ({ id, kind: 'detection' as const })),
  );
  if (plan === undefined) throw new Error('no plan');
  const correlator = new Correlator(plan);
  const start = process.hrtime.bigint();
  let fired = 0;
  let peak = 0;
  for (let n = 0; n < keys; n++) {
    const time = n * 0.01;
    if (n % Math.floor(keys / 5) === Math.floor(keys / 10)) {
      const step = steps[Math.floor((5 * n) / keys)];
      // Two steps in at once, then one after each fifth of the flood.
      if (step === 's1')
        correlator.accept(signal('s1', time - 0.005, { user: 'victim' }, { event: `w${n}` }));
      const next = step === 's1' ? 's2' : step === 's2' ? undefined : step;
      if (next !== undefined) correlator.accept(signal(next, time, { user: 'victim' }, { event: `v${n}` }));
    }
    correlator.accept(signal('s1', time, { user: `key${n}` }, { event: `k${n}` }));
    if (n % 1024 === 0) {
      fired += correlator.advance(time * S).filter((s) => s.rule.id === 'chain').length;
      if (n % 131_072 === 0) peak = Math.max(peak, process.memoryUsage().rss);
    }
  }
  fired += correlator.finish().filter((s) => s.rule.id === 'chain').length;
  peak = Math.max(peak, process.memoryUsage().rss);
  const stats = correlator.stats();
  const evicted = [...stats.rules.values()].reduce((sum, one) => sum + one.evicted, 0);
  return {
    keys,
    residentMb: Math.round(peak / 1048576),
    fired,
    evicted,
    items: stats.items,
    seconds: Number(process.hrtime.bigint() - start) / 1e9,
  };
}

interface Bar {
  readonly what: string;
  /** Not a number where it was not measured. */
  readonly figure: number;
  readonly least?: number;
  readonly most?: number;
}

/** Every fresh key begins something in both rules of the flood, and its windows outlast the flood: what is not held must have been given up, and counted. */
function uncounted({ keys, evicted }: { readonly keys: number; readonly evicted: number }): number {
  return Math.max(0, 2 * (keys - FLOOD_HELD) - evicted);
}

/** Prints each bar with its figure; whether none of those measured is missed. */
function judge(bars: readonly Bar[], lines: string[]): boolean {
  let met = true;
  lines.push('', '| bar | wanted | measured | |', '|---|---|---|---|');
  for (const { what, figure, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } of bars) {
    const wanted =
      most === Number.POSITIVE_INFINITY
        ? `≥ ${least.toLocaleString('en')}`
        : `≤ ${most.toLocaleString('en')}`;
    const isMeasured = !Number.isNaN(figure);
    const holds = figure >= least && figure <= most;
    if (isMeasured && !holds) met = false;
    const verdict = isMeasured ? (holds ? 'met' : 'MISSED') : 'not measured';
    const said = isMeasured ? figure.toLocaleString('en', { maximumFractionDigits: 2 }) : '–';
    lines.push(`| ${what} | ${wanted} | ${said} | ${verdict} |`);
  }
  return met;
}

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}

function main(): void {
  const keys = option('flood', 10_000_000);
  // First, so that its memory is its own.
  const flooded = keys > 0 ? flood(keys) : undefined;
  const runs = option('runs', 5);
  const seconds = new Map<string, number[]>();
  const wall = new Map<string, number[]>();
  const fired = new Map<string, number>();
  const signals = option('signals', 1_000_000);
  const only = process.argv.indexOf('--only');
  const wanted = only < 0 ? '' : (process.argv[only + 1] ?? '');
  const all = workloads(option('signals', 1_000_000));
  const list = all.filter(({ name }) => name.includes(wanted));
  for (const workload of list) runOnce(workload);
  for (let run = 0; run < runs; run++) {
    for (const workload of list) {
      const once = runOnce(workload);
      seconds.set(workload.name, [...(seconds.get(workload.name) ?? []), once.seconds]);
      wall.set(workload.name, [...(wall.get(workload.name) ?? []), once.wallSeconds]);
      fired.set(workload.name, once.fired);
    }
  }
  const results = list.map(({ name, about }): Result => {
    const taken = seconds.get(name) ?? [];
    const rate = (s: number): number => Math.round(signals / s);
    return {
      name,
      about,
      signals,
      perSecond: {
        median: rate(median(taken)),
        min: rate(Math.max(...taken)),
        max: rate(Math.min(...taken)),
      },
      perWallSecond: rate(median(wall.get(name) ?? [])),
      fired: fired.get(name) ?? 0,
    };
  });
  const lines = [
    '| workload | signals a processor second, median | least | greatest | by the wall clock | fired |',
    '|---|---|---|---|---|---|',
  ];
  for (const r of results) {
    const n = (x: number): string => x.toLocaleString('en');
    lines.push(
      `| ${r.name} | ${n(r.perSecond.median)} | ${n(r.perSecond.min)} | ${n(r.perSecond.max)} | ${n(r.perWallSecond)} | ${n(r.fired)} |`,
    );
  }
  const rateOf = (name: string): number =>
    results.find((r) => r.name === name)?.perSecond.median ?? Number.NaN;
  const windows = rateOf('count, 1,000 in the window') / rateOf('count, 1,000,000 in the window');
  const values = rateOf('distinct count, 10 values') / rateOf('distinct count, 1,000 values');
  lines.push('', `cost an event, 1,000,000 against 1,000 in the window: ${windows.toFixed(2)} times`);
  lines.push(`cost an event, 1,000 against 10 distinct values: ${values.toFixed(2)} times`);
  if (flooded !== undefined) {
    lines.push(
      `flood of ${flooded.keys.toLocaleString('en')} keys: ${flooded.residentMb} MB resident, the five-step chain fired ${flooded.fired} time(s), ${flooded.evicted.toLocaleString('en')} groups given up and counted, ${flooded.seconds.toFixed(1)} s`,
    );
  }
  const met = judge(
    [
      { what: 'count, 100,000 groups, a second', figure: rateOf('count, 100,000 groups'), least: 500_000 },
      {
        what: 'distinct count, 100,000 groups, a second',
        figure: rateOf('distinct count, 100,000 groups'),
        least: 500_000,
      },
      {
        what: 'sequence, keys that change, a second',
        figure: rateOf('sequence, keys that change'),
        least: 200_000,
      },
      { what: 'cost an event, 1,000 → 1,000,000 in the window', figure: windows, most: 1.5 },
      { what: 'cost an event, 10 → 1,000 distinct values', figure: values, most: 1.5 },
      {
        what: 'ordered, every hit of one group, a second (microseconds an event)',
        figure: rateOf('ordered, every hit of one group'),
        least: 100_000,
      },
      {
        what: '160 hits of one instant a step, a second (microseconds an event)',
        figure: rateOf('sequence, 160 hits of one instant a step'),
        least: 50_000,
      },
      { what: 'flood: MB resident', figure: flooded?.residentMb ?? Number.NaN, most: 512 },
      { what: 'flood: the slow chain fires', figure: flooded?.fired ?? Number.NaN, least: 1 },
      {
        what: 'flood: groups neither held nor counted as given up',
        figure: flooded === undefined ? Number.NaN : uncounted(flooded),
        most: 0,
      },
    ],
    lines,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  if (!met) process.exitCode = 1;
  const file = process.argv.indexOf('--json');
  const target = file < 0 ? undefined : process.argv[file + 1];
  if (target !== undefined)
    writeFileSync(
      target,
      JSON.stringify({ node: process.version, results, windows, values, flood: flooded }, null, 2),
    );
}

main();

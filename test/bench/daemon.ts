import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, systemClock } from '../../engine/adapters/index.ts';
import { RULE_FOLDERS } from '../conformance/public-set.ts';
import { windowsHosts } from '../conformance/recordings.ts';
import { DaemonProcess, freePort, pause, REPOSITORY } from '../support/daemon-process.ts';
import type { LoadOrder, LoadReport } from './daemon-load.ts';
import type { BenchOptions } from './options.ts';
import { environment, say, short, type Table, writeReport } from './report.ts';

/** What the daemon must keep up with, events a second. */
const STEADY_RATE = 20_000;
const BURST_FACTOR = 50;
/** A fiftieth of it is an ordinary load, and the burst is more than any one machine takes: what waits is what is measured. */
const BURST_BASE_RATE = 1000;
const BATCH_EVENTS = 500;
const CONNECTIONS = 8;
/** A burst comes from many senders at once. */
const BURST_CONNECTIONS = 64;
/** Events are sent as they happen; so much out of order is put in order, and is part of every latency here. */
const LATENESS = '100ms';
const STATE_ENTRIES = 1_000_000;

/** What a part is given. */
interface PartInput {
  readonly folder: string;
  readonly recording: string;
  readonly rules: readonly string[];
  readonly seconds: number;
}

interface PartResult {
  readonly result: Readonly<Record<string, unknown>>;
  readonly table: Table;
}

const PARTS: Readonly<Record<string, (input: PartInput) => Promise<PartResult>>> = {
  sustained,
  steady,
  burst,
  start,
};

/**
 * The daemon as it is run: HTTP in on loopback from a process of its own, the whole public rule set and our correlations, durable state on
 * disk, a file output. Parts: what it sustains, how late it is at 20,000 events a second, what a burst costs, how soon it starts again.
 */
export async function benchDaemon({ data, json, only, runs }: BenchOptions): Promise<void> {
  const before = environment();
  const folder = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
  const tables: Table[] = [];
  const result: Record<string, unknown> = {};
  try {
    const recording = recordingOf(data, folder);
    const rules = ruleFolders(data, folder);
    for (const [name, part] of Object.entries(PARTS)) {
      if (only.length > 0 && !only.includes(name)) continue;
      say(`${name} …`);
      const own = join(folder, name);
      mkdirSync(own);
      const done = await part({ folder: own, recording, rules, seconds: 4 * runs });
      rmSync(own, { recursive: true, force: true });
      result[name] = done.result;
      tables.push(done.table);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  writeReport('daemon', { json, result: { environment: before, ...result }, tables });
}

/** All recordings of Windows hosts behind one another; where there are none, the example that comes with the package. */
function recordingOf(data: string, folder: string): string {
  const path = join(folder, 'recording.ndjson');
  const hosts = windowsHosts(data).map(({ bytes }) => bytes);
  if (hosts.length === 0)
    say('there are no recordings of Windows hosts: the example of the package is sent instead');
  const given = hosts.length > 0 ? hosts : [readFileSync(join(REPOSITORY, 'examples', 'intrusion.ndjson'))];
  writeFileSync(path, Buffer.concat(given));
  return path;
}

/** The public rule set and our correlations with the rules that they read; and the probe's rule. */
function ruleFolders(data: string, folder: string): readonly string[] {
  const own = join(folder, 'rules');
  mkdirSync(own);
  writeFileSync(
    join(own, 'probe.yml'),
    `title: A probe came
id: 5b0ff6a3-6a5f-4c55-8a6e-0d5e0a6f6a01
logsource: {product: windows, service: application}
detection:
  selection: {Provider_Name: telltale-probe}
  condition: selection
level: low
suppress: {by: [Message], for: 1s}
`,
  );
  const folders = RULE_FOLDERS.map((name) => join(data, 'sigmahq', name)).filter(existsSync);
  if (folders.length === 0) say('there is no public rule set: only our own rules are loaded');
  return [own, ...folders, ...['rules', 'correlations'].map((name) => join(REPOSITORY, name))];
}

interface Running {
  readonly daemon: DaemonProcess;
  readonly port: number;
  readonly config: string;
}

async function started({ folder, rules }: PartInput, more = ''): Promise<Running> {
  const port = await freePort();
  const config = `rules: ${JSON.stringify(rules)}
state: ./state
sources: [{type: http, listen: "127.0.0.1:${port}"}]
outputs: [{type: file, path: ./out.ndjson, severity: informational}]
api: {listen: "127.0.0.1:0"}
time: {lateness: ${LATENESS}}
${more}`;
  const daemon = DaemonProcess.start({ folder, config });
  await daemon.ready();
  // The first look at the rules for later changes is over, too: it is no part of the steady state.
  while (!daemon.said.includes('rules are followed')) await pause(50);
  return { daemon, port, config };
}

/** Sends from another process; gives what it reports. */
async function loaded(order: LoadOrder): Promise<LoadReport> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'daemon-load.js'), { execArgv: [] });
  const report = new Promise<LoadReport>((resolve, reject) => {
    child.once('message', (message) => resolve(message as LoadReport));
    child.once('exit', (code) => reject(new Error(`the sender ended with ${code}`)));
  });
  child.send(order);
  try {
    return await report;
  } finally {
    child.kill();
  }
}

/** Records that are accounted for. */
function accounted(daemon: DaemonProcess): Promise<number> {
  return daemon.metric('telltale_events_total');
}

/** Waits until so many records are accounted for. */
async function drained(daemon: DaemonProcess, records: number): Promise<void> {
  for (let tries = 0; (await accounted(daemon)) < records; tries++) {
    if (tries > 6000) throw new Error(`only ${await accounted(daemon)} of ${records} were accounted for`);
    await pause(20);
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const ORDER = {
  batchEvents: BATCH_EVENTS,
  connections: CONNECTIONS,
  rounds: 0,
  probeEveryMs: 0,
  probesFrom: 0,
};

/** As fast as it answers: accepted and, behind that, committed events a second. Warm-up first. */
async function sustained(input: PartInput): Promise<PartResult> {
  const { daemon, port } = await started(input);
  const order = { ...ORDER, port, recording: input.recording, ratePerSec: 0 };
  const warm = await loaded({ ...order, seconds: 5 });
  await drained(daemon, warm.acknowledged);
  const cpu = daemon.usage().cpuSeconds;
  const began = performance.now();
  const report = await loaded({ ...order, seconds: input.seconds });
  const accepted = report.acknowledged / report.seconds;
  await drained(daemon, warm.acknowledged + report.acknowledged);
  const seconds = (performance.now() - began) / 1000;
  const committed = report.acknowledged / seconds;
  const cpuMicros = ((daemon.usage().cpuSeconds - cpu) / report.acknowledged) * 1e6;
  const ledger = await Promise.all(
    ['matched', 'unmatched', 'rejected', 'dropped'].map((outcome) =>
      daemon.metric('telltale_events_total', `outcome="${outcome}"`),
    ),
  );
  const senderMicros = (report.cpuSeconds / report.acknowledged) * 1e6;
  const end = await daemon.stop();
  if (end.code !== 0) throw new Error(`the daemon ended with ${end.code}:\n${daemon.said}`);
  return {
    result: { accepted, committed, cpu_micros_per_event: cpuMicros, sender_micros: senderMicros, ledger },
    table: {
      title: 'Sustained: as fast as it answers, durable, HTTP in on loopback',
      head: [
        'accepted/s',
        'committed/s',
        'MB/s in',
        'daemon CPU µs/event',
        'sender CPU µs/event',
        'answer p50 ms',
        'p99 ms',
        'refused',
      ],
      rows: [
        [
          short(accepted),
          short(committed),
          short(report.bytes / 1e6 / report.seconds),
          short(cpuMicros),
          short(senderMicros),
          short(quantile(report.answerMs, 0.5)),
          short(quantile(report.answerMs, 0.99)),
          report.refused,
        ],
      ],
      notes: [
        `Committed counts from the first event sent to the last one committed, the rest of the spool included. The sender shares the processors. Account: ${ledger.join(' + ')}.`,
      ],
    },
  };
}

/** At a given rate: how long after an event is acknowledged its alert is in the outbox, and out of it. */
async function steady(input: PartInput): Promise<PartResult> {
  const { daemon, port } = await started(input);
  const order = { ...ORDER, port, recording: input.recording };
  const warm = await loaded({ ...order, ratePerSec: STEADY_RATE, seconds: 5 });
  const cpu = daemon.usage().cpuSeconds;
  const began = performance.now();
  const report = await loaded({
    ...order,
    ratePerSec: STEADY_RATE,
    seconds: input.seconds,
    probeEveryMs: 20,
  });
  const sent = warm.acknowledged + report.acknowledged;
  await drained(daemon, sent);
  const cores = (daemon.usage().cpuSeconds - cpu) / ((performance.now() - began) / 1000);
  // The last probes wait for the watermark, which moves with the events behind them.
  const behind = await loaded({ ...order, ratePerSec: BATCH_EVENTS, seconds: 2 });
  await drained(daemon, sent + behind.acknowledged);
  await daemon.stop();
  const late = probeLatencies(input.folder, report.probes);
  if (late.length < report.probes.length)
    throw new Error(`${report.probes.length} probes were acknowledged, ${late.length} became alerts`);
  const rate = report.acknowledged / report.seconds;
  const figures = [0.5, 0.99, 1].map((share) => quantile(late, share));
  return {
    result: { rate, probes: report.probes.length, outbox_ms: figures, cores },
    table: {
      title: `Steady: offered ${STEADY_RATE.toLocaleString('en')} events/s`,
      head: [
        'events/s',
        'probes',
        'in the outbox',
        'acknowledged → outbox p50 ms',
        'p99 ms',
        'most ms',
        'answer p99 ms',
        'daemon cores',
      ],
      rows: [
        [
          short(rate),
          report.probes.length,
          ...figures.map(short),
          short(quantile(report.answerMs, 0.99)),
          short(cores),
        ],
      ],
      notes: [
        `A probe is an event that becomes an alert of its own. The lateness of ${LATENESS} that events may have is part of the figure; the default is 10 s, which would be, too.`,
      ],
    },
  };
}

/** Milliseconds from the acknowledgement of each probe to the commit of its alert. */
function probeLatencies(folder: string, probes: LoadReport['probes']): number[] {
  const { store } = openStore(join(folder, 'state', 'telltale.db'), systemClock);
  const stored = new Map<string, number>();
  for (let after: string | undefined; ; ) {
    const page = store.list({ kind: 'alert', limit: 1000, ...(after === undefined ? {} : { after }) });
    for (const { id, body } of page.items) {
      const message = /"Message":"probe (\d+)"/.exec(body)?.[1];
      const first = message === undefined ? undefined : store.history('alert', id)[0];
      if (message !== undefined && first !== undefined) stored.set(message, first.storedAt);
    }
    if (page.next === undefined) break;
    after = page.next;
  }
  store.close();
  return probes.flatMap(([number, at]) => {
    const storedAt = stored.get(String(number));
    return storedAt === undefined ? [] : [Math.max(0, storedAt - at) / 1000];
  });
}

/** Fifty times the ordinary load for a while: what memory that takes. */
async function burst(input: PartInput): Promise<PartResult> {
  const { daemon, port } = await started(input);
  const order = { ...ORDER, connections: BURST_CONNECTIONS, port, recording: input.recording };
  const measured = async (more: Pick<LoadOrder, 'ratePerSec' | 'seconds'>) => {
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, daemon.usage().residentBytes);
    }, 20);
    const report = await loaded({ ...order, ...more });
    return {
      report,
      most: () => {
        clearInterval(timer);
        return most;
      },
    };
  };
  const base = await measured({ ratePerSec: BURST_BASE_RATE, seconds: input.seconds });
  const baseMost = base.most();
  const flood = await measured({ ratePerSec: BURST_BASE_RATE * BURST_FACTOR, seconds: input.seconds });
  await drained(daemon, base.report.acknowledged + flood.report.acknowledged);
  const burstMost = flood.most();
  await daemon.stop();
  const added = (burstMost - baseMost) / (1 << 20);
  return {
    result: { base_mib: baseMost / (1 << 20), burst_mib: burstMost / (1 << 20), added_mib: added },
    table: {
      title: `A burst: from ${BURST_BASE_RATE} to ${BURST_BASE_RATE * BURST_FACTOR} events/s offered`,
      head: ['at the base, MiB', 'in the burst, MiB', 'added MiB', 'accepted/s in the burst', 'refused'],
      rows: [
        [
          short(baseMost / (1 << 20)),
          short(burstMost / (1 << 20)),
          short(added),
          short(flood.report.acknowledged / flood.report.seconds),
          flood.report.refused,
        ],
      ],
      notes: ['The most that was resident, looked at every 20 ms, until all that was accepted is committed.'],
    },
  };
}

/** A million groups of a correlation, then a kill: how soon it is ready again. */
async function start(input: PartInput): Promise<PartResult> {
  const own = join(input.folder, 'million');
  mkdirSync(own);
  writeFileSync(join(own, 'million.yml'), MILLION);
  const { daemon, port, config } = await started(
    { ...input, rules: [...input.rules, own] },
    `limits: {correlation_items: ${2 * STATE_ENTRIES}}\n`,
  );
  const recording = join(input.folder, 'keys.ndjson');
  const order = { ...ORDER, batchEvents: 5000, port, recording, ratePerSec: 0, connections: 1 };
  const at = new Date().toISOString();
  let sent = 0;
  for (let from = 0; from < STATE_ENTRIES; from += 100_000) {
    const lines = Array.from(
      { length: 100_000 },
      (_, i) =>
        `{"@timestamp":"${at}","Channel":"Application","EventID":7,"SourceName":"telltale-million","Key":"key ${from + i}"}\n`,
    );
    writeFileSync(recording, lines.join(''));
    sent += (await loaded({ ...order, seconds: 0, rounds: 1 })).acknowledged;
  }
  await drained(daemon, sent);
  const items = await daemon.metric('telltale_rule_state_items');
  const stateMib = (await daemon.metric('telltale_state_bytes')) / (1 << 20);
  await daemon.kill();
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const again = DaemonProcess.start({ folder: input.folder, config });
    times.push(await again.ready());
    const found = await again.metric('telltale_rule_state_items');
    if (found !== items) throw new Error(`${items} state entries became ${found}`);
    await again.kill();
  }
  const figures = [0.5, 1].map((share) => quantile(times, share) / 1000);
  return {
    result: { items, state_mib: stateMib, ready_seconds: times.map((ms) => ms / 1000) },
    table: {
      title: 'Ready again after a kill',
      head: ['state entries', 'database MiB', 'ready after s, median', 'most s'],
      rows: [[items, short(stateMib), ...figures.map(short)]],
      notes: [
        'With the whole public rule set and our correlations; from the start of the process to the first 200 of /readyz.',
      ],
    },
  };
}

const MILLION = `title: A key was seen
id: 5b0ff6a3-6a5f-4c55-8a6e-0d5e0a6f6a02
name: bench_key
logsource: {product: windows, service: application}
detection:
  selection: {Provider_Name: telltale-million}
  condition: selection
level: informational
---
title: A key was seen twice
id: 5b0ff6a3-6a5f-4c55-8a6e-0d5e0a6f6a03
correlation:
  type: event_count
  rules: [bench_key]
  group-by: [Key]
  timespan: 1d
  condition: {gte: 2}
  limits: {groups: ${STATE_ENTRIES}}
level: informational
`;

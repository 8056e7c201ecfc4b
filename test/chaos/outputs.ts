import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Adapters from '../../engine/adapters/index.ts';
import type * as Runtime from '../../engine/runtime/index.ts';
import { pause } from '../support/daemon-process.ts';
import { CERTIFICATE } from '../support/tls-identity.ts';
import { FaultyReceiver, OUTPUT_FAULTS } from './faulty-receiver.ts';
import type { ChaosOptions, ChaosReport, Harness } from './harness.ts';

type Dispatcher = Runtime.Dispatcher;

/** Alerts of one commit, and how long until the next. */
const BATCH = 5;
const BATCH_EVERY_MS = 20;
/** The next commit waits so long at most for the healthy output: what is measured is how long others hold it up, not what the machine can send. */
const PATIENCE_MS = 3000;
/** Alerts that go to the healthy output alone at first, to see what the machine gives. */
const ALONE = 100;
/** The healthy output may be, at the 99th percentile, so many times as late beside faulty ones as it is alone at the median, where that is more than the bar: the machine may have other work. */
const LATER_MAX = 20;
/** An alert in so many has a second revision. */
const REVISED_EVERY = 7;
/** The healthy output has them within this, at the 99th percentile (bar). */
const HEALTHY_MAX_MS = 1000;
/** Nobody has to read more of an answer. */
const ANSWER_BYTES_MAX = 8 << 20;
/** As in the daemon, but with less patience, so that a run takes minutes and not hours. */
const LIMITS = {
  attemptsMax: 20,
  backoffFirstMs: 20,
  backoffMaxMs: 400,
  deadlineMs: 10_000,
  failuresMax: 5,
  restMs: 150,
  callsPerMinute: 0,
};
const ANSWER_MAX_MS = 1500;
const SETTLED_MS = 600_000;

/** Thirteen outputs on one store, twelve of them with receivers that misbehave, each in its own way. A run is a hundred alerts. */
export const outputs: Harness = {
  name: 'outputs',
  about: `alerts through ${OUTPUT_FAULTS.length} kinds of faulty receivers: each delivered or in the dead-letter store, under one key, in order, and the healthy output not held up`,
  shortRuns: 2,
  longRuns: 100,
  mutants: [
    'what is to be tried again is taken for done',
    'a repeat has another key',
    'dead letters are not kept',
    'redirects are taken for success',
    'one output waits for the others',
  ],
  mutantRuns: 2,
  run: throughFaults,
};

/** What is sent to every output. */
interface Sent {
  readonly key: string;
  /** Monotonic milliseconds of its commit. */
  readonly at: number;
}

async function throughFaults({ runs, folder, command, say }: ChaosOptions): Promise<ChaosReport> {
  // The parts of the build that is tried, which may be one with a fault planted.
  const engine = dirname(dirname(command));
  const { openStore, systemClock, WebhookOutput } = (await import(
    pathToFileURL(join(engine, 'adapters', 'index.js')).href
  )) as typeof Adapters;
  const { Dispatcher } = (await import(
    pathToFileURL(join(engine, 'runtime', 'index.js')).href
  )) as typeof Runtime;
  const trust = new Authority();
  const receivers = (['healthy', ...OUTPUT_FAULTS] as const).map((fault) => new FaultyReceiver(fault));
  for (const receiver of receivers) await receiver.start();
  mkdirSync(folder, { recursive: true });
  const { store } = openStore(join(folder, 'outputs.db'), systemClock);
  const made = receivers.map(
    ({ fault, url }) =>
      new WebhookOutput(
        { name: fault, url, headers: {}, allowPrivate: true, answerMaxMs: ANSWER_MAX_MS },
        systemClock,
      ),
  );
  const dispatchers: readonly Dispatcher[] = made.map(
    (output) => new Dispatcher(output, { store, clock: systemClock, random: Math.random }, LIMITS),
  );
  const stop = new AbortController();
  const running = dispatchers.map((dispatcher) => dispatcher.run(AbortSignal.any([stop.signal])));
  const names = receivers.map(({ fault }) => fault);
  const failures: string[] = [];
  const sent: Sent[] = [];
  /** What went to the healthy output alone. */
  const control: Sent[] = [];
  const healthy = receivers.find(({ fault }) => fault === 'healthy');
  try {
    const alerts = ALONE + runs * 100;
    for (let from = 0; from < alerts; from += BATCH) {
      const alone = from < ALONE;
      const due = performance.now() + BATCH_EVERY_MS;
      const keys = keysOf(from);
      store.commit({
        positions: [],
        state: [],
        revisions: [],
        ledger: [],
        audit: [],
        outbox: keys.flatMap((one) =>
          names.filter((output) => !alone || output === 'healthy').map((output) => ({ output, ...one })),
        ),
      });
      const at = performance.now();
      for (const { key } of keys) (alone ? control : sent).push({ key, at });
      for (const dispatcher of dispatchers) dispatcher.notify();
      // What was said to be trusted only after a while is trusted from here on.
      if (from >= ALONE + BATCH * 10) trust.learn();
      if (from % 1000 === 0 && from > 0) say(`${from} alerts`);
      const behind = (): boolean => (healthy?.calls.length ?? 0) < control.length + sent.length;
      while (behind() && performance.now() - at < PATIENCE_MS) await pause(2);
      await pause(Math.max(0, due - performance.now()));
    }
    trust.learn();
    const began = performance.now();
    while (store.queues().some(({ waiting }) => waiting > 0)) {
      if (performance.now() - began > SETTLED_MS) {
        failures.push('there is no end: something still waits');
        break;
      }
      await pause(50);
    }
  } finally {
    stop.abort();
    await Promise.all(running);
    await Promise.all(made.map((output) => output.close()));
    for (const receiver of receivers) await receiver.stop();
    trust.forget();
  }
  const dead = new Map(names.map((name) => [name as string, new Set<string>()]));
  for (let after: string | undefined; ; ) {
    const page = store.deadLetters(undefined, { limit: 1000, ...(after === undefined ? {} : { after }) });
    for (const { output, key } of page.items) dead.get(output)?.add(key);
    after = page.next;
    if (after === undefined) break;
  }
  store.close();
  const seen: string[] = [`${sent.length} revisions to each of ${names.length} outputs`];
  for (const receiver of receivers) {
    const buried = dead.get(receiver.fault) ?? new Set<string>();
    const untaken = receiver.calls.filter(({ taken }) => !taken).length;
    const taken = new Set(receiver.calls.filter((call) => call.taken).map(({ key }) => key));
    const twice = receiver.calls.filter((call) => call.taken).length - taken.size;
    seen.push(
      `${receiver.fault}: ${receiver.faults || trust.refusedOf(receiver.fault)} faults, ${taken.size} taken, ${untaken} refused calls, ${twice} taken twice, ${buried.size} dead letters`,
    );
    const own = receiver === healthy ? [...control, ...sent] : sent;
    failures.push(...faultsOf(receiver, own, buried));
  }
  const late = latencies(healthy?.calls ?? [], sent);
  const p99 = quantile(late, 0.99);
  const p50Alone = quantile(latencies(healthy?.calls ?? [], control), 0.5);
  seen.push(
    `the healthy output: p50 ${Math.round(quantile(late, 0.5))} ms, p99 ${Math.round(p99)} ms, most ${Math.round(late.at(-1) ?? 0)} ms behind the commit; alone p50 ${Math.round(p50Alone)} ms`,
  );
  if (p99 >= Math.max(HEALTHY_MAX_MS, LATER_MAX * p50Alone))
    failures.push(`the healthy output was held up: p99 ${Math.round(p99)} ms behind the commit`);
  return { seen, failures };
}

/** What must hold of one receiver. */
function faultsOf(
  receiver: FaultyReceiver,
  sent: readonly Sent[],
  dead: ReadonlySet<string>,
): readonly string[] {
  const { fault, calls } = receiver;
  const wrong: string[] = [];
  const known = new Set(sent.map(({ key }) => key));
  const taken = new Set(calls.filter((call) => call.taken).map(({ key }) => key));
  const lost = sent.filter(({ key }) => !taken.has(key) && !dead.has(key));
  if (lost.length > 0) wrong.push(`${fault}: ${lost.length} are lost, the first: ${lost[0]?.key}`);
  const strange = calls.filter(({ key }) => !known.has(key));
  if (strange.length > 0)
    wrong.push(
      `${fault}: ${strange.length} calls under keys that nobody gave, the first: ${strange[0]?.key}`,
    );
  const digests = new Map<string, string>();
  for (const { key, digest } of calls) {
    if ((digests.get(key) ?? digest) !== digest) wrong.push(`${fault}: ${key} came with two bodies`);
    digests.set(key, digest);
  }
  const revisions = new Map<string, number>();
  for (const call of calls) {
    if (!call.taken) continue;
    const [, id = '', revision] = call.key.split(':');
    if (Number(revision) < (revisions.get(id) ?? 0))
      wrong.push(`${fault}: ${call.key} came behind a later one`);
    revisions.set(id, Math.max(revisions.get(id) ?? 0, Number(revision)));
  }
  if (receiver.led > 0) wrong.push(`${fault}: ${receiver.led} calls went where a redirect led`);
  if (fault === 'redirect' && dead.size !== receiver.faults)
    wrong.push(`${fault}: ${receiver.faults} redirects, and ${dead.size} dead letters`);
  if (fault !== 'redirect' && dead.size > 0)
    wrong.push(`${fault}: ${dead.size} are dead letters though it works again`);
  if (receiver.mostBytesTaken > ANSWER_BYTES_MAX)
    wrong.push(`${fault}: ${receiver.mostBytesTaken} bytes of an answer were read`);
  if (fault !== 'healthy' && fault !== 'wrong certificate' && receiver.faults < 2)
    wrong.push(`${fault}: only ${receiver.faults} faults were done`);
  return wrong;
}

function latencies(calls: FaultyReceiver['calls'], sent: readonly Sent[]): readonly number[] {
  const first = new Map<string, number>();
  for (const { key, at } of calls) if (!first.has(key)) first.set(key, at);
  return sent
    .flatMap(({ key, at }) => (first.has(key) ? [(first.get(key) ?? at) - at] : []))
    .sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.POSITIVE_INFINITY;
}

/** The revisions of some alerts. */
function keysOf(from: number): readonly Omit<Runtime.OutboxEntry, 'output'>[] {
  const kind = 'alert' as const;
  return Array.from({ length: BATCH }, (_, i) => `a${from + i}`).flatMap((id, i) =>
    Array.from({ length: (from + i) % REVISED_EVERY === 0 ? 2 : 1 }, (_, before) => {
      const revision = before + 1;
      const body = JSON.stringify({ kind, id, revision, filling: 'x'.repeat(600) });
      return { kind, id, revision, key: `${kind}:${id}:${revision}`, lane: id, body };
    }),
  );
}

/** The authority of the receiver with TLS, which this process does not trust until it learns to. */
class Authority {
  readonly #tls = createRequire(import.meta.url)('node:tls') as typeof import('node:tls');
  readonly #plain = this.#tls.createSecureContext;
  #known = false;
  #refused = 0;

  constructor() {
    this.#tls.createSecureContext = (options) => {
      if (!this.#known) this.#refused++;
      return this.#plain(this.#known ? { ...options, ca: CERTIFICATE } : options);
    };
  }

  learn(): void {
    this.#known = true;
  }

  forget(): void {
    this.#tls.createSecureContext = this.#plain;
  }

  /** Calls that were begun before it was trusted. */
  refusedOf(fault: string): number {
    return fault === 'wrong certificate' ? this.#refused : 0;
  }
}

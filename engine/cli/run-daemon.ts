// Long because it is the straight set-up of the daemon: every part once, in the order in which they need each other.
import { join } from 'node:path';
import {
  Ballast,
  FeedStore,
  HeartbeatOutput,
  PrometheusMetrics,
  schedule,
  systemClock,
} from '../adapters/index.ts';
import { Watermarks } from '../correlate/index.ts';
import { hasErrors } from '../diagnostic/index.ts';
import { type Decision, eventTime } from '../model/index.ts';
import type { LiveCases } from '../pipeline/index.ts';
import { CaseHistory, type FactSource, withdrawals, withFeeds } from '../policy/index.ts';
import {
  type ClockPort,
  Daemon,
  type DaemonConfig,
  DetectorGenerations,
  DetectorPool,
  DISPATCH_LIMITS,
  Dispatcher,
  FAULT_POINTS,
  forgetOld,
  keepPoison,
  type LiveRules,
  ObservedMemory,
  quietly,
  RecentEvents,
  RuleCosts,
  RuleTally,
  Silences,
  type StorePort,
  tryPoisonAgain,
  whereThereIsRoom,
} from '../runtime/index.ts';
import { auditConfig } from './config-audit.ts';
import { openConfig } from './daemon-config.ts';
import {
  ChangeBell,
  type ConsoleContext,
  type OpenConsole,
  openConsole,
  statusOf,
} from './daemon-console.ts';
import { DaemonFeeds } from './daemon-feeds.ts';
import { FeedHeeding } from './daemon-heeding.ts';
import { openDaemonLog } from './daemon-log.ts';
import { metricFamilies } from './daemon-metrics.ts';
import { outputOf, routeOf } from './daemon-outputs.ts';
import { policyStage } from './daemon-policies.ts';
import { daemonProof } from './daemon-proof.ts';
import { followRules, tellBad } from './daemon-reload.ts';
import { openStartRules, recoverStages } from './daemon-rules.ts';
import { logsourcesOf, sourceOf } from './daemon-sources.ts';
import { openState } from './daemon-state.ts';
import { engineWatch, keepWatch } from './daemon-watch.ts';
import { openEnrichment, withEnrichment } from './enrich-source.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openFacts } from './facts-file.ts';
import { faultOf } from './fault-option.ts';
import { compileFeedsAside } from './feed-compiler.ts';
import { openLearnedAtStart } from './learned-folder.ts';
import { openMappings } from './mapping-source.ts';
import { packageVersion } from './package-folder.ts';
import { isDiagnostic, refusal, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** What `telltale run` was told. */
export interface RunOptions {
  readonly config?: string;
  readonly state?: string;
  readonly untilEnd?: boolean;
  readonly fault?: string;
}

/** A batch that takes longer than this has hung its worker. */
const BATCH_MAX_MS = 60_000;

/** Runs the daemon until a signal stops it, or every source has ended. */
export async function runDaemon(terminal: Terminal, options: RunOptions): Promise<ExitCode> {
  const fault = faultOf(options.fault);
  if (fault === null) {
    const hint = `set TELLTALE_FAULTS=allow; points are ${FAULT_POINTS.join(', ')}`;
    return refuse(terminal, [
      refusal('TT8003', `--fault ${options.fault} is not allowed, or no point`, hint),
    ]);
  }
  const read = await openConfig(terminal, options.config);
  if (read.value === undefined) return refuse(terminal, read.diagnostics);
  const config: DaemonConfig =
    options.state === undefined ? read.value : { ...read.value, state: options.state };
  const mappings = await openMappings(config.mappings, 'any');
  const facts = await openFacts(config.facts);
  const { enrichment, ...enriched } = await openEnrichment(config.enrich);
  const wrong = [...mappings.diagnostics, ...facts.diagnostics, ...enriched.diagnostics];
  if (hasErrors(wrong)) return refuse(terminal, wrong);
  const clock = systemClock;
  const log = await openDaemonLog(config, { terminal, clock });
  const opened = openState(config.state, { clock, log, fault });
  if (isDiagnostic(opened)) return refuse(terminal, [opened]);
  const { store } = opened;
  auditConfig(config, options.config, { store, clock });
  fault?.('store-opened');
  const start = await openStartRules(config, store);
  const errors = start.findings.filter(({ severity }) => severity === 'error');
  // A bad rule never keeps the good ones from working.
  if (errors.length > 0) refuse(terminal, errors, start.sourceOf);
  tellBad(start.bad, log);
  const learned = await openLearnedAtStart(config.learned, start.rules.baselines);
  if (hasErrors(learned.diagnostics)) {
    store.close();
    opened.lock.release();
    return refuse(terminal, learned.diagnostics);
  }
  const live: { rules: LiveRules; readonly findings: typeof start.findings; stages?: LiveCases } = {
    rules: start.rules,
    findings: start.findings,
  };
  const made = (stages: LiveCases): void => {
    live.stages = stages;
  };
  const { limits } = config;
  const recovery = recoverStages(start, {
    store,
    clock,
    learned: learned.states,
    made,
    enrichment,
    limits,
    config,
  });
  fault?.('stages-recovered');
  if (recovery.lost)
    log.error('the state is of another version; it begins anew', { event: 'engine.state_lost' });
  const outputs = config.outputs.map((one) => outputOf(one, terminal));
  const dispatchers = outputs.map((output, i) => {
    const callsPerMinute = config.outputs[i]?.callsPerMinute ?? 0;
    return new Dispatcher(
      output,
      { store, clock, random: Math.random, ...(fault === undefined ? {} : { fault }) },
      { ...DISPATCH_LIMITS, callsPerMinute },
    );
  });
  const history = new CaseHistory();
  const sourcesOf = ({ feeds: asked }: LiveRules): readonly FactSource[] => [
    history,
    ...withFeeds(
      withEnrichment(facts.sources, enriched.sources),
      asked.length === 0 ? undefined : () => feeds.snapshot,
    ),
  ];
  const policies = { current: policyStage(live.rules, sourcesOf(live.rules)) };
  const withdrawn = (): readonly Decision[] =>
    withdrawals(recovery.stages.standing(), policies.current.plan, eventTime(clock.nowMicros()));
  const watermarks = new Watermarks({
    latenessMicros: config.time.latenessMicros,
    idleMicros: config.time.idleMicros,
    maxSkewMicros: config.time.skewMicros,
  });
  const saved = [...store.state('watermark')][0];
  if (saved !== undefined) watermarks.load(JSON.parse(new TextDecoder().decode(saved.bytes)));
  const feeds: DaemonFeeds = new DaemonFeeds(live.rules.feeds, {
    store: new FeedStore(join(config.state, 'feeds')),
    clock,
    random: Math.random,
    access: config.feeds,
    swap: (parts) => {
      intel = parts;
      detectors.each((one) => one.swapIntel(parts));
    },
    signal: (signals) => daemon.take(signals),
    compile: compileFeedsAside,
    changed: (change) => heeding.heed(change),
    say: (text) => log.info(text, { event: 'feed' }),
  });
  const stop = new AbortController();
  const observed = new ObservedMemory(store, config.retro);
  const heeding = new FeedHeeding({
    memory: observed,
    remembers: config.retro.days > 0,
    store,
    log,
    clock,
    stop: stop.signal,
    daemon: () => daemon,
    stages: () => live.stages,
    detect: (task) => detectors.detect(task),
  });
  let intel = await feeds.load();
  const costs = new RuleCosts();
  const detectorOf = ({ runnable }: LiveRules): DetectorPool =>
    new DetectorPool(
      {
        ruleset: runnable,
        schemas: mappings.options,
        logsources: logsourcesOf(config),
        notices: config.retro.days > 0,
        ...(intel === undefined ? {} : { intel }),
        ...(enrichment === undefined ? {} : { enrichment: enrichment.parts }),
      },
      {
        threads: config.threads,
        batchMaxMs: BATCH_MAX_MS,
        notices: {
          crashed: (reason) => {
            log.error(`a worker was replaced: ${reason}`, { event: 'engine.worker_replaced', reason });
            watch.tell({ kind: 'worker_replaced', subject: 'detector', reason });
          },
          poisoned: (record) => {
            const { source, file, line, reason } = record;
            // On a full disk the record is not kept; the batch beside it and the word of it must not be lost with it.
            const kept = whereThereIsRoom(() => keepPoison(store, { ...record, at: clock.nowMicros() }));
            const left = kept ? 'was set aside' : 'was left out, and not kept: the disk is full';
            log.error(`${file}:${line}: a record ended a worker twice and ${left}`, {
              event: 'engine.poison_record',
              source,
              file,
              line,
              reason,
            });
            watch.tell({ kind: 'poison_record', subject: source, reason: `${file}:${line}: ${reason}` });
          },
          measured: (found) => costs.measured(found),
          worked: ({ events }, tookMs) => following.probation.matched(events, tookMs),
        },
      },
    );
  const detectors: DetectorGenerations<DetectorPool> = new DetectorGenerations(detectorOf(live.rules));
  const detector = new RecentEvents(detectors, config.reload.canaryEvents);
  const following = followRules(config, live.rules, {
    store,
    clock,
    daemon: () => daemon,
    detectors,
    detectorOf,
    recent: () => detector.recent(),
    made,
    enrichment,
    limits,
    installed: (rules) => {
      live.rules = rules;
      policies.current = policyStage(rules, sourcesOf(rules));
      void feeds.follow(rules.feeds);
    },
    withdrawn,
    log,
  });
  const sources = config.sources.map((one) =>
    sourceOf(one, { config, terminal, once: options.untilEnd === true, fault }),
  );
  const watch = engineWatch({
    config,
    store,
    clock,
    watermarks,
    sources,
    dispatchers,
    stages: () => live.stages,
    ruleTimes: () => costs.times(),
  });
  if (opened.setAside !== undefined) {
    const reason = `${opened.reason ?? 'it is damaged'}; set aside as ${opened.setAside}`;
    watch.tell({ kind: 'database_set_aside', subject: 'state', reason });
  }
  if (recovery.lost)
    watch.tell({ kind: 'state_lost', subject: 'state', reason: 'it is of another version, or damaged' });
  if (errors.length > 0)
    watch.tell({ kind: 'rules_broken', subject: 'rules', reason: `${errors.length} findings are errors` });
  const silences = new Silences(store);
  const tally = new RuleTally();
  const changes = new ChangeBell();
  let full = false;
  const daemon: Daemon = new Daemon({
    sources,
    detector,
    stages: recovery.stages,
    watermarks,
    store,
    clock,
    dispatchers,
    decide: quietly((changed, apply) => policies.current.settle(changed, { apply, history }), {
      silences,
      clock,
    }),
    observed,
    ballast: new Ballast(config.state),
    route: routeOf(config.outputs),
    taken: (source, detected) => {
      tally.taken(detected.signals);
      tally.came(source, detected.signals, watermarks.reached);
      tally.warned(source, detected.warned);
      watch.taken(source, detected);
    },
    committed: (changed) => {
      if (full) log.info('there is room again', { event: 'engine.disk_full', well: true });
      full = false;
      tally.decided(changed);
      following.probation.alerted(changed.alerts.length);
      if (changed.alerts.length + changed.incidents.length > 0) changes.ring();
    },
    trouble: (what, error) => {
      const reason = error instanceof Error ? error.message : String(error);
      const [, source] = /^source (.+)$/.exec(what) ?? [];
      // Trying again is no news.
      if (source !== undefined || !full)
        log.error(`${what}: ${reason}`, {
          event: source === undefined ? 'engine.disk_full' : 'engine.source_down',
          reason,
        });
      full ||= source === undefined;
      if (source !== undefined) watch.tell({ kind: 'source_down', subject: source, reason });
      else watch.tell({ kind: 'disk_full', subject: 'state', reason: 'batches waited until there was room' });
    },
    ...(fault === undefined ? {} : { fault }),
  });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const purging = schedule(config.retention.schedule, () =>
    forgetOld(store, clock, config.retention.keepMicros),
  );
  const sending = new AbortController();
  // Each with a signal of its own: many listeners on one are taken for a leak.
  const dispatching = dispatchers.map((dispatcher) => dispatcher.run(AbortSignal.any([sending.signal])));
  for (const output of outputs) {
    if (output instanceof HeartbeatOutput)
      dispatching.push(
        output.beat(sending.signal, (reason) =>
          log.warn(`output ${output.name}: ${reason}`, {
            event: 'output.heartbeat',
            output: output.name,
            reason,
          }),
        ),
      );
  }
  const startedAt = clock.nowMicros();
  const context: ConsoleContext = {
    config,
    daemon,
    store,
    clock,
    watermarks,
    sources,
    dispatchers,
    silences,
    rules: () => live.rules,
    findings: () => following.reloader.findings ?? live.findings,
    hits: (rule) => tally.hits(rule),
    lateSignals: (source) => tally.late(source),
    metrics: () => metrics.text(),
    changes,
    proof: (id) => daemonProof(id, { store, stages: live.stages, rules: live.rules }),
    ending: () => stop.signal.aborted,
    ailingThreads: () => detectors.current.ailing,
    feedCopies: () => feeds.freshness(),
    tryPoisonAgain: (record, audit) => tryPoisonAgain({ daemon, detector: detectors }, record, audit),
    reload: async (mode, by) => {
      const outcome = await (mode === 'plan' ? following.reloader.plan() : following.reload(by));
      return { ...outcome };
    },
  };
  const metrics = new PrometheusMetrics(() =>
    metricFamilies(
      statusOf(context, startedAt),
      { tally, costs, stats: live.stages?.stats() },
      { feeds: feeds.freshness(), observed: observed.stats },
    ),
  );
  let api: OpenConsole | undefined;
  // A backfill is judged by the rules that it began with.
  const follow = new AbortController();
  stop.signal.addEventListener('abort', () => follow.abort());
  let watching: Promise<void> | undefined;
  try {
    api = await openConsole(context, { log, untilEnd: options.untilEnd === true });
    if (api.refused !== undefined) return refuse(terminal, [api.refused]);
    if (api.url !== undefined) log.info(`the API is at ${api.url}`, { event: 'api.open', url: api.url });
    if (options.untilEnd !== true) await feeds.begin();
    heeding.begin(options.untilEnd === true ? 'recording' : 'feed', feeds.begun);
    // A run that ends by itself says the same every time: nothing in it may depend on the clock.
    if (options.untilEnd !== true)
      dispatching.push(keepWatch(watch, daemon, { store, clock, stop: sending.signal, log }));
    watching = options.untilEnd === true ? undefined : following.run(follow.signal);
    const { listed } = live.rules;
    log.info(`telltale ${packageVersion()} runs: ${listed.length} rules`, {
      event: 'engine.started',
      version: packageVersion(),
      ruleset: live.rules.hash,
      rules: listed.length,
      sources: config.sources.map(({ name, type }) => `${name} (${type})`),
      outputs: config.outputs.map(({ name, type }) => `${name} (${type})`),
    });
    // Policies may have been edited while nothing ran.
    const late = withdrawn();
    if (late.length > 0) void daemon.decide(late).catch(() => undefined);
    await daemon.run(stop.signal);
    if (options.untilEnd === true) await daemon.finish();
    if (!stop.signal.aborted) await drained(store, clock);
  } finally {
    await api?.close();
    follow.abort();
    await watching;
    purging.stop();
    await feeds.end();
    sending.abort();
    await Promise.all(dispatching);
    await Promise.all(outputs.map((output) => output.close()));
    await detector.close();
    store.close();
    opened.lock.release();
    log.info('telltale has ended', { event: 'engine.ended' });
  }
  return EXIT.clean;
}

/** Waits, not for ever, until the outputs have what is theirs. */
async function drained(store: StorePort, clock: ClockPort): Promise<void> {
  for (let i = 0; i < 600 && store.queues().some(({ waiting }) => waiting > 0); i++) await clock.sleep(50);
}

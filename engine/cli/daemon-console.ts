import type { EnginePort, EngineStatus, RuleReport } from '../console/index.ts';
import { ConsoleServer } from '../console/index.ts';
import type { Watermarks } from '../correlate/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { eventTime, formatTime, type RuleMeta } from '../model/index.ts';
import type {
  ClockPort,
  Daemon,
  DaemonConfig,
  Dispatcher,
  LiveRules,
  LogPort,
  Silences,
  SourcePort,
  StorePort,
} from '../runtime/index.ts';
import { adminToken, dropUrl, putUrl } from './api-files.ts';
import type { FeedFreshness } from './daemon-feeds.ts';
import { FIRING, readinessChecks } from './daemon-readiness.ts';
import { packageVersion } from './package-folder.ts';
import { refusal } from './refusal.ts';
import { watchedTokens } from './token-files.ts';

/** What the console is shown of a running daemon. */
export interface ConsoleContext {
  readonly config: DaemonConfig;
  readonly daemon: Daemon;
  readonly store: StorePort;
  readonly clock: ClockPort;
  readonly watermarks: Watermarks;
  readonly sources: readonly SourcePort[];
  readonly dispatchers: readonly Dispatcher[];
  readonly silences: Silences;
  /** The rules that are live now. */
  readonly rules: () => LiveRules;
  readonly findings: () => readonly Diagnostic[];
  readonly hits: (rule: string) => number;
  /** Signals of a source that came behind the watermark. */
  readonly lateSignals: (source: string) => number;
  readonly metrics: EnginePort['metrics'];
  readonly changes: ChangeBell;
  /** The daemon has been asked to end. */
  readonly ending: () => boolean;
  /** Detecting threads that end time after time. */
  readonly ailingThreads: () => number;
  /** How fresh the feeds are. */
  readonly feedCopies: () => readonly FeedFreshness[];
  readonly tryPoisonAgain: EnginePort['tryPoisonAgain'];
  readonly proof: EnginePort['proof'];
  readonly reload?: NonNullable<EnginePort['reload']>;
}

/** Wakes those who wait for a change. */
export class ChangeBell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  next(stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        stop.removeEventListener('abort', wake);
        resolve();
      };
      if (stop.aborted) return resolve();
      this.#waiting.add(wake);
      stop.addEventListener('abort', wake);
    });
  }
}

/** The engine as the console asks it. */
export function enginePort(context: ConsoleContext): EnginePort {
  const { store, clock, silences, daemon, metrics, changes, reload } = context;
  const startedAt = clock.nowMicros();
  return {
    store,
    clock,
    silences,
    decide: (decisions, audit) => daemon.decide(decisions, audit),
    status: () => statusOf(context, startedAt),
    rules: () => rulesOf(context),
    findings: context.findings,
    baselines: () => baselinesOf(context.rules()),
    feeds: () => feedsOf(context),
    metrics,
    tryPoisonAgain: context.tryPoisonAgain,
    proof: context.proof,
    nextChange: (stop) => changes.next(stop),
    ...(reload === undefined ? {} : { reload }),
  };
}

/** How the daemon fares. */
export function statusOf(context: ConsoleContext, startedAt: number): EngineStatus {
  const { config, daemon, store, clock, watermarks, dispatchers, silences } = context;
  const now = clock.nowMicros();
  const watermark = watermarks.at(now);
  const { ledger } = store.checkpoint();
  const queues = new Map(store.queues().map((queue) => [queue.output, queue]));
  const sources = context.sources.map((source, i) => {
    const { name, delivery } = source;
    const account = ledger.get(name);
    const reached = watermarks.of(name);
    return {
      name,
      type: config.sources[i]?.type ?? '',
      delivery,
      ...source.status(),
      lateSignals: context.lateSignals(name),
      ...(reached === undefined ? {} : { newestAt: reached.newest, watermark: reached.watermark }),
      ...(account === undefined ? {} : { ledger: account }),
    };
  });
  const outputs = dispatchers.map((dispatcher, i) => {
    const { output: name, ...status } = dispatcher.status();
    const queue = queues.get(name);
    return {
      name,
      type: config.outputs[i]?.type ?? '',
      ...status,
      waiting: queue?.waiting ?? 0,
      ...(queue?.oldestAt === undefined ? {} : { oldestAt: queue.oldestAt }),
      deadLetters: queue?.dead ?? 0,
    };
  });
  return {
    version: packageVersion(),
    startedAt,
    now,
    ...(Number.isFinite(watermark) ? { watermark } : {}),
    commits: daemon.commits,
    waitingBatches: daemon.waiting,
    stateBytes: store.sizeBytes(),
    ruleset: {
      hash: context.rules().hash,
      rules: rulesOf(context).length,
      findings: context.findings().length,
    },
    sources,
    outputs,
    silences: silences.active(now).length,
    checks: readinessChecks({
      stuck: daemon.stuck,
      quietMs: daemon.lookedAt === undefined ? undefined : clock.monotonicMs() - daemon.lookedAt,
      ending: context.ending(),
      ailingThreads: context.ailingThreads(),
      rules: context.rules(),
      state: config.state,
      sources,
    }),
  };
}

function rulesOf({ rules, hits }: ConsoleContext): readonly RuleReport[] {
  const report = (kind: string, meta: RuleMeta, counted: boolean): RuleReport => {
    const { id, name, title, level, status, confidence, version, mode, tags, description, owner, hash } =
      meta;
    return {
      id,
      ...(name === undefined ? {} : { name }),
      title,
      kind,
      level,
      status,
      confidence,
      version,
      mode: mode ?? 'live',
      tags,
      ...(description === undefined ? {} : { description }),
      ...(owner === undefined ? {} : { owner }),
      hash,
      file: meta.source.file,
      line: meta.source.line,
      ...(counted ? { hits: hits(id) } : {}),
    };
  };
  return rules().listed.map(({ kind, meta }) => report(kind, meta, FIRING.has(kind)));
}

function baselinesOf({ baselines }: LiveRules): readonly Readonly<Record<string, unknown>>[] {
  return baselines.map(({ meta, ...spec }) => ({
    id: meta.id,
    title: meta.title,
    mode: meta.mode ?? 'live',
    version: meta.version,
    ...JSON.parse(JSON.stringify(spec)),
  }));
}

function feedsOf({ rules, feedCopies }: ConsoleContext): readonly Readonly<Record<string, unknown>>[] {
  const copies = new Map(feedCopies().map((copy) => [copy.name, copy]));
  return rules().feeds.map(({ meta, name, origin, format, refresh, confidence, minConfidence }) => {
    const copy = copies.get(name);
    return {
      id: meta.id,
      name,
      title: meta.title,
      origin,
      format,
      refresh,
      confidence,
      minConfidence,
      ...(copy?.readAt === undefined ? {} : { readAt: formatTime(eventTime(copy.readAt)) }),
      ...(copy === undefined ? {} : { stale: copy.stale }),
    };
  });
}

/** A console that listens, or says why it does not. */
export interface OpenConsole {
  readonly url?: string;
  /** It cannot listen where the configuration says. */
  readonly refused?: Diagnostic;
  close(): Promise<void>;
}

/**
 * Lets the API listen, where the configuration wants it; for a run that ends by itself, only where it speaks of it. Where the configuration does not speak of it
 * and it cannot listen, the daemon goes on without.
 */
export async function openConsole(
  context: ConsoleContext,
  { log, untilEnd }: { readonly log: LogPort; readonly untilEnd: boolean },
): Promise<OpenConsole> {
  const { config } = context;
  const { api, state } = config;
  if (!api.enabled || (untilEnd && !api.stated)) return { close: async () => undefined };
  const server = new ConsoleServer({
    config: api,
    engine: enginePort(context),
    tokens: [{ name: 'admin', role: 'admin', token: adminToken(state) }, ...api.tokens],
    keptTokens: watchedTokens(state),
    version: packageVersion(),
    trouble: (error) =>
      log.error('a fault of the API', {
        event: 'api.fault',
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  });
  try {
    const url = await server.listen();
    putUrl(state, url);
    return {
      url,
      close: async () => {
        dropUrl(state);
        await server.close();
      },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const nothing = { close: async () => undefined };
    if (api.stated) {
      const hint = 'set `api.listen`, or `api: {enabled: false}`';
      return { ...nothing, refused: refusal('TT8071', `the API cannot listen: ${reason}`, hint) };
    }
    // Nobody asked for it: the engine does its work without.
    log.warn(`the API cannot listen: ${reason}; it goes on without`, { event: 'api.closed', reason });
    return nothing;
  }
}

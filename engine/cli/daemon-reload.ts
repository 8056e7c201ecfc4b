import { gitCommit, watchFiles } from '../adapters/index.ts';
import type { Enrichment } from '../intel/index.ts';
import type { Decision } from '../model/index.ts';
import type { LiveCases } from '../pipeline/index.ts';
import {
  type BadFile,
  CANARY_LIMITS,
  type ClockPort,
  type Daemon,
  type DaemonConfig,
  type DetectorGenerations,
  ExaminerThread,
  type LiveRules,
  type LogPort,
  nativeDigest,
  PROBATION_LIMITS,
  type PreparedDetector,
  Probation,
  Reloader,
  type ReloadOutcome,
  readKept,
  type StorePort,
} from '../runtime/index.ts';
import { stagesMaker } from './daemon-rules.ts';

/** What following the rules works on. */
export interface ReloadParts<T extends PreparedDetector = PreparedDetector> {
  readonly store: StorePort;
  readonly clock: ClockPort;
  readonly daemon: () => Daemon;
  readonly detectors: DetectorGenerations<T>;
  /** Threads that detect by these rules. */
  readonly detectorOf: (rules: LiveRules) => T;
  readonly recent: () => Uint8Array;
  /** Told of every stages that are made. */
  readonly made?: (stages: LiveCases) => void;
  /** What entities are worth. */
  readonly enrichment?: Enrichment | undefined;
  readonly limits?: DaemonConfig['limits'];
  /** Other rules run: what else must follow. */
  readonly installed: (rules: LiveRules) => void;
  /** What the policies that are installed take back of what those before them decided. */
  readonly withdrawn: () => readonly Decision[];
  readonly log: LogPort;
}

/** Rules that are followed as their files change. */
export interface RuleFollowing {
  readonly probation: Probation;
  readonly reloader: Reloader;
  /** Watches, where the configuration says so, until it is stopped. */
  run(stop: AbortSignal): Promise<void>;
  /** Looks now. */
  reload(by: string): Promise<ReloadOutcome>;
}

/** How often rules on probation are looked at. */
const REVIEW_MS = 1000;
const EXAMINE_MAX_MS = 30_000;
const EXAMINER_MEMORY_MIB = 1024;

/** Loads changed rules while the daemon runs: what the watcher says only makes it look, contents decide. */
export function followRules<T extends PreparedDetector>(
  config: DaemonConfig,
  running: LiveRules,
  parts: ReloadParts<T>,
): RuleFollowing {
  const { store, clock, log } = parts;
  const factor = config.reload.jumpFactor === 0 ? Number.POSITIVE_INFINITY : config.reload.jumpFactor;
  const probation = new Probation({
    ...PROBATION_LIMITS,
    lengthMs: config.reload.probationMs,
    alertsFactorMax: factor,
    costFactorMax: factor,
  });
  const examiner: ExaminerThread = new ExaminerThread({
    entry: new URL('./reload-worker.js', import.meta.url),
    examineMaxMs: EXAMINE_MAX_MS,
    memoryMaxMib: EXAMINER_MEMORY_MIB,
    start: () => ({
      rules: config.rules,
      placeholders: config.placeholders,
      settleMs: config.reload.settleMs,
      kept: readKept(store),
      running: reloader.running.runnable,
      limits: { ...CANARY_LIMITS, signalsFactorMax: factor, costFactorMax: factor },
      enrichment: parts.enrichment?.parts,
    }),
  });
  const reloader: Reloader = new Reloader(
    {
      store,
      clock,
      examiner,
      probation,
      digest: nativeDigest,
      recent: parts.recent,
      revision: () => config.rules.map(gitCommit).find((commit) => commit !== undefined),
      install: (rules, along) => install(rules, along, parts),
    },
    running,
  );
  const reload = async (by: string): Promise<ReloadOutcome> => {
    const outcome = await reloader.reload(by);
    tell(outcome, log);
    return outcome;
  };
  const guarded = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.error(`reload: ${error instanceof Error ? error.message : String(error)}`, {
        event: 'rules.fault',
      });
    }
  };
  const run = async (stop: AbortSignal): Promise<void> => {
    const ended = new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      stop.addEventListener('abort', () => resolve(), { once: true });
    });
    const onHangup = (): void => void guarded(() => reload('operator'));
    process.on('SIGHUP', onHangup);
    const reviewing = (async () => {
      while (!stop.aborted) {
        await clock.sleep(REVIEW_MS, stop);
        await guarded(async () => {
          const outcome = stop.aborted ? undefined : await reloader.review();
          if (outcome !== undefined) tell(outcome, log);
        });
      }
    })();
    try {
      // A loop that has ended runs no more errands: a swap that waits for one must not hold up the end.
      await Promise.race([ended, config.reload.watch ? watching(stop) : ended]);
      await Promise.race([reviewing, clock.sleep(REVIEW_MS)]);
    } finally {
      process.off('SIGHUP', onHangup);
      await examiner.close();
    }
  };
  const watching = async (stop: AbortSignal): Promise<void> => {
    const watch = await watchFiles([...config.rules, ...config.placeholders]);
    stop.addEventListener('abort', () => void watch.close(), { once: true });
    if (stop.aborted) return watch.close();
    // What the thread reads now it need not read again when something changes.
    await guarded(() => reload('engine'));
    log.info('rules are followed', { event: 'rules.followed' });
    while (!stop.aborted) {
      await Promise.race([watch.next(), clock.sleep(config.reload.pollMs, stop)]);
      if (!stop.aborted) await guarded(() => reload('engine'));
    }
  };
  return { probation, reloader, run, reload };
}

/** Lets other rules run: their threads are made ready beside the ones at work, then both they and the stages change at one border between batches. */
async function install<T extends PreparedDetector>(
  rules: LiveRules,
  along: Parameters<ConstructorParameters<typeof Reloader>[0]['install']>[1],
  { detectors, detectorOf, daemon, installed, withdrawn, made, enrichment, limits }: ReloadParts<T>,
): Promise<boolean> {
  const previous = detectors.current;
  const next = detectorOf(rules);
  let taken = false;
  try {
    await next.ready();
    taken = await daemon().swap({
      ...along,
      detect: () => detectors.use(next),
      takeBack: () => detectors.use(previous),
      make: stagesMaker(rules, {
        learned: {},
        made,
        enrichment,
        ...(limits === undefined ? {} : { limits }),
      }),
      taken: () => installed(rules),
      decisions: withdrawn,
    });
    return taken;
  } finally {
    if (taken) detectors.retire(previous);
    else if (detectors.current === next) detectors.use(previous);
    if (!taken) detectors.retire(next);
  }
}

function tell(outcome: ReloadOutcome, log: LogPort): void {
  const { kind, reason, files, bad, rules, revision, rulesetHash } = outcome;
  if (kind === 'unchanged') return;
  const at = revision === undefined ? '' : ` at ${revision.slice(0, 12)}`;
  const { added, edited, removed } = rules;
  const counts = `${added.length} added, ${edited.length} edited, ${removed.length} removed`;
  const about = { ruleset: rulesetHash, ...(revision === undefined ? {} : { revision }), rules };
  if (kind === 'swapped')
    log.info(`rules loaded${at}: ${files} files, ${counts}`, { event: 'rules.reloaded', ...about });
  else if (kind === 'rolled back')
    log.warn(`rules taken back: ${reason}; ${counts}`, { event: 'rules.rolled_back', reason, ...about });
  else if (kind === 'refused')
    log.warn(`new rules were not taken: ${reason}`, { event: 'rules.refused', reason });
  tellBad(bad, log);
}

/** Says of every bad file what runs in its place. */
export function tellBad(bad: readonly BadFile[], log: LogPort): void {
  for (const { path, runs, reason } of bad)
    log.warn(`${path} is bad, ${IN_ITS_PLACE[runs]}: ${reason}`, {
      event: 'rules.bad_file',
      file: path,
      runs,
      reason,
    });
}

const IN_ITS_PLACE = {
  'last good': 'its last good version runs',
  'usable rules': 'its good rules run',
  nothing: 'nothing of it runs',
} as const;

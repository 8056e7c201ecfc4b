import { freeBytes } from '../adapters/index.ts';
import type { Watermarks } from '../correlate/index.ts';
import { type Decision, eventTime } from '../model/index.ts';
import type { LiveCases } from '../pipeline/index.ts';
import {
  type ClockPort,
  type Daemon,
  type DaemonConfig,
  type Dispatcher,
  EngineWatch,
  engineRule,
  engineSignal,
  type LogPort,
  type Looked,
  type SourcePort,
  type StorePort,
} from '../runtime/index.ts';

import { isPlain } from './plain.ts';

/** What the watch looks at. */
export interface WatchContext {
  readonly config: DaemonConfig;
  readonly store: StorePort;
  readonly clock: ClockPort;
  readonly watermarks: Watermarks;
  readonly sources: readonly SourcePort[];
  readonly dispatchers: readonly Dispatcher[];
  /** Milliseconds that rules have taken, by id. */
  readonly ruleTimes: () => ReadonlyMap<string, number>;
  /** The stages that work now. */
  readonly stages: () => Pick<LiveCases, 'stats'> | undefined;
}

/** How often it looks: a loss is an alert well within 10 s. */
const LOOK_MS = 4000;

/** Looks after the engine of a daemon. */
export function engineWatch({
  config,
  clock,
  watermarks,
  sources,
  dispatchers,
  stages,
  ruleTimes,
}: WatchContext): EngineWatch {
  const lossesOf = (): ReadonlyMap<string, number> => {
    const stats = stages()?.stats();
    if (stats === undefined) return new Map();
    const evicted = [...stats.alerts.evictedByRule].map(
      ([rule, count]) => [`alerts of ${rule}`, count] as const,
    );
    const lost = [...(stats.correlations?.rules ?? [])].map(
      ([rule, { evicted: given }]) => [`state of ${rule}`, given] as const,
    );
    return new Map([...evicted, ...lost]);
  };
  return new EngineWatch(
    {
      clock,
      sources: () => sources.map((source) => ({ name: source.name, ...source.status() })),
      outputs: () => dispatchers.map((dispatcher) => dispatcher.status()),
      freeBytes: () => freeBytes(config.state),
      losses: lossesOf,
      clamped: () => watermarks.clamped,
      ruleTimes,
    },
    config.watch,
  );
}

/** Looks again and again until stopped, and lets the engine say what was found. */
export async function keepWatch(
  watch: EngineWatch,
  daemon: Daemon,
  {
    store,
    clock,
    stop,
    log,
  }: Pick<WatchContext, 'store' | 'clock'> & { readonly stop: AbortSignal; readonly log: LogPort },
): Promise<void> {
  const said = new Set<string>();
  for (const subject of openSubjects(store, engineRule('rule_too_dear').id))
    watch.remember({ kind: 'rule_too_dear', subject, reason: 'it was before' });
  while (!stop.aborted) {
    await clock.sleep(LOOK_MS, stop);
    if (stop.aborted) return;
    const looked = watch.look();
    tell(looked, log, said);
    await say(looked, daemon, { store, clock });
  }
}

/** Logs what was found, once: what was told is logged by whoever told it. `said`: what lasts and was logged. */
function tell({ begun, ended }: Looked, log: LogPort, said: Set<string>): void {
  for (const { kind, subject, reason } of begun) {
    const event = `engine.${kind}`;
    log.warn(`${subject}: ${engineRule(kind).title}: ${reason}`, { event, subject, reason });
    said.add(`${kind} ${subject}`);
  }
  for (const { kind, subject } of ended) {
    // At the first look everything that could have been wrong before ends.
    if (!said.delete(`${kind} ${subject}`)) continue;
    const event = `engine.${kind}`;
    log.info(`${subject}: it is well again (${engineRule(kind).title})`, { event, subject, well: true });
  }
}

/** Makes alerts of what was found, and resolves those of what is well again. */
export async function say(
  { begun, ended, told }: Looked,
  daemon: Pick<Daemon, 'report'>,
  { store, clock }: Pick<WatchContext, 'store' | 'clock'>,
): Promise<void> {
  const now = clock.nowMicros();
  const decisions = ended.flatMap(({ kind, subject }): Decision[] => {
    const id = openAlert(store, engineRule(kind).id, subject);
    if (id === undefined) return [];
    const target = { kind: 'alert', id } as const;
    return [{ at: eventTime(now), by: 'engine', target, reason: 'it is well again', state: 'resolved' }];
  });
  const troubles = [...begun, ...told];
  if (troubles.length + decisions.length === 0) return;
  try {
    await daemon.report(
      troubles.map((trouble) => engineSignal(trouble, now)),
      decisions,
    );
  } catch {
    // The daemon has ended; the next one looks anew.
  }
}

/** What the open alerts of a trouble are about. */
function openSubjects(store: StorePort, ruleId: string): readonly string[] {
  const { items } = store.list({ kind: 'alert', ruleId, states: ['open', 'acknowledged'], limit: 500 });
  return items.flatMap(({ body }) => {
    const found: unknown = JSON.parse(body);
    const group: unknown = isPlain(found) ? found['group'] : undefined;
    const subject: unknown = isPlain(group) ? group['subject'] : undefined;
    return typeof subject === 'string' ? [subject] : [];
  });
}

/** The alert of a trouble that is still open. */
function openAlert(store: StorePort, ruleId: string, subject: string): string | undefined {
  const { items } = store.list({ kind: 'alert', ruleId, states: ['open', 'acknowledged'], limit: 500 });
  const group = `"group":${JSON.stringify({ subject })}`;
  return items.find(({ body }) => body.includes(group))?.id;
}

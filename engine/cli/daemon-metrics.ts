import type { EngineStatus } from '../console/index.ts';
import type { CaseStats } from '../pipeline/index.ts';
import type { MetricFamily, MetricSample, ObservedStats } from '../runtime/index.ts';
import type { FeedFreshness } from './daemon-feeds.ts';
import { type RuleFigures, ruleFamilies } from './rule-metrics.ts';

/** The figures of a running daemon, for Prometheus. */
export function metricFamilies(
  status: EngineStatus,
  figures: RuleFigures,
  { feeds, observed }: { readonly feeds: readonly FeedFreshness[]; readonly observed?: ObservedStats },
): readonly MetricFamily[] {
  const { sources, outputs, now } = status;
  const seconds = (since: number | undefined): number | undefined =>
    since === undefined ? undefined : Math.max(0, (now - since) / 1e6);
  const bySource = (
    pick: (source: (typeof sources)[number]) => number | undefined,
  ): readonly MetricSample[] => sources.flatMap((one) => sample({ source: one.name }, pick(one)));
  const byOutput = (
    pick: (output: (typeof outputs)[number]) => number | undefined,
  ): readonly MetricSample[] => outputs.flatMap((one) => sample({ output: one.name }, pick(one)));
  const events = (['matched', 'unmatched', 'rejected', 'dropped'] as const).flatMap((outcome) =>
    sources.flatMap((one) => sample({ source: one.name, outcome }, one.ledger?.[outcome])),
  );
  const gauge = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily => ({
    name: `telltale_${name}`,
    help,
    kind: 'gauge',
    samples,
  });
  const counter = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily => ({
    name: `telltale_${name}`,
    help,
    kind: 'counter',
    samples,
  });
  return [
    gauge('build_info', 'The version that runs.', [{ labels: { version: status.version }, value: 1 }]),
    gauge('ready', 'Whether every check of readiness holds, 1 or 0.', [
      { labels: {}, value: status.checks.every(({ holds }) => holds) ? 1 : 0 },
    ]),
    counter('commits_total', 'Transactions since the process began.', [
      { labels: {}, value: status.commits },
    ]),
    gauge('waiting_batches', 'Batches that wait for their commit.', [
      { labels: {}, value: status.waitingBatches },
    ]),
    gauge('state_bytes', 'Size of the database.', [{ labels: {}, value: status.stateBytes }]),
    gauge('watermark_lag_seconds', 'How far event time is behind the clock.', [
      ...sample({}, seconds(status.watermark)),
    ]),
    gauge('rules', 'Rules that are live.', [{ labels: {}, value: status.ruleset.rules }]),
    gauge('rule_findings', 'Findings about rules at the last load.', [
      { labels: {}, value: status.ruleset.findings },
    ]),
    gauge('observed_bytes', 'Records remembered for indicators that come later.', [
      ...sample({}, observed?.bytes),
    ]),
    counter('observed_lost_total', 'Records that the bounds of a day kept from being remembered.', [
      ...sample({}, observed?.lost),
    ]),
    gauge('silences', 'Silences that hold.', [{ labels: {}, value: status.silences }]),
    counter(
      'events_total',
      'Records by source and by what became of them, since the state was begun. Their sum is what was received.',
      events,
    ),
    counter(
      'source_damaged_total',
      'Damage that was noticed and read past, by code (TT2006 bytes that are not UTF-8, TT2008 holes of NUL), since the process began.',
      sources.flatMap((one) =>
        [...figures.tally.damaged(one.name)].map(([code, value]) => ({
          labels: { source: one.name, code },
          value,
        })),
      ),
    ),
    counter('source_received_records_total', 'Records received since the process began.', [
      ...bySource(({ receivedRecords }) => receivedRecords),
    ]),
    counter('source_received_bytes_total', 'Bytes received since the process began.', [
      ...bySource(({ receivedBytes }) => receivedBytes),
    ]),
    gauge(
      'source_backlog_bytes',
      'Bytes that are known to wait.',
      bySource(({ backlogBytes }) => backlogBytes),
    ),
    gauge(
      'source_silence_seconds',
      'Since the newest record.',
      bySource(({ lastAt }) => seconds(lastAt)),
    ),
    gauge(
      'source_lag_seconds',
      'How far the newest event of a source is behind the clock, by the time of the event.',
      bySource(({ newestAt }) => seconds(newestAt)),
    ),
    gauge(
      'source_watermark_seconds',
      'Event time up to which a source is taken to be complete, in seconds since 1970.',
      bySource(({ watermark }) => (watermark === undefined ? undefined : watermark / 1e6)),
    ),
    counter(
      'source_late_total',
      'Signals whose events came behind the watermark, since the process began.',
      bySource(({ lateSignals }) => lateSignals),
    ),
    gauge(
      'source_up',
      'Whether it works, 1 or 0.',
      bySource(({ problem }) => (problem === undefined ? 1 : 0)),
    ),
    counter(
      'source_losses_total',
      'What a source did not hand on, by reason, since the process began.',
      sources.flatMap((one) =>
        one.losses.flatMap(({ kind, reason, count }) => sample({ source: one.name, kind, reason }, count)),
      ),
    ),
    gauge(
      'output_queue',
      'Items that wait.',
      byOutput(({ waiting }) => waiting),
    ),
    gauge(
      'output_queue_age_seconds',
      'Since the oldest waiting item.',
      byOutput(({ oldestAt }) => seconds(oldestAt)),
    ),
    gauge(
      'output_dead_letters',
      'Dead letters that are kept.',
      byOutput(({ deadLetters }) => deadLetters),
    ),
    gauge(
      'output_up',
      'Whether it works, 1 or 0.',
      byOutput(({ problem }) => (problem === undefined ? 1 : 0)),
    ),
    counter(
      'output_delivered_total',
      'Items delivered since the process began.',
      byOutput(({ delivered }) => delivered),
    ),
    counter('output_failed_calls_total', 'Calls that failed since the process began.', [
      ...byOutput(({ failedCalls }) => failedCalls),
    ]),
    ...stageFamilies(figures.stats, gauge),
    gauge(
      'feed_age_seconds',
      'Since a fetched feed was last read, or confirmed to be what it was.',
      feeds.flatMap(({ name, readAt }) => sample({ feed: name }, seconds(readAt))),
    ),
    gauge(
      'feed_stale',
      'Whether a fetched feed is older than it may be, 1 or 0.',
      feeds.flatMap(({ name, stale }) => sample({ feed: name }, stale ? 1 : 0)),
    ),
    ...ruleFamilies(figures),
  ];
}

/** What the stages hold. */
function stageFamilies(
  stats: CaseStats | undefined,
  gauge: (name: string, help: string, samples: readonly MetricSample[]) => MetricFamily,
): readonly MetricFamily[] {
  if (stats === undefined) return [];
  return [
    gauge('live_alerts', 'Alerts that take signals in.', [{ labels: {}, value: stats.alerts.live }]),
    gauge('waiting_signals', 'Signals that wait for the watermark.', [{ labels: {}, value: stats.waiting }]),
  ];
}

function sample(
  labels: Readonly<Record<string, string>>,
  value: number | undefined,
): readonly MetricSample[] {
  return value === undefined ? [] : [{ labels, value }];
}

import type { EngineStatus } from '../console/index.ts';
import type { CaseStats } from '../pipeline/index.ts';
import type { MetricFamily, MetricSample, ObservedStats, RuleTally } from '../runtime/index.ts';

/** The figures of a running daemon, for Prometheus. */
export function metricFamilies(
  status: EngineStatus,
  {
    tally,
    stats,
    observed,
  }: {
    readonly tally: RuleTally;
    readonly stats: CaseStats | undefined;
    readonly observed?: ObservedStats;
  },
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
    counter(
      'rule_hits_total',
      'Signals by rule since the process began.',
      [...tally.all()].map(([rule, value]) => ({ labels: { rule }, value })),
    ),
    ...ruleStateFamilies(stats, { gauge, counter }),
  ];
}

type Maker = (name: string, help: string, samples: readonly MetricSample[]) => MetricFamily;

/** What rules hold in memory, and what they gave up. */
function ruleStateFamilies(
  stats: CaseStats | undefined,
  { gauge, counter }: { readonly gauge: Maker; readonly counter: Maker },
): readonly MetricFamily[] {
  if (stats === undefined) return [];
  const rules = [...(stats.correlations?.rules ?? [])];
  const byRule = (pick: (rule: (typeof rules)[number][1]) => number): readonly MetricSample[] =>
    rules.map(([rule, one]) => ({ labels: { rule }, value: pick(one) }));
  return [
    gauge('live_alerts', 'Alerts that take signals in.', [{ labels: {}, value: stats.alerts.live }]),
    gauge('waiting_signals', 'Signals that wait for the watermark.', [{ labels: {}, value: stats.waiting }]),
    gauge(
      'rule_state_items',
      'Groups and signals that a correlation holds.',
      byRule(({ items }) => items),
    ),
    counter(
      'rule_evaluations_total',
      'Signals that a correlation looked at.',
      byRule(({ accepted }) => accepted),
    ),
    counter(
      'rule_late_total',
      'Signals that came to a correlation too late.',
      byRule(({ late }) => late),
    ),
    counter(
      'rule_evicted_total',
      'Groups and runs that a correlation gave up for want of room.',
      byRule(({ evicted }) => evicted),
    ),
    counter(
      'rule_evicted_alerts_total',
      'Alerts closed for want of room.',
      [...stats.alerts.evictedByRule].map(([rule, value]) => ({ labels: { rule }, value })),
    ),
  ];
}

function sample(
  labels: Readonly<Record<string, string>>,
  value: number | undefined,
): readonly MetricSample[] {
  return value === undefined ? [] : [{ labels, value }];
}

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PrometheusMetrics } from '../../engine/adapters/index.ts';
import { metricFamilies } from '../../engine/cli/daemon-metrics.ts';
import { OTHERS, RULES_SHOWN_MAX } from '../../engine/cli/rule-metrics.ts';
import type { EngineStatus } from '../../engine/console/index.ts';
import { compileRuleset, incidentStage, LiveCases } from '../../engine/pipeline/index.ts';
import { RuleCosts, RuleTally } from '../../engine/runtime/index.ts';
import { signal } from '../adapters/signals.ts';

const { ruleset } = compileRuleset([]);
const STATUS: EngineStatus = {
  version: '1',
  startedAt: 0,
  now: 100e6,
  watermark: 90e6,
  commits: 3,
  waitingBatches: 0,
  stateBytes: 5,
  ruleset: { hash: 'h', rules: 1, findings: 0 },
  sources: [
    {
      name: 's',
      type: 'file',
      delivery: 'replayable',
      receivedRecords: 9,
      receivedBytes: 99,
      backlogBytes: 7,
      lastAt: 95e6,
      losses: [{ kind: 'dropped', reason: 'rate', count: 2 }],
      lateSignals: 4,
      newestAt: 80e6,
      watermark: 70e6,
      ledger: { received: 11, matched: 4, unmatched: 5, rejected: 1, dropped: 1 },
    },
  ],
  outputs: [
    {
      name: 'o',
      type: 'file',
      delivered: 1,
      failedCalls: 2,
      dead: 0,
      waiting: 3,
      oldestAt: 60e6,
      deadLetters: 1,
      problem: 'no',
    },
  ],
  silences: 1,
  checks: [{ name: 'loop', holds: false, detail: '' }],
};

function figures(rules: number): Parameters<typeof metricFamilies>[1] {
  const [tally, costs] = [new RuleTally(), new RuleCosts()];
  for (let i = 0; i < rules; i++) {
    const rule = `r${String(i).padStart(4, '0')}`;
    costs.measured({ batches: 16, costs: [{ rule, evaluations: 2, tookMs: i + 1 }] });
    const made = signal({});
    tally.taken([{ ...made, rule: { ...made.rule, id: rule } }]);
  }
  tally.warned('s', new Map([['TT2006', 1]]));
  tally.warned('s', new Map([['TT2006', 2]]));
  const stats = LiveCases.start(ruleset, { incidents: incidentStage(ruleset) })?.stats();
  return { tally, costs, stats };
}

const FEEDS = { feeds: [{ name: 'f', readAt: 40e6, stale: true }] };

describe('the metrics of a daemon', () => {
  test('are those that are documented, no more and no fewer', () => {
    const text = readFileSync(join(resolve(import.meta.dirname, '..', '..'), 'deploy', 'README.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `(telltale_\w+)(?:\{([^}]*)\})?` +\| (counter|gauge) /gm)].map(
      ([, name, labels, kind]) => [
        name,
        kind,
        (labels ?? '')
          .split(', ')
          .filter((one) => one !== '')
          .sort(),
      ],
    );
    const families = metricFamilies(STATUS, figures(1), FEEDS).map(({ name, kind, samples }) => [
      name,
      kind,
      Object.keys(
        samples[0]?.labels ??
          (name.startsWith('telltale_rule_') && !/rules|findings/.test(name) ? { rule: '' } : {}),
      ).sort(),
    ]);
    expect(new Map(rows.map((row) => [row[0], row]))).toEqual(new Map(families.map((row) => [row[0], row])));
    expect(rows.length).toBe(families.length);
  });

  test('tell of each source its lag, watermark and late signals, of each output its queue, age and failures', async () => {
    const { text } = await new PrometheusMetrics(() => metricFamilies(STATUS, figures(2), FEEDS)).text();
    for (const line of [
      'telltale_ready 0',
      'telltale_source_lag_seconds{source="s"} 20',
      'telltale_source_watermark_seconds{source="s"} 70',
      'telltale_source_late_total{source="s"} 4',
      'telltale_events_total{source="s",outcome="rejected"} 1',
      'telltale_source_losses_total{source="s",kind="dropped",reason="rate"} 2',
      'telltale_source_damaged_total{source="s",code="TT2006"} 3',
      'telltale_output_queue{output="o"} 3',
      'telltale_output_queue_age_seconds{output="o"} 40',
      'telltale_output_failed_calls_total{output="o"} 2',
      'telltale_output_up{output="o"} 0',
      'telltale_rule_hits_total{rule="r0001"} 1',
      'telltale_rule_evaluations_total{rule="r0001"} 32',
      'telltale_rule_cost_seconds_total{rule="r0001"} 0.032',
      'telltale_feed_age_seconds{feed="f"} 60',
      'telltale_feed_stale{feed="f"} 1',
    ])
      expect(text.split('\n')).toContain(line);
  });

  test('have as many series as the dearest rules, whatever the rules; the others are summed', () => {
    const rules = RULES_SHOWN_MAX + 50;
    for (const { name, samples } of metricFamilies(STATUS, figures(rules), FEEDS)) {
      if (!/rule_(?:hits|evaluations|cost)/.test(name)) continue;
      expect(samples.length, name).toBe(RULES_SHOWN_MAX + 1);
      const shown = samples.map(({ labels }) => labels['rule']);
      expect([shown.includes('r0299'), shown.includes('r0000'), shown.at(-1)]).toEqual([true, false, OTHERS]);
      const sum = samples.reduce((total, { value }) => total + value, 0);
      const expected = { hits: rules, evaluations: rules * 32, cost: ((rules * (rules + 1)) / 2) * 0.016 };
      expect(sum, name).toBeCloseTo(expected[/rule_(\w+?)_/.exec(name)?.[1] as keyof typeof expected], 6);
    }
  });
});

import type { CaseStats } from '../pipeline/index.ts';
import type { MetricFamily, MetricSample, RuleCosts, RuleTally } from '../runtime/index.ts';

/** Rules that have figures of their own, the dearest; the others are summed under `OTHERS`. Series stay bounded whatever the rules. */
export const RULES_SHOWN_MAX = 250;
export const OTHERS = '(others)';

/** What is known of rules at work. */
export interface RuleFigures {
  readonly tally: RuleTally;
  readonly costs: RuleCosts;
  readonly stats: CaseStats | undefined;
}

/** Figures by rule. Which rules are shown follows their cost, then their hits and what they hold. */
export function ruleFamilies({ tally, costs, stats }: RuleFigures): readonly MetricFamily[] {
  const correlations = stats?.correlations?.rules ?? new Map<string, never>();
  const evicted = stats?.alerts.evictedByRule ?? new Map<string, number>();
  const bytesPerItem = stats?.correlationBytesPerItem;
  const ids = [
    ...new Set([...costs.all().keys(), ...tally.all().keys(), ...correlations.keys(), ...evicted.keys()]),
  ];
  const weight = (id: string): number =>
    (costs.all().get(id)?.tookMs ?? 0) * 1e6 + tally.hits(id) + (correlations.get(id)?.items ?? 0);
  const shown = new Set(
    ids.length <= RULES_SHOWN_MAX
      ? ids
      : ids
          .map((id) => ({ id, weight: weight(id) }))
          .sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1))
          .slice(0, RULES_SHOWN_MAX)
          .map(({ id }) => id),
  );
  const samples = (pick: (id: string) => number | undefined): readonly MetricSample[] => {
    const found: MetricSample[] = [];
    let rest: number | undefined;
    for (const id of ids) {
      const value = pick(id);
      if (value === undefined) continue;
      if (shown.has(id)) found.push({ labels: { rule: id }, value });
      else rest = (rest ?? 0) + value;
    }
    return rest === undefined ? found : [...found, { labels: { rule: OTHERS }, value: rest }];
  };
  const family = (
    kind: MetricFamily['kind'],
    name: string,
    of: { readonly help: string; readonly pick: (id: string) => number | undefined },
  ): MetricFamily => ({ name: `telltale_${name}`, help: of.help, kind, samples: samples(of.pick) });
  return [
    family('counter', 'rule_hits_total', {
      help: 'Signals by rule since the process began.',
      pick: (id) => (tally.hits(id) === 0 ? undefined : tally.hits(id)),
    }),
    family('counter', 'rule_evaluations_total', {
      help: 'How often a rule was evaluated since the process began: of detections estimated from one batch in sixteen, of correlations the signals that it looked at.',
      pick: (id) => correlations.get(id)?.accepted ?? costs.all().get(id)?.evaluations,
    }),
    family('counter', 'rule_cost_seconds_total', {
      help: 'Time that evaluating a detection took since the process began, estimated from one batch in sixteen.',
      pick: (id) => seconds(costs.all().get(id)?.tookMs),
    }),
    family('gauge', 'rule_state_items', {
      help: 'Groups and signals that a correlation holds.',
      pick: (id) => correlations.get(id)?.items,
    }),
    family('gauge', 'rule_state_bytes', {
      help: 'About what the state of a correlation takes: its items at the average size in the last snapshot; absent before there is one.',
      pick: (id) => {
        const items = correlations.get(id)?.items;
        return items === undefined || bytesPerItem === undefined
          ? undefined
          : Math.round(items * bytesPerItem);
      },
    }),
    family('counter', 'rule_late_total', {
      help: 'Signals that came to a correlation too late.',
      pick: (id) => correlations.get(id)?.late,
    }),
    family('counter', 'rule_evicted_total', {
      help: 'Groups and runs that a correlation gave up for want of room.',
      pick: (id) => correlations.get(id)?.evicted,
    }),
    family('counter', 'rule_evicted_alerts_total', {
      help: 'Alerts closed for want of room.',
      pick: (id) => evicted.get(id),
    }),
  ];
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

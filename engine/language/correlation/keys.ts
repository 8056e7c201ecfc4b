import type { CorrelationType } from '../../model/index.ts';

const COMMON = [
  'type',
  'rules',
  'group-by',
  'aliases',
  'timespan',
  'generate',
  'emit',
  'on_null',
  'same_event',
  'cased',
  'lateness',
  'late',
  'revise_for',
  'state_on_edit',
  'suppress',
  'counter',
  'limits',
] as const;

const FIGURE = ['condition', 'window', 'after_match'] as const;

const OWN: Readonly<Record<CorrelationType, readonly string[]>> = {
  event_count: FIGURE,
  value_count: FIGURE,
  value_sum: FIGURE,
  value_avg: FIGURE,
  value_percentile: FIGURE,
  value_median: FIGURE,
  value_min: FIGURE,
  value_max: FIGURE,
  value_rarity: FIGURE,
  temporal: [...FIGURE, 'weights'],
  temporal_ordered: ['window', 'after_match', 'ties'],
  sequence: ['steps', 'join', 'until', 'after_match', 'ties'],
  first_seen: ['condition', 'warmup'],
  risk: ['condition', 'half_life', 'weights', 'min_tactics', 'min_sources'],
};

/** The keys that have an effect on a type. A sequence names its rules in its steps. */
export function keysOfType(type: CorrelationType): readonly string[] {
  const common = type === 'sequence' ? COMMON.filter((key) => key !== 'rules') : COMMON;
  return [...common, ...OWN[type]];
}

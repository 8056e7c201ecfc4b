import type { Bound, EventTime, Signal } from '../model/index.ts';
import { formatTime } from '../model/index.ts';
import type { InputPlan, NodePlan } from './plan.ts';

/** A signal of the group that is explained, and the input it came by. */
export interface Member {
  readonly signal: Signal;
  readonly input: InputPlan;
}

/** `gte 5 and lt 9`. */
export function boundsText(bounds: readonly Bound[]): string {
  return bounds.map(({ op, value }) => `${op} ${value}`).join(' and ');
}

/** A figure as people read it: three decimals at most. */
export function figureText(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** What a condition is about, as it stands in a sentence: `average of size`. */
export function figureName({ body, inputs }: NodePlan): string {
  if (body.kind === 'risk') return 'risk';
  if (body.kind !== 'measure') return 'figure';
  const fields = [...new Set(inputs.flatMap((input) => input.valueFields))].join(', ');
  switch (body.type) {
    case 'event_count':
      return 'count';
    case 'value_count':
      return `distinct ${fields}`;
    case 'value_sum':
      return `sum of ${fields}`;
    case 'value_avg':
      return `average of ${fields}`;
    case 'value_percentile':
      return `percentile ${body.percentile} of ${fields}`;
    case 'value_median':
      return `median of ${fields}`;
    case 'value_min':
      return `lowest ${fields}`;
    case 'value_max':
      return `highest ${fields}`;
    case 'value_rarity':
      return `rarity of ${fields} in per cent`;
    default:
      return body.type satisfies never;
  }
}

/** When a signal was. */
export function timeOf({ end, endNs }: { readonly end: EventTime; readonly endNs: number }): string {
  return formatTime(end, endNs);
}

/** `1 firing`, `2 firings`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `fifth`, `12th`. */
export function ordinal(n: number): string {
  const words = [
    'zeroth',
    'first',
    'second',
    'third',
    'fourth',
    'fifth',
    'sixth',
    'seventh',
    'eighth',
    'ninth',
    'tenth',
  ];
  return words[n] ?? `${n}th`;
}

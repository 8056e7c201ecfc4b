import type { Bound } from '../model/index.ts';

/** Whether a figure satisfies every bound. */
export function satisfies(value: number, bounds: readonly Bound[]): boolean {
  for (const { op, value: limit } of bounds) if (!compare(value, op, limit)) return false;
  return true;
}

/** One comparison. */
export function compare(value: number, op: Bound['op'], limit: number): boolean {
  switch (op) {
    case 'gt':
      return value > limit;
    case 'gte':
      return value >= limit;
    case 'lt':
      return value < limit;
    case 'lte':
      return value <= limit;
    case 'eq':
      return value === limit;
    case 'neq':
      return value !== limit;
    default:
      return op satisfies never;
  }
}

/**
 * Whether a condition can be decided the moment it holds: a figure that only grows while its window is open is settled by
 * `gt` and `gte` (a minimum, which only falls, by `lt` and `lte`). Anything else waits for the window's close, or an event
 * still to come could make the decision wrong. A rarity is a figure of the event itself, and is settled at once.
 */
export function decidedAtOnce(type: string, bounds: readonly Bound[]): boolean {
  if (type === 'value_rarity') return true;
  const settling = type === 'value_min' ? ['lt', 'lte'] : ['gt', 'gte'];
  return bounds.every((bound) => settling.includes(bound.op));
}

/** The least whole count that satisfies the lower bounds; undefined where there is none (an upper bound, an inequality). */
export function countNeeded(bounds: readonly Bound[]): number | undefined {
  let need: number | undefined;
  for (const { op, value } of bounds) {
    if (op === 'gt') need = Math.max(need ?? 0, Math.floor(value) + 1);
    else if (op === 'gte' || op === 'eq') need = Math.max(need ?? 0, Math.ceil(value));
    else return undefined;
  }
  return need;
}

/** The largest number a condition mentions. */
export function largestBound(bounds: readonly Bound[]): number {
  return bounds.reduce((largest, bound) => Math.max(largest, Math.ceil(bound.value)), 0);
}

/** How far a figure is from satisfying all bounds; not more than 0 where it does (or stands on an open edge). */
export function distanceTo(value: number, bounds: readonly Bound[]): number {
  return bounds.reduce((most, bound) => Math.max(most, shortOf(value, bound)), Number.NEGATIVE_INFINITY);
}

function shortOf(value: number, { op, value: limit }: Bound): number {
  switch (op) {
    case 'gt':
    case 'gte':
      return limit - value;
    case 'lt':
    case 'lte':
      return value - limit;
    case 'eq':
      return Math.abs(value - limit);
    case 'neq':
      return value === limit ? 1 : 0;
    default:
      return op satisfies never;
  }
}

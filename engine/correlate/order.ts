import type { Signal } from '../model/index.ts';

/** Orders signals by time, nanosecond remainder, then id: the same whatever order they arrived in. */
export function compareSignals(a: Signal, b: Signal): number {
  if (a.end !== b.end) return a.end - b.end;
  if (a.endNs !== b.endNs) return a.endNs - b.endNs;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  // Two rules of one meaning give signals of one id.
  return a.rule.id < b.rule.id ? -1 : a.rule.id > b.rule.id ? 1 : 0;
}

/** Whether two signals are one, delivered twice. */
export function isCopy(a: Signal, b: Signal): boolean {
  return a.end === b.end && a.endNs === b.endNs && a.id === b.id && a.rule.id === b.rule.id;
}

/** Whether (time, ns) is after the bound (boundTime, boundNs). */
export function isAfter(signal: Signal, bound: Instant): boolean {
  return signal.end > bound.time || (signal.end === bound.time && signal.endNs > bound.ns);
}

/** Whether one instant is after another. */
export function instantIsAfter(instant: Instant, bound: Instant): boolean {
  return instant.time > bound.time || (instant.time === bound.time && instant.ns > bound.ns);
}

/** A point in time with its nanosecond remainder, 0–999. Mutable on purpose: nodes keep one and move it. */
export interface Instant {
  time: number;
  ns: number;
}

/** Negative, zero or positive as the first instant is before, at or after the second. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.time !== b.time ? a.time - b.time : a.ns - b.ns;
}

/**
 * The event a signal stands for when asking whether two steps rest on one and the same event: the event's id where there is
 * exactly one, else the signal itself (a correlation's signal is its own thing).
 */
export function eventOf(signal: Signal): string {
  const only = signal.evidence.length === 1 ? signal.evidence[0] : undefined;
  return only === undefined ? signal.id : only.id;
}

/** The instant so long before this one. */
export function earlierBy(instant: Instant, micros: number): Instant {
  return { time: instant.time - micros, ns: instant.ns };
}

/** When a signal is. */
export function instantOf(signal: Signal): Instant {
  return { time: signal.end, ns: signal.endNs };
}

/** Before every instant. */
export const NEVER: Readonly<Instant> = { time: Number.NEGATIVE_INFINITY, ns: 0 };

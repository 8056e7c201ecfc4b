import type { Signal } from '../model/index.ts';
import type { Instant } from './order.ts';
import type { NodePlan } from './plan.ts';

/** Start of the aligned window of this length that holds the time. */
export function alignedStart(time: number, length: number): number {
  return Math.floor(time / length) * length;
}

/** Start of the earliest window of this length, aligned to multiples of `every`, that still holds the time. */
export function hopStart(time: number, length: number, every: number): number {
  return Math.floor((time - length) / every) * every + every;
}

/**
 * Moves a bound to just before the window that ends with this signal: what is after the bound is in the window. For a sliding
 * window that is `(t − timespan, t]`; aligned and session windows contain their start, which a remainder of −1 expresses.
 * The bound never moves back as signals come in order, so everything at or before it may be forgotten.
 */
export function moveBound(
  bound: Instant,
  plan: Pick<NodePlan, 'window' | 'timespanMicros'>,
  now: { readonly at: Pick<Signal, 'end' | 'endNs'>; readonly opened: Instant | undefined },
): void {
  const { window, timespanMicros } = plan;
  switch (window.kind) {
    case 'sliding':
      bound.time = now.at.end - timespanMicros;
      bound.ns = now.at.endNs;
      return;
    case 'tumbling':
      bound.time = alignedStart(now.at.end, timespanMicros);
      bound.ns = -1;
      return;
    case 'hop':
      bound.time = hopStart(now.at.end, timespanMicros, window.every);
      bound.ns = -1;
      return;
    case 'session':
      bound.time = now.opened?.time ?? now.at.end;
      bound.ns = (now.opened?.ns ?? now.at.endNs) - 1;
      return;
    default:
      window satisfies never;
  }
}

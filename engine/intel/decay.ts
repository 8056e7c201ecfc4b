import { type Duration, duration, type EventTime, MICROS_PER_SECOND } from '../model/index.ts';
import type { IndicatorType } from './indicator.ts';

/** How the confidence in an indicator falls. */
export interface Decay {
  /** From last seen to nothing. */
  readonly lifetime: Duration;
  /** The greater, the steeper at first: 1 is a straight line. */
  readonly speed: number;
}

const days = (count: number): Duration => duration(count * 86_400 * MICROS_PER_SECOND);

/** Addresses change hands within weeks, the hash of a file never means another file. */
export const DECAY_DEFAULTS: Readonly<Record<IndicatorType, Decay>> = {
  ip: { lifetime: days(30), speed: 2 },
  cidr: { lifetime: days(90), speed: 2 },
  domain: { lifetime: days(90), speed: 2 },
  url: { lifetime: days(60), speed: 2 },
  hash: { lifetime: days(1825), speed: 1 },
  email: { lifetime: days(180), speed: 2 },
};

/**
 * base · (1 − (age / lifetime)^(1 / speed)): the polynomial decay of Mokaddem et al., "Taxonomy driven indicator scoring in MISP threat
 * intelligence platforms", 2019. Before it was last seen an indicator has its base.
 */
export function decayed(
  base: number,
  at: { readonly lastSeen: EventTime; readonly now: EventTime },
  decay: Decay,
): number {
  const age = at.now - at.lastSeen;
  if (age <= 0) return base;
  if (age >= decay.lifetime) return 0;
  return base * (1 - (age / decay.lifetime) ** (1 / decay.speed));
}

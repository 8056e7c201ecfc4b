import {
  type Decay,
  type Duration,
  duration,
  type EventTime,
  type IndicatorType,
  MICROS_PER_SECOND,
} from '../model/index.ts';

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

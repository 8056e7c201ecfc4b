import { type Duration, parseDuration } from '../model/index.ts';

/**
 * What the incident builder is set by. Every figure is a choice for all deployments: nothing here knows a host, a product or a time.
 * `openBits` and `linkCut` were chosen on two scenarios of AIT-ADS, `fox` and `santos`; `harrison` and `russellmitchell` were looked at, too,
 * while the method was designed. Figures for these four are no test of the settings: only scenarios that nobody has looked at are one.
 */
export interface IncidentSettings {
  /** Watched at least so long before anything counts as unusual: at first everything is new. */
  readonly learn: Duration;
  /** Signals of one rule and subject closer than this are one episode. */
  readonly episode: Duration;
  /** Alerts of one rule on different subjects within this may be one course of action. */
  readonly coincidence: Duration;
  /** From so many bits of surprise on, a sighting is notable. */
  readonly notableBits: number;
  /** So many bits over independent rules and subjects make an attack as likely as not. */
  readonly openBits: number;
  /** So many bits more halve the odds against it. */
  readonly scaleBits: number;
  /** One rule on one subject adds at most so many bits. */
  readonly capBits: number;
  /** A further rule on a subject that already speaks adds this share of its bits, the next half of that. */
  readonly depthShare: number;
  /** What is declared on one subject within this may have one cause, a script for one: only the strongest counts, and what is high. */
  readonly moment: Duration;
  /** Two sightings are joined from this weight on. */
  readonly linkCut: number;
  /** Nothing is joined over a longer gap than this … */
  readonly horizon: Duration;
  /** … but an incident looks back and ahead so far on its own subjects … */
  readonly lookback: Duration;
  /** … for what says so many bits by itself, and would be there by chance at most so often. */
  readonly adoptBits: number;
  readonly lookbackChance: number;
  /** What chance explains so often on the one subject is shown with it, and proves nothing. */
  readonly nearbyChance: number;
  /** What happened on its subjects so long around its sightings is shown with it. */
  readonly around: Duration;
  /** A change is told at most so long after it happened; changes within it are one revision. */
  readonly coalesce: Duration;
  /** A confidence is worth half after so long without news. */
  readonly halfLife: Duration;
  /** An incident without news for so long is archived. */
  readonly archive: Duration;
  /** From the first sighting to the last; what comes later is an incident of its own, linked. */
  readonly longest: Duration;
  readonly limits: IncidentLimits;
}

/** Named bounds. At a bound what has progressed least goes first; every loss is counted. */
export interface IncidentLimits {
  /** Rules × subjects whose past is remembered: about 250 bytes each. */
  readonly keys: number;
  /** Candidates and incidents that are not archived: about 2 KiB each with few alerts. */
  readonly cases: number;
  /** Alerts in one incident. */
  readonly members: number;
  /** Notable sightings of one incident that are kept for its evidence. */
  readonly notables: number;
  /** Links of one incident that are kept. */
  readonly links: number;
  /** Refused joins of one incident that are kept. */
  readonly refused: number;
  /** Signals from the days before, and as many from those after, that are shown with one incident. */
  readonly nearby: number;
  /** Sightings that one template keeps. */
  readonly template: number;
}

export const DEFAULT_SETTINGS: IncidentSettings = {
  learn: span('1d'),
  episode: span('30m'),
  coincidence: span('5m'),
  notableBits: 5,
  openBits: 30,
  scaleBits: 4,
  capBits: 10,
  depthShare: 0.25,
  moment: span('1m'),
  linkCut: 0.5,
  horizon: span('90m'),
  lookback: span('2d'),
  adoptBits: 10,
  lookbackChance: 0.25,
  nearbyChance: 0.5,
  around: span('15m'),
  coalesce: span('1m'),
  halfLife: span('7d'),
  archive: span('14d'),
  longest: span('14d'),
  limits: {
    keys: 300_000,
    cases: 20_000,
    members: 1000,
    notables: 2000,
    links: 1000,
    refused: 50,
    nearby: 20,
    template: 20_000,
  },
};

function span(text: string): Duration {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new Error(`no time span: ${text}`);
  return parsed;
}

/** When rules that run are called a jump, and taken back. */
export interface ProbationLimits {
  /** How long new rules are watched, milliseconds. */
  readonly lengthMs: number;
  /** So many times the revisions of alerts for an event, or the time for one. */
  readonly alertsFactorMax: number;
  readonly costFactorMax: number;
  /** Fewer than these are never called a jump: revisions of alerts, and milliseconds of matching. */
  readonly alertsMin: number;
  readonly costMinMs: number;
  /** Events that must have been seen, before and after. */
  readonly eventsMin: number;
}

export const PROBATION_LIMITS: ProbationLimits = {
  lengthMs: 300_000,
  alertsFactorMax: 10,
  costFactorMax: 5,
  alertsMin: 100,
  costMinMs: 1000,
  eventsMin: 1000,
};

/** What was seen over some events. */
interface Account {
  events: number;
  alerts: number;
  tookMs: number;
}

/** So many events are remembered of the time before; older ones count half, and so on. */
const MEMORY_EVENTS = 200_000;

/**
 * Watches how many alerts and how much time events cost, and tells when new rules made that jump. What came before them is the measure; without enough
 * of it nothing is said.
 */
export class Probation {
  readonly #limits: ProbationLimits;
  #before: Account = { events: 0, alerts: 0, tookMs: 0 };
  #now: Account = { events: 0, alerts: 0, tookMs: 0 };
  #endsAt: number | undefined;

  constructor(limits: ProbationLimits = PROBATION_LIMITS) {
    this.#limits = limits;
  }

  /** New rules run from now on, monotonic milliseconds. */
  begin(nowMs: number): void {
    this.#settle();
    this.#endsAt = nowMs + this.#limits.lengthMs;
  }

  /** They have been taken back: what they did is no measure. */
  cancel(): void {
    this.#now = { events: 0, alerts: 0, tookMs: 0 };
    this.#endsAt = undefined;
  }

  /** Events were matched. */
  matched(events: number, tookMs: number): void {
    this.#now.events += events;
    this.#now.tookMs += tookMs;
  }

  /** Revisions of alerts were committed. */
  alerted(alerts: number): void {
    this.#now.alerts += alerts;
  }

  /** Why the new rules are to be taken back; undefined while there is no reason, and when none are on probation. */
  verdict(nowMs: number): string | undefined {
    const { alertsFactorMax, costFactorMax, alertsMin, costMinMs, eventsMin } = this.#limits;
    if (this.#endsAt === undefined) {
      if (this.#now.events > MEMORY_EVENTS) this.#settle();
      return undefined;
    }
    if (nowMs >= this.#endsAt) {
      this.#endsAt = undefined;
      return undefined;
    }
    const [before, now] = [this.#before, this.#now];
    if (before.events < eventsMin || now.events < eventsMin) return undefined;
    const share = now.events / before.events;
    if (now.alerts > Math.max(alertsMin, before.alerts * share * alertsFactorMax)) {
      return `${now.alerts} changes of alerts in ${now.events} events, where there were ${before.alerts} in ${before.events} before`;
    }
    if (now.tookMs > Math.max(costMinMs, before.tookMs * share * costFactorMax)) {
      return `matching took ${Math.round(now.tookMs)} ms for ${now.events} events, where it took ${Math.round(before.tookMs)} ms for ${before.events} before`;
    }
    return undefined;
  }

  #settle(): void {
    const half = this.#before.events > MEMORY_EVENTS ? 0.5 : 1;
    this.#before = {
      events: this.#before.events * half + this.#now.events,
      alerts: this.#before.alerts * half + this.#now.alerts,
      tookMs: this.#before.tookMs * half + this.#now.tookMs,
    };
    this.#now = { events: 0, alerts: 0, tookMs: 0 };
  }
}

import { type IntelSnapshot, observablesOf } from '../intel/index.ts';
import type { Decision, EventTime, IndicatorMatch, Signal } from '../model/index.ts';

/** Alerts remembered; the one that was noted longest ago goes first. */
const ALERTS_MAX = 10_000;
/** Indicators remembered of one alert; one that rests on more is not taken back. */
const INDICATORS_MAX = 32;

/** What is needed to find an indicator again. */
type Noted = Pick<IndicatorMatch, 'id' | 'value' | 'source' | 'observed'> &
  Partial<Pick<IndicatorMatch, 'type' | 'confidence' | 'lastSeen' | 'validUntil'>>;

/** Two states of the feeds, one after the other. */
export interface FeedChange {
  /** Absent where it is not known any more: the process has just begun. */
  readonly before: IntelSnapshot | undefined;
  readonly after: IntelSnapshot;
  /** Feeds of which nothing could be read: that says nothing of what they list. */
  readonly unread?: ReadonlySet<string>;
}

interface Resting {
  /** Every signal of it is of a feed's own rule, so that nothing but indicators speaks for it. */
  alone: boolean;
  readonly indicators: Map<string, Noted>;
}

/** Saved notes: alert, whether it rests on indicators alone, and which. */
export type SavedNotes = readonly (readonly [alert: string, alone: boolean, indicators: readonly Noted[]])[];

/**
 * Which alerts rest on which indicators, so that they can be let go when a feed takes an indicator back. Bounded: 10,000 alerts of 32 indicators, the least recent
 * forgotten. O(indicators) a signal, and nothing for signals without.
 */
export class IndicatorNotes {
  readonly #alerts = new Map<string, Resting>();

  /** Takes a signal that went into an alert. */
  note(alert: string, { rule, intel }: Signal): void {
    const matches = intel?.matches ?? [];
    const known = this.#alerts.get(alert);
    if (matches.length === 0) {
      // Something else speaks for it too.
      if (known !== undefined) known.alone = false;
      return;
    }
    const resting = known ?? { alone: true, indicators: new Map<string, Noted>() };
    if (rule.kind !== 'feed') resting.alone = false;
    for (const { id, value, source, observed, type, confidence, lastSeen, validUntil } of matches) {
      if (resting.indicators.size < INDICATORS_MAX)
        resting.indicators.set(id, {
          id,
          value,
          source,
          observed,
          type,
          confidence,
          ...(lastSeen === undefined ? {} : { lastSeen }),
          ...(validUntil === undefined ? {} : { validUntil }),
        });
      else if (!resting.indicators.has(id)) resting.alone = false;
    }
    this.#alerts.delete(alert);
    this.#alerts.set(alert, resting);
    if (this.#alerts.size <= ALERTS_MAX) return;
    for (const oldest of this.#alerts.keys()) {
      this.#alerts.delete(oldest);
      return;
    }
  }

  /**
   * What is decided about alerts all of whose indicators a new snapshot has no more, though by their own lifetime they would still hold: they were taken back, not aged
   * out. An alert that rests on them alone is dismissed; where a rule asked for more, its confidence is halved.
   */
  letGo({ before, after, unread }: FeedChange, at: EventTime): readonly Decision[] {
    const held = (one: Noted): boolean =>
      before === undefined ? wouldHold(after, one, at) : has(before, one, at);
    const decisions: Decision[] = [];
    for (const [alert, { alone, indicators }] of this.#alerts) {
      const noted = [...indicators.values()];
      if (noted.some((one) => has(after, one) || unread?.has(one.source) === true)) continue;
      if (!noted.some(held)) continue;
      this.#alerts.delete(alert);
      const named = noted.slice(0, 3).map(({ value, source }) => `${value} of ${source}`);
      decisions.push({
        at,
        by: 'engine:intel',
        target: { kind: 'alert', id: alert },
        reason: `the feed took back ${named.join(', ')}${noted.length > 3 ? ` and ${noted.length - 3} more` : ''}`,
        tags: ['intel.revoked'],
        // Nothing of it is left that an incident could rest on either.
        ...(alone
          ? { state: 'dismissed', escalate: 'none' }
          : { confidence: { operation: 'multiply', value: 0.5 } }),
      });
    }
    return decisions;
  }

  save(): SavedNotes {
    return [...this.#alerts].map(([alert, { alone, indicators }]) => [
      alert,
      alone,
      [...indicators.values()],
    ]);
  }

  load(saved: SavedNotes): void {
    for (const [alert, alone, indicators] of saved)
      this.#alerts.set(alert, { alone, indicators: new Map(indicators.map((one) => [one.id, one])) });
  }
}

/** Whether an indicator, were it still listed, would hold; of one noted by a former version that is taken for granted. */
function wouldHold(snapshot: IntelSnapshot, { type, confidence, ...one }: Noted, at: EventTime): boolean {
  if (type === undefined || confidence === undefined) return true;
  return snapshot.scoreAs({ ...one, type, confidence }, at) !== undefined;
}

/** Whether a snapshot has an indicator; with a time, whether it holds then. */
function has(snapshot: IntelSnapshot, { id, observed }: Noted, at?: EventTime): boolean {
  return observablesOf(observed).some(({ type, value }) =>
    snapshot
      .candidates(type, value)
      .some(
        (one) =>
          snapshot.matchOf(one, 0).id === id && (at === undefined || snapshot.scoreOf(one, at) !== undefined),
      ),
  );
}

import { eventTime, type Incident } from '../model/index.ts';
import type { Case } from './case.ts';
import { confidenceOf, SHOWN } from './confidence.ts';
import type { Docket } from './docket.ts';
import { viewOf } from './view.ts';

/** Weighs cases, shows those that have become likely, and tells every change of what is shown as a revision. */
export class Telling {
  readonly #docket: Docket;
  #out: Incident[] = [];

  constructor(docket: Docket) {
    this.#docket = docket;
  }

  /** The revisions since the last call, in the order in which they came about. */
  take(): readonly Incident[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** The same, left where they are. */
  get waiting(): readonly Incident[] {
    return this.#out;
  }

  /** Revisions that waited when a state was saved. */
  restore(waiting: readonly Incident[]): void {
    this.#out = [...waiting];
  }

  /** Notes that a case changed; it is told within the time in which changes are one revision. */
  changed(one: Case, change: string | undefined, now: number): void {
    if (one.state === 'candidate') return;
    if (change !== undefined && one.changes.length < 20 && !one.changes.includes(change))
      one.changes.push(change);
    if (one.flushAt !== 0) return;
    const at = Math.max(now, this.#docket.frontier) + this.#docket.settings.coalesce;
    one.flushAt = at;
    this.#docket.timers.push({ at, kind: 'flush', of: one.id });
  }

  /** Tells a case now, as its next revision. */
  tell(one: Case, change: string, now: number): void {
    one.revision++;
    one.flushAt = 0;
    one.changes = [];
    const evidence = this.#docket.evidence(one);
    this.#out.push(
      viewOf(one, {
        evidence,
        now: eventTime(now),
        change,
        settings: this.#docket.settings,
        confidence: confidenceOf(one, now, this.#docket.settings),
        together: this.#docket.together,
      }),
    );
  }

  /** Weighs a case anew, and shows it where it has become likely. */
  judge(home: Case, now: number, change: string): void {
    const { bits, confidence } = this.#docket.evidence(home);
    home.bits = bits;
    home.evidenceConfidence = confidence;
    if (home.state === 'candidate') {
      if (confidenceOf(home, now, this.#docket.settings) < SHOWN) return;
      this.show(home, now);
      return;
    }
    this.changed(home, change, now);
  }

  /** Makes an incident of a candidate. */
  show(home: Case, now: number): void {
    home.state = 'open';
    home.openedAt = now;
    this.#docket.shown.add(home);
    for (const notable of home.notables) this.#docket.spare(notable);
    this.changed(home, 'opened', now);
  }

  /** Sees to it that a case is looked at again when it has had no news for the horizon. */
  setQuiet(one: Case): void {
    if (one.quietAt !== 0) return;
    one.quietAt = one.last + this.#docket.settings.horizon;
    this.#docket.timers.push({ at: one.quietAt, kind: 'quiet', of: one.id });
  }
}

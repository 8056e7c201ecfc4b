import type { Case } from './case.ts';
import { confidenceOf, SHOWN } from './confidence.ts';
import { isLive } from './conflict.ts';
import type { Docket } from './docket.ts';
import { BASIS_MAX } from './merging.ts';
import type { Sighting } from './sighting.ts';
import type { Telling } from './telling.ts';

/** Takes out of cases what late data took back. */
export class Retracting {
  readonly #docket: Docket;
  readonly #telling: Telling;

  constructor(docket: Docket, telling: Telling) {
    this.#docket = docket;
    this.#telling = telling;
  }

  /** A signal was taken back: what rested on it is weighed anew, and ruled out where nothing else holds it up. */
  retract(id: string, by: Sighting): void {
    for (const one of this.#docket.cases.values()) {
      const at = one.notables.findIndex(({ sighting }) => sighting.id === id);
      if (at < 0) continue;
      const [gone] = one.notables.splice(at, 1);
      if (gone === undefined) return;
      if (one.gone.length < BASIS_MAX) one.gone.push(gone);
      if (one.takenBack.length < BASIS_MAX) one.takenBack.push(by);
      const { alert } = gone.sighting;
      if (!one.notables.some(({ sighting }) => sighting.alert === alert)) one.parts.delete(alert);
      const reason = `${gone.sighting.rule.title} was taken back by late data`;
      one.counter.push({ reason, factor: 1, signal: by.id });
      if (this.#weighedOut(one, reason, by.time)) return;
      if (one.state !== 'candidate') this.#telling.changed(one, 'late evidence', by.time);
      return;
    }
  }

  /** An alert is no evidence any more: the case goes on without it, or is ruled out where nothing else holds it up. */
  withdraw(one: Case, alert: string, { reason, at }: { readonly reason: string; readonly at: number }): void {
    const gone = one.notables.filter(({ sighting }) => sighting.alert === alert);
    const kept = one.notables.filter(({ sighting }) => sighting.alert !== alert);
    one.notables.splice(0, one.notables.length, ...kept);
    one.gone.push(...gone.slice(0, Math.max(0, BASIS_MAX - one.gone.length)));
    one.parts.delete(alert);
    one.neverWith.add(alert);
    const links = one.links.filter(({ from, to }) => from !== alert && to !== alert);
    one.links.splice(0, one.links.length, ...links);
    const [first] = gone;
    one.counter.push({ reason, factor: 1, ...(first === undefined ? {} : { signal: first.sighting.id }) });
    if (this.#weighedOut(one, reason, at)) return;
    // Told at once: whoever looks at the incident must not go on with what is no evidence.
    if (one.state !== 'candidate') this.#telling.tell(one, reason, at);
  }

  /** Weighs a case anew that lost evidence; true where it is ruled out, and told so. */
  #weighedOut(one: Case, reason: string, at: number): boolean {
    const { bits, confidence } = this.#docket.evidence(one);
    one.bits = bits;
    one.evidenceConfidence = confidence;
    const likely = confidenceOf(one, at, this.#docket.settings) >= SHOWN;
    if (one.state === 'candidate' || !isLive(one) || likely) return false;
    one.state = 'retracted';
    this.#telling.tell(one, `ruled out: ${reason}`, at);
    this.#docket.unfile(one);
    return true;
  }
}

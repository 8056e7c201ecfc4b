import { confidenceOf, SHOWN } from './confidence.ts';
import { isLive } from './conflict.ts';
import type { Docket } from './docket.ts';
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
      const { alert } = gone.sighting;
      if (!one.notables.some(({ sighting }) => sighting.alert === alert)) one.parts.delete(alert);
      one.counter.push({
        reason: `${gone.sighting.rule.title} was taken back by late data`,
        factor: 1,
        signal: by.id,
      });
      const { bits, confidence } = this.#docket.evidence(one);
      one.bits = bits;
      one.evidenceConfidence = confidence;
      if (one.state === 'candidate') return;
      if (isLive(one) && confidenceOf(one, by.time, this.#docket.settings) < SHOWN) {
        one.state = 'retracted';
        this.#telling.tell(
          one,
          `ruled out: ${gone.sighting.rule.title} was taken back by late data`,
          by.time,
        );
        this.#docket.unfile(one);
      } else this.#telling.changed(one, 'late evidence', by.time);
      return;
    }
  }
}

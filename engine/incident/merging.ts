import type { Case } from './case.ts';
import { confidenceOf, higher, SHOWN } from './confidence.ts';
import { type Docket, filed, keep, keepRefusal } from './docket.ts';
import { absorb } from './stretch.ts';
import type { Telling } from './telling.ts';

/** Sightings that templates' shapes in one case rest on, kept for its proof. */
export const BASIS_MAX = 400;

/** Makes one case of two: the older lives on, and what was shown of the other points to it for good. */
export class Merging {
  readonly #docket: Docket;
  readonly #telling: Telling;

  constructor(docket: Docket, telling: Telling) {
    this.#docket = docket;
    this.#telling = telling;
  }

  /** Takes everything of `other` into `home`. */
  merge(home: Case, other: Case, now: number): void {
    for (const notable of other.notables) {
      if (home.notables.length < this.#docket.settings.limits.notables) home.notables.push(notable);
      if (home.state !== 'candidate' && other.state === 'candidate') this.#docket.spare(notable);
    }
    if (home.state === 'candidate' && other.state !== 'candidate')
      for (const notable of home.notables) if (!other.notables.includes(notable)) this.#docket.spare(notable);
    for (const link of other.links) keep(home.links, link, this.#docket.settings.limits.links, home, 'links');
    for (const refusal of other.refused) keepRefusal(home, refusal, this.#docket.settings);
    home.first = Math.min(home.first, other.first);
    home.last = Math.max(home.last, other.last);
    home.coreFirst = Math.min(home.coreFirst, other.coreFirst);
    home.coreLast = Math.max(home.coreLast, other.coreLast);
    for (const [alert, stretches] of other.parts) {
      const own = home.parts.get(alert);
      if (own === undefined) home.parts.set(alert, stretches);
      else for (const part of stretches) absorb(own, part, this.#docket.settings);
      if (this.#docket.byAlert.get(alert) === other) this.#docket.byAlert.set(alert, home);
    }
    for (const [key, seen] of other.entities) {
      const own = home.entities.get(key);
      if (own === undefined) home.entities.set(key, { ...seen });
      else {
        if (seen.time > own.time) {
          own.time = seen.time;
          own.alert = seen.alert;
        }
        own.count += seen.count;
        own.acts ||= seen.acts;
        own.suffers ||= seen.suffers;
      }
      this.#docket.byEntity.get(key)?.delete(other);
      filed(this.#docket.byEntity, key, home);
    }
    for (const [rule, seen] of other.rules) {
      const own = home.rules.get(rule);
      if (own === undefined || own.time < seen.time) home.rules.set(rule, seen);
      this.#docket.byRule.get(rule)?.delete(other);
      filed(this.#docket.byRule, rule, home);
    }
    for (const id of other.neverWith) home.neverWith.add(id);
    for (const id of other.linked) home.linked.add(id);
    home.linked.delete(other.id);
    home.linked.delete(home.id);
    home.counter.push(...other.counter);
    home.adjustments.push(...other.adjustments);
    home.notes.push(...other.notes);
    for (const tag of other.tags) home.tags.add(tag);
    for (const text of other.approximations) home.approximations.add(text);
    // In the order in which it was decided: what was decided at one time stands as it was, home first.
    home.decided.push(...other.decided);
    home.decided.sort((a, b) => a.at - b.at);
    for (const notable of other.gone) if (home.gone.length < BASIS_MAX) home.gone.push(notable);
    for (const late of other.takenBack) if (home.takenBack.length < BASIS_MAX) home.takenBack.push(late);
    for (const [id, piece] of other.basis) if (home.basis.size < BASIS_MAX) home.basis.set(id, piece);
    home.template ??= other.template;
    home.floor = higher(home.floor, other.floor);
    if (home.templateRemediation.length === 0) home.templateRemediation = other.templateRemediation;
    home.assignee ??= other.assignee;
    home.verdict ??= other.verdict;
    this.#docket.recent.rename(other.id, home.id);
    this.#telling.setQuiet(home);
    const shown = other.state !== 'candidate';
    if (shown && home.state === 'candidate') {
      home.state = 'open';
      home.openedAt = other.openedAt;
      this.#docket.shown.add(home);
    }
    const { bits, confidence } = this.#docket.evidence(home);
    home.bits = bits;
    home.evidenceConfidence = confidence;
    if (shown) {
      other.state = 'redirected';
      other.redirectedTo = home.id;
      this.#telling.tell(other, `merged into ${home.id}`, now);
      this.#telling.changed(home, `merged ${other.id}`, now);
    } else {
      this.#docket.cases.delete(other.id);
      if (home.state !== 'candidate')
        this.#telling.changed(home, 'earlier or later events found to belong to it', now);
      else if (confidenceOf(home, now, this.#docket.settings) >= SHOWN) this.#telling.show(home, now);
    }
  }
}

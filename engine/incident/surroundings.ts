import type { Case, CaseLink, Notable } from './case.ts';
import { conflict, isLive } from './conflict.ts';
import { type Docket, keep, keepRefusal } from './docket.ts';
import { evidenceOf } from './evidence.ts';
import type { Gathering } from './gathering.ts';
import { round, spanText } from './links.ts';
import type { Merging } from './merging.ts';
import type { Telling } from './telling.ts';

/** Looks for what belongs to an incident in the days around it, on its own subjects. */
export class Surroundings {
  readonly #docket: Docket;
  readonly #telling: Telling;
  readonly #merging: Merging;
  readonly #gathering: Gathering;

  constructor({
    docket,
    telling,
    merging,
    gathering,
  }: {
    readonly docket: Docket;
    readonly telling: Telling;
    readonly merging: Merging;
    readonly gathering: Gathering;
  }) {
    this.#docket = docket;
    this.#telling = telling;
    this.#merging = merging;
    this.#gathering = gathering;
  }

  /**
   * What was unusual on the incident's own subjects in the days before and after belongs to it where it would hardly be there by chance:
   * so often did things as surprising happen on that subject, over the gap.
   */
  lookBack(home: Case, now: number): void {
    for (const other of [...this.#docket.cases.values()]) {
      if (other.state !== 'candidate' || other === home) continue;
      this.#adopt(home, other, now);
    }
  }

  /** A candidate that is over may belong to an incident that began before it. */
  lookAhead(candidate: Case, now: number): void {
    for (const home of [...this.#docket.shown].sort((a, b) => a.order - b.order)) {
      if (home === candidate || !isLive(home) || home.state === 'candidate') continue;
      if (this.#adopt(home, candidate, now)) return;
    }
  }

  #adopt(home: Case, other: Case, now: number): boolean {
    const before = other.last < home.coreFirst;
    const gap = before ? home.coreFirst - other.last : Math.max(0, other.first - home.coreLast);
    if (gap > this.#docket.settings.lookback || conflict(home, other, this.#docket.settings) !== undefined)
      return false;
    const subjects = [...new Set(home.notables.map(({ subject }) => subject))];
    for (const [subject, own] of bySubject(other)) {
      const there = home.notables.find((notable) => notable.subject === subject);
      const [first] = own;
      if (subject === '' || there === undefined || first === undefined) continue;
      const bits = this.bitsOf(own);
      if (bits < this.#docket.settings.notableBits) continue;
      const asked = { bits, except: other.id, watched: this.#docket.history.watched(now) };
      // Every subject was looked at, so chance had as many tries.
      const chance = this.#docket.odd.rate(subjects, asked) * gap;
      const here = this.#docket.odd.rate([subject], asked) * gap;
      const where = `as unusual on ${subject}, ${spanText(gap)} ${before ? 'before' : 'after'}`;
      const reason = `${where}; ${round(chance)} like it are to be expected on its subjects, ${round(here)} on this one`;
      const ends = { from: first.sighting.alert, to: there.sighting.alert };
      if (bits < this.#docket.settings.adoptBits || chance > this.#docket.settings.lookbackChance) {
        const shown = before ? home.nearby.before : home.nearby.after;
        if (here <= this.#docket.settings.nearbyChance && shown.size < this.#docket.settings.limits.nearby) {
          this.#nearby(home, { own, shown, reason });
        } else keepRefusal(home, { from: ends.from, to: home.id, reason }, this.#docket.settings);
        continue;
      }
      const link: CaseLink = { ...ends, kind: 'shared_entity', weight: 1 - chance, gap, reason };
      keep(home.links, link, this.#docket.settings.limits.links, home, 'links');
      const core = { first: home.coreFirst, last: home.coreLast };
      this.#merging.merge(home, other, now);
      // What was found around it must not widen what is looked around.
      home.coreFirst = core.first;
      home.coreLast = core.last;
      return true;
    }
    return false;
  }

  /** Shown with the incident, though it proves nothing: unusual on one of its subjects in the days around. */
  #nearby(
    home: Case,
    found: { readonly own: readonly Notable[]; readonly shown: Set<string>; readonly reason: string },
  ): void {
    for (const { sighting, subject } of found.own) {
      if (found.shown.has(sighting.id)) continue;
      found.shown.add(sighting.id);
      const seen = { sighting, first: sighting.time, last: sighting.time, count: 1 };
      const part = this.#gathering.addPart(home, seen, subject);
      if (part.context) part.note = found.reason;
    }
    this.#telling.changed(home, undefined, this.#docket.frontier);
  }

  /** Bits of evidence of some sightings alone. */
  bitsOf(notables: readonly Notable[]): number {
    return evidenceOf(notables, {
      settings: this.#docket.settings,
      together: (a, b) => this.#docket.history.together(a, b),
    }).bits;
  }
}

/** The notable sightings of a case by what they happened to. */
export function bySubject(one: Case): Map<string, Notable[]> {
  const by = new Map<string, Notable[]>();
  for (const notable of one.notables) {
    const own = by.get(notable.subject);
    if (own === undefined) by.set(notable.subject, [notable]);
    else own.push(notable);
  }
  return by;
}

import type { Case, CaseLink, Notable, Part } from './case.ts';
import { belongsAround, conflict, isLive } from './conflict.ts';
import { type Docket, filed, keep, keepRefusal } from './docket.ts';
import type { Surprise } from './history.ts';
import { type Candidate, findCases, round, spanText } from './links.ts';
import type { Merging } from './merging.ts';
import type { Recent } from './recent.ts';
import { entityKey, type Sighting } from './sighting.ts';
import { stretchAt } from './stretch.ts';
import type { Telling } from './telling.ts';

/** Brings sightings into cases: notable ones by their links, into one case or a new one; usual ones where they go on with what is there, or happened around it. */
export class Gathering {
  readonly #docket: Docket;
  readonly #telling: Telling;
  readonly #merging: Merging;

  constructor(docket: Docket, telling: Telling, merging: Merging) {
    this.#docket = docket;
    this.#telling = telling;
    this.#merging = merging;
  }

  /** A sighting that says nothing by itself: more of a part, or what happens around one. */
  usual(sighting: Sighting, subject: string, now: number): void {
    const owner = this.#docket.byAlert.get(sighting.alert);
    const part =
      owner === undefined ? undefined : stretchAt(owner, sighting.alert, now, this.#docket.settings);
    if (owner !== undefined && part !== undefined && isLive(owner) && this.#goesOn(owner, part, now)) {
      part.last = Math.max(part.last, now);
      part.count++;
      this.#telling.changed(owner, undefined, now);
      return;
    }
    const watcher = this.#docket.recent.watcher(subject, now);
    const watching = watcher === undefined ? undefined : this.#docket.cases.get(watcher);
    if (watching !== undefined && isLive(watching) && belongsAround(sighting, watching)) {
      this.#addContext(watching, { sighting, first: now, last: now, count: 1 }, subject);
      return;
    }
    this.#docket.recent.add(subject, sighting, now);
  }

  /** What was new goes on as the same thing while it does not pause; what was usual before (a burst, a silence) only around the case. */
  #goesOn(owner: Case, part: Part, now: number): boolean {
    if (part.context) return now <= owner.last + this.#docket.settings.around;
    if (now - part.last > this.#docket.settings.episode) return false;
    const kind = this.#kindOf(owner, part);
    const news = kind === 'new_rule' || kind === 'new_here' || kind === 'rare';
    return news || now <= owner.last + this.#docket.settings.around;
  }

  #kindOf(owner: Case, part: Part): Surprise['kind'] | undefined {
    return owner.notables.find(({ sighting }) => sighting.alert === part.alert)?.surprise.kind;
  }

  /** A notable sighting: into the case that it belongs to, or into a new one. */
  take(notable: Notable): void {
    this.#docket.notables++;
    const { home, weight } = this.#homeOf(notable);
    const bits = notable.bits * weight;
    this.add(home, { ...notable, bits });
  }

  #homeOf(notable: Notable): { readonly home: Case; readonly weight: number } {
    const found = findCases(notable, {
      settings: this.#docket.settings,
      history: this.#docket.history,
      byEntity: this.#docket.byEntity,
      byRule: this.#docket.byRule,
    });
    let home: Case | undefined;
    let weight = 1;
    let continues: string | undefined;
    const now = notable.sighting.time;
    const links: CaseLink[] = [];
    for (const candidate of found) {
      const { case: one } = candidate;
      const joins = candidate.weight >= this.#docket.settings.linkCut;
      if (!joins || !isLive(one)) {
        if (joins && one.state === 'resolved') continues = one.id;
        else this.#refuse(one, candidate);
        continue;
      }
      if (home === undefined) {
        const reason = this.#full(one, notable);
        if (reason !== undefined) {
          this.#refuse(one, candidate, reason);
          one.linked.add(notable.sighting.alert);
          continue;
        }
        home = one;
        weight = candidate.weight;
        links.push(...candidate.links.slice(0, 3));
      } else {
        const reason = conflict(home, one, this.#docket.settings);
        if (reason !== undefined) {
          this.#refuse(home, candidate, reason);
          home.linked.add(one.id);
          one.linked.add(home.id);
          continue;
        }
        weight = Math.max(weight, candidate.weight);
        links.push(...candidate.links.slice(0, 3));
        this.#merging.merge(home, one, now);
      }
    }
    home ??= this.#docket.open(notable.sighting);
    if (continues !== undefined && home.continues === undefined && home.notables.length === 0)
      home.continues = continues;
    for (const link of links) keep(home.links, link, this.#docket.settings.limits.links, home, 'links');
    return { home, weight };
  }

  /** Adds a notable sighting to a case, with what happened around it of late. */
  add(home: Case, notable: Notable): void {
    const { sighting, subject } = notable;
    const now = sighting.time;
    if (home.notables.length < this.#docket.settings.limits.notables) home.notables.push(notable);
    else
      home.approximations.add(
        `more than ${this.#docket.settings.limits.notables} notable sightings: later ones do not count as evidence`,
      );
    home.first = Math.min(home.first, now);
    home.last = Math.max(home.last, now);
    home.coreFirst = Math.min(home.coreFirst, now);
    home.coreLast = Math.max(home.coreLast, now);
    for (const entity of sighting.entities) {
      const key = entityKey(entity);
      const seen = home.entities.get(key);
      if (seen === undefined) {
        home.entities.set(key, { entity, time: now, alert: sighting.alert, count: 1 });
        filed(this.#docket.byEntity, key, home);
      } else {
        if (now >= seen.time) {
          seen.time = now;
          seen.alert = sighting.alert;
        }
        seen.count++;
      }
      if (notable.bits > 0) this.#docket.history.note(key, notable.bits, 1);
    }
    const seen = home.rules.get(sighting.rule.id);
    if (seen === undefined || now >= seen.time)
      home.rules.set(sighting.rule.id, { time: now, alert: sighting.alert, subject });
    filed(this.#docket.byRule, sighting.rule.id, home);
    this.addPart(home, { sighting, first: now, last: now, count: 1 }, subject).context = false;
    this.#docket.byAlert.set(sighting.alert, home);
    for (const around of this.#docket.recent.take(subject, now)) {
      if (belongsAround(around.sighting, home)) this.#addContext(home, around, subject);
    }
    this.#docket.recent.watch(subject, home.id, now);
    if (sighting.counter !== undefined && sighting.counter < 1) {
      home.counter.push({
        reason: `counter-evidence found by ${sighting.rule.title}`,
        factor: sighting.counter,
        signal: sighting.id,
      });
    }
    if (home.state !== 'candidate') this.#docket.spare(notable);
    this.#telling.judge(home, now, `${sighting.rule.title} joined`);
    this.#telling.setQuiet(home);
  }

  /** Adds what was seen to the stretches of its alert. */
  addPart(home: Case, seen: Recent, subject: string): Part {
    const { sighting, first, last } = seen;
    const part = stretchAt(home, sighting.alert, first, this.#docket.settings) ?? {
      alert: sighting.alert,
      subject,
      sighting,
      first,
      last,
      count: 0,
      context: true,
      shape: undefined,
      note: undefined,
    };
    if (part.count === 0) {
      const known = home.parts.get(part.alert);
      if (known === undefined) home.parts.set(part.alert, [part]);
      else known.push(part);
    }
    part.first = Math.min(part.first, seen.first);
    part.last = Math.max(part.last, seen.last);
    part.count += seen.count;
    return part;
  }

  #addContext(home: Case, seen: Recent, subject: string): void {
    if (home.parts.size >= this.#docket.settings.limits.members && !home.parts.has(seen.sighting.alert)) {
      home.approximations.add(
        `more than ${this.#docket.settings.limits.members} alerts: what only happened around it is not listed in full`,
      );
      return;
    }
    this.addPart(home, seen, subject);
    this.#telling.changed(home, undefined, seen.last);
  }

  #refuse(one: Case, candidate: Candidate, reason?: string): void {
    if (one.state === 'candidate') return;
    const link = candidate.links[0];
    if (link === undefined) return;
    const why =
      reason ??
      candidate.refused[0]?.reason ??
      `weight ${round(candidate.weight)} is below the cut: ${link.reason}`;
    keepRefusal(
      one,
      {
        from: link.to,
        to: one.id,
        reason: why,
        ...(link.entity === undefined ? {} : { entity: link.entity }),
      },
      this.#docket.settings,
    );
  }

  /** Why a case takes nothing more; undefined where it does. */
  #full(one: Case, { sighting }: Notable): string | undefined {
    if (one.neverWith.has(sighting.alert)) return 'decided to be never together';
    if (Math.abs(sighting.time - one.first) > this.#docket.settings.longest)
      return `the incident is longer than ${spanText(this.#docket.settings.longest)}`;
    if (one.parts.size >= this.#docket.settings.limits.members && !one.parts.has(sighting.alert))
      return `the incident has ${this.#docket.settings.limits.members} alerts`;
    return undefined;
  }
}

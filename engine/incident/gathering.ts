import type { Case, CaseLink, Notable, Part } from './case.ts';
import { conflict, isLive } from './conflict.ts';
import { areApart, belongsAround, isApart, isTied, namesCourse } from './course.ts';
import { type Docket, entitySeen, filed, keep, keepRefusal } from './docket.ts';
import type { Surprise } from './history.ts';
import { type Candidate, type FoundLink, findCases, round, spanText, spoken } from './links.ts';
import { BASIS_MAX, type Merging } from './merging.ts';
import type { Recent } from './recent.ts';
import { isParticular, joinKey, type Sighting } from './sighting.ts';
import { stretchAt } from './stretch.ts';
import type { Telling } from './telling.ts';

/** Entities of a case that are followed at most. */
const FOLLOWED_MAX = 2000;

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

  /** Whether a rule speaks for the first time of what a case does, however often it spoke of others. O(cases of its entities). */
  isNews(sighting: Sighting): boolean {
    for (const entity of sighting.entities) {
      if (!isParticular(entity)) continue;
      for (const one of this.#docket.byEntity.get(joinKey(entity)) ?? [])
        if (isLive(one) && !one.rules.has(sighting.rule.id) && isTied(sighting, one)) return true;
    }
    return false;
  }

  /** A sighting that says nothing by itself: more of a part, or what happens around one. */
  usual(sighting: Sighting, subject: string, now: number): void {
    const owner = this.#docket.byAlert.get(sighting.alert);
    const part =
      owner === undefined ? undefined : stretchAt(owner, sighting.alert, now, this.#docket.settings);
    if (
      owner !== undefined &&
      part !== undefined &&
      isLive(owner) &&
      !isApart(sighting, owner) &&
      this.#goesOn(owner, part, now)
    ) {
      part.last = Math.max(part.last, now);
      part.count++;
      this.#follow(owner, sighting);
      this.#telling.changed(owner, undefined, now);
      return;
    }
    const watcher = this.#watcherOf(sighting, subject, now);
    if (watcher !== undefined) {
      this.#addContext(watcher, { sighting, first: now, last: now, count: 1 }, subject);
      return;
    }
    this.#docket.recent.add(subject, sighting, now);
  }

  /** Of the cases that watch a subject the one that a sighting belongs around: the last that asked, or any that it is tied to. */
  #watcherOf(sighting: Sighting, subject: string, now: number): Case | undefined {
    const watchers = this.#docket.recent.watchers(subject, now);
    const asked = namesCourse(sighting) ? watchers : watchers.slice(0, 1);
    for (const id of asked) {
      const one = this.#docket.cases.get(id);
      if (one !== undefined && isLive(one) && belongsAround(sighting, one)) return one;
    }
    return undefined;
  }

  /** What was new goes on as the same thing while it does not pause; what was usual before (a burst, a silence) only around the case. */
  #goesOn(owner: Case, part: Part, now: number): boolean {
    if (part.context) return now <= owner.last + this.#docket.settings.around;
    if (now - part.last > this.#docket.settings.episode) return false;
    if (now <= owner.last + this.#docket.settings.around) return true;
    const kind = this.#kindOf(owner, part);
    return kind === 'new_rule' || kind === 'new_here' || kind === 'rare';
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
    const together = this.#together(notable, found);
    for (const candidate of found) {
      const { case: one } = candidate;
      if (!together.has(candidate)) {
        if (candidate.weight >= this.#docket.settings.linkCut && one.state === 'resolved') continues = one.id;
        else this.#refuse(one, candidate, isLive(one) ? this.#other(candidate) : undefined);
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
      } else {
        const reason = conflict(home, one, this.#docket.settings);
        if (reason !== undefined) {
          this.#refuse(home, candidate, reason);
          home.linked.add(one.id);
          one.linked.add(home.id);
          continue;
        }
        weight = Math.max(weight, candidate.weight);
        this.#merging.merge(home, one, now);
      }
      links.push(...carrying(candidate.links, this.#docket.settings.linkCut).map(spoken));
    }
    home ??= this.#docket.open(notable.sighting);
    if (continues !== undefined && home.continues === undefined && home.notables.length === 0)
      home.continues = continues;
    for (const link of links) keep(home.links, link, this.#docket.settings.limits.links, home, 'links');
    return { home, weight };
  }

  /**
   * Of the cases that a sighting could join, those that it joins: the one that it fits best, and of the others those that may be the same attack. What
   * names no course of action itself must not make one case of several that are told apart by theirs.
   */
  #together(notable: Notable, found: readonly Candidate[]): ReadonlySet<Candidate> {
    const { linkCut } = this.#docket.settings;
    const joining = found.filter(({ case: one, weight }) => weight >= linkCut && isLive(one));
    if (joining.length < 2) return new Set(joining);
    const shares = ({ case: one }: Candidate): boolean => isTied(notable.sighting, one);
    const ranked = [...joining].sort(
      (a, b) =>
        Number(shares(b)) - Number(shares(a)) ||
        b.weight - a.weight ||
        nearest(a) - nearest(b) ||
        a.case.order - b.case.order,
    );
    const taken: Candidate[] = [];
    for (const candidate of ranked) {
      const { case: one } = candidate;
      const fits = taken.every((other) => !areApart(other.case, one) || (shares(other) && shares(candidate)));
      if (fits) taken.push(candidate);
    }
    return new Set(taken);
  }

  #other({ weight }: Candidate): string | undefined {
    return weight >= this.#docket.settings.linkCut
      ? 'it belongs to a case that names other processes or sessions'
      : undefined;
  }

  /** Adds a notable sighting to a case, with what happened around it of late. */
  add(home: Case, notable: Notable): void {
    const { sighting, subject } = notable;
    const now = sighting.time;
    const known = isKnown(home, notable);
    if (known) {
      // The same alert again, that declares no more: it is counted, and proves nothing further.
    } else if (home.notables.length < this.#docket.settings.limits.notables) home.notables.push(notable);
    else
      home.approximations.add(
        `more than ${this.#docket.settings.limits.notables} notable sightings: later ones do not count as evidence`,
      );
    home.first = Math.min(home.first, now);
    home.last = Math.max(home.last, now);
    home.coreFirst = Math.min(home.coreFirst, now);
    home.coreLast = Math.max(home.coreLast, now);
    for (const entity of sighting.entities) {
      const key = joinKey(entity);
      const seen = home.entities.get(key);
      if (seen === undefined) {
        home.entities.set(key, entitySeen(entity, sighting));
        filed(this.#docket.byEntity, key, home);
        if (known) leadsOn(home, notable);
      } else {
        if (now >= seen.time) {
          seen.time = now;
          seen.alert = sighting.alert;
        }
        seen.count++;
        seen.acts ||= entity.role !== 'target';
        seen.suffers ||= entity.role === 'target';
      }
      if (notable.bits > 0) this.#docket.history.note(key, notable.bits, 1);
    }
    const seen = home.rules.get(sighting.rule.id);
    if (seen === undefined || now >= seen.time)
      home.rules.set(sighting.rule.id, { time: now, alert: sighting.alert, subject });
    filed(this.#docket.byRule, sighting.rule.id, home);
    this.addPart(home, { sighting, first: now, last: now, count: 1 }, subject).context = false;
    this.#docket.byAlert.set(sighting.alert, home);
    const belongs = (one: Sighting): boolean => belongsAround(one, home);
    for (const around of this.#docket.recent.take(subject, now, belongs))
      this.#addContext(home, around, subject);
    this.#docket.recent.watch(subject, home.id, now);
    if (sighting.counter !== undefined && sighting.counter < 1) {
      home.counter.push({
        reason: `counter-evidence found by ${sighting.rule.title}`,
        factor: sighting.counter,
        signal: sighting.id,
      });
    }
    if (home.state !== 'candidate') this.#docket.spare(notable);
    if (known && sighting.counter === undefined) this.#telling.changed(home, undefined, now);
    else this.#telling.judge(home, now, `${sighting.rule.title} joined`);
    this.#telling.setQuiet(home);
  }

  /** A process that is tied to a case and does what some rule declares is one of its courses: what it starts, or writes, is looked for. Bounded. */
  #follow(home: Case, sighting: Sighting): void {
    if (sighting.severity === 'informational' || !namesCourse(sighting) || !isTied(sighting, home)) return;
    for (const entity of sighting.entities) {
      const key = joinKey(entity);
      if (!isParticular(entity) || home.entities.has(key) || home.entities.size >= FOLLOWED_MAX) continue;
      home.entities.set(key, entitySeen(entity, sighting));
      filed(this.#docket.byEntity, key, home);
      leadsOn(home, { sighting, takenAt: sighting.time });
    }
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
    this.#follow(home, seen.sighting);
    this.#telling.changed(home, undefined, seen.last);
  }

  #refuse(one: Case, candidate: Candidate, reason?: string): void {
    if (one.state === 'candidate') return;
    const link = candidate.links[0];
    if (link === undefined) return;
    const why =
      reason ??
      candidate.refused[0]?.() ??
      `weight ${round(candidate.weight)} is below the cut: ${link.say()}`;
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

/** The strongest links, as many as reach the cut together. */
function carrying(links: readonly FoundLink[], cut: number): readonly FoundLink[] {
  let doubt = 1;
  const carrying: FoundLink[] = [];
  for (const link of links) {
    if (1 - doubt >= cut) break;
    carrying.push(link);
    doubt *= 1 - link.weight;
  }
  return carrying;
}

function nearest({ links }: Candidate): number {
  return links.reduce((least, { gap }) => Math.min(least, gap), Number.POSITIVE_INFINITY);
}

/** Notes that later sightings may be joined through this one alone, though it proves nothing: a proof needs it. */
function leadsOn(
  { basis }: Case,
  { sighting, past, takenAt }: Pick<Notable, 'sighting' | 'past' | 'takenAt'>,
): void {
  if (basis.size >= BASIS_MAX) return;
  basis.set(sighting.id, { sighting, takenAt, ...(past === undefined ? {} : { past }) });
}

/** Whether a case has the same alert with as much declared, and this adds no surprise. O(notable sightings of the case). */
function isKnown(home: Case, { sighting, bits, declared }: Notable): boolean {
  if (bits > 0 || sighting.counter !== undefined) return false;
  return home.notables.some((other) => other.sighting.alert === sighting.alert && other.declared >= declared);
}

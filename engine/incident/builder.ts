// Long because it is one stateful thing: the order in which sightings, timers and decisions change cases stands on these pages only.
import {
  type Decision,
  type EventTime,
  eventTime,
  type Incident,
  type IncidentTemplate,
  SEVERITIES,
  type Severity,
  sha256,
} from '../model/index.ts';
import type { Case, CaseLink, Notable, Part } from './case.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { History, type KeyPast, keyOf, type Learnt, type Surprise, USUAL } from './history.ts';
import { type Candidate, findCases, round, spanText } from './links.ts';
import { OddEpisodes } from './odd-episodes.ts';
import type { PastBefore, PastSlice, Recall } from './recall.ts';
import { type Recent, RecentActivity } from './recent.ts';
import { DEFAULT_SETTINGS, type IncidentSettings } from './settings.ts';
import { compareSightings, entityKey, isStrong, type Sighting, strengthOf, subjectOf } from './sighting.ts';
import {
  indexOf,
  restoredCase,
  SAVED_VERSION,
  type SavedBuilder,
  savedBuilder,
  savedCase,
} from './snapshot.ts';
import { type ShapeMatch, TemplateRunner } from './template-runner.ts';
import { type Timer, Timers } from './timers.ts';
import { viewOf } from './view.ts';

/** What a severity is worth as a declaration of malice, before the alert's confidence. Informational alerts matter inside an incident only. */
const DECLARED_WEIGHT: Readonly<Record<Severity, number>> = {
  informational: 0,
  low: 0.3,
  medium: 0.6,
  high: 0.9,
};
/** A declared alert that happens here all the time keeps so much of what it declares. */
const COMMONPLACE = 0.3;
const COMMONPLACE_EPISODES = 5;
/** What declares less than this is worth no case of its own. */
const DECLARED_LEAST = 0.03;
/** From this confidence on a candidate is shown. */
const SHOWN = 0.5;
/** Sightings that templates' shapes in one case rest on, kept for its proof. */
const BASIS_MAX = 400;

/** Counters of the builder. */
export interface IncidentStats {
  readonly sightings: number;
  readonly notables: number;
  readonly candidates: number;
  readonly incidents: number;
  /** Rules × subjects remembered, and forgotten at the bound. */
  readonly keys: number;
  readonly keysForgotten: number;
  /** Candidates and incidents given up at the bound. */
  readonly casesForgotten: number;
}

/** What a builder is made with. */
export interface IncidentOptions {
  readonly settings?: Partial<IncidentSettings>;
  readonly templates?: readonly IncidentTemplate[];
  /** Of a replay: the past that is given, instead of one that is learnt. */
  readonly recall?: Recall;
  /** Hears of an incident just before it is forgotten, while it can still be proven. */
  readonly leaving?: (id: string) => void;
}

/**
 * Makes incidents of sightings. Sightings come in any order; `advanceTo(t)` says that none of before `t` will come any more, and works on
 * them in the order of time. What is told about a case is told at a time that follows from the sightings alone, so that neither the
 * order of arrival, nor the cut into batches, nor a restart changes a revision.
 */
export class IncidentBuilder {
  readonly settings: IncidentSettings;
  readonly templates: readonly IncidentTemplate[];
  #history: History;
  readonly #recall: Recall | undefined;
  readonly #leaving: IncidentOptions['leaving'];
  readonly #templates: TemplateRunner;
  readonly #cases = new Map<string, Case>();
  /** Those that are no candidates any more. */
  readonly #shown = new Set<Case>();
  readonly #byEntity = new Map<string, Set<Case>>();
  readonly #byRule = new Map<string, Set<Case>>();
  readonly #byAlert = new Map<string, Case>();
  readonly #recent: RecentActivity;
  readonly #odd = new OddEpisodes();
  readonly #timers = new Timers();
  #waiting: Sighting[] = [];
  #sorted = true;
  #frontier = Number.NEGATIVE_INFINITY;
  #made = 0;
  #sightings = 0;
  #notables = 0;
  #forgotten = 0;
  #out: Incident[] = [];

  constructor(options: IncidentOptions = {}) {
    this.settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.#history = new History(this.settings);
    this.#recall = options.recall;
    this.#leaving = options.leaving;
    if (options.recall !== undefined) this.#history.recallTogether(options.recall.together);
    this.templates = options.templates ?? [];
    this.#templates = new TemplateRunner(this.templates, this.settings);
    this.#recent = new RecentActivity(this.settings);
  }

  /** Takes a sighting; it is worked on when the watermark has passed it. */
  accept(sighting: Sighting): void {
    const before = this.#waiting.at(-1);
    if (before !== undefined && compareSightings(before, sighting) > 0) this.#sorted = false;
    this.#waiting.push(sighting);
  }

  /** Says that no sighting of before this time will come any more. */
  advanceTo(watermark: number): void {
    if (!this.#sorted) this.#waiting.sort(compareSightings);
    this.#sorted = true;
    let done = 0;
    let last: Sighting | undefined;
    for (const sighting of this.#waiting) {
      if (sighting.at >= watermark) break;
      done++;
      // Copies have the same time and id, so they are neighbours.
      if (last !== undefined && compareSightings(last, sighting) === 0) continue;
      last = sighting;
      this.#process(sighting);
    }
    if (done > 0) this.#waiting = this.#waiting.slice(done);
    if (Number.isFinite(watermark)) this.#fireUntil(watermark);
    this.#frontier = Math.max(this.#frontier, Number.isFinite(watermark) ? watermark : this.#frontier);
  }

  /** The end of a recording: what waits is decided. Silences that nobody waited for are not said. */
  finish(): void {
    this.advanceTo(Number.POSITIVE_INFINITY);
    for (
      let timer = this.#timers.pop(Number.POSITIVE_INFINITY);
      timer !== undefined;
      timer = this.#timers.pop(Number.POSITIVE_INFINITY)
    ) {
      if (timer.kind === 'flush' || timer.kind === 'quiet') this.#fire(timer);
    }
  }

  /** The revisions since the last call, in the order in which they came about. */
  take(): readonly Incident[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  stats(): IncidentStats {
    let candidates = 0;
    for (const one of this.#cases.values()) if (one.state === 'candidate') candidates++;
    return {
      sightings: this.#sightings,
      notables: this.#notables,
      candidates,
      incidents: this.#cases.size - candidates,
      keys: this.#history.size,
      keysForgotten: this.#history.evicted,
      casesForgotten: this.#forgotten,
    };
  }

  /** What the past shows: for mining, and for printing prevalence. */
  get history(): History {
    return this.#history;
  }

  /** The case of an id, for proofs and explanations. */
  caseOf(id: string): Case | undefined {
    return this.#cases.get(id);
  }

  /** The evidence of a case as it stands. */
  evidence(one: Case): Evidence {
    return evidenceOf(one.notables, {
      settings: this.settings,
      together: (rule, other) => this.#history.together(rule, other),
    });
  }

  /** The whole state as bytes: versioned, the same bytes for the same state. Revisions are taken out before. */
  snapshot(): Uint8Array {
    if (!this.#sorted) this.#waiting.sort(compareSightings);
    this.#sorted = true;
    const saved: SavedBuilder = {
      version: SAVED_VERSION,
      frontier: Number.isFinite(this.#frontier) ? this.#frontier : null,
      counts: [this.#made, this.#sightings, this.#notables, this.#forgotten],
      history: this.#history.save(),
      recent: this.#recent.save(),
      odd: this.#odd.save(),
      templates: this.#templates.save(),
      timers: this.#timers.contents(),
      waiting: this.#waiting,
      out: this.#out,
      cases: [...this.#cases.values()].map(savedCase),
      filed: {
        entities: indexOf(this.#byEntity),
        rules: indexOf(this.#byRule),
        alerts: [...this.#byAlert].map(([alert, one]) => [alert, one.id]),
      },
    };
    return new TextEncoder().encode(JSON.stringify(saved));
  }

  /** A builder that goes on where another was saved; undefined where the bytes are of another version or none of ours. */
  static restore(bytes: Uint8Array, options: IncidentOptions = {}): IncidentBuilder | undefined {
    const saved = savedBuilder(bytes);
    if (saved === undefined) return undefined;
    const builder = new IncidentBuilder(options);
    builder.#load(saved);
    return builder;
  }

  #load(saved: SavedBuilder): void {
    this.#frontier = saved.frontier ?? Number.NEGATIVE_INFINITY;
    [this.#made, this.#sightings, this.#notables, this.#forgotten] = saved.counts;
    this.#history = History.restore(saved.history, this.settings);
    this.#recent.restore(saved.recent);
    this.#odd.restore(saved.odd);
    this.#templates.restore(saved.templates);
    for (const timer of saved.timers) this.#timers.push(timer);
    this.#waiting = [...saved.waiting];
    this.#out = [...saved.out];
    for (const row of saved.cases) {
      const one = restoredCase(row);
      this.#cases.set(one.id, one);
      if (one.state !== 'candidate') this.#shown.add(one);
    }
    const into = (index: Map<string, Set<Case>>, rows: SavedBuilder['filed']['entities']): void => {
      for (const [key, ids] of rows) {
        for (const id of ids) {
          const one = this.#cases.get(id);
          if (one !== undefined) filed(index, key, one);
        }
      }
    };
    into(this.#byEntity, saved.filed.entities);
    into(this.#byRule, saved.filed.rules);
    for (const [alert, id] of saved.filed.alerts) {
      const one = this.#cases.get(id);
      if (one !== undefined) this.#byAlert.set(alert, one);
    }
  }

  // The way of a sighting.

  #process(sighting: Sighting): void {
    const now = Math.max(sighting.at, this.#frontier);
    this.#fireUntil(now);
    this.#frontier = now;
    this.#sightings++;
    if (sighting.retracts !== undefined) {
      this.#retract(sighting.retracts, sighting);
      return;
    }
    const spared = (rule: string, subject: string): boolean => this.#isIncident(rule, subject);
    this.#history.settlePairs(now, spared);
    const subject = subjectText(sighting);
    const { past, surprise, fresh, before } = this.#learn(sighting, subject);
    this.#watchSilence(past, sighting);
    const bits = Math.min(surprise.bits, this.settings.capBits);
    const unusual = bits >= this.settings.notableBits;
    const declared = declaredOf(sighting, { past, unusual, knows: this.#history.knows(now) });
    if (unusual || (fresh && declared >= DECLARED_LEAST)) {
      const known = this.#known(sighting, before);
      this.#take({
        sighting,
        subject,
        surprise,
        bits: unusual ? bits : 0,
        declared,
        ...known,
        takenAt: sighting.time,
      });
    } else this.#usual(sighting, subject, now);
    for (const match of this.#templates.observe(sighting)) this.#shape(match, now);
  }

  #learn(sighting: Sighting, subject: string): Learnt {
    const { id, rule, time } = sighting;
    if (this.#recall !== undefined) {
      const slice = this.#recall.pasts.get(id);
      if (slice === undefined) {
        const past = this.#history.blank(rule.id, subject, time);
        return { past, surprise: USUAL, fresh: false, before: undefined };
      }
      this.#history.recall(slice, { rule: rule.id, subject });
    }
    return this.#history.learn(rule.id, subject, time);
  }

  #known(sighting: Sighting, before: PastBefore | undefined): { readonly past?: PastSlice } {
    return before === undefined
      ? {}
      : { past: this.#history.slice(before, sighting.entities.map(entityKey)) };
  }

  /** A sighting that says nothing by itself: more of a part, or what happens around one. */
  #usual(sighting: Sighting, subject: string, now: number): void {
    const owner = this.#byAlert.get(sighting.alert);
    const part = owner === undefined ? undefined : stretchAt(owner, sighting.alert, now, this.settings);
    if (owner !== undefined && part !== undefined && isLive(owner) && this.#goesOn(owner, part, now)) {
      part.last = Math.max(part.last, now);
      part.count++;
      this.#changed(owner, undefined, now);
      return;
    }
    const watcher = this.#recent.watcher(subject, now);
    const watching = watcher === undefined ? undefined : this.#cases.get(watcher);
    if (watching !== undefined && isLive(watching) && belongsAround(sighting, watching)) {
      this.#addContext(watching, { sighting, first: now, last: now, count: 1 }, subject);
      return;
    }
    this.#recent.add(subject, sighting, now);
  }

  /** What was new goes on as the same thing while it does not pause; what was usual before (a burst, a silence) only around the case. */
  #goesOn(owner: Case, part: Part, now: number): boolean {
    if (part.context) return now <= owner.last + this.settings.around;
    if (now - part.last > this.settings.episode) return false;
    const kind = this.#kindOf(owner, part);
    const news = kind === 'new_rule' || kind === 'new_here' || kind === 'rare';
    return news || now <= owner.last + this.settings.around;
  }

  #kindOf(owner: Case, part: Part): Surprise['kind'] | undefined {
    return owner.notables.find(({ sighting }) => sighting.alert === part.alert)?.surprise.kind;
  }

  /** A notable sighting: into the case that it belongs to, or into a new one. */
  #take(notable: Notable): void {
    this.#notables++;
    const { home, weight } = this.#homeOf(notable);
    const bits = notable.bits * weight;
    this.#add(home, { ...notable, bits });
  }

  #homeOf(notable: Notable): { readonly home: Case; readonly weight: number } {
    const found = findCases(notable, {
      settings: this.settings,
      history: this.#history,
      byEntity: this.#byEntity,
      byRule: this.#byRule,
    });
    let home: Case | undefined;
    let weight = 1;
    let continues: string | undefined;
    const now = notable.sighting.time;
    const links: CaseLink[] = [];
    for (const candidate of found) {
      const { case: one } = candidate;
      const joins = candidate.weight >= this.settings.linkCut;
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
        const reason = conflict(home, one, this.settings);
        if (reason !== undefined) {
          this.#refuse(home, candidate, reason);
          home.linked.add(one.id);
          one.linked.add(home.id);
          continue;
        }
        weight = Math.max(weight, candidate.weight);
        links.push(...candidate.links.slice(0, 3));
        this.#merge(home, one, now);
      }
    }
    home ??= this.#open(notable.sighting);
    if (continues !== undefined && home.continues === undefined && home.notables.length === 0)
      home.continues = continues;
    for (const link of links) keep(home.links, link, this.settings.limits.links, home, 'links');
    return { home, weight };
  }

  #open(sighting: Sighting): Case {
    const id = sha256(`incident\n${sighting.rule.id}\n${sighting.alert}\n${sighting.id}`).slice(0, 32);
    const opened = newCase(id, this.#made++, sighting.time);
    this.#cases.set(id, opened);
    this.#bound();
    return opened;
  }

  #add(home: Case, notable: Notable): void {
    const { sighting, subject } = notable;
    const now = sighting.time;
    if (home.notables.length < this.settings.limits.notables) home.notables.push(notable);
    else
      home.approximations.add(
        `more than ${this.settings.limits.notables} notable sightings: later ones do not count as evidence`,
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
        filed(this.#byEntity, key, home);
      } else {
        if (now >= seen.time) {
          seen.time = now;
          seen.alert = sighting.alert;
        }
        seen.count++;
      }
      if (notable.bits > 0) this.#history.note(key, notable.bits, 1);
    }
    const seen = home.rules.get(sighting.rule.id);
    if (seen === undefined || now >= seen.time)
      home.rules.set(sighting.rule.id, { time: now, alert: sighting.alert, subject });
    filed(this.#byRule, sighting.rule.id, home);
    this.#addPart(home, { sighting, first: now, last: now, count: 1 }, subject).context = false;
    this.#byAlert.set(sighting.alert, home);
    for (const around of this.#recent.take(subject, now)) {
      if (belongsAround(around.sighting, home)) this.#addContext(home, around, subject);
    }
    this.#recent.watch(subject, home.id, now);
    if (sighting.counter !== undefined && sighting.counter < 1) {
      home.counter.push({
        reason: `counter-evidence found by ${sighting.rule.title}`,
        factor: sighting.counter,
        signal: sighting.id,
      });
    }
    if (home.state !== 'candidate') this.#spare(notable);
    this.#judge(home, now, `${sighting.rule.title} joined`);
    this.#setQuiet(home);
  }

  #addPart(home: Case, seen: Recent, subject: string): Part {
    const { sighting, first, last } = seen;
    const part = stretchAt(home, sighting.alert, first, this.settings) ?? {
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
    if (home.parts.size >= this.settings.limits.members && !home.parts.has(seen.sighting.alert)) {
      home.approximations.add(
        `more than ${this.settings.limits.members} alerts: what only happened around it is not listed in full`,
      );
      return;
    }
    this.#addPart(home, seen, subject);
    this.#changed(home, undefined, seen.last);
  }

  /** Weighs a case anew, and shows it where it has become likely. */
  #judge(home: Case, now: number, change: string): void {
    const { bits, confidence } = this.evidence(home);
    home.bits = bits;
    home.evidenceConfidence = confidence;
    if (home.state === 'candidate') {
      if (confidenceOf(home, now, this.settings) < SHOWN) return;
      this.#show(home, now);
      return;
    }
    this.#changed(home, change, now);
  }

  #show(home: Case, now: number): void {
    home.state = 'open';
    home.openedAt = now;
    this.#shown.add(home);
    for (const notable of home.notables) this.#spare(notable);
    this.#changed(home, 'opened', now);
  }

  /** What belongs to an incident must not become normal. */
  #spare(notable: Notable): void {
    if (notable.surprise.kind !== 'silent')
      this.#history.unlearn(keyOf(notable.sighting.rule.id, notable.subject));
    if (notable.bits > 0)
      for (const entity of notable.sighting.entities) this.#history.note(entityKey(entity), notable.bits, -1);
  }

  // Around an incident: earlier and later on its own subjects.

  /**
   * What was unusual on the incident's own subjects in the days before and after belongs to it where it would hardly be there by chance:
   * so often did things as surprising happen on that subject, over the gap.
   */
  #lookBack(home: Case, now: number): void {
    for (const other of [...this.#cases.values()]) {
      if (other.state !== 'candidate' || other === home) continue;
      this.#adopt(home, other, now);
    }
  }

  #lookAhead(candidate: Case, now: number): void {
    for (const home of [...this.#shown].sort((a, b) => a.order - b.order)) {
      if (home === candidate || !isLive(home) || home.state === 'candidate') continue;
      if (this.#adopt(home, candidate, now)) return;
    }
  }

  #adopt(home: Case, other: Case, now: number): boolean {
    const before = other.last < home.coreFirst;
    const gap = before ? home.coreFirst - other.last : Math.max(0, other.first - home.coreLast);
    if (gap > this.settings.lookback || conflict(home, other, this.settings) !== undefined) return false;
    const subjects = [...new Set(home.notables.map(({ subject }) => subject))];
    for (const [subject, own] of bySubject(other)) {
      const there = home.notables.find((notable) => notable.subject === subject);
      const [first] = own;
      if (subject === '' || there === undefined || first === undefined) continue;
      const bits = this.#bitsOf(own);
      if (bits < this.settings.notableBits) continue;
      const asked = { bits, except: other.id, watched: this.#history.watched(now) };
      // Every subject was looked at, so chance had as many tries.
      const chance = this.#odd.rate(subjects, asked) * gap;
      const here = this.#odd.rate([subject], asked) * gap;
      const where = `as unusual on ${subject}, ${spanText(gap)} ${before ? 'before' : 'after'}`;
      const reason = `${where}; ${round(chance)} like it are to be expected on its subjects, ${round(here)} on this one`;
      const ends = { from: first.sighting.alert, to: there.sighting.alert };
      if (bits < this.settings.adoptBits || chance > this.settings.lookbackChance) {
        const shown = before ? home.nearby.before : home.nearby.after;
        if (here <= this.settings.nearbyChance && shown.size < this.settings.limits.nearby) {
          this.#nearby(home, { own, shown, reason });
        } else keepRefusal(home, { from: ends.from, to: home.id, reason }, this.settings);
        continue;
      }
      const link: CaseLink = { ...ends, kind: 'shared_entity', weight: 1 - chance, gap, reason };
      keep(home.links, link, this.settings.limits.links, home, 'links');
      const core = { first: home.coreFirst, last: home.coreLast };
      this.#merge(home, other, now);
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
      const part = this.#addPart(home, seen, subject);
      if (part.context) part.note = found.reason;
    }
    this.#changed(home, undefined, this.#frontier);
  }

  #bitsOf(notables: readonly Notable[]): number {
    return evidenceOf(notables, {
      settings: this.settings,
      together: (a, b) => this.#history.together(a, b),
    }).bits;
  }

  // Cases among each other.

  #merge(home: Case, other: Case, now: number): void {
    for (const notable of other.notables) {
      if (home.notables.length < this.settings.limits.notables) home.notables.push(notable);
      if (home.state !== 'candidate' && other.state === 'candidate') this.#spare(notable);
    }
    if (home.state === 'candidate' && other.state !== 'candidate')
      for (const notable of home.notables) if (!other.notables.includes(notable)) this.#spare(notable);
    for (const link of other.links) keep(home.links, link, this.settings.limits.links, home, 'links');
    for (const refusal of other.refused) keepRefusal(home, refusal, this.settings);
    home.first = Math.min(home.first, other.first);
    home.last = Math.max(home.last, other.last);
    home.coreFirst = Math.min(home.coreFirst, other.coreFirst);
    home.coreLast = Math.max(home.coreLast, other.coreLast);
    for (const [alert, stretches] of other.parts) {
      const own = home.parts.get(alert);
      if (own === undefined) home.parts.set(alert, stretches);
      else for (const part of stretches) absorb(own, part, this.settings);
      if (this.#byAlert.get(alert) === other) this.#byAlert.set(alert, home);
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
      }
      this.#byEntity.get(key)?.delete(other);
      filed(this.#byEntity, key, home);
    }
    for (const [rule, seen] of other.rules) {
      const own = home.rules.get(rule);
      if (own === undefined || own.time < seen.time) home.rules.set(rule, seen);
      this.#byRule.get(rule)?.delete(other);
      filed(this.#byRule, rule, home);
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
    for (const [id, sighting] of other.basis) if (home.basis.size < BASIS_MAX) home.basis.set(id, sighting);
    home.template ??= other.template;
    home.floor = higher(home.floor, other.floor);
    if (home.templateRemediation.length === 0) home.templateRemediation = other.templateRemediation;
    home.assignee ??= other.assignee;
    home.verdict ??= other.verdict;
    this.#recent.rename(other.id, home.id);
    this.#setQuiet(home);
    const shown = other.state !== 'candidate';
    if (shown && home.state === 'candidate') {
      home.state = 'open';
      home.openedAt = other.openedAt;
      this.#shown.add(home);
    }
    const { bits, confidence } = this.evidence(home);
    home.bits = bits;
    home.evidenceConfidence = confidence;
    if (shown) {
      other.state = 'redirected';
      other.redirectedTo = home.id;
      this.#tell(other, `merged into ${home.id}`, now);
      this.#changed(home, `merged ${other.id}`, now);
    } else {
      this.#cases.delete(other.id);
      if (home.state !== 'candidate')
        this.#changed(home, 'earlier or later events found to belong to it', now);
      else if (confidenceOf(home, now, this.settings) >= SHOWN) this.#show(home, now);
    }
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
      this.settings,
    );
  }

  /** Why a case takes nothing more; undefined where it does. */
  #full(one: Case, { sighting }: Notable): string | undefined {
    if (one.neverWith.has(sighting.alert)) return 'decided to be never together';
    if (Math.abs(sighting.time - one.first) > this.settings.longest)
      return `the incident is longer than ${spanText(this.settings.longest)}`;
    if (one.parts.size >= this.settings.limits.members && !one.parts.has(sighting.alert))
      return `the incident has ${this.settings.limits.members} alerts`;
    return undefined;
  }

  /** At the bound a candidate goes first: the one with the least evidence, the oldest of those. */
  #bound(): void {
    if (this.#cases.size <= this.settings.limits.cases) return;
    const all = [...this.#cases.values()].sort(
      (a, b) => rank(a) - rank(b) || a.bits - b.bits || a.last - b.last || a.order - b.order,
    );
    for (const one of all.slice(0, Math.max(1, Math.ceil(this.settings.limits.cases / 10)))) {
      this.#forget(one);
      this.#forgotten++;
    }
  }

  #forget(one: Case): void {
    if (one.state !== 'candidate') this.#leaving?.(one.id);
    this.#cases.delete(one.id);
    this.#shown.delete(one);
    this.#unfile(one);
  }

  #unfile(one: Case): void {
    for (const key of one.entities.keys()) unfiled(this.#byEntity, key, one);
    for (const key of one.rules.keys()) unfiled(this.#byRule, key, one);
    for (const alert of one.parts.keys()) if (this.#byAlert.get(alert) === one) this.#byAlert.delete(alert);
  }

  #isIncident(rule: string, subject: string): boolean {
    for (const one of this.#byRule.get(rule) ?? []) {
      if (one.state === 'candidate') continue;
      if (one.notables.some((notable) => notable.sighting.rule.id === rule && notable.subject === subject))
        return true;
    }
    return false;
  }

  // Templates.

  /** The alerts of a template's shape become one incident, whatever their weight. */
  #shape(match: ShapeMatch, now: number): void {
    const { template, parts } = match;
    const members = parts.flatMap(({ name, sightings }) => sightings.map((sighting) => ({ name, sighting })));
    let home: Case | undefined;
    for (const { sighting } of members) {
      const owner = this.#byAlert.get(sighting.alert);
      if (owner === undefined || !isLive(owner)) continue;
      if (home === undefined || owner.order < home.order) home = owner;
    }
    const first = members[0]?.sighting;
    if (first === undefined) return;
    home ??= this.#open(first);
    let before: Sighting | undefined;
    for (const { name, sighting } of members) {
      const owner = this.#byAlert.get(sighting.alert);
      if (owner !== undefined && owner !== home && isLive(owner)) {
        if (conflict(home, owner, this.settings) !== undefined) continue;
        this.#merge(home, owner, now);
      }
      if (!home.notables.some((notable) => notable.sighting.alert === sighting.alert)) {
        const subject = subjectText(sighting);
        this.#recent.forget(subject, sighting.alert);
        this.#add(home, {
          sighting,
          subject,
          surprise: USUAL,
          bits: 0,
          declared: declaredOf(sighting, undefined),
          takenAt: now,
        });
      }
      const part = stretchAt(home, sighting.alert, sighting.time, this.settings);
      if (part !== undefined) {
        part.context = false;
        part.shape = name;
      }
      if (before !== undefined) {
        const { id, title } = template.meta;
        const known = home.links.some(
          (link) => link.kind === 'template' && link.from === before?.alert && link.to === sighting.alert,
        );
        if (!known)
          keep(
            home.links,
            {
              from: before.alert,
              to: sighting.alert,
              kind: 'template',
              weight: 1,
              gap: Math.abs(sighting.time - before.time),
              reason: `parts of '${title}' (${id}), which share ${match.shared}`,
            },
            this.settings.limits.links,
            home,
            'links',
          );
      }
      before = sighting;
    }
    for (const sighting of match.basis)
      if (home.basis.size < BASIS_MAX) home.basis.set(sighting.id, sighting);
    home.template ??= { id: template.meta.id, title: match.title, story: match.story };
    if (home.template.id === template.meta.id)
      home.template = { id: template.meta.id, title: match.title, story: match.story };
    home.floor = higher(home.floor, template.severity);
    if (home.templateRemediation.length === 0) home.templateRemediation = template.meta.remediation;
    for (const { reason, factor, signal } of match.counter) {
      if (!home.counter.some((known) => known.signal === signal))
        home.counter.push({ reason, factor, signal });
    }
    home.adjustments.push(...templateAdjustment(home, template));
    if (home.state === 'candidate') {
      if (confidenceOf(home, now, this.settings) >= SHOWN) this.#show(home, now);
    } else this.#changed(home, `the shape of '${template.meta.title}'`, now);
  }

  // Telling.

  #changed(one: Case, change: string | undefined, now: number): void {
    if (one.state === 'candidate') return;
    if (change !== undefined && one.changes.length < 20 && !one.changes.includes(change))
      one.changes.push(change);
    if (one.flushAt !== 0) return;
    const at = Math.max(now, this.#frontier) + this.settings.coalesce;
    one.flushAt = at;
    this.#timers.push({ at, kind: 'flush', of: one.id });
  }

  #tell(one: Case, change: string, now: number): void {
    one.revision++;
    one.flushAt = 0;
    one.changes = [];
    const evidence = this.evidence(one);
    this.#out.push(
      viewOf(one, {
        evidence,
        now: eventTime(now),
        change,
        settings: this.settings,
        confidence: confidenceOf(one, now, this.settings),
        together: (rule, other) => this.#history.together(rule, other),
      }),
    );
  }

  #setQuiet(one: Case): void {
    if (one.quietAt !== 0) return;
    one.quietAt = one.last + this.settings.horizon;
    this.#timers.push({ at: one.quietAt, kind: 'quiet', of: one.id });
  }

  #fireUntil(now: number): void {
    for (let timer = this.#timers.pop(now); timer !== undefined; timer = this.#timers.pop(now))
      this.#fire(timer);
  }

  #fire(timer: Timer): void {
    if (timer.kind === 'silence') {
      this.#silence(timer);
      return;
    }
    const one = this.#cases.get(timer.of);
    if (one === undefined) return;
    if (timer.kind === 'flush') {
      if (one.flushAt !== timer.at) return;
      if (one.revision > 0 && one.state === 'open' && one.changes.some((change) => change.endsWith('joined')))
        one.state = 'active';
      this.#tell(one, one.changes.length === 0 ? 'more of the same' : one.changes.join('; '), timer.at);
    } else if (timer.kind === 'quiet') this.#quiet(one, timer.at);
    else if (timer.kind === 'archive') this.#archive(one, timer.at);
  }

  /** A case has had no news for the horizon: it is joined no more by ordinary links, and candidates and incidents look for each other. */
  #quiet(one: Case, at: number): void {
    const due = one.last + this.settings.horizon;
    if (due > at) {
      one.quietAt = due;
      this.#timers.push({ at: due, kind: 'quiet', of: one.id });
      return;
    }
    one.quietAt = 0;
    if (one.state === 'candidate') {
      for (const [subject, own] of bySubject(one)) {
        this.#odd.add(subject, { of: one.id, at: one.last, bits: this.#bitsOf(own) });
      }
      this.#lookAhead(one, at);
      if (!this.#cases.has(one.id)) return;
    } else if (isLive(one)) this.#lookBack(one, at);
    // What is quiet is found by looking around, not by links; it must not count as one more case that names its entities.
    this.#unfile(one);
    const keepFor = one.state === 'candidate' ? this.settings.lookback : this.settings.archive;
    this.#timers.push({ at: one.last + keepFor, kind: 'archive', of: one.id });
  }

  #archive(one: Case, at: number): void {
    if (
      one.quietAt !== 0 ||
      one.last + (one.state === 'candidate' ? this.settings.lookback : this.settings.archive) > at
    )
      return;
    if (one.state !== 'candidate' && one.state !== 'redirected') {
      one.state = 'archived';
      this.#tell(one, `nothing new for ${spanText(this.settings.archive)}`, at);
    }
    this.#forget(one);
  }

  #watchSilence(past: KeyPast, sighting: Sighting): void {
    if (past.silentAt !== 0) {
      past.latest = sighting;
      return;
    }
    const due = this.#history.silenceDue(past);
    if (due === undefined) return;
    past.latest = sighting;
    past.silentAt = due;
    this.#timers.push({ at: due, kind: 'silence', of: past.key });
  }

  /** A steady stream may have fallen silent: a notable thing, at the time of its last sighting. */
  #silence({ of, at }: Timer): void {
    const past = this.#history.past(of);
    if (past === undefined || past.silentAt !== at) return;
    const due = this.#history.silenceDue(past);
    if (due !== undefined && due > at) {
      past.silentAt = due;
      this.#timers.push({ at: due, kind: 'silence', of });
      return;
    }
    past.silentAt = 0;
    const { latest } = past;
    past.latest = undefined;
    if (due === undefined || latest === undefined) return;
    const surprise = this.#history.silence(past, due);
    const bits = Math.min(surprise.bits, this.settings.capBits);
    if (bits < this.settings.notableBits) return;
    const known = this.#known(latest, this.#history.beforeSilence(past));
    this.#take({
      sighting: latest,
      subject: past.subject,
      surprise,
      bits,
      declared: 0,
      ...known,
      takenAt: at,
    });
  }

  /** A signal was taken back: what rested on it is weighed anew, and ruled out where nothing else holds it up. */
  #retract(id: string, by: Sighting): void {
    for (const one of this.#cases.values()) {
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
      const { bits, confidence } = this.evidence(one);
      one.bits = bits;
      one.evidenceConfidence = confidence;
      if (one.state === 'candidate') return;
      if (isLive(one) && confidenceOf(one, by.time, this.settings) < SHOWN) {
        one.state = 'retracted';
        this.#tell(one, `ruled out: ${gone.sighting.rule.title} was taken back by late data`, by.time);
        this.#unfile(one);
      } else this.#changed(one, 'late evidence', by.time);
      return;
    }
  }

  // Decisions.

  /** Applies what a policy or a person decided about an incident. False where it is about none that is here. */
  apply(decision: Decision, at: EventTime): boolean {
    const { target } = decision;
    const one = target.kind === 'incident' ? this.#cases.get(target.id) : this.#byAlert.get(target.id);
    if (one === undefined) return false;
    if (target.kind === 'alert') return this.#applyToAlert(one, decision, at);
    const { by, reason } = decision;
    const said: string[] = [];
    if (decision.assignee !== undefined) {
      one.assignee = decision.assignee;
      said.push(`assigned to ${decision.assignee}`);
      if (one.state === 'open') one.state = 'active';
    }
    if (decision.tags !== undefined) {
      for (const tag of decision.tags) one.tags.add(tag);
      said.push(`tagged ${decision.tags.join(', ')}`);
    }
    if (decision.confidence !== undefined || decision.severity !== undefined) {
      const { severity } = decision;
      const floor = SEVERITIES.find((name) => name === severity?.floor);
      const ceiling = SEVERITIES.find((name) => name === severity?.ceiling);
      one.adjustments.push({
        at,
        by,
        reason,
        ...(decision.confidence === undefined ? {} : { confidence: decision.confidence }),
        ...(severity === undefined
          ? {}
          : {
              severity: {
                ...(floor === undefined ? {} : { floor }),
                ...(ceiling === undefined ? {} : { ceiling }),
              },
            }),
      });
      said.push('figures adjusted');
    }
    if (decision.suppress !== undefined) {
      one.suppressed = { by: decision.suppress.owner, reason, until: decision.suppress.until };
      said.push('suppressed');
    }
    for (const other of decision.neverWith ?? []) one.neverWith.add(other);
    if (decision.escalate === 'incident' && one.state === 'candidate') {
      this.#show(one, at);
      said.push('escalated');
    }
    if (decision.verdict !== undefined) {
      one.verdict = decision.verdict;
      one.state = 'resolved';
      said.push(`resolved as ${decision.verdict.replace('_', ' ')}`);
    } else if (decision.state !== undefined) {
      const state = DECIDABLE.find((name) => name === decision.state);
      if (state !== undefined) {
        one.state = state;
        said.push(state);
      }
    }
    if (decision.merge !== undefined) said.push(...this.#mergeDecided(one, decision.merge, at));
    if (decision.split !== undefined) said.push(...this.#split(one, decision.split, at));
    if (one.notes.length < 200) one.notes.push({ at, by, text: [reason, ...said].join(': ') });
    if (one.state !== 'candidate')
      this.#tell(one, `${by}: ${said.length === 0 ? reason : said.join(', ')}`, at);
    return true;
  }

  #applyToAlert(one: Case, decision: Decision, at: EventTime): boolean {
    if (decision.escalate === 'incident' && one.state === 'candidate') {
      one.notes.push({ at, by: decision.by, text: `escalated: ${decision.reason}` });
      this.#show(one, at);
      return true;
    }
    const out = decision.escalate === 'none' || decision.verdict === 'false_positive';
    if (!out) return false;
    return this.#split(one, [decision.target.id], at).length > 0;
  }

  #mergeDecided(one: Case, id: string, at: number): string[] {
    const other = this.#cases.get(id);
    if (other === undefined || other === one) return [`no incident ${id} to merge with`];
    const reason = conflict(one, other, this.settings);
    if (reason !== undefined) {
      one.linked.add(id);
      other.linked.add(one.id);
      return [`not merged with ${id}: ${reason}`];
    }
    const [older, younger] = one.order < other.order ? [one, other] : [other, one];
    this.#merge(older, younger, at);
    return [];
  }

  /** Takes alerts out into an incident of their own; the two are never joined again. */
  #split(one: Case, alerts: readonly string[], at: number): string[] {
    const going = new Set(alerts.filter((alert) => one.parts.has(alert)));
    if (going.size === 0) return [];
    const own = one.notables.filter(({ sighting }) => going.has(sighting.alert));
    const first = own[0]?.sighting ?? one.parts.get([...going][0] ?? '')?.[0]?.sighting;
    if (first === undefined) return [];
    const away = newCase(
      sha256(`split\n${one.id}\n${[...going].sort().join('\n')}`).slice(0, 32),
      this.#made++,
      first.time,
    );
    this.#cases.set(away.id, away);
    one.notables.splice(
      0,
      one.notables.length,
      ...one.notables.filter(({ sighting }) => !going.has(sighting.alert)),
    );
    for (const alert of going) {
      const part = one.parts.get(alert);
      one.parts.delete(alert);
      if (part !== undefined) away.parts.set(alert, part);
      this.#byAlert.set(alert, away);
      one.neverWith.add(alert);
    }
    one.links.splice(
      0,
      one.links.length,
      ...one.links.filter(({ from, to }) => !going.has(from) && !going.has(to)),
    );
    for (const notable of own) {
      away.notables.push(notable);
      away.last = Math.max(away.last, notable.sighting.time);
      for (const entity of notable.sighting.entities)
        away.entities.set(entityKey(entity), {
          entity,
          time: notable.sighting.time,
          alert: notable.sighting.alert,
          count: 1,
        });
      away.rules.set(notable.sighting.rule.id, {
        time: notable.sighting.time,
        alert: notable.sighting.alert,
        subject: notable.subject,
      });
    }
    one.neverWith.add(away.id);
    away.neverWith.add(one.id);
    away.linked.add(one.id);
    one.linked.add(away.id);
    for (const changed of [one, away]) {
      const { bits, confidence } = this.evidence(changed);
      changed.bits = bits;
      changed.evidenceConfidence = confidence;
    }
    for (const key of away.entities.keys()) filed(this.#byEntity, key, away);
    for (const key of away.rules.keys()) filed(this.#byRule, key, away);
    if (confidenceOf(away, at, this.settings) >= SHOWN) {
      away.state = 'open';
      away.openedAt = at;
      this.#shown.add(away);
      this.#tell(away, `split from ${one.id}`, at);
    }
    this.#setQuiet(away);
    return [`split: ${going.size} alerts taken out into ${away.id}`];
  }
}

/** What a person may set a state to. */
const DECIDABLE = ['open', 'active', 'contained', 'resolved', 'archived'] as const;

/** The stretch of an alert in a case that goes on at a time: not further away than an ordinary link. What lies between does not belong. */
function stretchAt(one: Case, alert: string, time: number, settings: IncidentSettings): Part | undefined {
  return one.parts
    .get(alert)
    ?.find(({ first, last }) => time >= first - settings.horizon && time <= last + settings.horizon);
}

/** Adds a stretch to those of the same alert; they are one where they meet. */
function absorb(own: Part[], part: Part, settings: IncidentSettings): void {
  const near = own.find(
    ({ first, last }) => part.last >= first - settings.horizon && part.first <= last + settings.horizon,
  );
  if (near === undefined) {
    own.push(part);
    return;
  }
  near.first = Math.min(near.first, part.first);
  near.last = Math.max(near.last, part.last);
  near.count += part.count;
  near.context &&= part.context;
  near.shape ??= part.shape;
}

/** The subject of a sighting as text. */
function subjectText(sighting: Sighting): string {
  const subject = subjectOf(sighting.entities);
  return subject === undefined ? '' : entityKey(subject);
}

/** What an alert declares, as a probability; less where it happens here all the time, nothing where it does and nobody calls it high. */
function declaredOf(
  sighting: Sighting,
  from: { readonly past: KeyPast; readonly unusual: boolean; readonly knows: boolean } | undefined,
): number {
  const declared = DECLARED_WEIGHT[sighting.severity] * sighting.confidence;
  if (from === undefined || from.unusual) return declared;
  // Where the past is known, what is not unusual needs a rule that is sure of itself.
  if (from.knows && sighting.severity !== 'high') return 0;
  return from.past.episodes >= COMMONPLACE_EPISODES ? declared * COMMONPLACE : declared;
}

/** What a case's confidence is now: its evidence, what speaks against it, what was decided, and time. */
export function confidenceOf(one: Case, now: number, settings: IncidentSettings): number {
  let confidence = one.evidenceConfidence;
  for (const { factor } of one.counter) confidence *= factor;
  for (const { confidence: change } of one.adjustments) {
    if (change === undefined) continue;
    if (change.operation === 'multiply') confidence *= change.value;
    else if (change.operation === 'set') confidence = change.value;
    else confidence = Math.min(confidence, change.value);
  }
  const idle = Math.max(0, now - one.last - settings.horizon);
  return Math.min(1, Math.max(0, confidence * 2 ** (-idle / settings.halfLife)));
}

/** A shape that holds is at least as likely as its template says. */
function templateAdjustment(one: Case, template: IncidentTemplate): Case['adjustments'] {
  const by = `template:${template.meta.id}`;
  if (one.adjustments.some((known) => known.by === by)) return [];
  const value = Math.max(SHOWN, template.meta.confidence);
  let counter = 1;
  for (const { factor } of one.counter) counter *= factor;
  if (one.evidenceConfidence * counter >= value) return [];
  return [
    {
      at: one.last,
      by,
      reason: `the shape of '${template.meta.title}' holds`,
      confidence: { operation: 'set', value: value * counter },
    },
  ];
}

/** Whether a case may still change by what happens. */
function isLive(one: Case): boolean {
  return (
    one.state === 'candidate' || one.state === 'open' || one.state === 'active' || one.state === 'contained'
  );
}

/** Why two cases must not become one; undefined where they may. */
function conflict(a: Case, b: Case, settings: IncidentSettings): string | undefined {
  if (!isLive(a) || !isLive(b)) return 'one of them is closed';
  if (a.neverWith.has(b.id) || b.neverWith.has(a.id)) return 'decided to be never together';
  for (const alert of b.parts.keys()) if (a.neverWith.has(alert)) return 'decided to be never together';
  for (const alert of a.parts.keys()) if (b.neverWith.has(alert)) return 'decided to be never together';
  if (a.assignee !== undefined && b.assignee !== undefined && a.assignee !== b.assignee)
    return 'different people work on them';
  if (a.verdict !== undefined && b.verdict !== undefined && a.verdict !== b.verdict)
    return 'they were judged differently';
  if (a.parts.size + b.parts.size > settings.limits.members)
    return `together they have more than ${settings.limits.members} alerts`;
  if (Math.max(a.last, b.last) - Math.min(a.first, b.first) > settings.longest)
    return `together they are longer than ${spanText(settings.longest)}`;
  return undefined;
}

/** Whether something usual around a case belongs there: it names one of its courses of action, or else all of its places and persons. */
function belongsAround(sighting: Sighting, home: Case): boolean {
  const strong = sighting.entities.filter(isStrong);
  if (strong.length > 0) return strong.some((entity) => home.entities.has(entityKey(entity)));
  return sighting.entities.every(
    (entity) => strengthOf(entity) < MEDIUM || home.entities.has(entityKey(entity)),
  );
}

const MEDIUM = 0.45;

function bySubject(one: Case): Map<string, Notable[]> {
  const by = new Map<string, Notable[]>();
  for (const notable of one.notables) {
    const own = by.get(notable.subject);
    if (own === undefined) by.set(notable.subject, [notable]);
    else own.push(notable);
  }
  return by;
}

function newCase(id: string, order: number, time: number): Case {
  return {
    id,
    order,
    state: 'candidate',
    revision: 0,
    first: time,
    last: time,
    coreFirst: time,
    coreLast: time,
    openedAt: 0,
    notables: [],
    parts: new Map(),
    links: [],
    refused: [],
    entities: new Map(),
    rules: new Map(),
    counter: [],
    adjustments: [],
    notes: [],
    tags: new Set(),
    neverWith: new Set(),
    nearby: { before: new Set(), after: new Set() },
    linked: new Set(),
    approximations: new Set(),
    basis: new Map(),
    template: undefined,
    floor: undefined,
    templateRemediation: [],
    verdict: undefined,
    assignee: undefined,
    suppressed: undefined,
    redirectedTo: undefined,
    continues: undefined,
    bits: 0,
    evidenceConfidence: 0,
    changes: [],
    flushAt: 0,
    quietAt: 0,
  };
}

/** What is given up first at the bound: candidates, then what is closed. */
function rank(one: Case): number {
  if (one.state === 'candidate') return 0;
  return isLive(one) ? 2 : 1;
}

function higher(a: Severity | undefined, b: Severity | undefined): Severity | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}

function filed(index: Map<string, Set<Case>>, key: string, one: Case): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([one]));
  else known.add(one);
}

function unfiled(index: Map<string, Set<Case>>, key: string, one: Case): void {
  const known = index.get(key);
  known?.delete(one);
  if (known?.size === 0) index.delete(key);
}

function keep<T>(list: T[], item: T, most: number, one: Case, what: string): void {
  if (list.length < most) list.push(item);
  else one.approximations.add(`more than ${most} ${what}: the later ones are not kept`);
}

function keepRefusal(one: Case, refusal: Case['refused'][number], settings: IncidentSettings): void {
  if (one.refused.length >= settings.limits.refused) return;
  if (one.refused.some(({ from, to }) => from === refusal.from && to === refusal.to)) return;
  one.refused.push(refusal);
}

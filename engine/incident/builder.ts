import type { Decided, EventTime, Incident, IncidentTemplate, StandingDecision } from '../model/index.ts';
import type { Case } from './case.ts';
import { DECLARED_LEAST, declaredOf } from './confidence.ts';
import { isLive } from './conflict.ts';
import { Deciding, policiesOf } from './deciding.ts';
import { Docket } from './docket.ts';
import type { Evidence } from './evidence.ts';
import { Gathering } from './gathering.ts';
import { type History, type KeyPast, type Learnt, USUAL } from './history.ts';
import { spanText } from './links.ts';
import { Merging } from './merging.ts';
import type { PastBefore, PastSlice, Recall } from './recall.ts';
import { Retracting } from './retracting.ts';
import { DEFAULT_SETTINGS, type IncidentSettings } from './settings.ts';
import { Shaping } from './shaping.ts';
import { compareSightings, joinKey, type Sighting, subjectText } from './sighting.ts';
import { SAVED_VERSION, type SavedBuilder, savedBuilder } from './snapshot.ts';
import { bySubject, Surroundings } from './surroundings.ts';
import { Telling } from './telling.ts';
import { TemplateRunner } from './template-runner.ts';
import type { Timer } from './timers.ts';

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
  readonly #recall: Recall | undefined;
  readonly #docket: Docket;
  readonly #telling: Telling;
  readonly #gathering: Gathering;
  readonly #surroundings: Surroundings;
  readonly #shaping: Shaping;
  readonly #deciding: Deciding;
  readonly #retracting: Retracting;
  readonly #runner: TemplateRunner;
  #waiting: Sighting[] = [];
  #sorted = true;
  #sightings = 0;

  constructor(options: IncidentOptions = {}) {
    const settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.settings = settings;
    this.templates = options.templates ?? [];
    this.#recall = options.recall;
    this.#runner = new TemplateRunner(this.templates, settings);
    const docket = new Docket({ ...options, settings });
    const telling = new Telling(docket);
    const merging = new Merging(docket, telling);
    const gathering = new Gathering(docket, telling, merging);
    this.#docket = docket;
    this.#telling = telling;
    this.#gathering = gathering;
    this.#surroundings = new Surroundings({ docket, telling, merging, gathering });
    this.#shaping = new Shaping({ docket, telling, merging, gathering });
    this.#retracting = new Retracting(docket, telling);
    this.#deciding = new Deciding(docket, telling, { merging, retracting: this.#retracting });
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
    this.#docket.frontier = Math.max(
      this.#docket.frontier,
      Number.isFinite(watermark) ? watermark : this.#docket.frontier,
    );
  }

  /** The end of a recording: what waits is decided. Silences that nobody waited for are not said. */
  finish(): void {
    this.advanceTo(Number.POSITIVE_INFINITY);
    for (
      let timer = this.#docket.timers.pop(Number.POSITIVE_INFINITY);
      timer !== undefined;
      timer = this.#docket.timers.pop(Number.POSITIVE_INFINITY)
    ) {
      if (timer.kind === 'flush' || timer.kind === 'quiet') this.#fire(timer);
    }
  }

  /** The revisions since the last call, in the order in which they came about. */
  take(): readonly Incident[] {
    return this.#telling.take();
  }

  /** Applies what a policy or a person decided about an incident. False where it is about none that is here. */
  apply(decision: Decided, at: EventTime): boolean {
    return this.#deciding.apply(decision, at);
  }

  /** The decisions of policies that still change an incident. O(cases). */
  standing(): readonly StandingDecision[] {
    return [...this.#docket.cases.values()].flatMap(policiesOf);
  }

  stats(): IncidentStats {
    let candidates = 0;
    for (const one of this.#docket.cases.values()) if (one.state === 'candidate') candidates++;
    return {
      sightings: this.#sightings,
      notables: this.#docket.notables,
      candidates,
      incidents: this.#docket.cases.size - candidates,
      keys: this.#docket.history.size,
      keysForgotten: this.#docket.history.evicted,
      casesForgotten: this.#docket.forgotten,
    };
  }

  /** What the past shows: for mining, and for printing prevalence. */
  get history(): History {
    return this.#docket.history;
  }

  /** The case of an id, for proofs and explanations. */
  caseOf(id: string): Case | undefined {
    return this.#docket.cases.get(id);
  }

  /** The evidence of a case as it stands. */
  evidence(one: Case): Evidence {
    return this.#docket.evidence(one);
  }

  /** The whole state as bytes: versioned, the same bytes for the same state. Revisions are taken out before. */
  snapshot(): Uint8Array {
    if (!this.#sorted) this.#waiting.sort(compareSightings);
    this.#sorted = true;
    const { frontier, made, forgotten } = this.#docket;
    const saved: SavedBuilder = {
      version: SAVED_VERSION,
      frontier: Number.isFinite(frontier) ? frontier : null,
      counts: [made, this.#sightings, this.#docket.notables, forgotten],
      ...this.#docket.save(),
      templates: this.#runner.save(),
      waiting: this.#waiting,
      out: this.#telling.waiting,
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
    this.#docket.load(saved);
    [this.#docket.made, this.#sightings, this.#docket.notables, this.#docket.forgotten] = saved.counts;
    this.#runner.restore(saved.templates);
    this.#telling.restore(saved.out);
    this.#waiting = [...saved.waiting];
  }

  // The way of a sighting.

  #process(sighting: Sighting): void {
    const now = Math.max(sighting.at, this.#docket.frontier);
    this.#fireUntil(now);
    this.#docket.frontier = now;
    this.#sightings++;
    if (sighting.retracts !== undefined) {
      this.#retracting.retract(sighting.retracts, sighting);
      return;
    }
    const spared = (rule: string, subject: string): boolean => this.#docket.isIncident(rule, subject);
    this.#docket.history.settlePairs(now, spared);
    const subject = subjectText(sighting);
    const news = this.#gathering.isNews(sighting);
    const { past, surprise, fresh, before } = this.#learn(sighting, subject, news);
    this.#watchSilence(past, sighting);
    const bits = Math.min(surprise.bits, this.settings.capBits);
    const unusual = bits >= this.settings.notableBits;
    const declared = declaredOf(sighting, { past, unusual, knows: this.#docket.history.knows(now) });
    const begins = fresh || (news && before !== undefined);
    if (unusual || (begins && declared >= DECLARED_LEAST)) {
      const known = this.#known(sighting, before);
      this.#gathering.take({
        sighting,
        subject,
        surprise,
        bits: unusual ? bits : 0,
        declared,
        ...known,
        takenAt: sighting.time,
      });
    } else this.#gathering.usual(sighting, subject, now);
    for (const match of this.#runner.observe(sighting)) this.#shaping.shape(match, sighting, now);
  }

  #learn(sighting: Sighting, subject: string, news: boolean): Learnt {
    const { id, rule, time } = sighting;
    if (this.#recall !== undefined) {
      const slice = this.#recall.pasts.get(id);
      if (slice === undefined) {
        const past = this.#docket.history.blank(rule.id, subject, time);
        return { past, surprise: USUAL, fresh: false, before: undefined };
      }
      this.#docket.history.recall(slice, { rule: rule.id, subject });
    }
    return this.#docket.history.learn(rule.id, subject, { now: time, news });
  }

  #known(sighting: Sighting, before: PastBefore | undefined): { readonly past?: PastSlice } {
    return before === undefined
      ? {}
      : { past: this.#docket.history.slice(before, sighting.entities.map(joinKey)) };
  }

  // What is due.

  #fireUntil(now: number): void {
    for (let timer = this.#docket.timers.pop(now); timer !== undefined; timer = this.#docket.timers.pop(now))
      this.#fire(timer);
  }

  #fire(timer: Timer): void {
    // What a timer brings about happens at its time, however far batches had come before.
    this.#docket.frontier = Math.max(this.#docket.frontier, timer.at);
    if (timer.kind === 'silence') {
      this.#silence(timer);
      return;
    }
    const one = this.#docket.cases.get(timer.of);
    if (one === undefined) return;
    if (timer.kind === 'flush') {
      if (one.flushAt !== timer.at) return;
      if (one.revision > 0 && one.state === 'open' && one.changes.some((change) => change.endsWith('joined')))
        one.state = 'active';
      this.#telling.tell(
        one,
        one.changes.length === 0 ? 'more of the same' : one.changes.join('; '),
        timer.at,
      );
    } else if (timer.kind === 'quiet') this.#quiet(one, timer.at);
    else if (timer.kind === 'unmute') this.#deciding.unmute(one, timer.at);
    else if (timer.kind === 'archive') this.#archive(one, timer.at);
  }

  /** A case has had no news for the horizon: it is joined no more by ordinary links, and candidates and incidents look for each other. */
  #quiet(one: Case, at: number): void {
    const due = one.last + this.settings.horizon;
    if (due > at) {
      one.quietAt = due;
      this.#docket.timers.push({ at: due, kind: 'quiet', of: one.id });
      return;
    }
    one.quietAt = 0;
    if (one.state === 'candidate') {
      for (const [subject, own] of bySubject(one)) {
        this.#docket.odd.add(subject, { of: one.id, at: one.last, bits: this.#surroundings.bitsOf(own) });
      }
      this.#surroundings.lookAhead(one, at);
      if (!this.#docket.cases.has(one.id)) return;
    } else if (isLive(one)) this.#surroundings.lookBack(one, at);
    // What is quiet is found by looking around, not by links; it must not count as one more case that names its entities.
    this.#docket.unfile(one);
    const keepFor = one.state === 'candidate' ? this.settings.lookback : this.settings.archive;
    this.#docket.timers.push({ at: one.last + keepFor, kind: 'archive', of: one.id });
  }

  #archive(one: Case, at: number): void {
    if (
      one.quietAt !== 0 ||
      one.last + (one.state === 'candidate' ? this.settings.lookback : this.settings.archive) > at
    )
      return;
    if (one.state !== 'candidate' && one.state !== 'redirected') {
      one.state = 'archived';
      this.#telling.tell(one, `nothing new for ${spanText(this.settings.archive)}`, at);
    }
    this.#docket.forget(one);
  }

  #watchSilence(past: KeyPast, sighting: Sighting): void {
    if (past.silentAt !== 0) {
      past.latest = sighting;
      return;
    }
    const due = this.#docket.history.silenceDue(past);
    if (due === undefined) return;
    past.latest = sighting;
    past.silentAt = due;
    this.#docket.timers.push({ at: due, kind: 'silence', of: past.key });
  }

  /** A steady stream may have fallen silent: a notable thing, at the time of its last sighting. */
  #silence({ of, at }: Timer): void {
    const past = this.#docket.history.past(of);
    if (past === undefined || past.silentAt !== at) return;
    const due = this.#docket.history.silenceDue(past);
    if (due !== undefined && due > at) {
      past.silentAt = due;
      this.#docket.timers.push({ at: due, kind: 'silence', of });
      return;
    }
    past.silentAt = 0;
    const { latest } = past;
    past.latest = undefined;
    if (due === undefined || latest === undefined) return;
    const surprise = this.#docket.history.silence(past, due);
    const bits = Math.min(surprise.bits, this.settings.capBits);
    if (bits < this.settings.notableBits) return;
    const known = this.#known(latest, this.#docket.history.beforeSilence(past));
    this.#gathering.take({
      sighting: latest,
      subject: past.subject,
      surprise,
      bits,
      declared: 0,
      ...known,
      takenAt: at,
    });
  }
}

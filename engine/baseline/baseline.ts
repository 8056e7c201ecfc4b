// Long because it is the one straight way of an observation: windows close, the event is judged, an alarm may be raised, all is learnt.
import {
  type BaselineDetail,
  type BaselineRule,
  type Entity,
  type EventRef,
  type EventTime,
  eventTime,
  type FeatureDetail,
  type RuleRef,
  type Signal,
  sha256,
} from '../model/index.ts';
import {
  Budget,
  type BudgetReport,
  type BudgetState,
  CEILING,
  mergeBudgets,
  type Spending,
} from './budget.ts';
import { hashOf } from './distinct-sketch.ts';
import { Entities, type SavedEntity } from './entities.ts';
import type { Closed, Feature, FeatureFinding, Saved, Surroundings } from './feature.ts';
import { makeFeature } from './features/table.ts';
import { RAW_MAX } from './probability.ts';
import { dayOf, type Sighting, textsOf } from './sighting.ts';
import { ScoreTail, type TailState } from './tail.ts';

const DAY = 86_400_000_000;
/** After an alarm, the same feature of the same entity is quiet for so long, unless it surprises by a decade more; above the ceiling all is said. */
const REST = 7 * DAY;
const REST_MORE = 1;
/** The form of what is kept: another one is not read, but learnt anew. */
export const LEARNT_FORM = 2;
/** Calibration is fitted anew when there are so many per cent more scores. */
const REFIT_PERCENT = 2;
/** What a model of ours finds more probable than this is never odd, however seldom the feature finds anything at all. */
const PROBABILITY_MAX = 0.1;

/** What a baseline needs besides its rule. */
export interface BaselineOptions {
  /** What its signals say of their rule. */
  readonly ref: RuleRef;
  /** The score of its signals, 0–100. */
  readonly score: number;
  /** What stands for a part of an entity's key in all that is kept; the name itself where absent. */
  readonly pseudonym?: (part: string) => string;
}

/** Why nothing was said: counted, so that silence can be told from health. */
export interface BaselineStats {
  readonly events: number;
  /** Events without all fields of the entity's key. */
  readonly keyless: number;
  /** Events older than one before; they count as of its time. */
  readonly late: number;
  /** Events in excluded intervals: judged, not learnt. */
  readonly excluded: number;
  readonly entities: number;
  /** Entities given up for want of room (what their peers know of them stays), and those forgotten after `ttl`. */
  readonly folded: number;
  readonly expired: number;
  /** Judgements made, and those left out because the entity or the rule had not learnt enough. */
  readonly judged: number;
  readonly cold: number;
  /** Alarms, those of them above the ceiling, and what was left out because the same was said within a week. */
  readonly alarms: number;
  readonly ceilings: number;
  readonly rested: number;
  readonly budget: BudgetReport;
  /** Days since learning ended. */
  readonly daysLive: number;
}

/** A baseline as plain data: tenant and entities. */
export interface BaselineState {
  readonly version: typeof LEARNT_FORM;
  readonly tenant: {
    readonly first: number;
    readonly now: number;
    readonly counts: readonly number[];
    readonly tails: readonly TailState[];
    readonly budget: BudgetState;
    readonly features: readonly Saved[];
    readonly warm: boolean;
    /** Of a snapshot. */
    readonly free?: readonly number[];
  };
  readonly entities: readonly (SavedEntity & { readonly features: Readonly<Record<string, Saved>> })[];
}

interface Part {
  readonly feature: number;
  readonly raw: number;
  readonly surprise: number;
}

const NO_SIGNALS: readonly Signal[] = [];

/**
 * One baseline rule at work. Observations come in event-time order: each is judged by what was known before it, and then learnt; the
 * windows that have ended meanwhile are judged and learnt first. The same observations give the same signals and the same state.
 * Cost: O(features) an observation; state as each feature states, and about 100 bytes an entity besides.
 */
export class Baseline {
  readonly rule: BaselineRule;
  private readonly options: BaselineOptions;
  private readonly features: readonly Feature[];
  private readonly tails: readonly ScoreTail[];
  private readonly entities: Entities;
  private readonly budget: Budget;
  /** Made once and not for each event: what takes the windows that a feature closes, and the signals they were worth. */
  private readonly takers: readonly ((closed: Closed) => void)[];
  private readonly closed: Signal[] = [];
  /** With pseudonyms: the names as last seen, by row; they are never saved. */
  private readonly shown: (readonly string[] | undefined)[] = [];
  private first = -1;
  private now = -1;
  private warm = false;
  private readonly warmAt: number;
  private events = 0;
  private keyless = 0;
  private late = 0;
  private excluded = 0;
  private folded = 0;
  private expired = 0;
  private judged = 0;
  private cold = 0;
  private alarms = 0;
  private ceilings = 0;
  private rested = 0;

  constructor(rule: BaselineRule, options: BaselineOptions) {
    this.rule = rule;
    this.options = options;
    const entities = new Entities(rule.features.length);
    this.entities = entities;
    const around: Surroundings = {
      rule,
      entityCount: () => entities.size,
      peerCount: (group) => entities.groupSize(group),
      groupOf: (row) => entities.groupOf(row),
    };
    this.features = rule.features.map((spec) => makeFeature(spec, around));
    // Scores are one over a probability: were the models honest, the tail's index would be 1.
    this.tails = rule.features.map(
      () =>
        new ScoreTail({
          floor: 1 / PROBABILITY_MAX,
          priorIndex: 1,
          sparse: true,
          refitPercent: REFIT_PERCENT,
        }),
    );
    this.budget = new Budget(rule.budget);
    this.takers = rule.features.map((_, i) => (closed: Closed) => {
      const signal = this.judgeClosed(i, closed);
      if (signal !== undefined) this.closed.push(signal);
    });
    // Entities need their days; the calibration of what they then say needs as many again.
    this.warmAt = Math.min(rule.learn.from, 2 * rule.learn.minDays * DAY);
  }

  /** The fields whose values observations must carry. */
  static fieldsOf(rule: BaselineRule): readonly string[] {
    const around: Surroundings = { rule, entityCount: () => 0, peerCount: () => 0, groupOf: () => -1 };
    const of = rule.features.flatMap((spec) => makeFeature(spec, around).fields);
    return [...new Set([...rule.entity.key, ...rule.peers.by, ...of])];
  }

  /** Takes the next observation, in event-time order, and gives the signals it and what has ended before it are worth. */
  accept(observation: Signal): readonly Signal[] {
    const evidence = observation.evidence[0];
    if (evidence === undefined) return NO_SIGNALS;
    this.events++;
    if (observation.end < this.now) this.late++;
    const time = eventTime(Math.max(this.now, observation.end));
    const before = this.advance(time);
    const key = this.keyOf(observation);
    if (key === undefined) {
      this.keyless++;
      return before;
    }
    const row = this.enter(key, observation, time);
    const seen: Sighting = {
      entity: row,
      peers: this.entities.groupOf(row),
      time,
      day: dayOf(time),
      values: observation.values,
      event: evidence,
    };
    const found = this.judge(seen, observation);
    if (this.isExcluded(time)) this.excluded++;
    else for (const feature of this.features) feature.learn(seen);
    if (found === undefined) return before;
    return before.length === 0 ? [found] : [...before, found];
  }

  /** Event time has come to here: what ended before is judged. Times do not go back. */
  advance(time: EventTime): readonly Signal[] {
    if (time <= this.now) return NO_SIGNALS;
    if (this.first < 0) this.first = time;
    for (let i = 0; i < this.features.length; i++) this.close(i, time);
    const nextDay = dayOf(time) > dayOf(this.now);
    this.now = time;
    if (nextDay) this.turnDay(time);
    return this.takeClosed();
  }

  /** The end of a recording: open windows, days and sessions are judged as they stand. A series ends with its last whole window. */
  finish(): readonly Signal[] {
    if (this.now < 0) return NO_SIGNALS;
    for (let i = 0; i < this.features.length; i++) {
      if (this.rule.features[i]?.kind !== 'series') this.close(i, Number.MAX_SAFE_INTEGER);
    }
    return this.takeClosed();
  }

  /** What was done, left out, spent and given up. */
  stats(): BaselineStats {
    return {
      events: this.events,
      keyless: this.keyless,
      late: this.late,
      excluded: this.excluded,
      entities: this.entities.size,
      folded: this.folded,
      expired: this.expired,
      judged: this.judged,
      cold: this.cold,
      alarms: this.alarms,
      ceilings: this.ceilings,
      rested: this.rested,
      budget: this.budget.report(),
      daysLive: this.budget.daysLive(this.now),
    };
  }

  /** Whether the rule as a whole has learnt enough to speak. */
  get isWarm(): boolean {
    return this.warm;
  }

  /** Named figures of each entity, by key, for `show` and `diff`. */
  describe(): ReadonlyMap<
    string,
    Readonly<Record<string, Readonly<Record<string, number | string | readonly string[]>>>>
  > {
    return new Map(
      this.entities
        .inOrder()
        .map((row) => [
          this.entities.keyOf(row).join(' / '),
          Object.fromEntries(
            this.features
              .map((feature) => [feature.spec.name, feature.describe(row)] as const)
              .filter(([, of]) => Object.keys(of).length > 0),
          ),
        ]),
    );
  }

  /** The state as plain data, entities by key. With rows it is a snapshot that goes on to the byte; without, it is for files. */
  snapshot(how: 'snapshot' | 'file' = 'snapshot'): BaselineState {
    const entities = this.entities.inOrder().map((row) => {
      const saved = how === 'file' ? this.entities.saveForFile(row) : this.entities.save(row);
      const features: Record<string, Saved> = {};
      for (const feature of this.features) {
        const own = feature.saveEntity(row);
        if (own !== undefined) features[feature.spec.name] = own;
      }
      return { ...saved, features };
    });
    return {
      version: LEARNT_FORM,
      tenant: {
        first: this.first,
        now: this.now,
        counts: [
          this.events,
          this.keyless,
          this.late,
          this.excluded,
          this.folded,
          this.expired,
          this.judged,
          this.cold,
          this.alarms,
          this.ceilings,
          this.rested,
        ],
        tails: this.tails.map((tail) => tail.snapshot()),
        budget: this.budget.snapshot(),
        features: this.features.map((feature) => feature.saveTenant()),
        warm: this.warm,
        ...(how === 'file' ? {} : { free: [...this.entities.freeRows] }),
      },
      entities,
    };
  }

  /**
   * Takes a saved state in: as the whole where nothing is known yet, else as another part of the same stream (other entities, or other
   * times), whose estimators are added to what is known.
   */
  absorb(state: BaselineState): void {
    const { tenant, entities } = state;
    const fresh = this.first < 0 && this.events === 0;
    const before = this.budget.snapshot();
    this.first =
      this.first < 0 ? tenant.first : tenant.first < 0 ? this.first : Math.min(this.first, tenant.first);
    this.now = Math.max(this.now, tenant.now);
    this.warm = this.warm || tenant.warm;
    const [
      events = 0,
      keyless = 0,
      late = 0,
      excluded = 0,
      folded = 0,
      expired = 0,
      judged = 0,
      cold = 0,
      alarms = 0,
      ceilings = 0,
      rested = 0,
    ] = tenant.counts;
    this.events += events;
    this.keyless += keyless;
    this.late += late;
    this.excluded += excluded;
    this.folded += folded;
    this.expired += expired;
    this.judged += judged;
    this.cold += cold;
    this.alarms += alarms;
    this.ceilings += ceilings;
    this.rested += rested;
    tenant.tails.forEach((saved, i) => {
      this.tails[i]?.absorb(saved);
    });
    this.budget.restore(fresh ? tenant.budget : mergeBudgets(before, tenant.budget));
    const rows = entities.map((saved) => this.entities.absorb(saved, hashOf));
    tenant.features.forEach((saved, i) => {
      this.features[i]?.absorbTenant(saved);
    });
    entities.forEach((saved, i) => {
      for (const feature of this.features) {
        const own = saved.features[feature.spec.name];
        if (own !== undefined) feature.absorbEntity(rows[i] ?? 0, own);
      }
    });
    this.entities.settle();
    if (fresh && tenant.free !== undefined) this.entities.restoreFree(tenant.free);
    for (const feature of this.features) feature.settle?.();
  }

  /** Forgets an entity by its key; false where it is not known. */
  forget(key: readonly string[]): boolean {
    const row = this.entities.find(key.join('\u0000'));
    if (row === undefined) return false;
    this.drop(row);
    return true;
  }

  private close(feature: number, time: number): void {
    const take = this.takers[feature];
    if (take !== undefined) this.features[feature]?.close(time, take);
  }

  private takeClosed(): readonly Signal[] {
    return this.closed.length === 0 ? NO_SIGNALS : this.closed.splice(0);
  }

  private keyOf(observation: Signal): readonly string[] | undefined {
    const parts: string[] = [];
    for (const field of this.rule.entity.key) {
      const value = observation.values.get(field);
      const text = typeof value === 'object' && value !== null ? value[0] : value;
      if (text === undefined || text === null || text === '') return undefined;
      parts.push(String(text));
    }
    return parts;
  }

  private enter(key: readonly string[], observation: Signal, time: EventTime): number {
    // Names are compared as Sigma compares texts: in whatever case they come.
    const names = key.map((part) => part.toLowerCase());
    const { pseudonym } = this.options;
    const folded = pseudonym === undefined ? names : names.map(pseudonym);
    const text = folded.length === 1 ? (folded[0] ?? '') : folded.join('\u0000');
    let row = this.entities.find(text);
    if (row === undefined) {
      if (this.entities.size >= this.rule.entity.max) {
        const least = this.entities.leastRecent();
        if (least !== undefined) {
          this.drop(least);
          this.folded++;
        }
      }
      row = this.entities.add(text, folded);
    }
    if (pseudonym !== undefined) this.shown[row] = names;
    this.entities.touch(row, time, dayOf(time));
    const { by } = this.rule.peers;
    if (by.length > 0) {
      const name = by
        .map((field) => textsOf({ values: observation.values } as Sighting, field).join(','))
        .join(' / ');
      if (name.replaceAll(' / ', '') !== '') this.entities.join(row, hashOf(name), name);
    }
    return row;
  }

  private judge(seen: Sighting, observation: Signal): Signal | undefined {
    let total = 0;
    let parts: Part[] | undefined;
    const cold = this.isCold(seen.entity);
    for (let i = 0; i < this.features.length; i++) {
      const raw = this.features[i]?.score(seen);
      if (raw === undefined) continue;
      this.judged++;
      if (cold) {
        this.cold++;
        continue;
      }
      const surprise = this.calibrate(i, raw, { row: seen.entity, time: seen.time });
      if (surprise <= 0) continue;
      total += surprise;
      parts ??= [];
      parts.push({ feature: i, raw, surprise });
    }
    if (parts === undefined) return undefined;
    const outcome = this.decide(seen.entity, total, { time: seen.time, parts });
    if (outcome === 'quiet') return undefined;
    const findings = (part: Part, limit: number): FeatureFinding | undefined =>
      this.features[part.feature]?.finding(seen, limit);
    return this.raise(outcome, {
      row: seen.entity,
      parts,
      total,
      start: seen.time,
      end: seen.time,
      event: seen.event,
      entities: observation.entities,
      values: observation.values,
      findings,
    });
  }

  private judgeClosed(feature: number, closed: Closed): Signal | undefined {
    this.judged++;
    if (closed.entity >= 0 && this.isCold(closed.entity)) {
      this.cold++;
      return undefined;
    }
    const surprise =
      closed.calibrated === true
        ? closed.raw * (this.rule.features[feature]?.weight ?? 1)
        : this.calibrate(feature, closed.raw, { row: closed.entity, time: closed.end });
    if (surprise <= 0) return undefined;
    const parts = [{ feature, raw: closed.raw, surprise }];
    const outcome = this.decide(closed.entity, surprise, { time: closed.end, parts });
    if (outcome === 'quiet') return undefined;
    return this.raise(outcome, {
      row: closed.entity,
      parts,
      total: surprise,
      start: closed.start,
      end: closed.end,
      event: closed.event,
      entities: [],
      values: new Map(),
      ...(closed.label === undefined ? {} : { label: closed.label }),
      findings: (_, limit) => closed.finding(limit),
    });
  }

  private isCold(row: number): boolean {
    const { minEvents, minDays } = this.rule.learn;
    return this.entities.eventsOf(row) <= minEvents || this.entities.daysOf(row) <= minDays;
  }

  private calibrate(
    feature: number,
    raw: number,
    { row, time }: { readonly row: number; readonly time: number },
  ): number {
    const tail = this.tails[feature];
    if (tail === undefined) return 0;
    const score = raw > 0 ? 10 ** raw : 0;
    const surprise = score > 0 ? Math.min(RAW_MAX, tail.surprise(score)) : 0;
    const weighed = surprise * (this.rule.features[feature]?.weight ?? 1);
    // What repeats an alarm says nothing new of what is usual: one entity's flood must not make floods usual for everybody.
    if (row < 0 || surprise < 1 || !this.isResting(row, { feature, surprise: weighed }, time))
      tail.add(score);
    return weighed;
  }

  private isResting(
    row: number,
    part: { readonly feature: number; readonly surprise: number },
    time: number,
  ): boolean {
    if (time >= this.entities.restUntil(row, part.feature)) return false;
    const said = this.entities.restSurprise(row, part.feature);
    return said >= CEILING || part.surprise < said + REST_MORE;
  }

  private decide(
    row: number,
    total: number,
    { time, parts }: { readonly time: number; readonly parts: readonly Part[] },
  ): Spending {
    if (row >= 0) {
      // An alarm of which every feature said the same not long ago is the same alarm.
      const odd = parts.filter((part) => part.surprise >= 1);
      const resting = (odd.length === 0 ? parts : odd).every((part) => this.isResting(row, part, time));
      if (resting && total >= this.budget.threshold) {
        if (this.warm) this.rested++;
        return 'quiet';
      }
    }
    if (!this.warm) {
      if (this.budget.rehearse(time, total) && row >= 0) this.rest(row, parts, time);
      return 'quiet';
    }
    if (this.rule.budget.scope === 'entity' && row >= 0) return this.askEntity(row, total, time);
    return this.budget.ask(time, total);
  }

  /** A budget of each entity's own, on top of which the one for all only counts. */
  private askEntity(row: number, total: number, time: number): Spending {
    const [known, released] = this.entities.thresholdOf(row);
    const start = known === 0 ? this.budget.report().learnt : known;
    const days = known === 0 ? 0 : Math.max(0, (time - released) / DAY);
    const threshold = Math.max(1, start - 0.2 * this.rule.budget.perDay * days);
    this.budget.pass(time);
    if (total >= CEILING) return 'ceiling';
    const speaks = total >= threshold;
    this.entities.setThreshold(row, Math.min(CEILING, threshold + (speaks ? 0.2 : 0)), time);
    return speaks ? 'speak' : 'quiet';
  }

  private raise(
    outcome: Spending,
    given: {
      readonly row: number;
      readonly label?: string;
      readonly parts: readonly Part[];
      readonly total: number;
      readonly start: number;
      readonly end: number;
      readonly event: EventRef;
      readonly entities: readonly Entity[];
      readonly values: Signal['values'];
      readonly findings: (part: Part, limit: number) => FeatureFinding | undefined;
    },
  ): Signal | undefined {
    const { row, parts, total, start, end, event } = given;
    const { threshold } = this.budget;
    if (outcome === 'held') return this.budget.tellSpent() ? this.spentSignal(end, event) : undefined;
    this.alarms++;
    if (outcome === 'ceiling') this.ceilings++;
    this.budget.spend();
    if (row >= 0) {
      this.rest(row, parts, end);
    }
    const details = parts
      .flatMap((part): FeatureDetail[] => {
        const spec = this.rule.features[part.feature];
        const needed = threshold - (total - part.surprise);
        const limit = Math.log10(Math.max(1, this.tails[part.feature]?.scoreAt(Math.max(0, needed)) ?? 1));
        const found = given.findings(part, Number.isFinite(limit) ? limit : needed);
        if (spec === undefined || found === undefined) return [];
        return [{ name: spec.name, kind: spec.kind, surprise: rounded(part.surprise), ...found }];
      })
      .sort((a, b) => b.surprise - a.surprise);
    return this.signal({
      ...given,
      end,
      start,
      seed: `${given.label ?? this.entities.keyOf(row).join('\u0000')}\n${event.id}\n${start}\n${details.map(({ name }) => name).join(',')}`,
      detail: {
        surprise: rounded(total),
        threshold: rounded(threshold),
        ceiling: outcome === 'ceiling',
        features: details,
        known: {
          events: row < 0 ? this.events : this.entities.eventsOf(row),
          days: row < 0 ? 0 : this.entities.daysOf(row),
        },
        budget: this.spending(),
      },
    });
  }

  private rest(row: number, parts: readonly Part[], time: number): void {
    for (const { feature, surprise } of parts) {
      this.entities.rest(row, feature, { until: time + REST, surprise });
      this.features[feature]?.told?.(row);
    }
  }

  /** The day's budget is spent and more is held back: a finding of its own, once a day, that nobody need read. */
  private spentSignal(end: number, event: EventRef): Signal {
    const { heldBackToday } = this.budget.report();
    return this.signal({
      row: -1,
      start: end,
      end,
      event,
      entities: [],
      values: new Map<string, string | number>([['baseline.held_back', heldBackToday]]),
      seed: `budget\n${event.id}`,
      detail: {
        surprise: 0,
        threshold: rounded(this.budget.threshold),
        ceiling: false,
        features: [],
        known: { events: this.events, days: 0 },
        budget: this.spending(),
        spent: true,
      },
    });
  }

  private spending(): BaselineDetail['budget'] {
    const { perDay, spentToday, heldBackToday } = this.budget.report();
    return { perDay, spent: spentToday, heldBack: heldBackToday };
  }

  private signal(given: {
    readonly row: number;
    readonly start: number;
    readonly end: number;
    readonly event: EventRef;
    readonly entities: readonly Entity[];
    readonly values: Signal['values'];
    readonly seed: string;
    readonly detail: BaselineDetail;
  }): Signal {
    const { row, event, detail } = given;
    const { type, role, key } = this.rule.entity;
    const own: Entity[] = row < 0 ? [] : [{ type, role, value: this.nameOf(row).join(' / ') }];
    const others = given.entities.filter(
      (one) =>
        !own.some((mine) => mine.type === one.type && mine.value.toLowerCase() === one.value.toLowerCase()),
    );
    const values = new Map(given.values);
    if (row >= 0) {
      key.forEach((field, i) => {
        if (!values.has(field)) values.set(field, this.nameOf(row)[i] ?? '');
      });
    }
    const ref = this.options.ref;
    return {
      id: sha256(`${ref.hash}\n${given.seed}`).slice(0, 32),
      rule: detail.spent === true ? { ...ref, level: 'informational' } : ref,
      start: eventTime(given.start),
      end: eventTime(given.end),
      endNs: 0,
      entities: [...own, ...others],
      score: detail.spent === true ? 0 : this.options.score,
      evidence: [event],
      values,
      ...(row < 0 ? {} : { group: key.map((field, i) => [field, this.nameOf(row)[i] ?? ''] as const) }),
      surprise: detail.surprise,
      baseline: this.rule.mode === 'shadow' ? { ...detail, shadow: true } : detail,
    };
  }

  private isExcluded(time: number): boolean {
    return this.rule.learn.exclude.some(({ start, end }) => time >= start && time < end);
  }

  /** Once a day: entities idle for too long go, and the rule may have learnt enough. */
  private turnDay(time: number): void {
    for (let row = this.entities.leastRecent(); row !== undefined; row = this.entities.leastRecent()) {
      if (time - this.entities.lastOf(row) <= this.rule.entity.ttl) break;
      this.drop(row);
      this.expired++;
    }
    this.budget.pass(time, this.warm ? 1 : 3);
    if (this.warm || time - this.first < this.warmAt) return;
    // A series calibrates itself.
    if (!this.tails.some((tail, i) => tail.ready || this.rule.features[i]?.kind === 'series')) return;
    this.warm = true;
    this.budget.begin(time);
  }

  private nameOf(row: number): readonly string[] {
    return this.shown[row] ?? this.entities.keyOf(row);
  }

  private drop(row: number): void {
    this.shown[row] = undefined;
    for (const feature of this.features) feature.forget(row);
    this.entities.remove(row);
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

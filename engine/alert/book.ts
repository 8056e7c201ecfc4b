// Long because it is one stateful thing: the life of an alert from its first signal to its end.
import {
  type Alert,
  type AlertState,
  type Assessment,
  type Decision,
  eventTime,
  isPolicy,
  LEVELS,
  type RuleRef,
  type Signal,
  type StandingDecision,
  type VerdictCounts,
} from '../model/index.ts';
import {
  adjustmentOf,
  type Held,
  isQuiet,
  keyOf,
  policiesOf,
  RANKS,
  rankOf,
  standing,
  stateOf,
} from './held.ts';
import { absorb, addNote, groupOf, type Life, newLife } from './life.ts';
import { ALERT_LIMITS, type AlertLimits } from './limits.ts';
import { type AlertPlan, type AlertRule, plainRule } from './plan.ts';
import { type AlertPorts, dearest } from './ports.ts';
import { Recency } from './recency.ts';
import { revisionOf } from './revision.ts';
import { restoredAlert, SAVED_VERSION, type SavedAlert, type SavedBook, savedAlert } from './saved.ts';
import { Timers } from './timers.ts';
import { VerdictLedger } from './verdicts.ts';

/** What became of the signals, exact. taken + copies + muted = signals given. */
export interface AlertStats {
  readonly signals: number;
  /** Signals that are in an alert. */
  readonly taken: number;
  /** Signals of rules that make no alert. */
  readonly muted: number;
  readonly alerts: number;
  readonly live: number;
  /** Alerts of rules in shadow mode. */
  readonly shadow: number;
  /** Alerts closed to further signals for want of room, and by rule id. */
  readonly evicted: number;
  readonly evictedByRule: ReadonlyMap<string, number>;
}

/** A revision with the time at which it was made (microseconds). */
export interface Revised {
  readonly at: number;
  readonly alert: Alert;
}

/**
 * Signals in, alerts out: one alert for each rule and group while it lives. Signals are given in the order of time in which they are worked
 * on; every change that is worth saying becomes a revision, at times that depend on the signals alone, not on how they were batched.
 */
export class AlertBook {
  readonly #rules: Map<string, AlertRule>;
  readonly #foreign = new WeakMap<RuleRef, AlertRule>();
  /** What alerts of a rule are that nothing tells from one another; made anew when verdicts come. */
  #plain = new WeakMap<AlertRule, Assessment>();
  readonly #ports: AlertPorts;
  readonly #limits: AlertLimits;
  readonly #live = new Map<string, Held>();
  readonly #byId = new Map<string, Held>();
  /** Over, but known: the oldest first. */
  readonly #past = new Map<string, Held>();
  readonly #recency = new Recency<Held>(RANKS);
  readonly #timers = new Timers<Held>();
  readonly #verdicts = new VerdictLedger();
  readonly #evicted = new Map<string, number>();
  #out: Revised[] = [];
  #now = Number.NEGATIVE_INFINITY;
  #signals = 0;
  #taken = 0;
  #muted = 0;
  #alerts = 0;
  #shadow = 0;

  constructor(plan: AlertPlan, ports: AlertPorts, limits: AlertLimits = ALERT_LIMITS) {
    this.#rules = new Map(plan.rules.map((rule) => [rule.rule.id, rule]));
    this.#ports = ports;
    this.#limits = limits;
  }

  /**
   * Takes a signal at the time at which it is worked on, which never goes back, and gives the id of the alert that it went into; undefined
   * where it went into none. O(1), and O(log n) for a new alert.
   */
  accept(signal: Signal, at: number): string | undefined {
    this.advanceTo(at);
    this.#signals++;
    const rule = this.#ruleOf(signal.rule);
    if (rule.muted) {
      this.#muted++;
      return undefined;
    }
    const group = groupOf(rule, signal);
    const key = keyOf(rule, group);
    let held = this.#live.get(key);
    let figures = false;
    if (signal.correlation?.retracted) {
      if (held !== undefined) this.#takeBack(held, signal);
      return held?.id;
    }
    if (held === undefined) held = this.#open(rule, signal, { key, group });
    else figures = this.#raise(held, signal.rule);
    this.#taken++;
    const { life } = held;
    if (absorb(life, signal, this.#counterOf(signal))) figures = true;
    if (signal.intel !== undefined && signal.intel.confidence > (held.intel?.confidence ?? 0)) {
      held.intel = signal.intel;
      figures = true;
    }
    this.#recency.remove(held);
    this.#recency.add(held, rankOf(held));
    if (rule.quietMicros === undefined) life.endsAt = Math.max(life.endsAt, at + this.#limits.idleMicros);
    this.#speak(held, { at: this.#now, figures });
    return held.id;
  }

  /** Says that no signal will be worked on before this time: what was due before it is done. */
  advanceTo(at: number): void {
    if (at <= this.#now) return;
    this.#now = at;
    for (let due = this.#timers.take(at); due !== undefined; due = this.#timers.take(at)) {
      const { life } = due.what;
      if (life.laterAt === due.at && life.wakeAt !== due.at) life.laterAt = Number.POSITIVE_INFINITY;
      else if (life.wakeAt === due.at) this.#wake(due.what, due.at);
    }
  }

  /** What somebody decided about an alert, applied now; false where no such alert is known, or the decision is not for it. */
  apply(decision: Decision): boolean {
    const { target } = decision;
    const held = this.#byId.get(target.id) ?? this.#past.get(target.id);
    if (target.kind !== 'alert' || held === undefined) return false;
    const { life } = held;
    addNote(life, { at: decision.at, by: decision.by, text: decision.reason });
    if (decision.tags !== undefined) life.tags = [...new Set([...life.tags, ...decision.tags])];
    if (decision.assignee !== undefined) life.assignee = decision.assignee;
    const adjustment = adjustmentOf(decision);
    const before = standing(life, decision);
    life.adjustments = adjustment === undefined ? before : [...before, adjustment];
    if (decision.suppress !== undefined) {
      const { until } = decision.suppress;
      const { by, reason, hash } = decision;
      life.suppressed = { by, reason, until, ...(hash === undefined ? {} : { hash }) };
      this.#schedule(held, until);
    } else if (life.suppressed?.by === decision.by && (decision.withdraw === true || isPolicy(decision.by)))
      delete life.suppressed;
    if (decision.verdict !== undefined) {
      this.#verdicts.change(life.ruleId, life.verdict, decision.verdict);
      this.#plain = new WeakMap();
      life.verdict = decision.verdict;
    }
    const state = stateOf(decision);
    if (state !== undefined) this.#move(held, state);
    this.#publish(held, Number.isFinite(this.#now) ? this.#now : decision.at);
    return true;
  }

  /** The decisions of policies that still change an alert, by alert id and policy. O(alerts). */
  standing(): readonly StandingDecision[] {
    return [...this.#live.values(), ...this.#past.values()]
      .flatMap(({ life }) => policiesOf(life))
      .sort((a, b) =>
        a.target.id < b.target.id ? -1 : a.target.id > b.target.id ? 1 : a.by < b.by ? -1 : 1,
      );
  }

  /** Counts verdicts that were given elsewhere, such as before this book was opened. */
  learn(ruleId: string, counts: VerdictCounts): void {
    this.#plain = new WeakMap();
    this.#verdicts.add(ruleId, counts);
  }

  /** Verdicts by rule id. */
  verdicts(): ReadonlyMap<string, VerdictCounts> {
    return this.#verdicts.counts();
  }

  /** The revisions since the last call, in order. */
  take(): readonly Revised[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  stats(): AlertStats {
    let evicted = 0;
    for (const count of this.#evicted.values()) evicted += count;
    return {
      signals: this.#signals,
      taken: this.#taken,
      muted: this.#muted,
      alerts: this.#alerts,
      live: this.#live.size,
      shadow: this.#shadow,
      evicted,
      evictedByRule: this.#evicted,
    };
  }

  /** The whole state as plain data, revisions taken out before; the same for the same state. */
  save(): SavedBook {
    if (this.#out.length > 0) throw new Error('revisions are taken before the book is saved');
    const saved = (held: Held): SavedAlert => savedAlert(held, !this.#rules.has(held.rule.rule.id));
    return {
      version: SAVED_VERSION,
      now: Number.isFinite(this.#now) ? this.#now : null,
      // By rank and recency, so that what is restored gives up the same.
      live: [...this.#recency.items()].map(saved),
      past: [...this.#past.values()].map(saved),
      verdicts: [...this.#verdicts.counts()],
      evicted: [...this.#evicted],
      counts: [this.#signals, this.#taken, this.#muted, this.#alerts, this.#shadow],
    };
  }

  /** A book for this plan that goes on where another was saved; undefined where the data are of another version. */
  static restore(
    saved: SavedBook,
    plan: AlertPlan,
    { ports, limits = ALERT_LIMITS }: { readonly ports: AlertPorts; readonly limits?: AlertLimits },
  ): AlertBook | undefined {
    if (saved.version !== SAVED_VERSION) return undefined;
    const book = new AlertBook(plan, ports, limits);
    book.#load(saved);
    return book;
  }

  #load(saved: SavedBook): void {
    this.#now = saved.now ?? Number.NEGATIVE_INFINITY;
    for (const [ruleId, counts] of saved.verdicts) this.#verdicts.add(ruleId, counts);
    for (const [ruleId, count] of saved.evicted) this.#evicted.set(ruleId, count);
    [this.#signals, this.#taken, this.#muted, this.#alerts, this.#shadow] = saved.counts;
    for (const one of saved.live) {
      const held = this.#held(one);
      // The rule has gone, and with it what could still be said of its alerts.
      if (held === undefined) continue;
      this.#live.set(held.life.key, held);
      this.#byId.set(held.id, held);
      this.#recency.add(held, one.rank);
    }
    for (const one of saved.past) {
      const held = this.#held(one);
      if (held !== undefined) this.#past.set(held.id, held);
    }
  }

  #held(saved: SavedAlert): Held | undefined {
    const rule = saved.rule === undefined ? this.#rules.get(saved.life.ruleId) : this.#ruleOf(saved.rule);
    if (rule === undefined) return undefined;
    const held = restoredAlert(saved, rule);
    for (const at of [held.life.wakeAt, held.life.laterAt])
      if (Number.isFinite(at)) this.#timers.add(at, held);
    return held;
  }

  #ruleOf(ref: RuleRef): AlertRule {
    const known = this.#rules.get(ref.id) ?? this.#foreign.get(ref);
    if (known !== undefined) return known;
    // By the object, not the id: one finding may come with different levels, and what it came with first must not stick.
    const rule = plainRule(ref);
    this.#foreign.set(ref, rule);
    return rule;
  }

  /** Another product may give one finding different levels: the alert has the highest. */
  #raise(held: Held, ref: RuleRef): boolean {
    if (ref === held.rule.rule) return false;
    const higher = LEVELS.indexOf(ref.level) > LEVELS.indexOf(held.rule.rule.level);
    if (!higher || this.#rules.has(ref.id)) return false;
    held.rule = plainRule(ref);
    return true;
  }

  #open(
    rule: AlertRule,
    signal: Signal,
    given: { readonly key: string; readonly group: Life['group'] },
  ): Held {
    if (this.#live.size >= this.#limits.liveMax) this.#evict();
    const life = newLife(rule, signal, given);
    const judged = this.#ports.verdictOf?.(life.id);
    if (judged !== undefined) life.verdict = judged;
    const held: Held = {
      id: life.id,
      life,
      rule,
      severity: 'informational',
      intel: undefined,
      rank: 0,
      newer: undefined,
      older: undefined,
    };
    life.endsAt = this.#now + (rule.quietMicros ?? this.#limits.idleMicros);
    this.#live.set(given.key, held);
    this.#byId.set(life.id, held);
    this.#recency.add(held, 0);
    this.#alerts++;
    if (rule.shadow) this.#shadow++;
    return held;
  }

  /** Says the change now where it must be heard now, else sees to it that it is said in time. */
  #speak(held: Held, { at, figures }: { readonly at: number; readonly figures: boolean }): void {
    const { life } = held;
    const loud = life.revision === 0 || (figures && this.#assess(held).severity !== held.severity);
    const sayAt = isQuiet(held) ? life.endsAt : life.nextAt;
    if (loud || at >= sayAt) this.#publish(held, at);
    else this.#schedule(held, sayAt);
  }

  #publish(held: Held, at: number): void {
    const { life } = held;
    const assessment = this.#assess(held);
    const first = life.revision === 0;
    life.revision++;
    life.dirty = false;
    life.pauseMicros = first
      ? this.#limits.pauseMicros
      : Math.min(life.pauseMicros * 2, this.#limits.pauseMaxMicros);
    life.nextAt = at + life.pauseMicros;
    held.severity = assessment.severity;
    this.#out.push({ at, alert: revisionOf(life, held.rule, assessment) });
    if (this.#live.get(life.key) !== held) return;
    this.#recency.remove(held);
    this.#recency.add(held, rankOf(held));
    this.#schedule(held, life.endsAt);
  }

  /** Changes, the end of the life and the end of a suppression are looked after by one timer. */
  #wake(held: Held, at: number): void {
    const { life } = held;
    life.wakeAt = Number.POSITIVE_INFINITY;
    const { suppressed } = life;
    if (suppressed?.until !== undefined && suppressed.until <= at) {
      delete life.suppressed;
      addNote(life, {
        at: eventTime(suppressed.until),
        by: suppressed.by,
        text: `the suppression has ended: ${suppressed.reason}`,
      });
      this.#publish(held, at);
    }
    const live = this.#live.get(life.key) === held;
    const quiet = isQuiet(held);
    if (life.dirty && (at >= life.endsAt || (!quiet && at >= life.nextAt))) this.#publish(held, at);
    if (live && at >= life.endsAt) {
      this.#close(held);
      // It is silent beyond its end, and must not be for good.
      if (life.suppressed?.until !== undefined) this.#schedule(held, life.suppressed.until);
    } else if (live)
      this.#schedule(held, life.dirty && !quiet ? Math.min(life.endsAt, life.nextAt) : life.endsAt);
  }

  /** An earlier timer stands: it will look again at what is due. One that it went before is used again, so that an alert has hardly more than two. */
  #schedule(held: Held, at: number): void {
    const { life } = held;
    const due = Math.min(at, life.suppressed?.until ?? Number.POSITIVE_INFINITY);
    if (due >= life.wakeAt) return;
    if (life.wakeAt === Number.POSITIVE_INFINITY && life.laterAt <= due) {
      life.wakeAt = life.laterAt;
      life.laterAt = Number.POSITIVE_INFINITY;
      return;
    }
    if (life.wakeAt !== Number.POSITIVE_INFINITY) life.laterAt = life.wakeAt;
    life.wakeAt = due;
    this.#timers.add(due, held);
  }

  /** It takes in no more signals, but can still be decided about. */
  #close(held: Held): void {
    if (this.#live.get(held.life.key) !== held) return;
    this.#live.delete(held.life.key);
    this.#byId.delete(held.id);
    this.#recency.remove(held);
    this.#past.set(held.id, held);
    if (this.#past.size <= this.#limits.pastMax) return;
    for (const oldest of this.#past.keys()) {
      this.#past.delete(oldest);
      return;
    }
  }

  #evict(): void {
    const victim = this.#recency.victim();
    if (victim === undefined) return;
    const { life, rule } = victim;
    this.#evicted.set(rule.rule.id, (this.#evicted.get(rule.rule.id) ?? 0) + 1);
    if (life.dirty) this.#publish(victim, this.#now);
    this.#close(victim);
  }

  /** Late data took a signal of a correlation back. */
  #takeBack(held: Held, signal: Signal): void {
    const { life } = held;
    life.count = Math.max(0, life.count - 1);
    addNote(life, { at: signal.end, by: 'engine', text: `late data took signal ${signal.id} back` });
    if (life.count === 0) this.#move(held, 'dismissed');
    this.#publish(held, this.#now);
  }

  /** A resolved or dismissed alert never takes in a signal again; one that is opened again does, where no other has its place. */
  #move(held: Held, state: AlertState): void {
    const { life } = held;
    life.state = state;
    life.dirty = true;
    const over = state === 'resolved' || state === 'dismissed';
    if (over) this.#close(held);
    else if (!this.#live.has(life.key) && this.#past.delete(held.id)) {
      life.endsAt = this.#now + this.#limits.idleMicros;
      this.#live.set(life.key, held);
      this.#byId.set(held.id, held);
      this.#recency.add(held, rankOf(held));
      this.#schedule(held, life.endsAt);
    }
  }

  #assess(held: Held): Assessment {
    const { life, rule } = held;
    const asset = dearest(life.entities, this.#ports);
    // Most alerts of a rule have nothing of their own that would tell their figures from those of the others.
    const plain = life.counter >= 1 && life.surprise <= 0 && life.adjustments.length === 0;
    if (!plain || held.intel !== undefined || asset !== undefined) return this.#assessed(held, asset);
    const known = this.#plain.get(rule);
    if (known !== undefined) return known;
    const assessment = this.#assessed(held, asset);
    this.#plain.set(rule, assessment);
    return assessment;
  }

  #assessed(held: Held, asset: ReturnType<typeof dearest>): Assessment {
    const { life, rule } = held;
    const verdicts = this.#verdicts.of(life.ruleId);
    return this.#ports.assess({
      level: rule.rule.level,
      prior: rule.rule.confidence,
      ...(verdicts === undefined ? {} : { verdicts }),
      ...(life.counter < 1 ? { counter: life.counter } : {}),
      ...(held.intel === undefined ? {} : { intel: held.intel }),
      ...(asset === undefined ? {} : { asset }),
      ...(life.surprise > 0 ? { surprise: life.surprise } : {}),
      ...(rule.anomaly ? { anomalyOnly: true } : {}),
      adjustments: life.adjustments,
    });
  }

  /** What counter-evidence left of the signal's score, as a share. */
  #counterOf(signal: Signal): number {
    if (signal.correlation?.counter === undefined) return 1;
    const whole = this.#ports.score(signal.rule.level, signal.rule.confidence);
    return whole <= 0 ? 1 : Math.min(1, signal.score / whole);
  }
}

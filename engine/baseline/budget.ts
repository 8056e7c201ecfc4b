import type { FalseAlarmBudget } from '../model/index.ts';
import { AlarmControl } from './alarm-control.ts';
import { dayOf } from './sighting.ts';

const DAY = 86_400_000_000;
/** A surprise of so many decades always speaks, whatever the budget. */
export const CEILING = 6;
/** The threshold never falls below this: one in ten is no finding, however quiet the days are. */
const LEAST = 1;
const START = 3;
/** What an alarm adds to the threshold, in decades; three times as much while it is still being found. */
const STEP = 0.2;
const HASTE = 3;

/** What is done with a surprise. */
export type Spending = 'quiet' | 'held' | 'speak' | 'ceiling';

/** What a budget reports. */
export interface BudgetReport {
  readonly perDay: number;
  /** Alarms in all and today, surprises held back in all and today. */
  readonly spent: number;
  readonly spentToday: number;
  readonly heldBack: number;
  readonly heldBackToday: number;
  /** What a surprise must reach now, in decades. */
  readonly threshold: number;
  /** What it had to reach when learning ended: the threshold that spends the budget on what was learnt from. */
  readonly learnt: number;
}

/** The state of a budget as plain data. */
export interface BudgetState {
  readonly threshold: number;
  readonly released: number;
  readonly learnt: number;
  readonly since: number;
  readonly spent: number;
  readonly heldBack: number;
  readonly day: number;
  readonly spentToday: number;
  readonly heldBackToday: number;
  readonly told: number;
}

/**
 * A false-alarm budget: the threshold follows the alarms (`alarm-control.ts`) so that as many are raised a day as may be, found while the
 * rule learns and kept while it runs. What would have reached the threshold found at learning, and does not reach the present one, is held
 * back and counted. Event time only.
 */
export class Budget {
  readonly spec: FalseAlarmBudget;
  private readonly control: AlarmControl;
  private released = Number.NaN;
  private learnt = Number.NaN;
  private since = Number.NaN;
  private spent = 0;
  private heldBack = 0;
  private day = Number.NEGATIVE_INFINITY;
  private spentToday = 0;
  private heldBackToday = 0;
  private told = Number.NEGATIVE_INFINITY;

  constructor(spec: FalseAlarmBudget) {
    this.spec = spec;
    this.control = new AlarmControl({
      start: START,
      least: LEAST,
      greatest: CEILING,
      step: STEP,
      release: { kind: 'rate', rate: spec.perDay / DAY },
    });
  }

  get threshold(): number {
    return this.control.threshold;
  }

  /** Days since learning ended. */
  daysLive(time: number): number {
    return Number.isNaN(this.since) ? 0 : Math.max(0, (time - this.since) / DAY);
  }

  /** The rule has learnt enough: from now on alarms are spent. */
  begin(time: number): void {
    this.learnt = this.control.threshold;
    this.since = time;
  }

  /** While learning: lets the threshold find its place; true where it would have been an alarm. */
  rehearse(time: number, surprise: number): boolean {
    this.pass(time, HASTE);
    if (surprise < this.control.threshold) return false;
    for (let i = 0; i < HASTE; i++) this.control.alarm();
    return true;
  }

  /** Time passes. */
  pass(time: number, haste = 1): void {
    if (time > this.released) this.control.pass((time - this.released) * haste);
    if (!(time <= this.released)) this.released = time;
    const day = dayOf(time);
    if (day <= this.day) return;
    this.day = day;
    this.spentToday = 0;
    this.heldBackToday = 0;
  }

  /** What becomes of a surprise at a time. */
  ask(time: number, surprise: number): Spending {
    this.pass(time);
    if (surprise >= CEILING) return 'ceiling';
    if (surprise >= this.control.threshold) return 'speak';
    if (surprise < this.learnt) return 'quiet';
    this.heldBack++;
    this.heldBackToday++;
    return 'held';
  }

  /** An alarm was raised. */
  spend(): void {
    this.control.alarm();
    this.spent++;
    this.spentToday++;
  }

  /** Whether it is to be told now that the day's budget is spent and something is held back: once a day. */
  tellSpent(): boolean {
    if (this.told === this.day || this.heldBackToday === 0 || this.spentToday < Math.max(1, this.spec.perDay))
      return false;
    this.told = this.day;
    return true;
  }

  report(): BudgetReport {
    const { spent, spentToday, heldBack, heldBackToday, learnt } = this;
    return {
      perDay: this.spec.perDay,
      spent,
      spentToday,
      heldBack,
      heldBackToday,
      threshold: this.control.threshold,
      learnt: Number.isNaN(learnt) ? this.control.threshold : learnt,
    };
  }

  snapshot(): BudgetState {
    const plain = (value: number): number => (Number.isFinite(value) ? value : -1);
    return {
      threshold: this.control.threshold,
      released: plain(this.released),
      learnt: plain(this.learnt),
      since: plain(this.since),
      spent: this.spent,
      heldBack: this.heldBack,
      day: plain(this.day),
      spentToday: this.spentToday,
      heldBackToday: this.heldBackToday,
      told: plain(this.told),
    };
  }

  restore(state: BudgetState): void {
    const real = (value: number, otherwise: number): number => (value === -1 ? otherwise : value);
    this.control.restore(state.threshold);
    this.released = real(state.released, Number.NaN);
    this.learnt = real(state.learnt, Number.NaN);
    this.since = real(state.since, Number.NaN);
    this.spent = state.spent;
    this.heldBack = state.heldBack;
    this.day = real(state.day, Number.NEGATIVE_INFINITY);
    this.spentToday = state.spentToday;
    this.heldBackToday = state.heldBackToday;
    this.told = real(state.told, Number.NEGATIVE_INFINITY);
  }
}

/**
 * The budget of two parts of one stream. Parts of the same time share the budget: with tails that lose a decade a decade, alarms of both
 * add up to it at log10(10^a + 10^b). Of parts one after the other the later one holds.
 */
export function mergeBudgets(a: BudgetState, b: BudgetState): BudgetState {
  const apart = a.released <= b.since || b.released <= a.since;
  const [earlier, later] = a.released <= b.released ? [a, b] : [b, a];
  const both = (x: number, y: number): number => Math.min(CEILING, Math.log10(10 ** x + 10 ** y));
  return {
    ...later,
    threshold: apart ? later.threshold : both(a.threshold, b.threshold),
    learnt: apart || a.learnt < 0 || b.learnt < 0 ? later.learnt : both(a.learnt, b.learnt),
    since:
      earlier.since < 0
        ? later.since
        : Math.min(earlier.since, later.since < 0 ? earlier.since : later.since),
    spent: a.spent + b.spent,
    heldBack: a.heldBack + b.heldBack,
  };
}

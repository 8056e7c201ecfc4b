// Long because it is one estimator: what is expected, learnt, told and merged goes over the same cells of an entity.
import type { Saved, Surroundings } from './feature.ts';
import {
  COURSE_ABOVE,
  COURSE_DAYS,
  DAY,
  DAY_ABOVE,
  DAY_SUM,
  DAY_TELLING,
  DAY_VARIANCE,
  DAY_WEIGHT,
  DAYS,
  MEAN,
  SHIFT,
  SHIFTED,
  SLOTS,
  STRIDE,
  TOLD_ABOVE,
  TOLD_DAY,
  VARIANCE,
  WEEK_DAY,
  WEEKS,
  WEEKS_HELD,
  WEIGHT,
} from './level-cells.ts';
import { Pool } from './pool.ts';
import { normalTailDecades } from './probability.ts';
import { blockSlotOf, dayOf } from './sighting.ts';

/** In so many days what is known of a level loses half its weight. */
const HALF_LIFE_DAYS = 28;
/** For how many windows the entity's mean over all hours counts in that of a block of hours, and everybody's spread in its own. */
const PRIOR_SLOT = 4;
const PRIOR_SPREAD = 8;
/** Below so much weight no day is too much. */
const FREE_WEIGHT = 20;

/**
 * A day counts towards a shift by so many spreads as its figures lie above the expected ones, less 0.75, 2 at most (a one-sided CUSUM;
 * Page, Biometrika 41, 1954); and what is left of the old level after one.
 */
const SHIFT_SLACK = 0.75;
const SHIFT_DAY_MAX = 2;
const SHIFT_KEEP = 0.15;
/**
 * What was told of is known: a figure is judged against the usual one and what the told one had above it, which is halved in so many days, and
 * by each day that is not above the usual one: the spike is over, or the level has followed. (The rest after an alarm ends before it has.)
 */
const TOLD_DAYS = 28;
const TOLD_KEEP = 0.8;

/** Over how many of the last weeks a drift is looked for. */
const WEEKS_RECENT = 4;
/** Fewer days than this, on either side, tell nothing of a drift. */
const DRIFT_DAYS = 8;
/** A figure counts for at most so many spreads above or below the expected one: a drift is many days, not one. */
const DRIFT_CUT = 3;
/** Where less than this share of the usual level is expected, at the week's end of most, nothing can be told of the level. */
const DRIFT_SHARE = 0.5;
const DRIFT_SLOT = 1.5;
/** The spread of an entity's days fades as if so many were known, and what is known of everybody as if so many windows were. */
const DAYS_MAX = 40;
const POOLED_MAX = 10_000;
/** For how many days everybody's spread of days counts in an entity's own. */
const PRIOR_DAYS = 8;

/** How a figure is made comparable. */
export interface Scale {
  forth(x: number): number;
  back(y: number): number;
  /** On the transformed scale, a spread is never taken for less: what repeats exactly may still vary a little. */
  readonly spreadLeast: number;
}

/** A level judged: the expected figure and its spread, on the transformed scale. */
export interface Expected {
  readonly mean: number;
  readonly spread: number;
}

/**
 * The usual level of a figure, by entity and time of the week: mean and spread of the transformed figure (a square root for counts, which
 * evens out their variance after Anscombe, Biometrika 35, 1948; a logarithm for sums), exponentially weighted with a half-life of 28
 * days, the mean of a block of three hours drawn towards the entity's own mean over all hours, the spread towards everybody's.
 * Raw surprise = −log10 of the normal tail above; calibration on the feature's own past makes it honest.
 * Guards: a figure beyond the `winsorise` quantile counts as that quantile; a day counts for at most `day_cap` of all weight; the mean of the
 * last one to four weeks may be above that of the weeks before by `max_drift` a month; more is itself odd. Days
 * far above the expected, at least two more than a new value needs, are a new level: what was known before loses most of its weight, and
 * where none of them was told of, the level itself is odd, once.
 * State: 33 numbers an entity, and 2 for each block of hours. Cost: O(1) a window, and 20 multiplications an entity and day. Merging adds weights (Chan, Golub and
 * LeVeque, 1979); only what winsorising had cut by the part's own past differs from one pass.
 */
export class Level {
  private readonly around: Surroundings;
  private readonly season: boolean;
  private readonly scale: Scale;
  private readonly cells = new Pool(STRIDE);
  private readonly quantile: number;
  /** Weight and mean of squared residuals of everybody: the spread to begin with. */
  private spreadWeight = 0;
  private spreadMean = 1;
  /** The same of the means of days about what was expected of them. */
  private dayWeight = 0;
  private dayMean = 1;

  constructor(around: Surroundings, how: { readonly season: boolean; readonly scale: Scale }) {
    this.around = around;
    this.season = how.season;
    this.scale = how.scale;
    this.quantile = normalQuantile(around.rule.guard.winsorise);
  }

  /** Whether anything is known of the entity. */
  knows(entity: number): boolean {
    return (this.cells.cells[this.cells.at(entity) + WEIGHT] ?? 0) > 0;
  }

  /** What is expected of an entity at a time. */
  expected(entity: number, time: number): Expected {
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    const mean = cells[first + MEAN] ?? 0;
    const spread = this.spreadOf(first);
    if (!this.season) return { mean, spread };
    const slot = first + SLOTS + 2 * blockSlotOf(time);
    const slotWeight = cells[slot] ?? 0;
    const slotMean = (slotWeight * (cells[slot + 1] ?? 0) + PRIOR_SLOT * mean) / (slotWeight + PRIOR_SLOT);
    return { mean: slotMean, spread };
  }

  /** The raw surprise of a transformed figure, for being too great. */
  score(entity: number, time: number, y: number): number {
    if (!this.knows(entity)) return 0;
    const { mean, spread } = this.judgedBy(entity, time);
    return normalTailDecades((y - mean) / spread);
  }

  /** What a figure is judged by: the expected one, and what an alarm not long ago had above it. */
  judgedBy(entity: number, time: number): Expected {
    const first = this.cells.at(entity);
    const above = this.cells.cells[first + TOLD_ABOVE] ?? 0;
    const { mean, spread } = this.expected(entity, time);
    if (above === 0) return { mean, spread };
    const days = Math.max(0, dayOf(time) - (this.cells.cells[first + TOLD_DAY] ?? 0));
    return { mean: mean + above * 2 ** (-days / TOLD_DAYS), spread };
  }

  /**
   * The surprise of the last weeks' mean against that of the weeks before, beyond the drift that is allowed, in decades: the most over all
   * ways to part the weeks held in two (a likelihood ratio for a change at an unknown time; Lorden, Annals of Mathematical Statistics 42,
   * 1971). The long memory is what tells a slow ramp: it does not follow as the level does. Asked before the first window of a day is learnt.
   */
  drift(entity: number): number {
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    const days = cells[first + DAYS] ?? 0;
    const variance =
      (days * (cells[first + DAY_VARIANCE] ?? 0) + PRIOR_DAYS * this.dayMean) / (days + PRIOR_DAYS);
    let most = cells[first + SHIFTED] ?? 0;
    for (let split = 1; split <= WEEKS_RECENT; split++) {
      const late = this.meanOf(first, 0, split);
      const early = this.meanOf(first, split, WEEKS_HELD);
      if (late.days < DRIFT_DAYS || early.days < DRIFT_DAYS) continue;
      if (late.mean <= this.drifted(early.mean, 7 * (early.age - late.age))) continue;
      const gone = late.mean - early.mean;
      most = Math.max(most, gone / Math.sqrt(variance * (1 / late.days + 1 / early.days)));
    }
    return normalTailDecades(most);
  }

  /** Takes a transformed figure into the past. */
  learn(entity: number, time: number, y: number): void {
    const first = this.cells.at(entity);
    const day = dayOf(time);
    const { cells } = this.cells;
    if (cells[first + DAY] !== day) this.newDay(first, day);
    const weight = cells[first + WEIGHT] ?? 0;
    const { mean, spread } = this.expected(entity, time);
    const cut =
      weight < FREE_WEIGHT
        ? y
        : Math.max(mean - this.quantile * spread, Math.min(mean + this.quantile * spread, y));
    const room =
      this.around.rule.guard.dayCap * Math.max(FREE_WEIGHT, weight) - (cells[first + DAY_WEIGHT] ?? 0);
    const share = weight < FREE_WEIGHT ? 1 : Math.max(0, Math.min(1, room));
    if (share <= 0) return;
    if (weight > 0) {
      this.spreadWeight = Math.min(POOLED_MAX, this.spreadWeight + share);
      this.spreadMean += ((cut - mean) ** 2 - this.spreadMean) * (share / (this.spreadWeight + 10));
    }
    cells[first + DAY_WEIGHT] = (cells[first + DAY_WEIGHT] ?? 0) + share;
    const slot = first + SLOTS + 2 * blockSlotOf(time);
    const usual = (cells[slot] ?? 0) >= DRIFT_SLOT ? (cells[slot + 1] ?? 0) : cut;
    if (usual >= DRIFT_SHARE * (cells[first + MEAN] ?? 0)) {
      const figure =
        weight < FREE_WEIGHT
          ? cut
          : Math.max(mean - DRIFT_CUT * spread, Math.min(mean + DRIFT_CUT * spread, cut));
      cells[first + DAY_TELLING] = (cells[first + DAY_TELLING] ?? 0) + share;
      cells[first + DAY_SUM] = (cells[first + DAY_SUM] ?? 0) + share * figure;
    }
    cells[first + DAY_ABOVE] = (cells[first + DAY_ABOVE] ?? 0) + (share * (cut - mean)) / spread;
    const sum = weight + share;
    if (weight > 0) {
      cells[first + VARIANCE] =
        (cells[first + VARIANCE] ?? 0) + ((cut - mean) ** 2 - (cells[first + VARIANCE] ?? 0)) * (share / sum);
    }
    cells[first + MEAN] = (cells[first + MEAN] ?? 0) + (cut - (cells[first + MEAN] ?? 0)) * (share / sum);
    cells[first + WEIGHT] = sum;
    const slotSum = (cells[slot] ?? 0) + share;
    cells[slot + 1] = (cells[slot + 1] ?? 0) + (cut - (cells[slot + 1] ?? 0)) * (share / slotSum);
    cells[slot] = slotSum;
  }

  /** The entity's level was told of by a figure so far above the expected one, on a day: its drift is counted from now on. */
  told(entity: number, day: number, above: number): void {
    const first = this.cells.at(entity);
    this.forgetWeeks(first);
    this.cells.cells[first + TOLD_DAY] = day;
    this.cells.cells[first + TOLD_ABOVE] = Math.max(0, above);
    this.cells.cells[first + SHIFTED] = 0;
  }

  forget(entity: number): void {
    this.cells.clear(entity);
  }

  saveEntity(entity: number): readonly number[] | undefined {
    return this.knows(entity) ? this.cells.save(entity) : undefined;
  }

  absorbEntity(entity: number, saved: readonly number[]): void {
    if (!this.knows(entity)) {
      this.cells.load(entity, saved);
      return;
    }
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    // Both sides as of the later day.
    const day = Math.max(cells[first + DAY] ?? 0, saved[DAY] ?? 0);
    const fade = (of: number): number => 2 ** (-(day - of) / HALF_LIFE_DAYS);
    const mine = fade(cells[first + DAY] ?? 0);
    const theirs = fade(saved[DAY] ?? 0);
    const weights = [mine * (cells[first + WEIGHT] ?? 0), theirs * (saved[WEIGHT] ?? 0)] as const;
    const share = weights[1] / (weights[0] + weights[1]);
    const apart = (saved[MEAN] ?? 0) - (cells[first + MEAN] ?? 0);
    const variance = cells[first + VARIANCE] ?? 0;
    cells[first + VARIANCE] =
      variance + ((saved[VARIANCE] ?? 0) - variance) * share + share * (1 - share) * apart * apart;
    cells[first + MEAN] = (cells[first + MEAN] ?? 0) + apart * share;
    cells[first + WEIGHT] = weights[0] + weights[1];
    // Of what concerns the last days, the later part knows.
    if ((saved[DAY] ?? 0) >= (cells[first + DAY] ?? 0)) {
      for (let cell = WEEK_DAY; cell < SLOTS; cell++) {
        cells[first + cell] = saved[cell] ?? 0;
      }
    }
    cells[first + DAY] = day;
    for (let slot = SLOTS; slot < STRIDE; slot += 2) {
      const own = mine * (cells[first + slot] ?? 0);
      const other = theirs * (saved[slot] ?? 0);
      if (own + other === 0) continue;
      cells[first + slot + 1] =
        (cells[first + slot + 1] ?? 0) +
        ((saved[slot + 1] ?? 0) - (cells[first + slot + 1] ?? 0)) * (other / (own + other));
      cells[first + slot] = own + other;
    }
  }

  saveTenant(): Saved {
    return [this.spreadWeight, this.spreadMean, this.dayWeight, this.dayMean];
  }

  absorbTenant(saved: Saved): void {
    const [weight, mean, dayWeight, dayMean] = saved as [number, number, number, number];
    this.spreadMean = meanOfBoth([this.spreadWeight, this.spreadMean], [weight, mean]);
    this.spreadWeight = Math.min(POOLED_MAX, this.spreadWeight + weight);
    this.dayMean = meanOfBoth([this.dayWeight, this.dayMean], [dayWeight, dayMean]);
    this.dayWeight = Math.min(POOLED_MAX, this.dayWeight + dayWeight);
  }

  /** What a day that has ended does: it may be part of a shift or end a week, and weights fade. */
  private newDay(first: number, day: number): void {
    const { cells } = this.cells;
    const before = cells[first + DAY] ?? 0;
    const days = before === 0 ? 0 : Math.max(0, day - before);
    const weight = cells[first + DAY_WEIGHT] ?? 0;
    if (weight > 0) this.endDay(first, weight);
    const keep = 2 ** (-days / HALF_LIFE_DAYS) * (this.hasShifted(first) ? SHIFT_KEEP : 1);
    cells[first + WEIGHT] = (cells[first + WEIGHT] ?? 0) * keep;
    for (let slot = SLOTS; slot < STRIDE; slot += 2) cells[first + slot] = (cells[first + slot] ?? 0) * keep;
    cells[first + SHIFTED] = 0;
    if (this.hasShifted(first)) {
      // So many days are no accident: it is the level from now on, and is told of once where none of its days was.
      if (!this.isTold(first)) cells[first + SHIFTED] = this.courseOf(first);
      cells[first + SHIFT] = 0;
      this.forgetWeeks(first);
    }
    cells[first + DAY] = day;
    cells[first + DAY_WEIGHT] = 0;
    cells[first + DAY_TELLING] = 0;
    cells[first + DAY_SUM] = 0;
    cells[first + DAY_ABOVE] = 0;
  }

  private endDay(first: number, weight: number): void {
    const { cells } = this.cells;
    const above = ((cells[first + DAY_ABOVE] ?? 0) / weight) * Math.sqrt(Math.min(4, weight));
    const towards = Math.min(SHIFT_DAY_MAX, above) - SHIFT_SLACK;
    cells[first + SHIFT] = Math.max(0, (cells[first + SHIFT] ?? 0) + towards);
    if (this.isTold(first)) this.followTold(first, (cells[first + DAY_ABOVE] ?? 0) / weight);
    const isCourse = (cells[first + SHIFT] ?? 0) > 0;
    cells[first + COURSE_DAYS] = isCourse ? (cells[first + COURSE_DAYS] ?? 0) + 1 : 0;
    cells[first + COURSE_ABOVE] = isCourse
      ? (cells[first + COURSE_ABOVE] ?? 0) + Math.min(DRIFT_CUT, above)
      : 0;
    const telling = cells[first + DAY_TELLING] ?? 0;
    if (telling <= 0) return;
    const figure = (cells[first + DAY_SUM] ?? 0) / telling;
    const lately = this.meanOf(first, 0, 2);
    if (lately.days >= DRIFT_DAYS) {
      // About the mean of a few days the days spread more than about the true one.
      const squared = (figure - lately.mean) ** 2 / (1 + 1 / lately.days);
      const days = Math.min(DAYS_MAX, (cells[first + DAYS] ?? 0) + 1);
      const variance = cells[first + DAY_VARIANCE] ?? 0;
      cells[first + DAYS] = days;
      cells[first + DAY_VARIANCE] = variance + (squared - variance) / days;
      this.dayWeight = Math.min(POOLED_MAX, this.dayWeight + 1);
      this.dayMean += (squared - this.dayMean) / (this.dayWeight + 10);
    }
    this.noteDay(first, figure);
  }

  private noteDay(first: number, figure: number): void {
    const { cells } = this.cells;
    const day = cells[first + DAY] ?? 0;
    if (cells[first + WEEK_DAY] === 0) cells[first + WEEK_DAY] = day;
    if (day - (cells[first + WEEK_DAY] ?? 0) >= 7) {
      cells[first + WEEK_DAY] = day;
      cells.copyWithin(first + WEEKS + 2, first + WEEKS, first + SLOTS - 2);
      cells[first + WEEKS] = 0;
      cells[first + WEEKS + 1] = 0;
    }
    const days = (cells[first + WEEKS + 1] ?? 0) + 1;
    cells[first + WEEKS + 1] = days;
    cells[first + WEEKS] = (cells[first + WEEKS] ?? 0) + (figure - (cells[first + WEEKS] ?? 0)) / days;
  }

  /** Mean, days and mean age in weeks of the weeks from one to before another, the one in course being 0. */
  private meanOf(
    first: number,
    from: number,
    to: number,
  ): { readonly mean: number; readonly days: number; readonly age: number } {
    const { cells } = this.cells;
    let days = 0;
    let sum = 0;
    let ages = 0;
    for (let week = from; week < to; week++) {
      const many = cells[first + WEEKS + 2 * week + 1] ?? 0;
      days += many;
      sum += many * (cells[first + WEEKS + 2 * week] ?? 0);
      ages += many * week;
    }
    return days === 0 ? NOTHING : { mean: sum / days, days, age: ages / days };
  }

  private spreadOf(first: number): number {
    const { cells } = this.cells;
    const weight = cells[first + WEIGHT] ?? 0;
    const spread = Math.sqrt(
      (weight * (cells[first + VARIANCE] ?? 0) + PRIOR_SPREAD * this.spreadMean) / (weight + PRIOR_SPREAD),
    );
    return Math.max(this.scale.spreadLeast, spread);
  }

  private isTold(first: number): boolean {
    return (this.cells.cells[first + TOLD_ABOVE] ?? 0) >= this.scale.spreadLeast;
  }

  /** After an alarm, a day of so many spreads above the expected: it was told of as well, or the spike is over, or the level has followed. */
  private followTold(first: number, above: number): void {
    const { cells } = this.cells;
    const told = cells[first + TOLD_ABOVE] ?? 0;
    cells[first + TOLD_ABOVE] =
      above > SHIFT_SLACK ? Math.max(told, above * this.spreadOf(first)) : told * TOLD_KEEP;
  }

  /** How far the days of a course lie above the expected together, in spreads of their mean. */
  private courseOf(first: number): number {
    const { cells } = this.cells;
    return (cells[first + COURSE_ABOVE] ?? 0) / Math.sqrt(Math.max(1, cells[first + COURSE_DAYS] ?? 0));
  }

  private forgetWeeks(first: number): void {
    this.cells.cells.fill(0, first + WEEKS, first + SLOTS);
  }

  /** The transformed level after all the drift that so many days allow. */
  private drifted(y: number, days: number): number {
    return this.scale.forth(this.scale.back(y) * (1 + this.around.rule.guard.maxDrift) ** (days / 30));
  }

  private hasShifted(first: number): boolean {
    const days = this.around.rule.guard.admitDays + 2;
    return (this.cells.cells[first + SHIFT] ?? 0) >= days * (SHIFT_DAY_MAX - SHIFT_SLACK);
  }
}

const NOTHING = { mean: 0, days: 0, age: 0 } as const;

/** The weighted mean of two figures. */
function meanOfBoth([a, x]: readonly [number, number], [b, y]: readonly [number, number]): number {
  return a + b === 0 || a === 0 ? y : x + (y - x) * (b / (a + b));
}

/** The quantile of the standard normal distribution, 0.5 to 1; to 0.0005 (Abramowitz and Stegun, 26.2.23). */
export function normalQuantile(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - Math.min(probability, 1 - 1e-12)));
  return (
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  );
}

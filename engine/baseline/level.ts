import type { Saved, Surroundings } from './feature.ts';
import { Pool } from './pool.ts';
import { normalTailDecades } from './probability.ts';
import { BLOCK_SLOTS, blockSlotOf, dayOf } from './sighting.ts';

/** In so many days what is known of a level loses half its weight. */
const HALF_LIFE_DAYS = 28;
/** For how many windows the entity's mean over all hours counts in that of a block of hours, and everybody's spread in its own. */
const PRIOR_SLOT = 4;
const PRIOR_SPREAD = 8;
/** Below so much weight no day is too much. */
const FREE_WEIGHT = 20;

/** The mean of the last days, for drift: in so many days a day loses half its weight. */
const RECENT_HALF_LIFE_DAYS = 7;
/**
 * A day counts towards a shift by so many spreads as its figures lie above the expected ones, less 0.75, 2 at most (a one-sided CUSUM;
 * Page, Biometrika 41, 1954); and what is left of the old level after one.
 */
const SHIFT_SLACK = 0.75;
const SHIFT_DAY_MAX = 2;
const SHIFT_KEEP = 0.15;

// Cells of an entity: weight, mean, variance; the day of the last week noted; the day in course, its windows' weight, sum and spreads above the
// expected; weight and mean of the last days; the sum that tells a shift; the mean of the last days as it was at the end of
// each of the five weeks before, the latest first; then weight and mean by block of hours.
const WEIGHT = 0;
const MEAN = 1;
const VARIANCE = 2;
const WEEK_DAY = 3;
const DAY = 4;
const DAY_WEIGHT = 5;
const DAY_SUM = 6;
const DAY_ABOVE = 7;
const RECENT_WEIGHT = 8;
const RECENT = 9;
const SHIFT = 10;
const WEEKS = 11;
const WEEKS_HELD = 5;
const SLOTS = WEEKS + WEEKS_HELD;
const STRIDE = SLOTS + 2 * BLOCK_SLOTS;

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
 * last days may be above that of two to five weeks before by `max_drift`; more is itself odd. Days
 * far above the expected, at least two more than a new value needs, are a new level: what was known before loses most of its weight.
 * State: 48 numbers an entity. Cost: O(1) a window, and 16 multiplications an entity and day. Merging adds weights (Chan, Golub and
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
    const weight = cells[first + WEIGHT] ?? 0;
    const mean = cells[first + MEAN] ?? 0;
    const spread = Math.sqrt(
      (weight * (cells[first + VARIANCE] ?? 0) + PRIOR_SPREAD * this.spreadMean) / (weight + PRIOR_SPREAD),
    );
    if (!this.season) return { mean, spread: Math.max(this.scale.spreadLeast, spread) };
    const slot = first + SLOTS + 2 * blockSlotOf(time);
    const slotWeight = cells[slot] ?? 0;
    const slotMean = (slotWeight * (cells[slot + 1] ?? 0) + PRIOR_SLOT * mean) / (slotWeight + PRIOR_SLOT);
    return { mean: slotMean, spread: Math.max(this.scale.spreadLeast, spread) };
  }

  /** The raw surprise of a transformed figure, for being too great. */
  score(entity: number, time: number, y: number): number {
    if (!this.knows(entity)) return 0;
    const { mean, spread } = this.expected(entity, time);
    return normalTailDecades((y - mean) / spread);
  }

  /**
   * The surprise of the last days' mean against what it was two to five weeks ago, beyond the drift that is allowed, in decades. Asked
   * before the first window of a day is learnt.
   */
  drift(entity: number): number {
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    let anchor = 0;
    for (let week = 1; week < WEEKS_HELD; week++) anchor = cells[first + WEEKS + week] || anchor;
    const days = cells[first + RECENT_WEIGHT] ?? 0;
    if (!(anchor > 0) || days < 4) return 0;
    const weight = cells[first + WEIGHT] ?? 0;
    const spread = Math.sqrt(
      (weight * (cells[first + VARIANCE] ?? 0) + PRIOR_SPREAD * this.spreadMean) / (weight + PRIOR_SPREAD),
    );
    const gone = (cells[first + RECENT] ?? 0) - this.drifted(anchor);
    return normalTailDecades(gone / (Math.max(this.scale.spreadLeast, spread) / Math.sqrt(days)));
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
      this.spreadWeight = Math.min(10_000, this.spreadWeight + share);
      this.spreadMean += ((cut - mean) ** 2 - this.spreadMean) * (share / (this.spreadWeight + 10));
    }
    cells[first + DAY_WEIGHT] = (cells[first + DAY_WEIGHT] ?? 0) + share;
    cells[first + DAY_SUM] = (cells[first + DAY_SUM] ?? 0) + share * cut;
    cells[first + DAY_ABOVE] = (cells[first + DAY_ABOVE] ?? 0) + (share * (cut - mean)) / spread;
    const sum = weight + share;
    if (weight > 0) {
      cells[first + VARIANCE] =
        (cells[first + VARIANCE] ?? 0) + ((cut - mean) ** 2 - (cells[first + VARIANCE] ?? 0)) * (share / sum);
    }
    cells[first + MEAN] = (cells[first + MEAN] ?? 0) + (cut - (cells[first + MEAN] ?? 0)) * (share / sum);
    cells[first + WEIGHT] = sum;
    const slot = first + SLOTS + 2 * blockSlotOf(time);
    const slotSum = (cells[slot] ?? 0) + share;
    cells[slot + 1] = (cells[slot + 1] ?? 0) + (cut - (cells[slot + 1] ?? 0)) * (share / slotSum);
    cells[slot] = slotSum;
  }

  /** The entity's level was told of: its drift is counted from now on. */
  told(entity: number): void {
    const first = this.cells.at(entity);
    this.cells.cells.fill(0, first + WEEKS, first + WEEKS + WEEKS_HELD);
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
    return [this.spreadWeight, this.spreadMean];
  }

  absorbTenant(saved: Saved): void {
    const [weight, mean] = saved as [number, number];
    const sum = this.spreadWeight + weight;
    if (this.spreadWeight === 0) this.spreadMean = mean;
    else this.spreadMean += (mean - this.spreadMean) * (weight / sum);
    this.spreadWeight = Math.min(10_000, sum);
  }

  /** What a day that has ended does: it may be part of a shift or end a week, and weights fade. */
  private newDay(first: number, day: number): void {
    const { cells } = this.cells;
    const before = cells[first + DAY] ?? 0;
    const days = before === 0 ? 0 : Math.max(0, day - before);
    const weight = cells[first + DAY_WEIGHT] ?? 0;
    if (weight > 0) this.endDay(first, weight, days);
    const keep = 2 ** (-days / HALF_LIFE_DAYS) * (this.hasShifted(first) ? SHIFT_KEEP : 1);
    cells[first + WEIGHT] = (cells[first + WEIGHT] ?? 0) * keep;
    for (let slot = SLOTS; slot < STRIDE; slot += 2) cells[first + slot] = (cells[first + slot] ?? 0) * keep;
    if (this.hasShifted(first)) {
      // So many days are no accident: it was told, and is the level from now on.
      cells[first + SHIFT] = 0;
      cells.fill(0, first + WEEKS, first + WEEKS + WEEKS_HELD);
    }
    cells[first + DAY] = day;
    cells[first + DAY_WEIGHT] = 0;
    cells[first + DAY_SUM] = 0;
    cells[first + DAY_ABOVE] = 0;
  }

  private endDay(first: number, weight: number, days: number): void {
    const { cells } = this.cells;
    const mean = (cells[first + DAY_SUM] ?? 0) / weight;
    const above = ((cells[first + DAY_ABOVE] ?? 0) / weight) * Math.sqrt(Math.min(4, weight));
    const towards = Math.min(SHIFT_DAY_MAX, above) - SHIFT_SLACK;
    cells[first + SHIFT] = Math.max(0, (cells[first + SHIFT] ?? 0) + towards);
    const recent = (cells[first + RECENT_WEIGHT] ?? 0) * 2 ** (-days / RECENT_HALF_LIFE_DAYS) + 1;
    cells[first + RECENT] = (cells[first + RECENT] ?? 0) + (mean - (cells[first + RECENT] ?? 0)) / recent;
    cells[first + RECENT_WEIGHT] = recent;
    this.noteWeek(first);
  }

  private noteWeek(first: number): void {
    const { cells } = this.cells;
    const day = cells[first + DAY] ?? 0;
    if (cells[first + WEEK_DAY] === 0) cells[first + WEEK_DAY] = day;
    if (day - (cells[first + WEEK_DAY] ?? 0) < 7) return;
    cells[first + WEEK_DAY] = day;
    cells.copyWithin(first + WEEKS + 1, first + WEEKS, first + WEEKS + WEEKS_HELD - 1);
    cells[first + WEEKS] = cells[first + RECENT] ?? 0;
  }

  /** The transformed level after all the drift that 30 days allow. */
  private drifted(y: number): number {
    return this.scale.forth(this.scale.back(y) * (1 + this.around.rule.guard.maxDrift));
  }

  private hasShifted(first: number): boolean {
    const days = this.around.rule.guard.admitDays + 2;
    return (this.cells.cells[first + SHIFT] ?? 0) >= days * (SHIFT_DAY_MAX - SHIFT_SLACK);
  }
}

/** The quantile of the standard normal distribution, 0.5 to 1; to 0.0005 (Abramowitz and Stegun, 26.2.23). */
export function normalQuantile(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - Math.min(probability, 1 - 1e-12)));
  return (
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  );
}

import { BLOCK_SLOTS } from './sighting.ts';

/** Of how many weeks the means are kept, for drift. */
export const WEEKS_HELD = 8;

// Cells of an entity: weight, mean, variance; the first day of the week in course; the day in course, its windows' weight, the sum of their
// figures without the season, and spreads above the expected; the sum that tells a shift; days and variance of their means about the
// expected; the day of the last alarm and what its figure had above the expected one; days of the course that may be a shift, their spreads above
// the expected, and the surprise of one that has come to be the level; mean and days of the week in course and of the weeks before, the
// latest first; then weight and mean by block of hours.
export const WEIGHT = 0;
export const MEAN = 1;
export const VARIANCE = 2;
export const WEEK_DAY = 3;
export const DAY = 4;
export const DAY_WEIGHT = 5;
export const DAY_SUM = 6;
export const DAY_ABOVE = 7;
export const SHIFT = 8;
export const DAYS = 9;
export const DAY_VARIANCE = 10;
export const DAY_TELLING = 11;
export const TOLD_DAY = 12;
export const TOLD_ABOVE = 13;
export const COURSE_DAYS = 14;
export const COURSE_ABOVE = 15;
export const SHIFTED = 16;
export const WEEKS = 17;
export const SLOTS = WEEKS + 2 * WEEKS_HELD;
export const STRIDE = SLOTS + 2 * BLOCK_SLOTS;

import type { TimePart } from '../model/index.ts';
import { numericValue } from './compare.ts';

/** ISO 8601 in the extended form, a blank instead of the `T` allowed; without an offset the time is UTC. */
const ISO =
  /^\s*(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:[Zz]|UTC|([+-])(\d{2}):?(\d{2})?)?)?\s*$/;

/** No time is longer, blanks around it aside; longer texts are not looked at, since the blanks in the expression can be cut in many ways. */
const TIME_LENGTH_MAX = 64;

const MS_PER_DAY = 86_400_000;

/**
 * The part of the date and time that a value stands for, in UTC; undefined where it stands for none. Read are ISO 8601 texts
 * and numbers (or their decimal texts) since 1970, whose unit follows from their size: below 1e11 seconds, below 1e14
 * milliseconds, below 1e17 microseconds, else nanoseconds. A text of more than 64 characters (blanks around it aside) is no time. A week is that of ISO 8601, 1–53; a month 1–12; a day 1–31.
 */
export function timePart(value: unknown, part: TimePart): number | undefined {
  const ms = typeof value === 'string' ? (isoMs(value) ?? epochMs(value)) : epochMs(value);
  if (ms === undefined) return undefined;
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return undefined;
  switch (part) {
    case 'minute':
      return date.getUTCMinutes();
    case 'hour':
      return date.getUTCHours();
    case 'day':
      return date.getUTCDate();
    case 'week':
      return isoWeek(date);
    case 'month':
      return date.getUTCMonth() + 1;
    case 'year':
      return date.getUTCFullYear();
  }
}

function isoMs(text: string): number | undefined {
  const bare = text.length > TIME_LENGTH_MAX ? text.trim() : text;
  if (bare.length > TIME_LENGTH_MAX) return undefined;
  const found = ISO.exec(bare);
  if (found === null) return undefined;
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    sign,
    offsetHours = '0',
    offsetMinutes = '0',
  ] = found;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const inMonth = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  // A leap second (60) is a time; it counts as the first second of the next minute.
  const inDay = Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 60;
  const inOffset = Number(offsetHours) <= 23 && Number(offsetMinutes) <= 59;
  if (!inMonth || !inDay || !inOffset) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
  return date.getTime() + ((Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)) * 1000;
}

function epochMs(value: unknown): number | undefined {
  const number = numericValue(value);
  if (number === undefined || !Number.isFinite(number)) return undefined;
  const size = Math.abs(number);
  if (size < 1e11) return number * 1000;
  if (size < 1e14) return number;
  return size < 1e17 ? number / 1e3 : number / 1e6;
}

/** The week that holds the day's Thursday, counted in that Thursday's year (ISO 8601-1, 3.1.1.23). */
function isoWeek(date: Date): number {
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(date.getTime() + (3 - weekday) * MS_PER_DAY);
  const newYear = new Date(0);
  newYear.setUTCFullYear(thursday.getUTCFullYear(), 0, 1);
  return 1 + Math.floor((thursday.getTime() - newYear.getTime()) / (7 * MS_PER_DAY));
}

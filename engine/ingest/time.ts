import { type EventTime, eventTime, TIME_MAX } from '../model/index.ts';

/** A point in time with the nanoseconds below its microsecond (0–999). */
export interface ParsedTime {
  readonly time: EventTime;
  readonly timeNs: number;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** ISO 8601 and its relatives: date and time parted by `T`, blank or `_`, any fraction, zone `Z`, `±hh`, `±hhmm`, `±hh:mm` or none. */
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt _](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/;
/** `Wed, 16 Aug 2023 04:53:48 +0000` (RFC 5322), `16/Aug/2023:04:53:48 +0200` (common log format), `16-Aug-2023 04:53:48.1`. */
const DAY_FIRST =
  /^(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})[ /-]([A-Za-z]{3})[a-z]*[ /-](\d{4})[ :T](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/;
/** `Wed Aug 16 04:53:48 2023` (C's asctime), `Aug 16 2023 04:53:48.123 UTC`. */
const MONTH_FIRST =
  /^(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3})[a-z]*\s+(\d{1,2}),?\s+(?:(\d{4})\s+)?(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:\s+(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?(?:\s+(\d{4}))?$/;
/** `8/16/2023 4:53:48 AM`: month first, as the half-day mark tells. */
const AMERICAN =
  /^(\d{1,2})\/(\d{1,2})\/(\d{4}),?\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*([AaPp])[Mm](?:\s*(Z|UTC|GMT))?$/;
const DECIMAL = /^(-?\d{1,19})(?:\.(\d+))?$/;
const DOTNET = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/;
/** `audit(1626611363.720:348501)`, as auditd marks its records, and the same bare. */
const AUDITD = /^(?:audit\()?(\d{9,11}\.\d+):\d+\)?:?/;

/**
 * Reads the time of an event: a number or a text in one of the forms that logs use. A time without zone is taken as UTC.
 *
 * A bare number is told by its size: below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, below 1e18 a Windows FILETIME
 * (100 ns since 1601), else nanoseconds. Undefined where it is none of these, names no day of the calendar, lies outside the range of
 * `EventTime`, or is the year 1601 or earlier (which is how "never" is written).
 */
export function parseTime(value: unknown): ParsedTime | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? fromDecimal(decimalText(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  if (value.length > 64) return value.startsWith('audit(') ? fromAuditd(value.slice(0, 64)) : undefined;
  const text = value.trim();
  return (
    fromIso(text) ??
    fromDecimal(text) ??
    fromDotnet(text) ??
    fromDayFirst(text) ??
    fromMonthFirst(text) ??
    fromAmerican(text) ??
    fromAuditd(text)
  );
}

/** Numbers print without an exponent below 1e21; fractions of a float's seconds are rounded to a microsecond, where its precision ends. */
function decimalText(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6);
}

function fromIso(text: string): ParsedTime | undefined {
  const m = ISO.exec(text);
  if (m === null) return undefined;
  return fromParts(
    { year: m[1], month: Number(m[2]), day: m[3], hour: m[4], minute: m[5], second: m[6] },
    { fraction: m[7], zone: m[8] },
  );
}

function fromDayFirst(text: string): ParsedTime | undefined {
  const m = DAY_FIRST.exec(text);
  if (m === null) return undefined;
  return fromParts(
    { year: m[3], month: monthOf(m[2]), day: m[1], hour: m[4], minute: m[5], second: m[6] },
    { fraction: m[7], zone: m[8] },
  );
}

function fromMonthFirst(text: string): ParsedTime | undefined {
  const m = MONTH_FIRST.exec(text);
  const year = m?.[3] ?? m?.[9];
  if (m === null || year === undefined) return undefined;
  return fromParts(
    { year, month: monthOf(m[1]), day: m[2], hour: m[4], minute: m[5], second: m[6] },
    { fraction: m[7], zone: m[8] },
  );
}

function fromAmerican(text: string): ParsedTime | undefined {
  const m = AMERICAN.exec(text);
  if (m === null) return undefined;
  const hour = Number(m[4]);
  if (hour < 1 || hour > 12) return undefined;
  const afternoon = m[8] === 'P' || m[8] === 'p';
  return fromParts(
    {
      year: m[3],
      month: Number(m[1]),
      day: m[2],
      hour: String((hour % 12) + (afternoon ? 12 : 0)),
      minute: m[5],
      second: m[6],
    },
    { fraction: m[7], zone: m[9] },
  );
}

function fromDotnet(text: string): ParsedTime | undefined {
  const ms = DOTNET.exec(text)?.[1];
  return ms === undefined ? undefined : bounded(Number(ms) * 1000, 0);
}

function fromAuditd(text: string): ParsedTime | undefined {
  const seconds = AUDITD.exec(text)?.[1];
  return seconds === undefined ? undefined : fromDecimal(seconds);
}

/** Digits are shifted as text, so that nanoseconds stay exact beyond 2^53. */
function fromDecimal(text: string): ParsedTime | undefined {
  const m = DECIMAL.exec(text);
  const whole = m?.[1];
  if (m === null || whole === undefined) return undefined;
  const size = Math.abs(Number(whole));
  const fraction = m[2] ?? '';
  if (size < 1e11) return shifted(whole, fraction, 6);
  if (size < 1e14) return shifted(whole, fraction, 3);
  if (size < 1e17) return shifted(whole, fraction, 0);
  if (whole.startsWith('-')) return undefined;
  if (size < 1e18) {
    const ticks = BigInt(whole) - 116_444_736_000_000_000n;
    return ticks < 0n ? undefined : bounded(Number(ticks / 10n), Number(ticks % 10n) * 100);
  }
  return bounded(Number(whole.slice(0, -3)), Number(whole.slice(-3)));
}

function shifted(whole: string, fraction: string, digits: number): ParsedTime | undefined {
  const padded = fraction.padEnd(digits + 3, '0');
  const micros = Number(whole.replace('-', '') + padded.slice(0, digits));
  const nanos = Number(padded.slice(digits, digits + 3));
  if (!whole.startsWith('-')) return bounded(micros, nanos);
  return nanos === 0 ? bounded(-micros, 0) : bounded(-micros - 1, 1000 - nanos);
}

interface Calendar {
  readonly year: string | undefined;
  readonly month: number;
  readonly day: string | undefined;
  readonly hour: string | undefined;
  readonly minute: string | undefined;
  readonly second: string | undefined;
}

function fromParts(
  parts: Calendar,
  rest: { readonly fraction: string | undefined; readonly zone: string | undefined },
): ParsedTime | undefined {
  const year = Number(parts.year);
  const day = Number(parts.day);
  const hour = Number(parts.hour ?? 0);
  const minute = Number(parts.minute ?? 0);
  const second = Number(parts.second ?? 0);
  const zoneMinutes = offsetOf(rest.zone);
  if (parts.month < 1 || parts.month > 12 || day < 1 || day > daysIn(year, parts.month)) return undefined;
  // A leap second (60) is the first instant of the next minute, as POSIX counts it.
  if (hour > 23 || minute > 59 || second > 60 || zoneMinutes === undefined) return undefined;
  const days = Date.UTC(2000, parts.month - 1, day) / 86_400_000 + daysBefore(year, parts.month);
  const seconds = days * 86_400 + hour * 3600 + (minute - zoneMinutes) * 60 + second;
  const digits = (rest.fraction ?? '').slice(0, 9).padEnd(9, '0');
  return bounded(seconds * 1_000_000 + Number(digits.slice(0, 6)), Number(digits.slice(6)));
}

/** Days to add to the same day of the year 2000 (a leap year): Gregorian, for any year. */
function daysBefore(year: number, month: number): number {
  const leaps = (y: number) => Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  const days = (year - 2000) * 365 + leaps(year - 1) - leaps(1999);
  return month > 2 && !isLeap(year) ? days - 1 : days;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || /^(?:Z|z|UTC|GMT)$/.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  const size = zone.length > 3 ? hours * 60 + minutes : hours * 60;
  if (hours > 23 || (zone.length > 3 && minutes > 59)) return undefined;
  return zone.startsWith('-') ? -size : size;
}

function monthOf(name: string | undefined): number {
  return MONTHS.indexOf((name ?? '').toLowerCase()) + 1;
}

/** The last instant of 1601, below which Windows means "never". */
const NEVER = Date.UTC(1602, 0, 1) * 1000;

function bounded(micros: number, nanos: number): ParsedTime | undefined {
  if (!Number.isSafeInteger(micros) || micros < NEVER || micros > TIME_MAX) return undefined;
  return { time: eventTime(micros), timeNs: nanos };
}

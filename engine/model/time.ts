declare const timeBrand: unique symbol;
declare const durationBrand: unique symbol;

/**
 * A point in time: whole microseconds since 1970-01-01T00:00:00Z, exact as a double until the year 2255.
 * A finer remainder (0–999 ns) travels beside it as `timeNs` and counts in ordering only.
 */
export type EventTime = number & { readonly [timeBrand]: true };

/** A length of time in whole microseconds; never negative. */
export type Duration = number & { readonly [durationBrand]: true };

export const MICROS_PER_MS = 1000;
export const MICROS_PER_SECOND = 1_000_000;

/** The latest and earliest representable times (±8.64e15 ms is the range of `Date`; ours ends where doubles stay exact). */
export const TIME_MAX = Number.MAX_SAFE_INTEGER;

/** Brands whole microseconds as a time. */
export function eventTime(micros: number): EventTime {
  return micros as EventTime;
}

/** Brands whole microseconds as a duration. */
export function duration(micros: number): Duration {
  return micros as Duration;
}

/** The calendar text in UTC, ISO 8601, with as many of 3, 6 or 9 fractional digits as the time carries. */
export function formatTime(time: EventTime, nanos = 0): string {
  const ms = Math.floor(time / MICROS_PER_MS);
  const micros = time - ms * MICROS_PER_MS;
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(time);
  const base = date.toISOString().slice(0, -1);
  if (nanos !== 0) return `${base}${String(micros).padStart(3, '0')}${String(nanos).padStart(3, '0')}Z`;
  return micros === 0 ? `${base}Z` : `${base}${String(micros).padStart(3, '0')}Z`;
}

const UNIT_MICROS: Readonly<Record<string, number>> = {
  us: 1,
  ms: MICROS_PER_MS,
  s: MICROS_PER_SECOND,
  m: 60 * MICROS_PER_SECOND,
  h: 3600 * MICROS_PER_SECOND,
  d: 86_400 * MICROS_PER_SECOND,
  w: 7 * 86_400 * MICROS_PER_SECOND,
  M: 30 * 86_400 * MICROS_PER_SECOND,
  y: 365 * 86_400 * MICROS_PER_SECOND,
};

/**
 * Reads Sigma's timespan notation (`15s`, `30m`, `1h`, `7d`, `2w`, `1M` = 30 days, `1y` = 365 days), extended by `us` and `ms`
 * and by sums such as `1h30m`. Undefined where the text is none, or is zero or beyond exact range.
 */
export function parseDuration(text: string): Duration | undefined {
  if (!/^(?:\d+(?:us|ms|[smhdwMy]))+$/.test(text)) return undefined;
  let micros = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(us|ms|[smhdwMy])/g)) {
    micros += Number(count) * (UNIT_MICROS[unit ?? ''] ?? Number.NaN);
  }
  return Number.isSafeInteger(micros) && micros > 0 ? duration(micros) : undefined;
}

/** The shortest notation that `parseDuration` reads back to the same duration. */
export function formatDuration(value: Duration): string {
  let rest: number = value;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms', 'us']) {
    const size = UNIT_MICROS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}

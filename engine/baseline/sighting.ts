import type { EventRef, EventTime, Scalar } from '../model/index.ts';

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

/** Hours of a day, apart for working days and weekends. */
export const HOUR_SLOTS = 48;
/** Blocks of three hours, apart for working days and weekends. */
export const BLOCK_SLOTS = 16;

/** Days since 1970-01-01, in UTC. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY);
}

/** The time at which a day begins. */
export function startOfDay(day: number): number {
  return day * DAY;
}

/** 0–23 on working days, 24–47 at weekends, in UTC. */
export function hourSlotOf(time: number): number {
  const day = dayOf(time);
  return Math.floor((time - day * DAY) / HOUR) + (isWeekend(day) ? 24 : 0);
}

/** 0–7 on working days, 8–15 at weekends. */
export function blockSlotOf(time: number): number {
  const slot = hourSlotOf(time);
  return slot < 24 ? Math.floor(slot / 3) : 8 + Math.floor((slot - 24) / 3);
}

/** In words: `Tue 03:00–04:00`, said of the hour slot and not of one date. */
export function hourText(slot: number): string {
  const hour = slot % 24;
  const text = (h: number): string => `${String(h).padStart(2, '0')}:00`;
  return `${slot < 24 ? 'working days' : 'weekends'} ${text(hour)}–${text((hour + 1) % 24)}`;
}

function isWeekend(day: number): boolean {
  // 1970-01-01 was a Thursday.
  const weekday = (day + 4) % 7;
  return weekday === 0 || weekday === 6;
}

/** An event as baselines see it: whose it is, when, and the values that features asked for. */
export interface Sighting {
  readonly entity: number;
  /** The entity's group of peers; −1 where it has none. */
  readonly peers: number;
  readonly time: EventTime;
  readonly day: number;
  readonly values: ReadonlyMap<string, Scalar | readonly Scalar[]>;
  readonly event: EventRef;
}

const NOTHING: readonly string[] = [];

/** The values of a field as texts; null and empty ones are none. */
export function textsOf({ values }: Sighting, field: string): readonly string[] {
  const value = values.get(field);
  if (value === undefined || value === null || value === '') return NOTHING;
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object') return [String(value)];
  return value.filter((member) => member !== null && member !== '').map(String);
}

/** The value of a field as a number; undefined where it is none. Of a list, the sum. */
export function numberOf({ values }: Sighting, field: string): number | undefined {
  const value = values.get(field);
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string')
    return value.trim() === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);
  if (value === null || typeof value !== 'object') return undefined;
  const numbers = value.map(Number).filter(Number.isFinite);
  return numbers.length === 0 ? undefined : numbers.reduce((sum, one) => sum + one, 0);
}

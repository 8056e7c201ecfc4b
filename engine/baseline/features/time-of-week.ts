import type { BaselineFeature } from '../../model/index.ts';
import { type Feature, type FeatureFinding, figure, type Saved } from '../feature.ts';
import { Pool } from '../pool.ts';
import { decades, RAW_MAX } from '../probability.ts';
import { HOUR_SLOTS, hourSlotOf, hourText, type Sighting } from '../sighting.ts';

const DAY = 86_400_000_000;
/** For how many votes the deployment's rate of new hours counts in an entity's. */
const PRIOR_VOTES = 10;
/** An hour with less than this, smoothed, is new. */
const NEW_BELOW = 0.5;
/** How far a new hour is from the nearest one with activity: 1, 2, 3, 4–5, 6 and more hours, or the first of working days or weekends. */
const DISTANCES = 6;

// Cells: votes by hour slot, their sum and the new ones among them, the day in course, the bits of the hours voted today.
const SUM = HOUR_SLOTS;
const NEW = HOUR_SLOTS + 1;
const TODAY = HOUR_SLOTS + 2;
const VOTED = HOUR_SLOTS + 3;
const STRIDE = HOUR_SLOTS + 4;

/**
 * Unusual hour: activity at a time of the week at which the entity is not active. Hours of working days and of weekends are 48 slots; an hour
 * with any activity is one vote a day, smoothed over its neighbours (a kernel of ¼, ½, ¼). Raw surprise = −log10 P(an hour that is new to
 * the entity) − log10 P(a new hour so far from its usual ones), the first from the entity's own rate of new hours, drawn towards everybody's,
 * the second counted over all new hours: who often works late does not surprise by it, and an hour later is less than the middle of the night.
 * State: 52 numbers an entity, 8 in all. Decay: votes fade with `half_life`. Cold start: everybody's rate. Guard: one vote an hour and
 * day. Merge: votes add up. Cost: 24 steps for the first event of a new hour, O(1) for the others.
 */
export class TimeOfWeekFeature implements Feature {
  readonly spec: BaselineFeature & { readonly kind: 'time_of_week' };
  readonly fields: readonly string[] = [];
  private readonly halfLifeDays: number;
  private readonly cells = new Pool(STRIDE);
  private votes = 0;
  private news = 0;
  private readonly newsByDistance = new Float64Array(DISTANCES);

  constructor(spec: BaselineFeature & { readonly kind: 'time_of_week' }) {
    this.spec = spec;
    this.halfLifeDays = spec.halfLife / DAY;
  }

  score(seen: Sighting): number | undefined {
    const slot = hourSlotOf(seen.time);
    if (this.hasVoted(seen, slot)) return undefined;
    const first = this.cells.at(seen.entity);
    if (this.smoothed(first, slot) >= NEW_BELOW) return 0;
    const rate = (this.news + 0.5) / (this.votes + 1);
    const { cells } = this.cells;
    const isNew =
      ((cells[first + NEW] ?? 0) + PRIOR_VOTES * rate) / ((cells[first + SUM] ?? 0) + PRIOR_VOTES);
    const here = this.newsByDistance[this.distance(first, slot)] ?? 0;
    let all = 0;
    let asRare = 0;
    for (const many of this.newsByDistance) {
      all += many;
      if (many <= here) asRare += many;
    }
    return Math.min(RAW_MAX, decades(isNew) + decades((asRare + 0.5) / (all + 1)));
  }

  finding(seen: Sighting): FeatureFinding {
    const slot = hourSlotOf(seen.time);
    const first = this.cells.at(seen.entity);
    const sum = Math.max(1, this.cells.cells[first + SUM] ?? 1);
    const active = Array.from({ length: HOUR_SLOTS }, (_, i) => ({
      i,
      share: (this.cells.cells[first + i] ?? 0) / sum,
    }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share);
    const near = active
      .map(({ i }) => i)
      .sort((a, b) => apart(a, slot) - apart(b, slot) || a - b)
      .slice(0, 3);
    return {
      scope: 'entity',
      actual: hourText(slot),
      typical: active
        .slice(0, 3)
        .map(({ share, i }) => `${hourText(i)} (${figure(100 * share)} %)`)
        .join(', '),
      nearest: near.map(hourText),
      counterfactual:
        near[0] === undefined ? 'at an hour with activity before' : `would not fire at ${hourText(near[0])}`,
    };
  }

  learn(seen: Sighting): void {
    const slot = hourSlotOf(seen.time);
    if (this.hasVoted(seen, slot)) return;
    const first = this.cells.at(seen.entity);
    const { cells } = this.cells;
    if (cells[first + TODAY] !== seen.day) this.newDay(first, seen.day);
    const fresh = this.smoothed(first, slot) < NEW_BELOW;
    cells[first + VOTED] = (cells[first + VOTED] ?? 0) + 2 ** (slot % 24);
    this.votes++;
    if (fresh) {
      const distance = this.distance(first, slot);
      this.newsByDistance[distance] = (this.newsByDistance[distance] ?? 0) + 1;
      cells[first + NEW] = (cells[first + NEW] ?? 0) + 1;
      this.news++;
    }
    cells[first + slot] = (cells[first + slot] ?? 0) + 1;
    cells[first + SUM] = (cells[first + SUM] ?? 0) + 1;
  }

  close(): void {}

  forget(entity: number): void {
    this.cells.clear(entity);
  }

  saveEntity(entity: number): Saved | undefined {
    const saved = this.cells.save(entity);
    return saved.length === 0 ? undefined : saved;
  }

  absorbEntity(entity: number, saved: Saved): void {
    const other = saved as readonly number[];
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    if ((cells[first + SUM] ?? 0) === 0) {
      this.cells.load(entity, other);
      return;
    }
    const day = Math.max(cells[first + TODAY] ?? 0, other[TODAY] ?? 0);
    const mine = 2 ** (-(day - (cells[first + TODAY] ?? 0)) / this.halfLifeDays);
    const theirs = 2 ** (-(day - (other[TODAY] ?? 0)) / this.halfLifeDays);
    for (let i = 0; i <= SUM; i++)
      cells[first + i] = mine * (cells[first + i] ?? 0) + theirs * (other[i] ?? 0);
    const ownBits = cells[first + TODAY] === day ? (cells[first + VOTED] ?? 0) : 0;
    const otherBits = other[TODAY] === day ? (other[VOTED] ?? 0) : 0;
    cells[first + VOTED] = ownBits | otherBits;
    cells[first + TODAY] = day;
  }

  saveTenant(): Saved {
    return [this.votes, this.news, ...this.newsByDistance];
  }

  absorbTenant(saved: Saved): void {
    const [votes = 0, news = 0, ...byDistance] = saved as number[];
    this.votes += votes;
    this.news += news;
    byDistance.forEach((many, i) => {
      this.newsByDistance[i] = (this.newsByDistance[i] ?? 0) + many;
    });
  }

  describe(entity: number): Readonly<Record<string, number | string>> {
    const first = this.cells.at(entity);
    const sum = this.cells.cells[first + SUM] ?? 0;
    if (sum === 0) return {};
    let night = 0;
    for (let i = 0; i < HOUR_SLOTS; i++) {
      const hour = i % 24;
      if (hour < 6 || hour >= 22) night += this.cells.cells[first + i] ?? 0;
    }
    return { night_share: Number(figure((100 * night) / sum)) };
  }

  private hasVoted({ entity, day }: Sighting, slot: number): boolean {
    const first = this.cells.at(entity);
    if (this.cells.cells[first + TODAY] !== day) return false;
    return Math.floor((this.cells.cells[first + VOTED] ?? 0) / 2 ** (slot % 24)) % 2 === 1;
  }

  /** The votes of an hour, smoothed over its neighbours. */
  private smoothed(first: number, slot: number): number {
    const { cells } = this.cells;
    const base = slot < 24 ? 0 : 24;
    const before = base + ((slot - base + 23) % 24);
    const after = base + ((slot - base + 1) % 24);
    return (
      0.5 * (cells[first + slot] ?? 0) + 0.25 * ((cells[first + before] ?? 0) + (cells[first + after] ?? 0))
    );
  }

  /** The class of the distance from an hour to the nearest one with activity on days of the same kind. */
  private distance(first: number, slot: number): number {
    const base = slot < 24 ? 0 : 24;
    for (let hours = 0; hours <= 12; hours++) {
      const before = base + ((slot - base + 24 - hours) % 24);
      const after = base + ((slot - base + hours) % 24);
      const near = Math.max(this.cells.cells[first + before] ?? 0, this.cells.cells[first + after] ?? 0);
      if (near >= NEW_BELOW / 2) return hours <= 3 ? Math.max(0, hours - 1) : hours <= 5 ? 3 : 4;
    }
    return 5;
  }

  private newDay(first: number, day: number): void {
    const { cells } = this.cells;
    const before = cells[first + TODAY] ?? 0;
    if (before > 0) {
      const keep = 2 ** (-Math.max(0, day - before) / this.halfLifeDays);
      for (let i = 0; i <= NEW; i++) cells[first + i] = (cells[first + i] ?? 0) * keep;
    }
    cells[first + TODAY] = day;
    cells[first + VOTED] = 0;
  }
}

/** Hours between two slots, a day where one is at a weekend and one is not. */
function apart(a: number, b: number): number {
  const hours = Math.abs((a % 24) - (b % 24));
  return Math.min(hours, 24 - hours) + (a < 24 === b < 24 ? 0 : 24);
}

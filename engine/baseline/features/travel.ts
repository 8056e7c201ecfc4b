import type { BaselineFeature } from '../../model/index.ts';
import { type Feature, type FeatureFinding, figure, type Saved, type Surroundings } from '../feature.ts';
import { Pool } from '../pool.ts';
import { numberOf, type Sighting } from '../sighting.ts';

/** Places remembered of an entity: where it was last, and the seven it uses most. */
const PLACES = 8;
/** Two positions nearer than this are one place. */
const PLACE_KM = 100;
const EARTH_KM = 6371;
const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

// Cells: latitude, longitude and time of the last position and whether there was one; then for each place latitude, longitude, first
// day, last day, days.
const LAST = 4;
const PLACE = 5;
const STRIDE = LAST + PLACES * PLACE;

interface Journey {
  readonly km: number;
  readonly hours: number;
  readonly speed: number;
  readonly from: string;
  readonly to: string;
}

/**
 * Impossible travel: two positions of one entity too far apart for the time between them (great-circle distance by the haversine formula).
 * Raw surprise = 1 + 2·log10(speed / allowed speed) where the speed is beyond the allowed one and the distance beyond the least; 0 where both
 * are places that the entity has used on several days (a gateway and a home), or where the positions are near.
 * State: 44 numbers an entity. Decay: the place least recently used gives way. Cold start: the first position. Guard: a place is the
 * entity's own after the days or the time of `admit`. Cost: O(8). Merge: the places of both, most used first.
 */
export class TravelFeature implements Feature {
  readonly spec: BaselineFeature & { readonly kind: 'travel' };
  readonly fields: readonly string[];
  private readonly around: Surroundings;
  private readonly cells = new Pool(STRIDE);

  constructor(spec: BaselineFeature & { readonly kind: 'travel' }, around: Surroundings) {
    this.spec = spec;
    this.around = around;
    this.fields = [spec.latitude, spec.longitude];
  }

  score(seen: Sighting): number | undefined {
    const at = this.position(seen);
    if (at === undefined) return undefined;
    const journey = this.journey(seen, at);
    if (journey === undefined || journey.km < this.spec.leastKm || journey.speed <= this.spec.speedKmh)
      return 0;
    if (this.isOwn(seen, at) && this.isOwn(seen, this.lastOf(seen.entity))) return 0;
    return 1 + 2 * Math.log10(journey.speed / this.spec.speedKmh);
  }

  finding(seen: Sighting): FeatureFinding {
    const at = this.position(seen) ?? [0, 0];
    const journey = this.journey(seen, at);
    const places = this.placesOf(seen.entity);
    return {
      scope: 'entity',
      actual:
        journey === undefined
          ? 'a first position'
          : `${figure(journey.km)} km in ${figure(journey.hours)} h (${figure(journey.speed)} km/h), from ${journey.from} to ${journey.to}`,
      typical:
        places.length === 0
          ? 'no place used before'
          : `places: ${places.slice(0, 3).map(placeText).join(', ')}`,
      nearest: [...places]
        .sort((a, b) => distance([a.latitude, a.longitude], at) - distance([b.latitude, b.longitude], at))
        .slice(0, 3)
        .map(placeText),
      counterfactual: `would not fire after ${figure((journey?.km ?? 0) / this.spec.speedKmh)} h, or for less than ${this.spec.leastKm} km`,
    };
  }

  learn(seen: Sighting): void {
    const at = this.position(seen);
    if (at === undefined) return;
    const first = this.cells.at(seen.entity);
    const { cells } = this.cells;
    cells.set([at[0], at[1], seen.time, 1], first);
    let row = this.nearestPlace(first, at);
    if (row < 0) {
      row = this.freePlace(first);
      cells.set([at[0], at[1], seen.day, seen.day, 1], row);
      return;
    }
    if (cells[row + 3] !== seen.day) {
      cells[row + 3] = seen.day;
      cells[row + 4] = (cells[row + 4] ?? 0) + 1;
    }
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
    if ((cells[first + 3] ?? 0) === 0) {
      this.cells.load(entity, other);
      return;
    }
    if ((other[2] ?? 0) > (cells[first + 2] ?? 0)) cells.set(other.slice(0, LAST), first);
    for (let from = LAST; from + PLACE <= other.length + PLACE - 1; from += PLACE) {
      const [latitude = 0, longitude = 0, begin = 0, end = 0, days = 0] = other.slice(from, from + PLACE);
      if (days === 0) continue;
      const row = this.nearestPlace(first, [latitude, longitude]);
      if (row < 0) cells.set([latitude, longitude, begin, end, days], this.freePlace(first));
      else
        cells.set(
          [
            Math.min(cells[row + 2] ?? begin, begin),
            Math.max(cells[row + 3] ?? end, end),
            (cells[row + 4] ?? 0) + days,
          ],
          row + 2,
        );
    }
  }

  saveTenant(): Saved {
    return null;
  }

  absorbTenant(): void {}

  describe(entity: number): Readonly<Record<string, readonly string[]>> {
    const places = this.placesOf(entity).map(placeText).sort();
    return places.length === 0 ? {} : { places };
  }

  private position(seen: Sighting): readonly [number, number] | undefined {
    const latitude = numberOf(seen, this.spec.latitude);
    const longitude = numberOf(seen, this.spec.longitude);
    if (latitude === undefined || longitude === undefined) return undefined;
    return Math.abs(latitude) > 90 || Math.abs(longitude) > 180 ? undefined : [latitude, longitude];
  }

  private lastOf(entity: number): readonly [number, number] {
    const first = this.cells.at(entity);
    return [this.cells.cells[first] ?? 0, this.cells.cells[first + 1] ?? 0];
  }

  private journey(seen: Sighting, to: readonly [number, number]): Journey | undefined {
    const first = this.cells.at(seen.entity);
    if ((this.cells.cells[first + 3] ?? 0) === 0) return undefined;
    const from = this.lastOf(seen.entity);
    const km = distance(from, to);
    // Two events of one instant are taken to be a minute apart.
    const hours = Math.max(1 / 60, (seen.time - (this.cells.cells[first + 2] ?? 0)) / HOUR);
    return { km, hours, speed: km / hours, from: positionText(from), to: positionText(to) };
  }

  /** Whether a position is at a place that the entity has used on enough days, or for long enough. */
  private isOwn(seen: Sighting, at: readonly [number, number]): boolean {
    const row = this.nearestPlace(this.cells.at(seen.entity), at);
    if (row < 0) return false;
    const { admitDays, admitAfter } = this.around.rule.guard;
    const since = seen.day - (this.cells.cells[row + 2] ?? 0);
    return (this.cells.cells[row + 4] ?? 0) >= admitDays || since >= admitAfter / DAY;
  }

  private nearestPlace(first: number, at: readonly [number, number]): number {
    for (let i = 0; i < PLACES; i++) {
      const row = first + LAST + i * PLACE;
      const { cells } = this.cells;
      if ((cells[row + 4] ?? 0) > 0 && distance([cells[row] ?? 0, cells[row + 1] ?? 0], at) <= PLACE_KM)
        return row;
    }
    return -1;
  }

  /** An empty row, else that of the place least recently used. */
  private freePlace(first: number): number {
    let best = first + LAST;
    for (let i = 0; i < PLACES; i++) {
      const row = first + LAST + i * PLACE;
      if ((this.cells.cells[row + 4] ?? 0) === 0) return row;
      if ((this.cells.cells[row + 3] ?? 0) < (this.cells.cells[best + 3] ?? 0)) best = row;
    }
    return best;
  }

  private placesOf(
    entity: number,
  ): { readonly latitude: number; readonly longitude: number; readonly days: number }[] {
    const first = this.cells.at(entity);
    return Array.from({ length: PLACES }, (_, i) => {
      const row = first + LAST + i * PLACE;
      const { cells } = this.cells;
      return { latitude: cells[row] ?? 0, longitude: cells[row + 1] ?? 0, days: cells[row + 4] ?? 0 };
    })
      .filter(({ days }) => days > 0)
      .sort((a, b) => b.days - a.days || a.latitude - b.latitude);
  }
}

function distance(a: readonly [number, number], b: readonly [number, number]): number {
  const radians = Math.PI / 180;
  const latitude = Math.sin(((b[0] - a[0]) * radians) / 2) ** 2;
  const longitude = Math.sin(((b[1] - a[1]) * radians) / 2) ** 2;
  const h = latitude + Math.cos(a[0] * radians) * Math.cos(b[0] * radians) * longitude;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

function positionText([latitude, longitude]: readonly [number, number]): string {
  return `${latitude.toFixed(2)},${longitude.toFixed(2)}`;
}

function placeText({
  latitude,
  longitude,
  days,
}: {
  readonly latitude: number;
  readonly longitude: number;
  readonly days: number;
}): string {
  return `${positionText([latitude, longitude])} (${days} days)`;
}

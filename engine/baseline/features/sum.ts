import type { BaselineFeature } from '../../model/index.ts';
import type { Feature, Saved, Surroundings } from '../feature.ts';
import { Pool } from '../pool.ts';
import { numberOf, type Sighting } from '../sighting.ts';
import { type Gathering, LOGARITHM, WindowFeature } from '../window-feature.ts';

class Sums implements Gathering {
  private readonly pool = new Pool(1);
  private readonly field: string;

  constructor(field: string) {
    this.field = field;
  }

  add(seen: Sighting): boolean {
    const value = numberOf(seen, this.field);
    if (value === undefined) return false;
    this.more(seen.entity, value);
    return true;
  }

  figure(entity: number): number {
    return this.pool.cells[this.pool.at(entity)] ?? 0;
  }

  clear(entity: number): void {
    this.pool.clear(entity);
  }

  save(entity: number): Saved {
    return this.figure(entity);
  }

  absorb(entity: number, saved: Saved): void {
    this.more(entity, Number(saved));
  }

  private more(entity: number, by: number): void {
    const at = this.pool.at(entity);
    this.pool.cells[at] = (this.pool.cells[at] ?? 0) + by;
  }
}

/**
 * Outbound volume, or any sum: a greater sum of a field in a window than usual for the entity at this time of the week, on a logarithmic
 * scale. An event whose field is no number is passed over. See `window-feature.ts` and `level.ts`.
 */
export function sumFeature(spec: BaselineFeature & { readonly kind: 'sum' }, around: Surroundings): Feature {
  return new WindowFeature(spec, around, {
    fields: [spec.field],
    scale: { ...LOGARITHM, unit: spec.field },
    gathering: new Sums(spec.field),
  });
}

import type { BaselineFeature } from '../../model/index.ts';
import type { Feature, Saved, Surroundings } from '../feature.ts';
import { Pool } from '../pool.ts';
import type { Sighting } from '../sighting.ts';
import { type Gathering, ROOT, WindowFeature } from '../window-feature.ts';

class Counts implements Gathering {
  private readonly pool = new Pool(1);

  add({ entity }: Sighting): boolean {
    this.more(entity, 1);
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

/** Volume spike: more events in a window than usual for the entity at this time of the week. See `window-feature.ts` and `level.ts`. */
export function countFeature(
  spec: BaselineFeature & { readonly kind: 'count' },
  around: Surroundings,
): Feature {
  return new WindowFeature(spec, around, {
    fields: [],
    scale: { ...ROOT, unit: 'events' },
    gathering: new Counts(),
  });
}

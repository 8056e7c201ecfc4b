import type { BaselineFeature } from '../../model/index.ts';
import type { Feature, Saved, Surroundings } from '../feature.ts';
import { type Gathering, ROOT, WindowFeature } from '../window-feature.ts';

class Count implements Gathering {
  figure = 0;

  add(): boolean {
    this.figure++;
    return true;
  }

  save(): Saved {
    return this.figure;
  }

  absorb(saved: Saved): void {
    this.figure += Number(saved);
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
    gather: () => new Count(),
  });
}

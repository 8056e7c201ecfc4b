import type { BaselineFeature } from '../../model/index.ts';
import type { Feature, Surroundings } from '../feature.ts';
import { ROOT, Totals, WindowFeature } from '../window-feature.ts';

/** Volume spike: more events in a window than usual for the entity at this time of the week. See `window-feature.ts` and `level.ts`. */
export function countFeature(
  spec: BaselineFeature & { readonly kind: 'count' },
  around: Surroundings,
): Feature {
  return new WindowFeature(spec, around, {
    fields: [],
    scale: { ...ROOT, unit: 'events' },
    gathering: new Totals(() => 1),
  });
}

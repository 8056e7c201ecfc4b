import type { BaselineFeature } from '../../model/index.ts';
import type { Feature, Surroundings } from '../feature.ts';
import { numberOf } from '../sighting.ts';
import { LOGARITHM, Totals, WindowFeature } from '../window-feature.ts';

/**
 * Outbound volume, or any sum: a greater sum of a field in a window than usual for the entity at this time of the week, on a logarithmic
 * scale. An event whose field is no number is passed over. See `window-feature.ts` and `level.ts`.
 */
export function sumFeature(spec: BaselineFeature & { readonly kind: 'sum' }, around: Surroundings): Feature {
  return new WindowFeature(spec, around, {
    fields: [spec.field],
    scale: { ...LOGARITHM, unit: spec.field },
    gathering: new Totals((seen) => numberOf(seen, spec.field)),
  });
}

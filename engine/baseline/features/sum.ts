import type { BaselineFeature } from '../../model/index.ts';
import type { Feature, Saved, Surroundings } from '../feature.ts';
import { numberOf, type Sighting } from '../sighting.ts';
import { type Gathering, LOGARITHM, WindowFeature } from '../window-feature.ts';

class Sum implements Gathering {
  figure = 0;
  private readonly field: string;

  constructor(field: string) {
    this.field = field;
  }

  add(seen: Sighting): boolean {
    const value = numberOf(seen, this.field);
    if (value === undefined) return false;
    this.figure += value;
    return true;
  }

  save(): Saved {
    return this.figure;
  }

  absorb(saved: Saved): void {
    this.figure += Number(saved);
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
    gather: () => new Sum(spec.field),
  });
}

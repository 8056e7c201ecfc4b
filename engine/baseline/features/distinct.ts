import type { BaselineFeature } from '../../model/index.ts';
import { DistinctSketch } from '../distinct-sketch.ts';
import type { Feature, Saved, Surroundings } from '../feature.ts';
import { type Sighting, textsOf } from '../sighting.ts';
import { type Gathering, ROOT, WindowFeature } from '../window-feature.ts';

class Distinct implements Gathering {
  private readonly sketch = new DistinctSketch();
  private readonly field: string;

  constructor(field: string) {
    this.field = field;
  }

  get figure(): number {
    return this.sketch.count;
  }

  add(seen: Sighting): boolean {
    const texts = textsOf(seen, this.field);
    for (const text of texts) this.sketch.add(text);
    return texts.length > 0;
  }

  save(): Saved {
    return this.sketch.save();
  }

  absorb(saved: Saved): void {
    this.sketch.absorb(saved as readonly number[]);
  }
}

/**
 * Distinct-count spike: more different values in a window than usual for the entity at this time of the week. Exact up to 64 values, to
 * about 12 % beyond (`distinct-sketch.ts`). See `window-feature.ts` and `level.ts`.
 */
export function distinctFeature(
  spec: BaselineFeature & { readonly kind: 'distinct' },
  around: Surroundings,
): Feature {
  return new WindowFeature(spec, around, {
    fields: [spec.field],
    scale: { ...ROOT, unit: `different ${spec.field}` },
    gather: () => new Distinct(spec.field),
  });
}

import type { BaselineFeature } from '../../model/index.ts';
import { DistinctSketch } from '../distinct-sketch.ts';
import type { Feature, Saved, Surroundings } from '../feature.ts';
import { type Sighting, textsOf } from '../sighting.ts';
import { type Gathering, ROOT, WindowFeature } from '../window-feature.ts';

class Distinct implements Gathering {
  private readonly sketches: (DistinctSketch | undefined)[] = [];
  private readonly field: string;

  constructor(field: string) {
    this.field = field;
  }

  add(seen: Sighting): boolean {
    const texts = textsOf(seen, this.field);
    if (texts.length === 0) return false;
    const sketch = this.sketchOf(seen.entity);
    for (const text of texts) sketch.add(text);
    return true;
  }

  figure(entity: number): number {
    return this.sketches[entity]?.count ?? 0;
  }

  clear(entity: number): void {
    this.sketches[entity] = undefined;
  }

  save(entity: number): Saved {
    return this.sketches[entity]?.save() ?? [];
  }

  absorb(entity: number, saved: Saved): void {
    this.sketchOf(entity).absorb(saved as readonly number[]);
  }

  private sketchOf(entity: number): DistinctSketch {
    const known = this.sketches[entity];
    if (known !== undefined) return known;
    const sketch = new DistinctSketch();
    this.sketches[entity] = sketch;
    return sketch;
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
    gathering: new Distinct(spec.field),
  });
}

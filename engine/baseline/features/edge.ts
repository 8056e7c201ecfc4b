import type { BaselineFeature } from '../../model/index.ts';
import type { Feature, Surroundings } from '../feature.ts';
import { CategoryFeature } from './category.ts';

/**
 * New lateral edge: the entity contacts another for the first time. A new edge is the more surprising the fewer entities contact its
 * target (in-degree, as in the new-edge models of Turcotte, Heard and Kent, "Modelling user behaviour in a network using computer
 * event logs", 2016). The rate of new edges is the entity's own, so that a scanner or an administrator does not surprise.
 * State, guards, cold start, decay and merge are those of first-seen values (`novelty.ts`); comparison is with everybody.
 */
export function edgeFeature(
  spec: BaselineFeature & { readonly kind: 'edge' },
  around: Surroundings,
): Feature {
  return new CategoryFeature(spec, around);
}

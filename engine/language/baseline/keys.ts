import type { FeatureKind } from '../../model/index.ts';

/** What a kind of feature asks for and takes besides `name`, `kind` and `weight`. */
interface FeatureKeys {
  readonly needs: readonly string[];
  readonly takes: readonly string[];
}

/** The keys of each kind of feature. A key that a kind does not take is an error there. */
export const FEATURE_KEYS: Readonly<Record<FeatureKind, FeatureKeys>> = {
  category: { needs: ['field'], takes: ['scopes', 'forget'] },
  rarity: { needs: ['field'], takes: ['forget'] },
  count: { needs: ['window'], takes: ['season'] },
  distinct: { needs: ['field', 'window'], takes: ['season'] },
  sum: { needs: ['field', 'window'], takes: ['season'] },
  time_of_week: { needs: [], takes: ['half_life'] },
  travel: { needs: ['latitude', 'longitude'], takes: ['speed', 'distance'] },
  peer_deviation: { needs: ['of'], takes: ['field'] },
  beacon: { needs: ['field'], takes: ['contacts'] },
  random_name: { needs: ['field'], takes: [] },
  edge: { needs: ['field'], takes: ['forget'] },
  sequence: { needs: ['field'], takes: ['gap'] },
  series: { needs: ['of', 'window'], takes: ['field', 'by'] },
};

import type { BaselineFeature } from '../../model/index.ts';
import type { Feature, Surroundings } from '../feature.ts';
import { BeaconFeature } from './beacon.ts';
import { CategoryFeature } from './category.ts';
import { countFeature } from './count.ts';
import { distinctFeature } from './distinct.ts';
import { edgeFeature } from './edge.ts';
import { PeerDeviationFeature } from './peer-deviation.ts';
import { RandomNameFeature } from './random-name.ts';
import { RarityFeature } from './rarity.ts';
import { SequenceFeature } from './sequence.ts';
import { SeriesFeature } from './series.ts';
import { sumFeature } from './sum.ts';
import { TimeOfWeekFeature } from './time-of-week.ts';
import { TravelFeature } from './travel.ts';

/** Makes a feature run. A new kind gets a file and its line here, and does not compile without. */
export function makeFeature(spec: BaselineFeature, around: Surroundings): Feature {
  switch (spec.kind) {
    case 'category':
      return new CategoryFeature(spec, around);
    case 'rarity':
      return new RarityFeature(spec);
    case 'count':
      return countFeature(spec, around);
    case 'distinct':
      return distinctFeature(spec, around);
    case 'sum':
      return sumFeature(spec, around);
    case 'time_of_week':
      return new TimeOfWeekFeature(spec);
    case 'travel':
      return new TravelFeature(spec, around);
    case 'peer_deviation':
      return new PeerDeviationFeature(spec, around);
    case 'beacon':
      return new BeaconFeature(spec, around);
    case 'random_name':
      return new RandomNameFeature(spec);
    case 'edge':
      return edgeFeature(spec, around);
    case 'sequence':
      return new SequenceFeature(spec, around);
    case 'series':
      return new SeriesFeature(spec);
    default: {
      const never: never = spec;
      return never;
    }
  }
}

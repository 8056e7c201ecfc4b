import type { Bound } from '../model/index.ts';
import { largestBound } from './bounds.ts';
import { DistinctValues } from './distinct-values.ts';
import { Ledger } from './ledger.ts';
import { CountMeasure } from './measure/count.ts';
import { DistinctMeasure } from './measure/distinct.ts';
import { ExtremeMeasure } from './measure/extreme.ts';
import type { Measure, PackedMeasure } from './measure/measure.ts';
import { OrderStatisticMeasure } from './measure/order-statistic.ts';
import { PresenceMeasure } from './measure/presence.ts';
import { RarityMeasure } from './measure/rarity.ts';
import { SumMeasure } from './measure/sum.ts';
import type { Outlet } from './node.ts';
import type { NodePlan, PlannedMeasure } from './plan.ts';
import { Samples } from './samples.ts';
import { hashOf } from './text-index.ts';

/** Counts keep so many signals a group at least, so that an ordinary figure is exact and not only "at least". */
const EXACT_COUNT = 1024;

/** Makes the figures of one rule's groups, which share one store of samples. */
export class MeasureMaker {
  readonly samples: Samples;
  readonly values: DistinctValues;
  keep: 'packed' | 'whole' = 'packed';
  private readonly plan: NodePlan;
  private readonly overlap: 'overlapping' | 'disjoint';

  constructor(plan: NodePlan, outlet: Outlet, decided: 'at_once' | 'at_close') {
    this.plan = plan;
    this.samples = new Samples(outlet.ledger);
    this.values = new DistinctValues(this.samples, outlet.hashSeed);
    const { kind } = plan.window;
    this.overlap =
      (kind === 'sliding' && decided === 'at_once') || kind === 'hop' ? 'overlapping' : 'disjoint';
  }

  /** The count beside the figure that `min_events` asks for, or undefined. */
  population(): CountMeasure | undefined {
    const { body } = this.plan;
    if (body.kind !== 'measure' || body.minEvents <= 1) return undefined;
    return new CountMeasure(this.samples, { capacity: body.minEvents, overlap: 'overlapping' });
  }

  /** A count or a distinct count; undefined for what cannot be packed. */
  packed(): PackedMeasure | undefined {
    const { body } = this.plan;
    if (body.kind !== 'measure' || body.minEvents > 1) return undefined;
    if (body.type !== 'event_count' && body.type !== 'value_count') return undefined;
    return body.type === 'event_count' ? this.count(body.bounds) : this.distinct(body.bounds);
  }

  measure(): Measure {
    const { body, limits, rules, sameEvent } = this.plan;
    if (body.kind === 'temporal')
      return new PresenceMeasure({ condition: body.condition, roles: rules.length, sameEvent });
    if (body.kind !== 'measure') throw new Error(`a ${body.kind} is not a measure`);
    switch (body.type) {
      case 'event_count':
        return this.count(body.bounds);
      case 'value_count':
        return this.distinct(body.bounds);
      default:
        return figureOf(body, limits.samples);
    }
  }

  private count(bounds: readonly Bound[]): CountMeasure {
    return new CountMeasure(this.samples, { capacity: this.exactUpTo(bounds), overlap: this.overlap });
  }

  private distinct(bounds: readonly Bound[]): DistinctMeasure {
    return new DistinctMeasure(this, this.exactUpTo(bounds), hashOf(this.plan.rule.hash, 0));
  }

  private exactUpTo(bounds: readonly Bound[]): number {
    return Math.max(largestBound(bounds) + 1, Math.min(this.plan.limits.samples, EXACT_COUNT));
  }
}

/** The figure of a condition over one window, of at most so many samples. Counts have a store of samples of their own here; those of a rule share one (`MeasureMaker`). */
export function figureOf(body: PlannedMeasure, capacity: number): Measure {
  switch (body.type) {
    case 'event_count':
      return new CountMeasure(new Samples(new Ledger()), { capacity, overlap: 'overlapping' });
    case 'value_count': {
      const samples = new Samples(new Ledger());
      return new DistinctMeasure(
        { samples, values: new DistinctValues(samples, 0), keep: 'packed' },
        capacity,
      );
    }
    case 'value_sum':
    case 'value_avg':
      return new SumMeasure({ capacity, average: body.type === 'value_avg' });
    case 'value_percentile':
      return new OrderStatisticMeasure({ capacity, percentile: body.percentile });
    case 'value_median':
      return new OrderStatisticMeasure({ capacity, percentile: 'median' });
    case 'value_min':
    case 'value_max':
      return new ExtremeMeasure({ capacity, which: body.type === 'value_min' ? 'min' : 'max' });
    case 'value_rarity':
      return new RarityMeasure(capacity);
    default:
      return body.type satisfies never;
  }
}

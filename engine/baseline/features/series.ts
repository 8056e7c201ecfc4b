import type { BaselineFeature, EventRef } from '../../model/index.ts';
import { eventTime } from '../../model/index.ts';
import { DistinctSketch } from '../distinct-sketch.ts';
import { type Closed, type Feature, type FeatureFinding, figure, type Saved } from '../feature.ts';
import { SERIES_DEFAULTS, SeriesDetector, type SeriesState } from '../series/series-detector.ts';
import { numberOf, type Sighting, textsOf } from '../sighting.ts';
import { spanText } from '../window-feature.ts';

/** Series watched at once, about 80 KiB each; values of `by` beyond are passed over and counted. */
const SERIES_MAX = 256;
/** Empty windows that are taken for zeros at most; after a longer silence the series goes on where it was. */
const GAP_MAX = 2016;

interface Watched {
  readonly detector: SeriesDetector;
  window: number;
  count: number;
  sum: number;
  sketch: DistinctSketch;
  event: EventRef;
}

/**
 * A metric as a numeric series: how many events, how many different values, the sum or the mean of a field, window after window, watched by
 * the three-view detector (`series/series-detector.ts`). An empty window is a zero of a count, a distinct count and a sum, and nothing of a
 * mean. Its surprise is calibrated already. One series for each value of `by`, 256 at most.
 */
export class SeriesFeature implements Feature {
  readonly spec: BaselineFeature & { readonly kind: 'series' };
  readonly fields: readonly string[];
  private readonly series = new Map<string, Watched>();
  /** Values of `by` that found no room. */
  private passedOver = 0;

  constructor(spec: BaselineFeature & { readonly kind: 'series' }) {
    this.spec = spec;
    this.fields = [...spec.by, ...(spec.field === undefined ? [] : [spec.field])];
  }

  score(): undefined {
    return undefined;
  }

  finding(): FeatureFinding {
    throw new Error('a series is judged when a window ends');
  }

  learn(seen: Sighting): void {
    const label = this.spec.by.map((field) => textsOf(seen, field).join(',')).join(' / ');
    const window = Math.floor(seen.time / this.spec.window);
    let watched = this.series.get(label);
    if (watched === undefined) {
      if (this.series.size >= SERIES_MAX) {
        this.passedOver++;
        return;
      }
      watched = {
        detector: this.detector(),
        window,
        count: 0,
        sum: 0,
        sketch: new DistinctSketch(),
        event: seen.event,
      };
      this.series.set(label, watched);
    }
    const { field, of } = this.spec;
    if (field !== undefined && of === 'distinct')
      for (const text of textsOf(seen, field)) watched.sketch.add(text);
    if (field !== undefined && (of === 'sum' || of === 'value')) {
      const value = numberOf(seen, field);
      if (value === undefined) return;
      watched.sum += value;
    }
    watched.count++;
    watched.event = seen.event;
  }

  close(time: number, take: (closed: Closed) => void): void {
    const now = Math.floor(time / this.spec.window);
    for (const [label, watched] of this.series) {
      if (watched.window >= now) continue;
      this.closeOne(label, watched, take);
      // After a longer silence than is worth filling with zeros, the series goes on now.
      if (now - watched.window > GAP_MAX) watched.window = now;
      while (watched.window < now) this.closeOne(label, watched, take);
    }
  }

  forget(): void {}

  saveEntity(): undefined {
    return undefined;
  }

  absorbEntity(): void {}

  saveTenant(): Saved {
    return {
      passedOver: this.passedOver,
      series: [...this.series].map(([label, { detector, window, count, sum, sketch, event }]) => [
        label,
        { detector: detector.snapshot(), window, count, sum, sketch: sketch.save(), event },
      ]),
    };
  }

  /** Of a series that both have, the one with more rows stays: two halves of a series are no series. */
  absorbTenant(saved: Saved): void {
    const { passedOver, series } = saved as {
      passedOver: number;
      series: [
        string,
        {
          detector: SeriesState;
          window: number;
          count: number;
          sum: number;
          sketch: number[];
          event: EventRef;
        },
      ][];
    };
    this.passedOver += passedOver;
    for (const [label, one] of series) {
      const known = this.series.get(label);
      if (known !== undefined && known.detector.snapshot().rows >= one.detector.rows) continue;
      const detector = this.detector();
      detector.restore(one.detector);
      const sketch = new DistinctSketch();
      sketch.absorb(one.sketch);
      this.series.set(label, {
        detector,
        sketch,
        window: one.window,
        count: one.count,
        sum: one.sum,
        event: one.event,
      });
    }
  }

  describe(): Readonly<Record<string, number>> {
    return {};
  }

  /** After an alarm a series rests for a day. */
  private detector(): SeriesDetector {
    const rows = Math.ceil(86_400_000_000 / this.spec.window);
    return new SeriesDetector({ restRows: Math.max(1, Math.min(SERIES_DEFAULTS.restRows, rows)) });
  }

  private closeOne(label: string, watched: Watched, take: (closed: Closed) => void): void {
    const { of } = this.spec;
    const start = watched.window * this.spec.window;
    const { event } = watched;
    const x =
      of === 'count'
        ? watched.count
        : of === 'distinct'
          ? watched.sketch.count
          : of === 'sum'
            ? watched.sum
            : watched.count === 0
              ? undefined
              : watched.sum / watched.count;
    watched.window++;
    watched.count = 0;
    watched.sum = 0;
    if (of === 'distinct') watched.sketch = new DistinctSketch();
    if (x === undefined) return;
    const nearest = watched.detector.nearest(x);
    const verdict = watched.detector.accept(eventTime(start), x);
    if (!verdict.alarm) return;
    const { value, shape, season } = verdict.views;
    const unit = of === 'count' ? 'events' : `${of} of ${this.spec.field ?? ''}`;
    const finding = (): FeatureFinding => ({
      scope: 'tenant',
      actual: `${figure(x)} ${unit} in ${spanText(this.spec.window)}${label === '' ? '' : ` (${label})`}`,
      typical: `new value ${figure(value)}, new shape ${figure(shape)}, new for the time of day ${figure(season)} decades`,
      nearest: nearest === undefined ? [] : [`${figure(nearest)} ${unit}`],
      counterfactual:
        nearest === undefined ? 'a value seen before' : `would not fire at ${figure(nearest)} ${unit}`,
    });
    take({
      entity: -1,
      label,
      start,
      end: start + this.spec.window,
      raw: verdict.surprise,
      calibrated: true,
      finding,
      event,
    });
  }
}

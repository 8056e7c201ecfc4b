import type { EventTime } from '../../model/index.ts';
import { AlarmControl } from '../alarm-control.ts';
import { ScoreTail, type TailState } from '../tail.ts';
import { SeasonNovelty, type SeasonNoveltyState } from './season-novelty.ts';
import { ShapeNovelty, type ShapeNoveltyState } from './shape-novelty.ts';
import { ValueNovelty, type ValueNoveltyState } from './value-novelty.ts';

/** What a row's surprise is made of, in decades. */
export interface SeriesSurprise {
  readonly value: number;
  readonly shape: number;
  readonly season: number;
}

/** What the detector says of one row. */
export interface SeriesVerdict {
  readonly alarm: boolean;
  /** The sum of the views' surprises, in decades. */
  readonly surprise: number;
  readonly views: SeriesSurprise;
  /** What the surprise had to reach. */
  readonly threshold: number;
  /** An alarm was raised so recently that none follows. */
  readonly resting: boolean;
}

/** Settings of a numeric series' detector. One set serves every series: the views calibrate themselves. */
export interface SeriesOptions {
  /** Surprise that is an alarm, in decades. */
  readonly threshold: number;
  /** What an alarm adds to the threshold, as a share of it. */
  readonly escalation: number;
  /** Rows in which that addition is halved. */
  readonly halfLifeRows: number;
  /** Rows without a further alarm after one. */
  readonly restRows: number;
}

/** The settings that are used where none are given. */
export const SERIES_DEFAULTS: SeriesOptions = {
  threshold: 1.75,
  escalation: 0.3,
  halfLifeRows: 10_000,
  restRows: 120,
};

/** A value this near to what was seen is never novel, whatever the past looks like: 0.8 % of the range. */
const VALUE_FLOOR = 0.008;

/** The state of a detector as plain data. */
export interface SeriesState {
  readonly rows: number;
  readonly restUntil: number;
  readonly threshold: number;
  readonly skipped: number;
  readonly value: ValueNoveltyState;
  readonly shape: ShapeNoveltyState;
  readonly season: SeasonNoveltyState;
  readonly tails: readonly [TailState, TailState, TailState];
}

/**
 * The default detector for a numeric series: three views (how new is the value, the shape, the value at this time of day), each
 * calibrated in decades on its own past scores, added up, and held against a threshold that rises with every alarm. A row is judged by
 * the rows before it alone, in the order they come.
 * State: at most about 80 KiB a series (608 values, 1,002 numbers of shapes, 4,096 rows of seasons, 915 counters). Cost: about seven
 * microseconds a row.
 */
export class SeriesDetector {
  readonly options: SeriesOptions;
  private readonly control: AlarmControl;
  private readonly valueNovelty = new ValueNovelty();
  private readonly shapeNovelty = new ShapeNovelty();
  private readonly seasonNovelty = new SeasonNovelty();
  private readonly valueTail = new ScoreTail({ floor: VALUE_FLOOR });
  private readonly shapeTail = new ScoreTail();
  private readonly seasonTail = new ScoreTail();
  private rows = 0;
  private restUntil = 0;
  private lost = 0;

  constructor(options: Partial<SeriesOptions> = {}) {
    this.options = { ...SERIES_DEFAULTS, ...options };
    const { threshold, escalation, halfLifeRows } = this.options;
    this.control = new AlarmControl({
      start: threshold,
      least: threshold,
      greatest: Number.MAX_VALUE,
      step: threshold * escalation,
      release: { kind: 'half_life', units: halfLifeRows },
    });
  }

  /** Rows that were no finite number: they are passed over and counted. */
  get skipped(): number {
    return this.lost;
  }

  /** Judges the next row and takes it into the past. */
  accept(time: EventTime, x: number): SeriesVerdict {
    if (!Number.isFinite(x)) {
      this.lost++;
      return this.verdict({ value: 0, shape: 0, season: 0 });
    }
    const value = judged(this.valueTail, this.valueNovelty.accept(x));
    const shape = judged(this.shapeTail, this.shapeNovelty.accept(x));
    const season = judged(this.seasonTail, this.seasonNovelty.accept(time, x));
    this.control.pass();
    const verdict = this.verdict({ value, shape, season });
    if (verdict.alarm) {
      this.control.alarm();
      this.restUntil = this.rows + this.options.restRows;
    }
    this.rows++;
    return verdict;
  }

  /** The nearest earlier value, for an explanation. */
  nearest(x: number): number | undefined {
    return this.valueNovelty.nearest(x);
  }

  /** The state as plain data: a detector that takes it back goes on as if nothing had happened. */
  snapshot(): SeriesState {
    return {
      rows: this.rows,
      restUntil: this.restUntil,
      threshold: this.control.threshold,
      skipped: this.lost,
      value: this.valueNovelty.snapshot(),
      shape: this.shapeNovelty.snapshot(),
      season: this.seasonNovelty.snapshot(),
      tails: [this.valueTail.snapshot(), this.shapeTail.snapshot(), this.seasonTail.snapshot()],
    };
  }

  /** Takes a state back. */
  restore(state: SeriesState): void {
    this.rows = state.rows;
    this.restUntil = state.restUntil;
    this.lost = state.skipped;
    this.control.restore(state.threshold);
    this.valueNovelty.restore(state.value);
    this.shapeNovelty.restore(state.shape);
    this.seasonNovelty.restore(state.season);
    this.valueTail.restore(state.tails[0]);
    this.shapeTail.restore(state.tails[1]);
    this.seasonTail.restore(state.tails[2]);
  }

  private verdict(views: SeriesSurprise): SeriesVerdict {
    const surprise = views.value + views.shape + views.season;
    const { threshold } = this.control;
    const resting = this.rows < this.restUntil;
    return { alarm: !resting && surprise >= threshold, surprise, views, threshold, resting };
  }
}

/** The surprise of a score against the scores before it; the score is then one of them. */
function judged(tail: ScoreTail, score: number | undefined): number {
  if (score === undefined) return 0;
  const surprise = tail.surprise(score);
  tail.add(score);
  return surprise;
}

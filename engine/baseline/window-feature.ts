import { type BaselineFeature, type EventRef, eventTime, formatTime } from '../model/index.ts';
import {
  type Closed,
  type Feature,
  type FeatureFinding,
  figure,
  NOTHING_CLOSED,
  type Saved,
  type Surroundings,
} from './feature.ts';
import { Level, type Scale } from './level.ts';
import { dayOf, type Sighting } from './sighting.ts';

/** The figure of one entity's open window. */
export interface Gathering {
  /** Takes an event in; false where it has nothing to give. */
  add(seen: Sighting): boolean;
  readonly figure: number;
  save(): Saved;
  absorb(saved: Saved): void;
}

/** How a figure is made comparable, and how it is called. */
export interface FigureScale extends Scale {
  readonly unit: string;
}

/** Counts: the square root evens out their variance. */
export const ROOT: Scale = {
  forth: (x) => 2 * Math.sqrt(x + 0.375),
  back: (y) => Math.max(0, (y / 2) ** 2 - 0.375),
  spreadLeast: 0.7,
};
/** Sums of sizes: they spread over orders of magnitude. */
export const LOGARITHM: Scale = {
  forth: (x) => Math.log1p(Math.max(0, x)),
  back: (y) => Math.expm1(y),
  spreadLeast: 0.5,
};

interface Open {
  readonly gathering: Gathering;
  event: EventRef;
}

type WindowSpec = BaselineFeature & { readonly window: number; readonly season: boolean };

/** Examples remembered of each entity. */
const EXAMPLES = 3;

/**
 * Windows that follow each other, aligned to the epoch: the figure of each entity that had an event in one is judged when the window ends,
 * against the entity's level at that time of the week, and is then learnt. A window without events is not judged: silence is no spike.
 * Also judged, with the first window of a day: how far the level has drifted.
 * State: the level (38 numbers an entity), the three greatest figures, and the open window. Cold start: nothing is known, nothing is odd.
 */
export class WindowFeature implements Feature {
  readonly spec: WindowSpec;
  readonly fields: readonly string[];
  private readonly level: Level;
  private readonly scale: FigureScale;
  private readonly gather: () => Gathering;
  private open = new Map<number, Open>();
  private current = Number.NEGATIVE_INFINITY;
  /** By entity: the greatest figures so far with their times. */
  private readonly examples: ((readonly [number, number])[] | undefined)[] = [];
  private readonly driftDay: number[] = [];

  constructor(
    spec: WindowSpec,
    around: Surroundings,
    how: {
      readonly fields: readonly string[];
      readonly scale: FigureScale;
      readonly gather: () => Gathering;
    },
  ) {
    this.spec = spec;
    this.fields = how.fields;
    this.scale = how.scale;
    this.gather = how.gather;
    this.level = new Level(around, { season: spec.season, scale: how.scale });
  }

  score(): undefined {
    return undefined;
  }

  finding(): FeatureFinding {
    throw new Error('a window is judged when it ends');
  }

  learn(seen: Sighting): void {
    if (this.open.size === 0) this.current = Math.floor(seen.time / this.spec.window);
    let open = this.open.get(seen.entity);
    if (open === undefined) {
      const gathering = this.gather();
      if (!gathering.add(seen)) return;
      open = { gathering, event: seen.event };
      this.open.set(seen.entity, open);
      return;
    }
    if (open.gathering.add(seen)) open.event = seen.event;
  }

  close(time: number): readonly Closed[] {
    const end = (this.current + 1) * this.spec.window;
    if (this.open.size === 0 || time < end) return NOTHING_CLOSED;
    const start = end - this.spec.window;
    const closed: Closed[] = [];
    for (const [entity, { gathering, event }] of inOrder(this.open)) {
      const x = gathering.figure;
      const y = this.scale.forth(x);
      const spike = this.level.score(entity, start, y);
      const day = dayOf(start);
      let drift = 0;
      if (this.driftDay[entity] !== day) {
        this.driftDay[entity] = day;
        drift = this.level.drift(entity);
      }
      const expected = this.level.expected(entity, start);
      const examples = this.examples[entity] ?? [];
      const { unit } = this.scale;
      const window = spanText(this.spec.window);
      // Made for every closed window, so it only holds on to what it needs.
      const finding = (limit: number): FeatureFinding => ({
        scope: 'entity',
        actual:
          spike >= drift
            ? `${figure(x)} ${unit} in ${window}`
            : `the usual level rose to ${figure(this.scale.back(expected.mean))} ${unit} in ${window}`,
        typical: `${figure(this.scale.back(expected.mean))} at this time of the week, seldom more than ${figure(this.scale.back(expected.mean + 2 * expected.spread))}`,
        nearest: examples.map(([value, at]) => `${figure(value)} ${unit} at ${formatTime(eventTime(at))}`),
        counterfactual: `would not fire at ≤ ${figure(Math.floor(this.scale.back(expected.mean + zOf(limit) * expected.spread)))} ${unit} in ${window}`,
      });
      closed.push({ entity, start, end, raw: Math.max(spike, drift), finding, event });
      this.level.learn(entity, start, y);
      this.remember(entity, x, start);
    }
    this.open = new Map();
    return closed;
  }

  told(entity: number): void {
    this.level.told(entity);
  }

  forget(entity: number): void {
    this.level.forget(entity);
    this.open.delete(entity);
    this.examples[entity] = undefined;
    this.driftDay[entity] = 0;
  }

  saveEntity(entity: number): Saved | undefined {
    const level = this.level.saveEntity(entity);
    const open = this.open.get(entity);
    if (level === undefined && open === undefined) return undefined;
    return {
      level: level ?? [],
      examples: this.examples[entity] ?? [],
      driftDay: this.driftDay[entity] ?? 0,
      ...(open === undefined ? {} : { open: { figure: open.gathering.save(), event: open.event } }),
    };
  }

  absorbEntity(entity: number, saved: Saved): void {
    const { level, examples, driftDay, open } = saved as {
      level: number[];
      examples: [number, number][];
      driftDay: number;
      open?: { figure: Saved; event: EventRef };
    };
    if (level.length > 0) this.level.absorbEntity(entity, level);
    for (const [value, at] of examples) this.remember(entity, value, at);
    this.driftDay[entity] = Math.max(driftDay, this.driftDay[entity] ?? 0);
    if (open === undefined) return;
    const known = this.open.get(entity);
    if (known !== undefined) known.gathering.absorb(open.figure);
    else {
      const gathering = this.gather();
      gathering.absorb(open.figure);
      this.open.set(entity, { gathering, event: open.event });
    }
  }

  saveTenant(): Saved {
    return { level: this.level.saveTenant(), current: this.open.size === 0 ? null : this.current };
  }

  absorbTenant(saved: Saved): void {
    const { level, current } = saved as { level: Saved; current: number | null };
    this.level.absorbTenant(level);
    if (current !== null) this.current = Math.max(this.current, current);
  }

  describe(entity: number): Readonly<Record<string, number | string>> {
    if (!this.level.knows(entity)) return {};
    const { spread } = this.level.expected(entity, 0);
    const saved = this.level.saveEntity(entity) ?? [];
    const mean = saved[1] ?? 0;
    return {
      unit: `${this.scale.unit} in ${spanText(this.spec.window)}`,
      usual: Number(figure(this.scale.back(mean))),
      threshold: Math.ceil(this.scale.back(mean + zOf(4) * spread)),
    };
  }

  private remember(entity: number, x: number, start: number): void {
    const known = this.examples[entity];
    if (known === undefined) {
      this.examples[entity] = [[x, start]];
      return;
    }
    if (known.length === EXAMPLES && x <= (known[EXAMPLES - 1]?.[0] ?? 0)) return;
    known.push([x, start]);
    known.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    if (known.length > EXAMPLES) known.pop();
  }
}

/** Open windows by row: the order in which entities came must not matter, and a restored state has another. */
export function inOrder<T>(open: ReadonlyMap<number, T>): (readonly [number, T])[] {
  return [...open].sort((a, b) => a[0] - b[0]);
}

/** The z at which the normal tail has so many decades; to a hundredth. */
export function zOf(limit: number): number {
  let low = 0;
  let high = 8;
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    const ln =
      -0.5 * middle * middle - Math.log(0.661 * middle + 0.339 * Math.sqrt(middle * middle + 5.51)) - 0.919;
    if (-ln / Math.LN10 < limit) low = middle;
    else high = middle;
  }
  return high;
}

/** `15 min`, `1 h`, `1 d`. */
export function spanText(window: number): string {
  const minutes = window / 60_000_000;
  if (minutes % 1440 === 0) return minutes === 1440 ? 'a day' : `${minutes / 1440} days`;
  if (minutes % 60 === 0) return `${minutes / 60} h`;
  return minutes >= 1 ? `${figure(minutes)} min` : `${figure(minutes * 60)} s`;
}

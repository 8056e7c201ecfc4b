import { type BaselineFeature, type EventRef, eventTime, formatTime } from '../model/index.ts';
import {
  type Closed,
  type Feature,
  type FeatureFinding,
  figure,
  type Saved,
  type Surroundings,
  unremarkable,
} from './feature.ts';
import { Level, type Scale } from './level.ts';
import { Pool } from './pool.ts';
import { dayOf, type Sighting } from './sighting.ts';

/** The figures of open windows, by entity: numbers in one block, since an object for each would be most of the work. */
export interface Gathering {
  /** Takes an event into the window of its entity; false where it has nothing to give. */
  add(seen: Sighting): boolean;
  figure(entity: number): number;
  /** The entity's window has ended. */
  clear(entity: number): void;
  save(entity: number): Saved;
  absorb(entity: number, saved: Saved): void;
}

/** Figures that add up. */
export class Totals implements Gathering {
  private readonly pool = new Pool(1);
  private readonly worth: (seen: Sighting) => number | undefined;

  /** `worth` is what an event adds; undefined where it has nothing to give. */
  constructor(worth: (seen: Sighting) => number | undefined) {
    this.worth = worth;
  }

  add(seen: Sighting): boolean {
    const by = this.worth(seen);
    if (by === undefined) return false;
    this.more(seen.entity, by);
    return true;
  }

  figure(entity: number): number {
    return this.pool.cells[this.pool.at(entity)] ?? 0;
  }

  clear(entity: number): void {
    this.pool.clear(entity);
  }

  save(entity: number): Saved {
    return this.figure(entity);
  }

  absorb(entity: number, saved: Saved): void {
    this.more(entity, Number(saved));
  }

  private more(entity: number, by: number): void {
    const at = this.pool.at(entity);
    this.pool.cells[at] = (this.pool.cells[at] ?? 0) + by;
  }
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

type WindowSpec = BaselineFeature & { readonly window: number; readonly season: boolean };

/** Examples remembered of each entity. */
const EXAMPLES = 3;

/**
 * Windows that follow each other, aligned to the epoch: the figure of each entity that had an event in one is judged when the window ends,
 * against the entity's level at that time of the week, and is then learnt. A window without events is not judged: silence is no spike.
 * Also judged, with the first window of a day: how far the level has drifted.
 * State: the level (33 numbers an entity, and 2 for each block of hours), the three greatest figures, and the open window. Cold start: nothing is known, nothing is odd.
 */
export class WindowFeature implements Feature {
  readonly spec: WindowSpec;
  readonly fields: readonly string[];
  private readonly level: Level;
  private readonly scale: FigureScale;
  private readonly gathering: Gathering;
  /** By entity: the last event of its open window; undefined where none is open. */
  private readonly events: (EventRef | undefined)[] = [];
  /** Entities whose windows were opened, in that order; one may be there twice that was forgotten in between. */
  private opened: number[] = [];
  private current = Number.NEGATIVE_INFINITY;
  /** By entity: the last day on which drift was looked for, then the greatest figures so far with their times. */
  private readonly cells = new Pool(1 + 2 * EXAMPLES);
  /** Of the figure that is being judged: its day, and what it has above the expected one; a spread where a drift is judged. */
  private judgedDay = 0;
  private judgedAbove = 0;

  constructor(
    spec: WindowSpec,
    around: Surroundings,
    how: {
      readonly fields: readonly string[];
      readonly scale: FigureScale;
      readonly gathering: Gathering;
    },
  ) {
    this.spec = spec;
    this.fields = how.fields;
    this.scale = how.scale;
    this.gathering = how.gathering;
    this.level = new Level(around, { season: spec.season, scale: how.scale });
  }

  score(): undefined {
    return undefined;
  }

  finding(): FeatureFinding {
    throw new Error('a window is judged when it ends');
  }

  learn(seen: Sighting): void {
    if (this.opened.length === 0) this.current = Math.floor(seen.time / this.spec.window);
    if (!this.gathering.add(seen)) return;
    this.note(seen.entity, seen.event);
  }

  close(time: number, take: (closed: Closed) => void): void {
    const end = (this.current + 1) * this.spec.window;
    if (this.opened.length === 0 || time < end) return;
    const start = end - this.spec.window;
    const day = dayOf(start);
    const rows = rowsOf(this.opened);
    this.opened = [];
    for (const entity of rows) {
      const event = this.events[entity];
      if (event === undefined) continue;
      this.events[entity] = undefined;
      const x = this.gathering.figure(entity);
      this.gathering.clear(entity);
      const y = this.scale.forth(x);
      const spike = this.level.score(entity, start, y);
      const first = this.cells.at(entity);
      let drift = 0;
      if (this.cells.cells[first] !== day) {
        this.cells.cells[first] = day;
        drift = this.level.drift(entity);
      }
      const raw = Math.max(spike, drift);
      this.judgedDay = day;
      const expected = this.level.expected(entity, start);
      this.judgedAbove = drift > spike ? expected.spread : y - expected.mean;
      const finding = raw < 1 ? unremarkable : this.findingOf(entity, start, { x, drifted: drift > spike });
      take({ entity, start, end, raw, finding, event });
      this.level.learn(entity, start, y);
      this.remember(entity, x, start);
    }
  }

  told(entity: number): void {
    this.level.told(entity, this.judgedDay, this.judgedAbove);
  }

  forget(entity: number): void {
    this.level.forget(entity);
    this.events[entity] = undefined;
    this.gathering.clear(entity);
    this.cells.clear(entity);
  }

  saveEntity(entity: number): Saved | undefined {
    const level = this.level.saveEntity(entity);
    const event = this.events[entity];
    if (level === undefined && event === undefined) return undefined;
    return {
      level: level ?? [],
      examples: this.examplesOf(entity),
      driftDay: this.cells.cells[this.cells.at(entity)] ?? 0,
      ...(event === undefined ? {} : { open: { figure: this.gathering.save(entity), event } }),
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
    const first = this.cells.at(entity);
    this.cells.cells[first] = Math.max(driftDay, this.cells.cells[first] ?? 0);
    if (open === undefined) return;
    this.gathering.absorb(entity, open.figure);
    if (this.events[entity] === undefined) this.note(entity, open.event);
  }

  saveTenant(): Saved {
    return { level: this.level.saveTenant(), current: this.opened.length === 0 ? null : this.current };
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

  private note(entity: number, event: EventRef): void {
    if (this.events[entity] === undefined) this.opened.push(entity);
    this.events[entity] = event;
  }

  /** Holds on to what an alarm would have to say; the words are made only for one. */
  private findingOf(
    entity: number,
    start: number,
    { x, drifted }: { readonly x: number; readonly drifted: boolean },
  ): (limit: number) => FeatureFinding {
    const { mean, spread } = this.level.expected(entity, start);
    const judged = this.level.judgedBy(entity, start).mean;
    const examples = this.examplesOf(entity);
    const { unit, back } = this.scale;
    const window = spanText(this.spec.window);
    return (limit) => ({
      scope: 'entity',
      actual: drifted
        ? `the usual level rose to ${figure(back(mean))} ${unit} in ${window}`
        : `${figure(x)} ${unit} in ${window}`,
      typical: `${figure(back(mean))} at this time of the week, seldom more than ${figure(back(mean + 2 * spread))}`,
      nearest: examples.map(([value, at]) => `${figure(value)} ${unit} at ${formatTime(eventTime(at))}`),
      counterfactual: `would not fire at ≤ ${figure(Math.floor(back(judged + zOf(limit) * spread)))} ${unit} in ${window}`,
    });
  }

  private examplesOf(entity: number): (readonly [number, number])[] {
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    return Array.from(
      { length: EXAMPLES },
      (_, i) => [cells[first + 1 + 2 * i] ?? 0, cells[first + 2 + 2 * i] ?? 0] as const,
    ).filter(([, at]) => at > 0);
  }

  /** Keeps the greatest figures, the greatest first; of equal ones the earlier. */
  private remember(entity: number, x: number, start: number): void {
    const first = this.cells.at(entity) + 1;
    const { cells } = this.cells;
    let at = EXAMPLES;
    while (at > 0 && ((cells[first + 2 * at - 1] ?? 0) === 0 || x > (cells[first + 2 * at - 2] ?? 0))) at--;
    if (at === EXAMPLES) return;
    cells.copyWithin(first + 2 * at + 2, first + 2 * at, first + 2 * EXAMPLES - 2);
    cells[first + 2 * at] = x;
    cells[first + 2 * at + 1] = start;
  }
}

/** The rows of open windows, in their order: that in which entities came must not matter, and a restored state has another. */
export function rowsOf(open: Iterable<number>): Int32Array {
  return Int32Array.from(open).sort();
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

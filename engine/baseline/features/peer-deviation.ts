import type { BaselineFeature, EventRef } from '../../model/index.ts';
import { DistinctSketch } from '../distinct-sketch.ts';
import {
  type Closed,
  type Feature,
  type FeatureFinding,
  figure,
  type Saved,
  type Surroundings,
} from '../feature.ts';
import { Pool } from '../pool.ts';
import { normalTailDecades } from '../probability.ts';
import { numberOf, type Sighting, startOfDay, textsOf } from '../sighting.ts';
import { LOGARITHM, ROOT, rowsOf, zOf } from '../window-feature.ts';

/** In so many days what is known loses half its weight. */
const KEEP_DAY = 2 ** (-1 / 28);
/** For how many days the group's spread counts in that of an entity's own deviation. */
const PRIOR_DAYS = 5;
const SPREAD_LEAST = 0.25;
/** No day pulls by more than so many spreads. */
const CUT = 3;

interface Group {
  weight: number;
  mean: number;
  variance: number;
}

interface Today {
  figure: number;
  readonly sketch: DistinctSketch | undefined;
  event: EventRef;
}

// Cells of an entity: days, mean deviation from its peers, variance of the deviation.
const STRIDE = 3;

/**
 * Peer-group deviation: a figure of the day (events, different values, a sum) that is further above the peers' than the entity's usually is.
 * The day's figure, transformed as in `window-feature.ts`, less the group's mean is the deviation; raw surprise = −log10 of the normal tail
 * of (deviation − the entity's mean deviation)/spread. An entity that always does more than its peers is thus no surprise.
 * Silent for groups below `peers.min`, and where an entity has no group. Decay: a half-life of 28 days. Guard: one vote an entity and day,
 * cut at three spreads. State: 3 numbers an entity, 3 a group, and the day in course. Merge: weights add up.
 */
export class PeerDeviationFeature implements Feature {
  readonly spec: BaselineFeature & { readonly kind: 'peer_deviation' };
  readonly fields: readonly string[];
  private readonly around: Surroundings;
  private readonly cells = new Pool(STRIDE);
  private readonly groups = new Map<number, Group>();
  private readonly open = new Map<number, Today>();
  private day = Number.NEGATIVE_INFINITY;
  private readonly scale: { forth(x: number): number; back(y: number): number };

  constructor(spec: BaselineFeature & { readonly kind: 'peer_deviation' }, around: Surroundings) {
    this.spec = spec;
    this.around = around;
    this.fields = spec.field === undefined ? [] : [spec.field];
    this.scale = spec.of === 'sum' ? LOGARITHM : ROOT;
  }

  score(): undefined {
    return undefined;
  }

  finding(): FeatureFinding {
    throw new Error('a day is judged when it ends');
  }

  learn(seen: Sighting): void {
    const { of, field } = this.spec;
    if (this.open.size === 0) this.day = seen.day;
    let today = this.open.get(seen.entity);
    if (today === undefined) {
      today = { figure: 0, sketch: of === 'distinct' ? new DistinctSketch() : undefined, event: seen.event };
      this.open.set(seen.entity, today);
    }
    today.event = seen.event;
    if (of === 'count') today.figure++;
    else if (field !== undefined && of === 'sum') today.figure += numberOf(seen, field) ?? 0;
    else if (field !== undefined) for (const text of textsOf(seen, field)) today.sketch?.add(text);
  }

  close(time: number, take: (closed: Closed) => void): void {
    if (this.open.size === 0 || time < startOfDay(this.day + 1)) return;
    const rows = rowsOf(this.open.keys());
    // All are judged by the days before, and only then learnt: the order of entities does not matter.
    for (const entity of rows) {
      const today = this.open.get(entity);
      const found = today === undefined ? undefined : this.judge(entity, today);
      if (found !== undefined) take(found);
    }
    for (const group of this.groups.values()) group.weight *= KEEP_DAY;
    for (const entity of rows) {
      const today = this.open.get(entity);
      if (today !== undefined) this.learnDay(entity, this.figureOf(today));
    }
    this.open.clear();
  }

  forget(entity: number): void {
    this.cells.clear(entity);
    this.open.delete(entity);
  }

  saveEntity(entity: number): Saved | undefined {
    const cells = this.cells.save(entity);
    const today = this.open.get(entity);
    if (cells.length === 0 && today === undefined) return undefined;
    return {
      cells,
      ...(today === undefined
        ? {}
        : { open: { figure: today.figure, sketch: today.sketch?.save() ?? [], event: today.event } }),
    };
  }

  absorbEntity(entity: number, saved: Saved): void {
    const { cells: other, open } = saved as {
      cells: number[];
      open?: { figure: number; sketch: number[]; event: EventRef };
    };
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    const merged = merge(
      { weight: cells[first] ?? 0, mean: cells[first + 1] ?? 0, variance: cells[first + 2] ?? 0 },
      { weight: other[0] ?? 0, mean: other[1] ?? 0, variance: other[2] ?? 0 },
    );
    cells.set([merged.weight, merged.mean, merged.variance], first);
    if (open === undefined) return;
    const today = this.open.get(entity) ?? {
      figure: 0,
      sketch: this.spec.of === 'distinct' ? new DistinctSketch() : undefined,
      event: open.event,
    };
    this.open.set(entity, today);
    today.figure += open.figure;
    today.sketch?.absorb(open.sketch);
  }

  saveTenant(): Saved {
    return {
      day: this.open.size === 0 ? null : this.day,
      groups: [...this.groups].map(([group, { weight, mean, variance }]) => [group, weight, mean, variance]),
    };
  }

  absorbTenant(saved: Saved): void {
    const { day, groups } = saved as { day: number | null; groups: [number, number, number, number][] };
    if (day !== null) this.day = Math.max(this.day, day);
    for (const [group, weight, mean, variance] of groups) {
      const known = this.groups.get(group) ?? { weight: 0, mean: 0, variance: 0 };
      this.groups.set(group, merge(known, { weight, mean, variance }));
    }
  }

  describe(entity: number): Readonly<Record<string, number>> {
    const first = this.cells.at(entity);
    const group = this.groups.get(this.around.groupOf(entity));
    if ((this.cells.cells[first] ?? 0) === 0 || group === undefined) return {};
    return { above_peers: Number(figure(this.cells.cells[first + 1] ?? 0)) };
  }

  private figureOf(today: Today): number {
    return today.sketch === undefined ? today.figure : today.sketch.count;
  }

  private judge(entity: number, today: Today): Closed | undefined {
    const group = this.groups.get(this.around.groupOf(entity));
    const { min } = this.around.rule.peers;
    if (group === undefined || group.weight < 2 * min) return undefined;
    if (this.around.peerCount(this.around.groupOf(entity)) < min) return undefined;
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    const days = cells[first] ?? 0;
    const x = this.figureOf(today);
    const spread = Math.max(
      SPREAD_LEAST,
      Math.sqrt((days * (cells[first + 2] ?? 0) + PRIOR_DAYS * group.variance) / (days + PRIOR_DAYS)),
    );
    const usual = (days * (cells[first + 1] ?? 0)) / (days + 1);
    const raw = normalTailDecades((this.scale.forth(x) - group.mean - usual) / spread);
    const { mean } = group;
    const what = this.spec.of === 'count' ? 'events' : (this.spec.field ?? '');
    const { back } = this.scale;
    const finding = (limit: number): FeatureFinding => ({
      scope: 'peers',
      actual: `${figure(x)} ${what} in a day`,
      typical: `${figure(back(mean))} among its peers, ${figure(back(mean + usual))} its own`,
      nearest: [],
      counterfactual: `would not fire at ≤ ${figure(Math.floor(back(mean + usual + zOf(limit) * spread)))} ${what} in a day`,
    });
    return {
      entity,
      start: startOfDay(this.day),
      end: startOfDay(this.day + 1),
      raw,
      finding,
      event: today.event,
    };
  }

  private learnDay(entity: number, x: number): void {
    const at = this.around.groupOf(entity);
    if (at < 0) return;
    const y = this.scale.forth(x);
    const group = this.groups.get(at) ?? { weight: 0, mean: y, variance: 0 };
    this.groups.set(at, group);
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    const days = (cells[first] ?? 0) * KEEP_DAY;
    const groupSpread = Math.max(SPREAD_LEAST, Math.sqrt(group.variance));
    const cutY = group.weight < 20 ? y : clamp(y, group.mean, CUT * groupSpread);
    const deviation = y - group.mean;
    const usual = cells[first + 1] ?? 0;
    const spread = Math.max(
      SPREAD_LEAST,
      Math.sqrt((days * (cells[first + 2] ?? 0) + PRIOR_DAYS * group.variance) / (days + PRIOR_DAYS)),
    );
    const cut = days < 3 ? deviation : clamp(deviation, usual, CUT * spread);
    const share = 1 / (days + 1);
    cells[first + 2] =
      (cells[first + 2] ?? 0) + ((cut - usual) ** 2 - (cells[first + 2] ?? 0)) * (days === 0 ? 0 : share);
    cells[first + 1] = usual + (cut - usual) * share;
    cells[first] = days + 1;
    const groupShare = 1 / (group.weight + 1);
    group.variance += ((cutY - group.mean) ** 2 - group.variance) * groupShare;
    group.mean += (cutY - group.mean) * groupShare;
    group.weight += 1;
  }
}

function clamp(y: number, middle: number, by: number): number {
  return Math.max(middle - by, Math.min(middle + by, y));
}

function merge(a: Group, b: Group): Group {
  if (a.weight === 0) return { ...b };
  if (b.weight === 0) return { ...a };
  const weight = a.weight + b.weight;
  const share = b.weight / weight;
  const apart = b.mean - a.mean;
  return {
    weight,
    mean: a.mean + apart * share,
    variance: a.variance + (b.variance - a.variance) * share + share * (1 - share) * apart * apart,
  };
}

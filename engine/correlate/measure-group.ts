import type { Scalar } from '../model/index.ts';
import type { GroupEntry } from './groups.ts';
import type { GroupKey } from './key.ts';
import type { CountMeasure } from './measure/count.ts';
import type { Measure } from './measure/measure.ts';
import { readWindow, type SavedWindow, writeWindow } from './measure/saved.ts';
import type { Instant } from './order.ts';
import type { SignalReader, SignalWriter } from './snapshot.ts';

/** One group: its figure, its window, and when it last fired. */
export class MeasureGroup implements GroupEntry {
  key: string | null;
  /** As the newest signal of the group had them; undefined where the key itself is the only one. */
  values: readonly Scalar[] | undefined;
  readonly measure: Measure;
  /** Counts the window where `min_events` asks for it. */
  readonly population: CountMeasure | undefined;
  slot = -1;
  lastTime = 0;
  lastNs = 0;
  /** Start of the open anchored or session window; undefined when none is open. */
  opened: Instant | undefined = undefined;
  /** When the open window is decided, for conditions decided at close. */
  closes: Instant | undefined = undefined;
  fired: Instant | undefined = undefined;
  firstId: string | undefined = undefined;
  revision = 0;
  /** Events that counted at `lastTime`, where several rules could count one event twice. */
  counted: Set<string> | undefined = undefined;

  constructor(group: GroupKey, measure: Measure, population: CountMeasure | undefined) {
    this.key = group.key;
    noteValues(this, group.values);
    this.measure = measure;
    this.population = population;
  }
}

/** Notes the values as the newest signal had them. Nothing is kept where they are the key, nothing made where they are as before. */
export function noteValues(group: MeasureGroup, values: readonly Scalar[]): void {
  if (values.length === 1 && values[0] === group.key) group.values = undefined;
  else if (group.values === undefined || !sameValues(group.values, values)) group.values = [...values];
}

/** The values as the newest signal had them. */
export function valuesOf(group: MeasureGroup): readonly Scalar[] {
  return group.values ?? [group.key];
}

function sameValues(a: readonly Scalar[], b: readonly Scalar[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A group as a snapshot holds it. */
export interface SavedGroup {
  readonly values: readonly Scalar[];
  readonly lastTime: number;
  readonly lastNs: number;
  readonly opened: Instant | null;
  readonly closes: Instant | null;
  readonly fired: Instant | null;
  readonly firstId: string | null;
  readonly revision: number;
  readonly counted: readonly string[] | null;
  readonly measure: SavedWindow;
  readonly population: SavedWindow | null;
}

/** A group written down. */
export function saveGroup(group: MeasureGroup, writer: SignalWriter): SavedGroup {
  return {
    values: valuesOf(group),
    lastTime: group.lastTime,
    lastNs: group.lastNs,
    opened: group.opened ?? null,
    closes: group.closes ?? null,
    fired: group.fired ?? null,
    firstId: group.firstId ?? null,
    revision: group.revision,
    counted: group.counted === undefined ? null : [...group.counted],
    measure: writeWindow(group.measure.save(), writer),
    population: group.population === undefined ? null : writeWindow(group.population.save(), writer),
  };
}

/** Fills a fresh group with what was written down, but for its close, which the node schedules. */
export function loadGroup(group: MeasureGroup, saved: SavedGroup, reader: SignalReader): void {
  group.measure.load(readWindow(saved.measure, reader));
  if (saved.population !== null) group.population?.load(readWindow(saved.population, reader));
  group.lastTime = saved.lastTime;
  group.lastNs = saved.lastNs;
  group.opened = saved.opened ?? undefined;
  group.fired = saved.fired ?? undefined;
  group.firstId = saved.firstId ?? undefined;
  group.revision = saved.revision;
  group.counted = saved.counted === null ? undefined : new Set(saved.counted);
}

/** Forgets what the window held and that it fired. */
export function resetGroup(group: MeasureGroup): void {
  group.measure.clear();
  group.population?.clear();
  group.opened = undefined;
  group.fired = undefined;
  group.firstId = undefined;
  group.revision = 0;
}

/** What a group holds, for the memory bound: itself and its signals. */
export function itemsOfGroup(group: MeasureGroup): number {
  return 1 + group.measure.size() + (group.population?.size() ?? 0);
}

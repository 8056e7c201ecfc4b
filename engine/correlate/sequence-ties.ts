import { eventOf, type Instant } from './order.ts';
import type { PlannedStage } from './plan.ts';
import { type Run, same } from './sequence-runs.ts';

/** Runs of one instant that agree on all values still to be asked for and differ in the events they have used; beyond, a loss is counted. */
const TIED_MAX = 256;

/** A run, and what it remembers. */
export interface Continued {
  readonly run: Run;
  readonly values: readonly (string | null)[];
}

interface Tied extends Continued {
  readonly classKey: string | null;
  /** Events of this instant that it has used and a later step could want, sorted. */
  readonly used: readonly string[];
}

/** What a step makes of a run. */
export interface Step {
  readonly stage: number;
  /** Of the bucket in which the next step looks for it. */
  readonly key: string | null;
  /** Of the values it remembers. */
  readonly classKey: string | null;
  /** How many steps after it may share its instant. */
  readonly following: number;
  readonly single: boolean;
}

/**
 * `ties: allow`: the runs of one group that have moved at one instant, for steps that may share it. A run that began last is not enough here: it may
 * have used the very event that the next step needs. So of runs that agree in all else one is kept for each set of events used that a later step
 * could want, and of those that continue one run no more than later steps can spoil: with k more steps to come, k + 1 differ enough.
 * Where no event is wanted twice that is one run, as without ties.
 */
export class TiedRuns {
  private readonly at: Instant;
  /** By event: the last stage at which it could serve. */
  private readonly lastUse: ReadonlyMap<string, number>;
  private readonly byStage = new Map<string, Tied[]>();
  private readonly made = new Map<string, Map<Run | undefined, number>>();
  /** Runs not kept at the bound. */
  lost = 0;

  constructor(at: Instant, lastUse: ReadonlyMap<string, number>) {
    this.at = at;
    this.lastUse = lastUse;
  }

  /** Runs that a signal of this event may continue at the stage after `stage`. */
  runs(stage: number, key: string | null, event: string): readonly Continued[] {
    const held = this.byStage.get(placeOf(stage, key)) ?? [];
    return held.filter(({ used }) => !used.includes(event));
  }

  /** Keeps a run for the steps after `step.stage`. O(runs of its class). */
  add(continued: Continued, step: Step): void {
    if (step.following === 0) return;
    const { stage, key, classKey } = step;
    const used = this.usedBy(continued.run, stage);
    const place = placeOf(stage, key);
    const held = this.byStage.get(place) ?? [];
    this.byStage.set(place, held);
    const ofClass = held.filter((one) => one.classKey === classKey);
    const twin = ofClass.find((one) => one.used.join(' ') === used.join(' '));
    if (twin !== undefined) {
      if (isYounger(continued.run, twin.run)) held[held.indexOf(twin)] = { ...continued, classKey, used };
      return;
    }
    if (step.single && !this.isNeeded(continued.run.before, `${place} ${classKey}`, step.following)) return;
    if (ofClass.length >= TIED_MAX) this.lost++;
    else held.push({ ...continued, classKey, used });
  }

  private isNeeded(before: Run | undefined, place: string, following: number): boolean {
    const made = this.made.get(place) ?? new Map<Run | undefined, number>();
    this.made.set(place, made);
    const count = made.get(before) ?? 0;
    made.set(before, count + 1);
    return count <= following;
  }

  private usedBy(run: Run, stage: number): string[] {
    const used: string[] = [];
    for (
      let link: Run | undefined = run;
      link !== undefined && same(link.last, this.at);
      link = link.before
    ) {
      for (const signal of link.signals) {
        const event = eventOf(signal);
        const isNow = signal.end === this.at.time && signal.endNs === this.at.ns;
        if (isNow && (this.lastUse.get(event) ?? -1) > stage) used.push(event);
      }
    }
    return used.sort();
  }
}

function placeOf(stage: number, key: string | null): string {
  return `${stage} ${key ?? ''}`;
}

function isYounger(a: Run, b: Run): boolean {
  return a.start.time > b.start.time || (a.start.time === b.start.time && a.start.ns > b.start.ns);
}

/** Whether a step may be at the instant of the one before it, where ties are allowed: what it counts, and what it waits for, comes after. */
export function maySharePrevious(stage: PlannedStage): boolean {
  return stage.times <= 1 && stage.afterMicros === undefined;
}

/** By stage: how many stages after it may share its instant, one after the other. */
export function followersOf(stages: readonly PlannedStage[]): readonly number[] {
  return stages.map((_, index) => {
    const rest = stages.slice(index + 1);
    const end = rest.findIndex((stage) => !maySharePrevious(stage));
    return end < 0 ? rest.length : end;
  });
}

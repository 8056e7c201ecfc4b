import type { Signal } from '../model/index.ts';
import { GroupTable } from './groups.ts';
import { encodeKey, type GroupKey } from './key.ts';
import type { Instant } from './order.ts';
import type { NodePlan, PlannedAbsence, PlannedSequence, StageField } from './plan.ts';
import { Barrier } from './sequence-runs.ts';
import { BARRIERS } from './sequence-state.ts';
import { type Memory, remembered, type Variant, variantsOf } from './sequence-values.ts';

/** What stands in the way of a sequence's runs: when each thing that must not happen last did, and when each group was last ended. */
export class Barriers {
  /** By step as written; empty for steps that must happen. The last is for what ends a group's runs: `until`, and a reset. */
  readonly tables: readonly GroupTable<Barrier>[];
  private readonly plan: NodePlan;
  private readonly body: PlannedSequence;
  private readonly makeRoom: () => void;

  constructor(
    plan: NodePlan,
    body: PlannedSequence,
    host: { readonly hashSeed: number; readonly makeRoom: () => void },
  ) {
    this.plan = plan;
    this.body = body;
    this.makeRoom = host.makeRoom;
    this.tables = [...body.stepRules, -1].map(
      (_, i) => new GroupTable(`barrier${i}`, BARRIERS, host.hashSeed),
    );
  }

  /** Notes a signal of a step that must not happen, for each reading of the fields it is joined by. */
  note(
    signal: Signal,
    step: number,
    { group, pinned }: { readonly group: GroupKey; readonly pinned: Variant },
  ): void {
    const absence = this.absenceOf(step);
    if (absence === undefined) return;
    const fields = absence.join.map((join) => join.field);
    for (const variant of variantsOf(signal, fields, { pinned, cased: this.plan.cased })) {
      const key = encodeKey([group.key, ...fields.map((field) => variant.get(field) ?? null)]);
      this.put(step, key, { time: signal.end, ns: signal.endNs });
    }
  }

  /** Ends the runs of a group that began before. */
  end(groupKey: string | null, at: Instant): void {
    this.put(this.tables.length - 1, groupKey, at);
  }

  /** When the group was last ended before this instant. */
  endedBefore(groupKey: string | null, at: Instant): Instant | undefined {
    return this.tables.at(-1)?.get(groupKey)?.lastBefore(at);
  }

  /** When what must not happen last did before this instant, for what a run remembers. */
  lastBefore(
    absence: PlannedAbsence,
    at: Instant,
    run: Memory & { readonly group: string | null },
  ): Instant | undefined {
    return this.tables[absence.step]?.get(absenceKey(absence, run))?.lastBefore(at);
  }

  /** When what must not come before the first step last did, for a reading of that step's signal. */
  lastLead(
    at: Instant,
    first: { readonly group: string | null; readonly variant: Variant },
  ): Instant | undefined {
    const { before } = this.body;
    if (before === undefined) return undefined;
    const joined = before.join.map((join) => first.variant.get(join.other.field) ?? null);
    return this.tables[before.step]?.get(encodeKey([first.group, ...joined]))?.lastBefore(at);
  }

  /** The newest time of what must not happen, by the key that `absenceKey` gives. */
  newest(step: number, key: string | null): Instant | undefined {
    return this.tables[step]?.get(key)?.newest;
  }

  private put(step: number, key: string | null, at: Instant): void {
    const table = this.tables[step];
    if (table === undefined) return;
    let barrier = table.get(key);
    if (barrier === undefined) {
      this.makeRoom();
      barrier = new Barrier(key);
      barrier.lastTime = at.time;
      table.add(barrier);
    }
    barrier.note(at);
    barrier.lastTime = at.time;
    table.touch(barrier, 0, 1);
  }

  private absenceOf(step: number): PlannedAbsence | undefined {
    const { before, afterwards, stages } = this.body;
    if (before?.step === step) return before;
    if (afterwards?.step === step) return afterwards;
    for (const stage of stages)
      for (const absence of stage.absences) if (absence.step === step) return absence;
    return undefined;
  }
}

/** The key of what must not happen, of what a run remembers. */
export function absenceKey(
  absence: PlannedAbsence,
  from: {
    readonly values: readonly (string | null)[];
    readonly carry: readonly StageField[];
    readonly group: string | null;
  },
): string | null {
  return encodeKey([from.group, ...absence.join.map((join) => remembered(join.other, from))]);
}

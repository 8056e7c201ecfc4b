import { GroupTable } from './groups.ts';
import { encodeKey, type GroupKey } from './key.ts';
import type { NodeShell } from './node.ts';
import type { NodePlan, PlannedSequence } from './plan.ts';
import { Bucket, RunClass } from './sequence-runs.ts';
import { BUCKETS } from './sequence-state.ts';
import { type Continued, followersOf, type TiedRuns } from './sequence-ties.ts';
import { remembered } from './sequence-values.ts';

/** Sets of values one bucket tells apart (only where a step compares with an earlier one); the oldest goes first. */
const CLASSES_MAX = 256;

/** The partial runs of a sequence. */
export class RunStore {
  /** Runs that have done stage i wait in `tables[i]`, keyed for stage i + 1. */
  readonly tables: readonly GroupTable<Bucket>[];
  private readonly plan: NodePlan;
  private readonly body: PlannedSequence;
  private readonly host: { readonly shell: NodeShell; readonly makeRoom: () => void };
  private readonly followers: readonly number[];

  constructor(
    plan: NodePlan,
    body: PlannedSequence,
    host: { readonly shell: NodeShell; readonly hashSeed: number; readonly makeRoom: () => void },
  ) {
    this.plan = plan;
    this.body = body;
    this.host = host;
    this.followers = followersOf(body.stages);
    this.tables = body.stages.map((_, i) => new GroupTable(`runs${i}`, BUCKETS, host.hashSeed));
  }

  /** Keeps a run that has done the stage of this index, for the next. O(1) amortised. */
  keep(
    continued: Continued,
    index: number,
    { group, tied }: { readonly group: GroupKey; readonly tied: TiedRuns | undefined },
  ): void {
    const table = this.tables[index];
    const stage = this.body.stages[index];
    const next = this.body.stages[index + 1];
    if (table === undefined || stage === undefined || next === undefined) return;
    const { last } = continued.run;
    const key = encodeKey([
      group.key,
      ...next.join.map((join) => remembered(join.other, { ...continued, carry: stage.carry })),
    ]);
    let bucket = table.get(key);
    if (bucket === undefined) {
      this.host.makeRoom();
      bucket = new Bucket(key);
      bucket.lastTime = last.time;
      table.add(bucket);
    }
    const classKey = encodeKey(['', ...continued.values]);
    const single = stage.times <= 1;
    tied?.add(continued, { stage: index, key, classKey, following: this.followers[index] ?? 0, single });
    let runClass = bucket.classes.find((one) => one.key === classKey);
    let items = table.itemsOf(bucket);
    if (runClass === undefined) {
      if (bucket.classes.length >= CLASSES_MAX) items -= this.dropClass(bucket);
      runClass = new RunClass(classKey, continued.values);
      bucket.classes.push(runClass);
    }
    const before = runClass.size;
    const simple = next.times <= 1 && next.afterMicros === undefined;
    runClass.add(continued.run, { settles: simple ? 'at_once' : 'later', limit: this.plan.limits.samples });
    if (runClass.dropped > 0) {
      runClass.dropped = 0;
      this.host.shell.lose(last.time);
    }
    bucket.lastTime = last.time;
    table.touch(bucket, 0, items + runClass.size - before);
  }

  private dropClass(bucket: Bucket): number {
    const oldest = bucket.classes.shift();
    if (oldest === undefined) return 0;
    this.host.shell.lose(bucket.lastTime);
    return oldest.size;
  }
}

import type { Scalar, Signal } from '../model/index.ts';
import { DistinctValues } from './distinct-values.ts';
import { type GroupEntry, GroupTable } from './groups.ts';
import { type GroupKey, tuplesOf } from './key.ts';
import { DistinctMeasure } from './measure/distinct.ts';
import { readWindow, type SavedWindow, writeWindow } from './measure/saved.ts';
import { type CorrelationNode, NodeShell, type NodeStats, type OpenGroup, type Outlet } from './node.ts';
import { type Instant, instantIsAfter } from './order.ts';
import type { InputPlan, NodePlan } from './plan.ts';
import { Samples } from './samples.ts';
import type { StateTable } from './state-table.ts';

class KnownGroup implements GroupEntry {
  readonly key: string | null;
  slot = -1;
  lastTime = 0;
  lastNs = 0;
  /** When it was first watched. */
  since: Instant;
  readonly known: DistinctMeasure;

  constructor(key: string | null, since: Instant, known: DistinctMeasure) {
    this.key = key;
    this.since = since;
    this.known = known;
  }
}

interface SavedKnown {
  readonly lastTime: number;
  readonly lastNs: number;
  readonly since: Instant;
  readonly known: SavedWindow;
}

/**
 * `first_seen`: a value that its group has not had within the timespan. A group says nothing until it has been watched for
 * `warmup`; a group silent for the whole timespan begins anew. O(1) a signal.
 */
export class FirstSeenNode implements CorrelationNode {
  readonly plan: NodePlan;
  readonly stats: NodeStats;
  readonly shell: NodeShell;
  readonly tables: readonly StateTable[];
  private readonly table: GroupTable<KnownGroup>;
  readonly samples: Samples;
  readonly values: DistinctValues;
  /** Its evidence is the signal at hand, so nothing is asked of those held. */
  readonly keep = 'packed';
  private readonly warmup: number;
  private readonly bound: Instant = { time: 0, ns: 0 };

  constructor(plan: NodePlan, outlet: Outlet) {
    this.plan = plan;
    this.shell = new NodeShell(plan, outlet);
    this.stats = this.shell.stats;
    this.warmup = plan.body.kind === 'first_seen' ? plan.body.warmupMicros : 0;
    this.samples = new Samples(outlet.ledger);
    this.values = new DistinctValues(this.samples, outlet.hashSeed);
    this.table = new GroupTable(
      'groups',
      {
        write: ({ lastTime, lastNs, since, known }, writer): SavedKnown => ({
          lastTime,
          lastNs,
          since,
          known: writeWindow(known.save(), writer),
        }),
        read: ({ key, state }, reader) => {
          // What `write` gave; the version of the bytes says so.
          const saved = state as SavedKnown;
          const group = this.makeGroup(key, saved.since);
          group.lastTime = saved.lastTime;
          group.lastNs = saved.lastNs;
          group.known.load(readWindow(saved.known, reader));
          return { group, items: 1 + group.known.size() };
        },
        dispose: ({ known }) => known.dispose(),
      },
      outlet.hashSeed,
    );
    this.tables = [this.table];
  }

  accept(signal: Signal, input: InputPlan): void {
    this.shell.note(signal, input);
    if (input.roles.length === 0) return;
    this.table.expire(signal.end - this.plan.timespanMicros);
    for (const group of this.shell.groupsOf(signal, input)) this.acceptInGroup(signal, input, group);
  }

  items(): number {
    return this.table.items;
  }

  evict(): boolean {
    const time = this.table.giveUp();
    if (time === undefined) return false;
    this.shell.lose(time);
    return true;
  }

  open(limit: number): readonly OpenGroup[] {
    return [...this.table.ordered()].slice(-limit).map((group) => ({
      group: [[this.plan.groupBy.join(', '), group.key] as const],
      measure: group.known.value(),
      needed: undefined,
      since: group.since.time,
      parts: [],
    }));
  }

  private makeGroup(key: string | null, since: Instant): KnownGroup {
    return new KnownGroup(key, since, new DistinctMeasure(this, this.plan.limits.samples));
  }

  private acceptInGroup(signal: Signal, input: InputPlan, key: GroupKey): void {
    const values = tuplesOf(signal, input.valueFields, this.plan.cased);
    if (values.length === 0) {
      this.stats.unusableValue++;
      return;
    }
    const now = { time: signal.end, ns: signal.endNs };
    this.bound.time = signal.end - this.plan.timespanMicros;
    this.bound.ns = signal.endNs;
    let group = this.table.get(key.key);
    if (group === undefined) {
      if (this.table.size >= this.plan.limits.groups) this.evict();
      group = this.makeGroup(key.key, now);
      group.lastTime = now.time;
      group.lastNs = now.ns;
      this.table.add(group);
    } else if (!instantIsAfter({ time: group.lastTime, ns: group.lastNs }, this.bound)) {
      group.known.clear();
      group.since = now;
    }
    group.known.expire(this.bound);
    const before = group.known.value();
    const lossy = !group.known.exact();
    const fresh = values.some((value) => !group?.known.has(value));
    for (const value of values) group.known.add(signal, 0, value);
    if (!group.known.exact() && !lossy) this.shell.lose(now.time);
    group.lastTime = now.time;
    group.lastNs = now.ns;
    this.table.touch(group, Math.min(7, 31 - Math.clz32(group.known.value())), 1 + group.known.size());
    const warm = !instantIsAfter(group.since, { time: now.time - this.warmup, ns: now.ns });
    if (!fresh || (this.warmup > 0 && !warm)) return;
    this.shell.emit(this, key.key, {
      at: now,
      window: { start: this.bound.time, end: now.time },
      group: this.shell.pairs(key.values) satisfies readonly (readonly [string, Scalar])[],
      parts: [signal],
      partsTotal: 1,
      measure: before,
      exact: !lossy,
      losses: this.shell.lossesSince(this.bound.time),
    });
  }
}

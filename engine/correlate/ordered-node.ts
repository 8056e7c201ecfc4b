import { eventTime, type Scalar, type Signal } from '../model/index.ts';
import { type GroupEntry, GroupTable } from './groups.ts';
import type { GroupKey } from './key.ts';
import { type CorrelationNode, NodeShell, type NodeStats, type OpenGroup, type Outlet } from './node.ts';
import { compareSignals, eventOf, type Instant, instantIsAfter, isAfter } from './order.ts';
import type { InputPlan, NodePlan } from './plan.ts';
import type { SignalReader, SignalWriter } from './snapshot.ts';
import type { StateRow, StateTable } from './state-table.ts';
import { moveBound } from './window.ts';

/** A run of the first steps, newest step first; runs share their beginnings. */
interface Chain {
  readonly signal: Signal;
  readonly first: Signal;
  readonly before: Chain | undefined;
}

class OrderedGroup implements GroupEntry {
  readonly key: string | null;
  /** As the newest signal of the group had them. */
  values: readonly Scalar[];
  slot = -1;
  lastTime = 0;
  lastNs = 0;
  /** For each step the run up to it that began last, of signals before the present instant. */
  readonly settled: (Chain | undefined)[];
  /** Signals of the present instant, by step. */
  readonly present: Signal[][];
  opened: Instant | undefined = undefined;
  fired: Instant | undefined = undefined;
  firstId: string | undefined = undefined;
  revision = 0;

  constructor(group: GroupKey, steps: number) {
    this.key = group.key;
    this.values = group.values;
    this.settled = new Array<Chain | undefined>(steps).fill(undefined);
    this.present = Array.from({ length: steps }, () => []);
  }
}

interface SavedOrdered {
  readonly values: readonly Scalar[];
  readonly lastTime: number;
  readonly lastNs: number;
  readonly opened: Instant | null;
  readonly fired: Instant | null;
  readonly firstId: string | null;
  readonly revision: number;
  readonly settled: readonly (readonly number[] | null)[];
  readonly present: readonly (readonly number[])[];
}

/**
 * `temporal_ordered`: the listed rules one after another inside the window. For each step only the run that began last is kept:
 * it satisfies every later condition that an earlier-begun run would, so nothing is lost and a step costs O(1), whatever the
 * number of hits. Signals of one instant wait together: under `ties: strict` none of them follows another; under `ties: allow`
 * any of them may, as long as each stands for another event.
 */
export class OrderedNode implements CorrelationNode {
  readonly plan: NodePlan;
  readonly stats: NodeStats;
  readonly shell: NodeShell;
  readonly tables: readonly StateTable[];
  private readonly table: GroupTable<OrderedGroup>;
  private readonly steps: number;
  private readonly retain: number;
  private readonly bound: Instant = { time: 0, ns: 0 };

  constructor(plan: NodePlan, outlet: Outlet) {
    this.plan = plan;
    this.shell = new NodeShell(plan, outlet);
    this.stats = this.shell.stats;
    this.steps = plan.rules.length;
    this.retain = Math.max(plan.timespanMicros, plan.window.kind === 'session' ? plan.window.gap : 0);
    this.table = new GroupTable(
      'groups',
      {
        write: saveOrdered,
        read: (row, reader) => loadOrdered(row, reader, this.steps),
      },
      outlet.hashSeed,
    );
    this.tables = [this.table];
  }

  accept(signal: Signal, input: InputPlan): void {
    this.shell.note(signal, input);
    if (input.roles.length === 0) return;
    this.table.expire(signal.end - this.retain);
    for (const key of this.shell.groupsOf(signal, input)) {
      const group = this.table.get(key.key) ?? this.newGroup(key, signal);
      group.values = key.values;
      for (const step of input.roles) this.acceptInGroup(group, signal, step);
    }
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
    return [...this.table.ordered()]
      .reverse()
      .slice(0, limit)
      .map((group) => {
        const best = this.bestOf(group);
        return {
          group: this.shell.pairs(group.values),
          measure: best.length,
          needed: this.steps,
          since: best[0]?.end ?? group.lastTime,
          parts: best,
        };
      });
  }

  private newGroup(key: GroupKey, signal: Signal): OrderedGroup {
    if (this.table.size >= this.plan.limits.groups) this.evict();
    const group = new OrderedGroup(key, this.steps);
    group.lastTime = signal.end;
    group.lastNs = signal.endNs;
    this.table.add(group);
    return group;
  }

  private acceptInGroup(group: OrderedGroup, signal: Signal, step: number): void {
    if (group.lastTime !== signal.end || group.lastNs !== signal.endNs) {
      this.settle(group);
      this.renewSession(group, signal);
      group.lastTime = signal.end;
      group.lastNs = signal.endNs;
    }
    group.opened ??= { time: signal.end, ns: signal.endNs };
    moveBound(this.bound, this.plan, { at: signal, opened: group.opened });
    if (group.fired !== undefined && !instantIsAfter(group.fired, this.bound)) {
      group.fired = undefined;
      group.firstId = undefined;
      group.revision = 0;
    }
    const present = group.present[step];
    // More signals of one instant than there are steps can never all be needed.
    if (present !== undefined && present.length < this.steps) present.push(signal);
    this.decide(group, signal, step);
    this.table.touch(group, Math.min(7, this.bestOf(group).length), itemsOf(group));
  }

  private renewSession(group: OrderedGroup, signal: Signal): void {
    const { window, timespanMicros } = this.plan;
    if (window.kind !== 'session' || group.opened === undefined) return;
    const silence = { time: group.lastTime + window.gap, ns: group.lastNs };
    const full = { time: group.opened.time + timespanMicros, ns: group.opened.ns };
    const now = { time: signal.end, ns: signal.endNs };
    if (instantIsAfter(silence, now) && instantIsAfter(full, now)) return;
    reset(group);
  }

  /** Makes the signals of the instant that has passed part of the settled runs. */
  private settle(group: OrderedGroup): void {
    if (group.present.every((list) => list.length === 0)) return;
    moveBound(this.bound, this.plan, {
      at: { end: eventTime(group.lastTime), endNs: group.lastNs },
      opened: group.opened,
    });
    const fresh = group.present.map((list, step) =>
      list.length === 0 ? undefined : this.runTo(group, step),
    );
    for (const [step, chain] of fresh.entries()) {
      if (chain !== undefined) group.settled[step] = chain;
      const list = group.present[step];
      if (list !== undefined) list.length = 0;
    }
  }

  /** The run up to this step that begins last and ends at the present instant; `forced` must stand for `forcedStep`. */
  private runTo(
    group: OrderedGroup,
    step: number,
    forced?: { readonly step: number; readonly signal: Signal },
  ): Chain | undefined {
    const from = this.plan.ties === 'strict' ? step : 0;
    for (let tied = from; tied <= step; tied++) {
      if (forced !== undefined && tied > forced.step) return undefined;
      const before = tied === 0 ? undefined : group.settled[tied - 1];
      if (tied > 0 && (before === undefined || !isAfter(before.first, this.bound))) continue;
      const chosen = this.assign(group, { from: tied, to: step }, forced);
      if (chosen === undefined) continue;
      let chain = before;
      for (const signal of chosen) chain = extend(chain, signal);
      return chain;
    }
    return undefined;
  }

  /** Signals of the present instant for these steps, no event twice unless allowed; undefined where there are not enough. */
  private assign(
    group: OrderedGroup,
    steps: { readonly from: number; readonly to: number },
    forced?: { readonly step: number; readonly signal: Signal },
  ): Signal[] | undefined {
    const lists: (readonly Signal[])[] = [];
    for (let step = steps.from; step <= steps.to; step++) {
      const list = forced?.step === step ? [forced.signal] : (group.present[step] ?? []);
      if (list.length === 0) return undefined;
      lists.push(list);
    }
    if (this.plan.sameEvent === 'allow' || lists.length === 1)
      return lists.flatMap((list) => list.slice(0, 1));
    return distinctEvents(lists);
  }

  private decide(group: OrderedGroup, signal: Signal, step: number): void {
    const { emit, afterMatch, limits } = this.plan;
    if (group.fired !== undefined && emit === 'once') return;
    if (this.plan.ties === 'strict' && step !== this.steps - 1) return;
    const chain = this.runTo(group, this.steps - 1, { step, signal });
    if (chain === undefined) return;
    const parts = signalsOf(chain).sort(compareSignals);
    const revises = emit === 'update' ? group.firstId : undefined;
    if (revises !== undefined) group.revision++;
    const emitted = this.shell.emit(this, group.key, {
      at: { time: signal.end, ns: signal.endNs },
      window: { start: this.bound.time, end: signal.end },
      group: this.shell.pairs(group.values),
      parts: parts.slice(-limits.evidence),
      partsTotal: parts.length,
      measure: parts.length,
      exact: true,
      losses: this.shell.lossesSince(this.bound.time),
      ...(emit === 'every' ? { by: signal.id } : {}),
      ...(revises === undefined ? {} : { revises, revision: group.revision }),
    });
    if (emitted === undefined) return;
    if (afterMatch === 'reset') {
      reset(group);
      return;
    }
    if (group.fired === undefined || emit !== 'update') {
      group.fired = { time: signal.end, ns: signal.endNs };
      group.firstId = emitted.id;
    }
  }

  /** The longest run there is, for progress and explanations. */
  private bestOf(group: OrderedGroup): readonly Signal[] {
    moveBound(this.bound, this.plan, {
      at: { end: eventTime(group.lastTime), endNs: group.lastNs },
      opened: group.opened,
    });
    const upTo = (step: number): readonly Signal[] => {
      const chain = group.settled[step];
      return chain !== undefined && isAfter(chain.first, this.bound) ? signalsOf(chain) : [];
    };
    for (let step = this.steps - 1; step >= 0; step--) {
      // What came last waits until its instant is over: it follows the runs that were settled before.
      const [last] = group.present[step] ?? [];
      const before = step === 0 ? [] : upTo(step - 1);
      if (last !== undefined && before.length === step) return [...before, last];
      const settled = upTo(step);
      if (settled.length > 0) return settled;
    }
    return [];
  }
}

function saveOrdered(g: OrderedGroup, writer: SignalWriter): SavedOrdered {
  return {
    values: g.values,
    lastTime: g.lastTime,
    lastNs: g.lastNs,
    opened: g.opened ?? null,
    fired: g.fired ?? null,
    firstId: g.firstId ?? null,
    revision: g.revision,
    settled: g.settled.map((chain) =>
      chain === undefined ? null : signalsOf(chain).map((s) => writer.write(s)),
    ),
    present: g.present.map((list) => list.map((s) => writer.write(s))),
  };
}

/** Reads back what `saveOrdered` gave. The cast is at the boundary: the version of the bytes says who wrote them. */
function loadOrdered(
  { key, state }: StateRow,
  reader: SignalReader,
  steps: number,
): { readonly group: OrderedGroup; readonly items: number } {
  const saved = state as SavedOrdered;
  const group = new OrderedGroup({ key, values: saved.values }, steps);
  group.lastTime = saved.lastTime;
  group.lastNs = saved.lastNs;
  group.opened = saved.opened ?? undefined;
  group.fired = saved.fired ?? undefined;
  group.firstId = saved.firstId ?? undefined;
  group.revision = saved.revision;
  for (const [step, numbers] of saved.settled.entries()) {
    let chain: Chain | undefined;
    for (const number of numbers ?? []) chain = extend(chain, reader.read(number));
    group.settled[step] = chain;
  }
  for (const [step, numbers] of saved.present.entries()) {
    for (const number of numbers) group.present[step]?.push(reader.read(number));
  }
  return { group, items: itemsOf(group) };
}

function extend(chain: Chain | undefined, signal: Signal): Chain {
  return { signal, first: chain?.first ?? signal, before: chain };
}

function signalsOf(chain: Chain): Signal[] {
  const signals: Signal[] = [];
  for (let link: Chain | undefined = chain; link !== undefined; link = link.before) signals.push(link.signal);
  return signals.reverse();
}

function reset(group: OrderedGroup): void {
  group.settled.fill(undefined);
  for (const list of group.present) list.length = 0;
  group.opened = undefined;
  group.fired = undefined;
  group.firstId = undefined;
  group.revision = 0;
}

function itemsOf(group: OrderedGroup): number {
  let items = 1;
  for (const [step, chain] of group.settled.entries()) if (chain !== undefined) items += step + 1;
  for (const list of group.present) items += list.length;
  return items;
}

/** One signal a list, all of different events (augmenting paths); undefined where that cannot be. */
export function distinctEvents(lists: readonly (readonly Signal[])[]): Signal[] | undefined {
  const holder = new Map<string, number>();
  const chosen: (Signal | undefined)[] = lists.map(() => undefined);
  const place = (index: number, seen: Set<string>): boolean => {
    for (const signal of lists[index] ?? []) {
      const event = eventOf(signal);
      if (seen.has(event)) continue;
      seen.add(event);
      const held = holder.get(event);
      if (held !== undefined && !place(held, seen)) continue;
      holder.set(event, index);
      chosen[index] = signal;
      return true;
    }
    return false;
  };
  for (const index of lists.keys()) if (!place(index, new Set())) return undefined;
  return chosen.filter((signal) => signal !== undefined);
}

// Over 400 lines: one class with one state; taking in, working off, saving and feeding the past again all touch the same lanes and nodes.
import type { Entity, Signal } from '../model/index.ts';
import {
  type Checkpoint,
  type CheckpointRow,
  decodeRows,
  decodeWhole,
  encodeWhole,
  QUEUES,
  RowWriter,
  type SavedNode,
  type Statement,
} from './checkpoint.ts';
import { signalFilter } from './filter.ts';
import { Lane, type LaneSink } from './lane.ts';
import { Ledger } from './ledger.ts';
import { linkNode } from './link-node.ts';
import type { CorrelationNode, NodeStats, Outlet } from './node.ts';
import { compareSignals, isCopy } from './order.ts';
import type { CorrelationPlan, NodePlan } from './plan.ts';
import { fateOf, stateShape } from './reload.ts';
import { RevisingNode } from './revising-node.ts';
import { SNAPSHOT_VERSION } from './snapshot.ts';
import type { StateTable } from './state-table.ts';

/** Bounds over all rules. */
export interface CorrelatorLimits {
  /** Groups and signals held by all rules together; at this many the rule that holds most gives up its least. */
  readonly items: number;
  /**
   * Keys the hashes of texts and pairs of numbers, so that nobody who does not know it can choose keys or values that collide. A host gives a random
   * one; no result depends on it.
   */
  readonly hashSeed?: number;
  /** What an entity is worth: it multiplies its risk. Undefined where that is not known. */
  readonly weightOf?: (entity: Entity) => number | undefined;
}

const DEFAULT_LIMITS: CorrelatorLimits = { items: 200_000 };

/** Counters over all rules, and by rule id. */
export interface CorrelatorStats {
  readonly accepted: number;
  readonly duplicates: number;
  readonly waiting: number;
  readonly items: number;
  readonly rules: ReadonlyMap<string, NodeStats & { readonly items: number }>;
}

/** What became of each rule's state at a restore. */
export interface RestoreReport {
  readonly kept: readonly string[];
  /** Edited, with `state_on_edit: replay`: feed them the signals from this long before the watermark again. */
  readonly replay: readonly { readonly ruleId: string; readonly micros: number }[];
  readonly reset: readonly string[];
  readonly fresh: readonly string[];
  readonly dropped: readonly string[];
}

/** An engine with its state, and what became of each rule's. */
export interface Restored {
  readonly correlator: Correlator;
  readonly report: RestoreReport;
}

/**
 * Runs all correlation rules over one stream of signals in event time. `accept` only takes signals in; `advance` says that
 * nothing before a time will come any more, works through everything before it in time order and gives the signals that came out.
 * So the result does not depend on the order of arrival before the watermark, nor on how the stream was cut.
 */
export class Correlator {
  private readonly plan: CorrelationPlan;
  private readonly limits: CorrelatorLimits;
  private readonly lanes: Lane[] = [];
  private readonly byRule = new Map<string, CorrelationNode>();
  private readonly readers = new Map<string, Lane[]>();
  /** Rules that revise, each after those it reads. */
  private readonly revisers: { readonly node: RevisingNode; readonly lane: Lane }[] = [];
  private readonly ledger = new Ledger();
  private readonly rowWriter = new RowWriter();
  private readonly sink: LaneSink;
  /** Rows told before a reload, to go with the next changes. */
  private pending: readonly CheckpointRow[] = [];
  private out: Signal[] = [];
  private items = 0;
  private accepted = 0;
  private duplicates = 0;
  private watermark = Number.NEGATIVE_INFINITY;
  /** While the past is fed again: what a rule says of it then is not said. */
  private isMuted = false;

  constructor(plan: CorrelationPlan, limits: Partial<CorrelatorLimits> = {}) {
    this.plan = plan;
    this.limits = { ...DEFAULT_LIMITS, ...limits };
    this.sink = {
      dispatch: (lane, signal) => this.dispatch(lane, signal),
      duplicate: () => {
        this.duplicates++;
      },
    };
    const latenesses = [...new Set(plan.nodes.map((node) => node.latenessMicros))].sort((a, b) => a - b);
    for (const latenessMicros of latenesses) this.lanes.push(new Lane(latenessMicros));
    for (const nodePlan of plan.nodes) this.link(nodePlan);
  }

  /** Takes a signal in. It is worked on when the watermark has passed it. O(1) in order, O(log n) out of order. */
  accept(signal: Signal): void {
    const lanes = this.readers.get(signal.rule.id);
    if (lanes === undefined) return;
    this.accepted++;
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i];
      if (lane === undefined) return;
      if (signal.end >= lane.frontier) lane.queue.push(signal);
      else this.acceptLate(lane, signal);
    }
  }

  /** Says that no signal before this time will come any more; gives what the rules now say, in time order within the call. */
  advance(watermark: number): readonly Signal[] {
    if (watermark > this.watermark) this.watermark = watermark;
    for (const { node, lane } of this.revisers) this.counted(node, () => node.revise(lane.frontier));
    for (const lane of this.lanes) {
      const frontier = this.watermark - lane.latenessMicros;
      if (frontier > lane.frontier) lane.drain(frontier, this.sink);
    }
    for (const { node, lane } of this.revisers) this.counted(node, () => node.settle(lane.frontier));
    const { out } = this;
    this.out = [];
    return out;
  }

  /** The end of the stream: everything that waits is decided, timers included. */
  finish(): readonly Signal[] {
    return this.advance(Number.POSITIVE_INFINITY);
  }

  /**
   * Feeds a rule, alone, signals of before its frontier once more, so that its state is as if it had always run; what it would have said then is not
   * said. Signals in any order; those that it does not read, or that still wait for it, are passed over. For `RestoreReport.replay`. Gives how many it was fed.
   */
  replay(ruleId: string, signals: readonly Signal[]): number {
    const node = this.byRule.get(ruleId);
    const lane = this.lanes.find(({ nodes }) => node !== undefined && nodes.includes(node));
    if (node === undefined || lane === undefined) return 0;
    let fed = 0;
    let last: Signal | undefined;
    this.isMuted = true;
    try {
      for (const signal of [...signals].sort(compareSignals)) {
        if (signal.end >= lane.frontier) break;
        if (last !== undefined && isCopy(last, signal)) continue;
        last = signal;
        for (const { node: reader, input, passes } of lane.listeners.get(signal.rule.id) ?? []) {
          if (reader !== node || (passes !== undefined && !passes(signal))) continue;
          while (lane.timers.runNext(signal, lane.frontier));
          this.counted(node, () => node.accept(signal, input));
          fed++;
        }
      }
      while (lane.timers.runNext(undefined, lane.frontier));
    } finally {
      this.isMuted = false;
    }
    if (this.items > this.limits.items) this.shrink(node);
    return fed;
  }

  /** The rules' nodes, by rule id, for explanations. */
  nodes(): ReadonlyMap<string, CorrelationNode> {
    return this.byRule;
  }

  stats(): CorrelatorStats {
    const rules = new Map<string, NodeStats & { readonly items: number }>();
    for (const [id, node] of this.byRule) rules.set(id, { ...node.stats, items: node.items() });
    const waiting = this.lanes.reduce((sum, lane) => sum + lane.queue.size + lane.derived.size, 0);
    return { accepted: this.accepted, duplicates: this.duplicates, waiting, items: this.items, rules };
  }

  /** The whole state as bytes: versioned, the same bytes for the same state. */
  snapshot(): Uint8Array {
    return encodeWhole(this.statement());
  }

  /**
   * What has changed since the call before, as rows for a store that writes one transaction a batch: everything at the first call.
   * Nothing is noted before that, so an engine that is never asked pays nothing. Cost: O(what changed).
   */
  changes(): readonly CheckpointRow[] {
    const rows = [...this.pending, ...this.rowWriter.changes(this.statement())];
    this.pending = [];
    return rows;
  }

  /**
   * An engine for this plan that goes on where the snapshot was taken. State of a rule whose semantics hash is unchanged is
   * kept; an edited rule follows its `state_on_edit`: `keep` takes the state over where the edit leaves its form alone. Undefined where the bytes are no snapshot of this version.
   */
  static restore(
    plan: CorrelationPlan,
    bytes: Uint8Array,
    limits: Partial<CorrelatorLimits> = {},
  ): Restored | undefined {
    const saved = decodeWhole(bytes);
    if (saved === undefined) return undefined;
    const correlator = new Correlator(plan, limits);
    return { correlator, report: correlator.takeOver(saved).report };
  }

  /**
   * As `restore`, from the rows a store holds after it has written all `changes`, in any order. The next `changes` are told
   * against these rows: state of rules that are gone or began anew is taken out.
   */
  static restoreRows(
    plan: CorrelationPlan,
    rows: Iterable<CheckpointRow>,
    limits: Partial<CorrelatorLimits> = {},
  ): Restored | undefined {
    const saved = decodeRows(rows);
    if (saved === undefined) return undefined;
    const correlator = new Correlator(plan, limits);
    const { report, orphans } = correlator.takeOver(saved);
    correlator.rowWriter.adopt({
      rules: saved.rules,
      nodes: [...saved.nodes.values()],
      tables: correlator.statement().tables.map(({ table }) => table),
      orphans,
    });
    return { correlator, report };
  }

  /**
   * An engine for an edited ruleset that goes on where this one stands, between two signals: as a restore from rows. This one is not to be used
   * any more. What it had not told a store yet, the new one tells.
   */
  reload(plan: CorrelationPlan, limits: Partial<CorrelatorLimits> = this.limits): Restored {
    const pending = this.changes();
    const whole = new Correlator(this.plan, this.limits);
    whole.takeOver(this.checkpoint());
    const restored = Correlator.restoreRows(plan, whole.changes(), limits);
    if (restored === undefined) throw new Error('a correlator does not understand its own rows');
    restored.correlator.pending = pending;
    restored.correlator.out = this.out;
    return restored;
  }

  private checkpoint(): Checkpoint {
    const saved = decodeWhole(this.snapshot());
    if (saved === undefined) throw new Error('a correlator does not understand its own snapshot');
    return saved;
  }

  private statement(): Statement {
    return {
      head: (writer) => ({
        version: SNAPSHOT_VERSION,
        watermark: Number.isFinite(this.watermark) ? this.watermark : null,
        accepted: this.accepted,
        duplicates: this.duplicates,
        lanes: this.lanes.map((lane) => ({
          latenessMicros: lane.latenessMicros,
          frontier: Number.isFinite(lane.frontier) ? lane.frontier : null,
          last: lane.last === undefined ? null : writer.write(lane.last),
        })),
      }),
      nodes: this.plan.nodes.map(
        (plan): SavedNode => ({
          id: plan.rule.id,
          hash: plan.rule.hash,
          shape: stateShape(plan),
          head: this.byRule.get(plan.rule.id)?.shell.save(),
        }),
      ),
      tables: [
        ...this.lanes
          .flatMap((lane) => [lane.queue, lane.derived])
          .map((table) => ({ owner: QUEUES, table })),
        ...[...this.byRule].flatMap(([owner, node]) => tablesOf(node).map((table) => ({ owner, table }))),
      ],
    };
  }

  private takeOver(saved: Checkpoint): {
    readonly report: RestoreReport;
    readonly orphans: readonly string[];
  } {
    const report = { kept: [], replay: [], reset: [], fresh: [], dropped: [] } as {
      [K in keyof RestoreReport]: RestoreReport[K][number][];
    };
    const { head } = saved;
    this.watermark = head.watermark ?? Number.NEGATIVE_INFINITY;
    this.accepted = head.accepted;
    this.duplicates = head.duplicates;
    const unclaimed = new Set<string>();
    for (const lists of saved.tables.values())
      for (const list of lists.values()) for (const { storeKey } of list) unclaimed.add(storeKey);
    const load = (owner: string, tables: readonly StateTable[]): void => {
      for (const table of tables) {
        for (const { row, reader, storeKey } of saved.tables.get(owner)?.get(table.name) ?? []) {
          table.load(row, reader);
          unclaimed.delete(storeKey);
        }
      }
    };
    for (const lane of this.lanes) {
      const old = head.lanes.find((one) => one.latenessMicros === lane.latenessMicros);
      lane.frontier =
        old === undefined ? this.watermark - lane.latenessMicros : (old.frontier ?? Number.NEGATIVE_INFINITY);
      lane.last = old?.last === null || old?.last === undefined ? undefined : saved.headReader.read(old.last);
      load(QUEUES, [lane.queue, lane.derived]);
    }
    for (const [id, node] of this.byRule) {
      const state = saved.nodes.get(id);
      const fate = fateOf(state, node.plan);
      if (fate === 'kept') {
        node.shell.load(state?.head);
        load(id, tablesOf(node));
      }
      if (fate === 'replay') report.replay.push({ ruleId: id, micros: node.plan.timespanMicros });
      else report[fate].push(id);
    }
    for (const id of saved.nodes.keys()) if (!this.byRule.has(id)) report.dropped.push(id);
    this.items = 0;
    for (const node of this.byRule.values()) this.items += node.items();
    return { report, orphans: [...unclaimed] };
  }

  private link(plan: NodePlan): void {
    const lane = this.lanes.find((one) => one.latenessMicros === plan.latenessMicros);
    if (lane === undefined) return;
    const outlet: Outlet = {
      ledger: this.ledger,
      hashSeed: this.limits.hashSeed ?? 0,
      ...(this.limits.weightOf === undefined ? {} : { weightOf: this.limits.weightOf }),
      emit: (node, signal) => this.emit(node, signal),
      takeBack: (node, id) => this.takeBack(node, id),
      schedule: (timer) => lane.timers.add(timer),
    };
    const node = plan.late === 'revise' ? new RevisingNode(plan, outlet) : linkNode(plan, outlet);
    if (node instanceof RevisingNode) this.revisers.push({ node, lane });
    lane.nodes.push(node);
    this.byRule.set(plan.rule.id, node);
    for (const input of plan.inputs) {
      const listeners = lane.listeners.get(input.ruleId) ?? [];
      const passes = input.filter === undefined ? undefined : signalFilter(input.filter);
      listeners.push({ node, input, passes });
      lane.listeners.set(input.ruleId, listeners);
      const lanes = this.readers.get(input.ruleId) ?? [];
      if (!lanes.includes(lane)) lanes.push(lane);
      this.readers.set(input.ruleId, lanes);
    }
  }

  private emit(node: CorrelationNode, signal: Signal): void {
    if (this.isMuted) return;
    this.out.push(signal);
    if (!node.plan.feeds || signal.correlation?.retracted === true) return;
    for (const lane of this.readers.get(signal.rule.id) ?? []) {
      if (signal.end >= lane.frontier) lane.derived.push(signal);
      else this.acceptLate(lane, signal);
    }
  }

  private takeBack(node: CorrelationNode, id: string): void {
    if (this.isMuted) return;
    for (const lane of this.readers.get(node.plan.rule.id) ?? []) {
      if (lane.derived.remove(id)) continue;
      for (const { node: reader } of lane.listeners.get(node.plan.rule.id) ?? [])
        if (reader instanceof RevisingNode) this.counted(reader, () => reader.takeBack(id));
    }
  }

  /** A signal of what is decided already: rules that revise put it in its place, others count it. */
  private acceptLate(lane: Lane, signal: Signal): void {
    for (const { node, passes } of lane.listeners.get(signal.rule.id) ?? []) {
      if (!(node instanceof RevisingNode)) {
        node.stats.late++;
        continue;
      }
      if (passes !== undefined && !passes(signal)) node.stats.filtered++;
      else
        this.counted(node, () => {
          if (!node.acceptLate(signal)) node.stats.late++;
        });
    }
  }

  private counted(node: CorrelationNode, work: () => void): void {
    const before = node.items();
    work();
    this.items += node.items() - before;
  }

  private dispatch(lane: Lane, signal: Signal): void {
    const listeners = lane.listeners.get(signal.rule.id);
    if (listeners === undefined) return;
    for (const { node, input, passes } of listeners) {
      if (passes !== undefined && !passes(signal)) {
        node.stats.filtered++;
        continue;
      }
      const before = node.items();
      node.accept(signal, input);
      this.items += node.items() - before;
      if (this.items > this.limits.items) this.shrink(node);
    }
  }

  /** The bound over all rules: who holds more than a fair share pays for himself, else whoever holds most. */
  private shrink(node: CorrelationNode): void {
    const share = this.limits.items / this.plan.nodes.length;
    while (this.items > this.limits.items) {
      const payer = node.items() > share ? node : this.largest();
      const before = payer.items();
      if (!payer.evict()) return;
      this.items += payer.items() - before;
    }
  }

  private largest(): CorrelationNode {
    let largest: CorrelationNode | undefined;
    for (const node of this.byRule.values())
      if (largest === undefined || node.items() > largest.items()) largest = node;
    if (largest === undefined) throw new Error('a correlator with state has a node');
    return largest;
  }
}

function tablesOf(node: CorrelationNode): readonly StateTable[] {
  return [...node.shell.tables, ...node.tables];
}

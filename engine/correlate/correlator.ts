import { canonicalJson, type Signal } from '../model/index.ts';
import { signalFilter } from './filter.ts';
import { FirstSeenNode } from './first-seen-node.ts';
import { MeasureNode } from './measure-node.ts';
import type { CorrelationNode, NodeStats, Outlet } from './node.ts';
import { isCopy } from './order.ts';
import { OrderedNode } from './ordered-node.ts';
import type { CorrelationPlan, InputPlan, NodePlan } from './plan.ts';
import { ReorderQueue } from './queue.ts';
import { RiskNode } from './risk-node.ts';
import { SequenceNode } from './sequence-node.ts';
import {
  fromBytes,
  type SavedSignals,
  SignalReader,
  SignalWriter,
  SNAPSHOT_VERSION,
  toBytes,
} from './snapshot.ts';
import { Timers } from './timers.ts';

/** Bounds over all rules. */
export interface CorrelatorLimits {
  /** Groups and signals held by all rules together; at this many the rule that holds most gives up its least. */
  readonly items: number;
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

interface Listener {
  readonly node: CorrelationNode;
  readonly input: InputPlan;
  /** Of the filters that name the correlation; undefined where there are none. */
  readonly passes: ((signal: Signal) => boolean) | undefined;
}

/** Nodes that wait equally long. Signals wait here until no earlier one can come. */
interface Lane {
  readonly latenessMicros: number;
  readonly queue: ReorderQueue;
  /** Signals that correlations gave. At one instant they come after the others. */
  readonly derived: ReorderQueue;
  readonly timers: Timers;
  readonly listeners: Map<string, Listener[]>;
  readonly nodes: CorrelationNode[];
  frontier: number;
  last: Signal | undefined;
}

interface SavedLane {
  readonly latenessMicros: number;
  readonly frontier: number | null;
  readonly queue: readonly number[];
  readonly derived: readonly number[];
  readonly last: number | null;
}

interface Saved {
  readonly version: number;
  readonly signals: SavedSignals;
  readonly watermark: number | null;
  readonly accepted: number;
  readonly duplicates: number;
  readonly lanes: readonly SavedLane[];
  readonly nodes: readonly {
    readonly id: string;
    readonly hash: string;
    readonly shape: string;
    readonly state: unknown;
  }[];
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

/**
 * Runs all correlation rules over one stream of signals in event time. `accept` only takes signals in; `advance` says that
 * nothing before a time will come any more, works through everything before it in time order and gives the signals that came out.
 * So the result does not depend on the order of arrival before the watermark, nor on how the stream was cut.
 */
export class Correlator {
  private readonly plan: CorrelationPlan;
  private readonly limits: CorrelatorLimits;
  private readonly lanes: Lane[] = [];
  private readonly laneOf = new Map<CorrelationNode, Lane>();
  private readonly readers = new Map<string, Lane[]>();
  private out: Signal[] = [];
  private items = 0;
  private accepted = 0;
  private duplicates = 0;
  private watermark = Number.NEGATIVE_INFINITY;

  constructor(plan: CorrelationPlan, limits: CorrelatorLimits = DEFAULT_LIMITS) {
    this.plan = plan;
    this.limits = limits;
    const latenesses = [...new Set(plan.nodes.map((node) => node.latenessMicros))].sort((a, b) => a - b);
    for (const latenessMicros of latenesses) this.lanes.push(makeLane(latenessMicros));
    for (const nodePlan of plan.nodes) this.link(nodePlan);
  }

  /** Takes a signal in. It is worked on when the watermark has passed it. O(1) in order, O(log n) out of order. */
  accept(signal: Signal): void {
    const lanes = this.readers.get(signal.rule.id);
    if (lanes === undefined) return;
    this.accepted++;
    for (const lane of lanes) {
      if (signal.end >= lane.frontier) lane.queue.push(signal);
      else for (const { node } of lane.listeners.get(signal.rule.id) ?? []) node.stats.late++;
    }
  }

  /** Says that no signal before this time will come any more; gives what the rules now say, in time order within the call. */
  advance(watermark: number): readonly Signal[] {
    if (watermark > this.watermark) this.watermark = watermark;
    for (const lane of this.lanes) {
      const frontier = this.watermark - lane.latenessMicros;
      if (frontier <= lane.frontier) continue;
      this.drain(lane, frontier);
      lane.frontier = frontier;
    }
    const out = this.out;
    this.out = [];
    return out;
  }

  /** The end of the stream: everything that waits is decided, timers included. */
  finish(): readonly Signal[] {
    return this.advance(Number.POSITIVE_INFINITY);
  }

  /** The rules' nodes, by rule id, for explanations. */
  nodes(): ReadonlyMap<string, CorrelationNode> {
    return new Map(
      this.lanes.flatMap((lane) => lane.nodes.map((node) => [node.plan.rule.id, node] as const)),
    );
  }

  stats(): CorrelatorStats {
    const rules = new Map<string, NodeStats & { readonly items: number }>();
    for (const lane of this.lanes) {
      for (const node of lane.nodes) rules.set(node.plan.rule.id, { ...node.stats, items: node.items() });
    }
    const waiting = this.lanes.reduce((sum, lane) => sum + lane.queue.size + lane.derived.size, 0);
    return { accepted: this.accepted, duplicates: this.duplicates, waiting, items: this.items, rules };
  }

  /** The whole state as bytes: versioned, the same bytes for the same state. */
  snapshot(): Uint8Array {
    const writer = new SignalWriter();
    const nodes = this.plan.nodes.map((plan) => {
      const node = this.nodes().get(plan.rule.id);
      return { id: plan.rule.id, hash: plan.rule.hash, shape: shapeOf(plan), state: node?.save(writer) };
    });
    const lanes: SavedLane[] = this.lanes.map((lane) => ({
      latenessMicros: lane.latenessMicros,
      frontier: Number.isFinite(lane.frontier) ? lane.frontier : null,
      queue: lane.queue.contents().map((signal) => writer.write(signal)),
      derived: lane.derived.contents().map((signal) => writer.write(signal)),
      last: lane.last === undefined ? null : writer.write(lane.last),
    }));
    const saved: Saved = {
      version: SNAPSHOT_VERSION,
      signals: writer.finish(),
      watermark: Number.isFinite(this.watermark) ? this.watermark : null,
      accepted: this.accepted,
      duplicates: this.duplicates,
      lanes,
      nodes,
    };
    return toBytes(saved);
  }

  /**
   * An engine for this plan that goes on where the snapshot was taken. State of a rule whose semantics hash is unchanged is
   * kept; an edited rule follows its `state_on_edit`: `keep` takes the state over where the edit leaves its form alone. Undefined where the bytes are no snapshot of this version.
   */
  static restore(
    plan: CorrelationPlan,
    bytes: Uint8Array,
    limits: CorrelatorLimits = DEFAULT_LIMITS,
  ): { readonly correlator: Correlator; readonly report: RestoreReport } | undefined {
    const saved = fromBytes(bytes) as Saved | undefined;
    if (saved === undefined || saved === null || saved.version !== SNAPSHOT_VERSION) return undefined;
    const correlator = new Correlator(plan, limits);
    return { correlator, report: correlator.takeOver(saved) };
  }

  private takeOver(saved: Saved): RestoreReport {
    const reader = new SignalReader(saved.signals);
    const states = new Map(saved.nodes.map((node) => [node.id, node]));
    const report = { kept: [], replay: [], reset: [], fresh: [], dropped: [] } as {
      [K in keyof RestoreReport]: RestoreReport[K][number][];
    };
    this.watermark = saved.watermark ?? Number.NEGATIVE_INFINITY;
    this.accepted = saved.accepted;
    this.duplicates = saved.duplicates;
    for (const [id, node] of this.nodes()) {
      const state = states.get(id);
      states.delete(id);
      const { plan } = node;
      if (state === undefined) report.fresh.push(id);
      else if (
        state.hash === plan.rule.hash ||
        (plan.stateOnEdit === 'keep' && state.shape === shapeOf(plan))
      ) {
        node.load(state.state, reader);
        report.kept.push(id);
      } else if (plan.stateOnEdit === 'replay') {
        report.replay.push({ ruleId: id, micros: plan.timespanMicros });
      } else {
        report.reset.push(id);
      }
    }
    report.dropped.push(...states.keys());
    for (const lane of this.lanes) {
      const old = saved.lanes.find((one) => one.latenessMicros === lane.latenessMicros);
      lane.frontier =
        old === undefined ? this.watermark - lane.latenessMicros : (old.frontier ?? Number.NEGATIVE_INFINITY);
      for (const number of old?.queue ?? []) lane.queue.push(reader.read(number));
      for (const number of old?.derived ?? []) lane.derived.push(reader.read(number));
      lane.last = old?.last === null || old?.last === undefined ? undefined : reader.read(old.last);
    }
    this.items = this.lanes.reduce(
      (sum, lane) => sum + lane.nodes.reduce((s, node) => s + node.items(), 0),
      0,
    );
    return report;
  }

  private link(plan: NodePlan): void {
    const lane = this.lanes.find((one) => one.latenessMicros === plan.latenessMicros);
    if (lane === undefined) return;
    const outlet: Outlet = {
      emit: (node, signal) => this.emit(node, signal),
      schedule: (timer) => lane.timers.add(timer),
    };
    const node = linkNode(plan, outlet);
    lane.nodes.push(node);
    this.laneOf.set(node, lane);
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
    this.out.push(signal);
    if (!node.plan.feeds) return;
    for (const lane of this.readers.get(signal.rule.id) ?? []) lane.derived.push(signal);
  }

  /** Works through timers and signals before the frontier, in time order; a timer comes before the signals of its instant. */
  private drain(lane: Lane, frontier: number): void {
    for (;;) {
      const plain = lane.queue.peek();
      const derived = lane.derived.peek();
      const useDerived =
        derived !== undefined &&
        (plain === undefined ||
          derived.end < plain.end ||
          (derived.end === plain.end && derived.endNs < plain.endNs));
      const signal = useDerived ? derived : plain;
      const timer = lane.timers.peek();
      if (
        timer !== undefined &&
        (timer.time < frontier || (timer.time === frontier && timer.ns === 0)) &&
        (signal === undefined ||
          timer.time < signal.end ||
          (timer.time === signal.end && timer.ns <= signal.endNs))
      ) {
        lane.timers.take();
        timer.run(timer);
        continue;
      }
      if (signal === undefined || signal.end >= frontier) return;
      if (useDerived) {
        lane.derived.pop();
        this.dispatch(lane, signal);
        continue;
      }
      lane.queue.pop();
      const { last } = lane;
      if (last !== undefined && isCopy(last, signal)) {
        this.duplicates++;
        continue;
      }
      lane.last = signal;
      this.dispatch(lane, signal);
    }
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
    for (const lane of this.lanes) {
      for (const node of lane.nodes)
        if (largest === undefined || node.items() > largest.items()) largest = node;
    }
    if (largest === undefined) throw new Error('a correlator with state has a node');
    return largest;
  }
}

/**
 * What state depends on: an edit that leaves it alone (thresholds, timespans, limits, how often it fires) can take the state over.
 */
function shapeOf({ body, rules, groupBy, cased, window }: NodePlan): string {
  const form =
    body.kind === 'sequence'
      ? body.stages.map(({ step, times, join, carry, distinct }) => ({ step, times, join, carry, distinct }))
      : body.kind === 'measure'
        ? { type: body.type, counted: body.minEvents > 1 }
        : body.kind === 'temporal'
          ? body.condition
          : null;
  return canonicalJson({ kind: body.kind, form, rules, groupBy, cased, window: window.kind });
}

function makeLane(latenessMicros: number): Lane {
  return {
    latenessMicros,
    queue: new ReorderQueue(),
    derived: new ReorderQueue(),
    timers: new Timers(),
    listeners: new Map(),
    nodes: [],
    frontier: Number.NEGATIVE_INFINITY,
    last: undefined,
  };
}

function linkNode(plan: NodePlan, outlet: Outlet): CorrelationNode {
  switch (plan.body.kind) {
    case 'measure':
    case 'temporal':
      return new MeasureNode(plan, outlet);
    case 'ordered':
      return new OrderedNode(plan, outlet);
    case 'sequence':
      return new SequenceNode(plan, outlet);
    case 'first_seen':
      return new FirstSeenNode(plan, outlet);
    case 'risk':
      return new RiskNode(plan, outlet);
    default:
      return plan.body satisfies never;
  }
}

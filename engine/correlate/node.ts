import type { Entity, Scalar, Signal } from '../model/index.ts';
import { BoundedMap, plainCodec, type ValueCodec } from './bounded-map.ts';
import { type Match, signalOf } from './emission.ts';
import { comparableText, encodeKey, type GroupKey, groupKeys } from './key.ts';
import type { Ledger } from './ledger.ts';
import type { Instant } from './order.ts';
import type { InputPlan, NodePlan } from './plan.ts';
import type { StateTable } from './state-table.ts';
import type { Timer } from './timers.ts';

/** What a node may do to the outside: nothing else. */
export interface Outlet {
  /** Where signals that windows hold are packed; one for all nodes. */
  readonly ledger: Ledger;
  /** Mixed into the hashes of pairs of numbers; no result depends on it. */
  readonly hashSeed: number;
  /** What an entity is worth, where that is known. */
  readonly weightOf?: (entity: Entity) => number | undefined;
  emit(node: CorrelationNode, signal: Signal): void;
  /** Late data has changed what was said under this id: whoever reads it has not to. */
  takeBack(node: CorrelationNode, id: string): void;
  schedule(timer: Timer): void;
}

/** Counters of one rule. Every loss and every thing skipped is here. */
export interface NodeStats {
  /** Signals looked at. */
  accepted: number;
  /** Signals without a group-by field (and `on_null: skip`). */
  missingGroup: number;
  /** Signals whose value field was absent, or not a number where one is needed. */
  unusableValue: number;
  /** Signals older than the watermark when they came. */
  late: number;
  emitted: number;
  /** Signals that a filter which names the rule left out. */
  filtered: number;
  suppressed: number;
  vetoed: number;
  /** Groups or runs given up at a memory bound. */
  evicted: number;
}

/** State of a rule that has no key; with the tables that come with it. */
export interface NodeState {
  readonly tables: readonly StateTable[];
  save(): unknown;
  load(saved: unknown): void;
}

/** A correlation rule at work. */
export interface CorrelationNode {
  readonly plan: NodePlan;
  readonly stats: NodeStats;
  /** Takes a signal of a rule it listens to; signals come in order. */
  accept(signal: Signal, input: InputPlan): void;
  /** What it holds, in signals and groups, for the memory bound over all rules. */
  items(): number;
  /** Gives up the least it has; false where there is nothing left. */
  evict(): boolean;
  /** Its state by key. */
  readonly tables: readonly StateTable[];
  /** What is one for the whole rule. */
  readonly shell: NodeState;
  /** Open groups, for explanations: the furthest first. */
  open(limit: number): readonly OpenGroup[];
}

/** Progress of one group or run at a time. */
export interface OpenGroup {
  readonly group: readonly (readonly [string, Scalar])[];
  /** What it has: a count, rules present, steps done. */
  readonly measure: number;
  /** What it needs, where that is one number. */
  readonly needed: number | undefined;
  readonly since: number;
  readonly parts: readonly Signal[];
}

const COUNTERS_MAX = 100_000;
const SUPPRESSED_MAX = 100_000;

interface Quiet {
  readonly until: Instant;
  readonly rules: readonly string[];
}

/** How a signal is written down as a value. */
export const SIGNAL_VALUE: ValueCodec<Signal> = {
  write: (signal, writer) => writer.write(signal),
  read: (saved, reader) => reader.read(Number(saved)),
};

/** What all nodes share: counters, counter-evidence, suppression and the making of signals. */
export class NodeShell {
  readonly plan: NodePlan;
  readonly stats: NodeStats = {
    accepted: 0,
    missingGroup: 0,
    unusableValue: 0,
    late: 0,
    emitted: 0,
    filtered: 0,
    suppressed: 0,
    vetoed: 0,
    evicted: 0,
  };
  private readonly outlet: Outlet;
  private readonly soleValues: Scalar[] = [null];
  private readonly sole: { key: string | null; readonly values: readonly Scalar[] } = {
    key: null,
    values: this.soleValues,
  };
  private readonly counters: BoundedMap<Signal>[];
  private readonly alive: (Instant | undefined)[];
  private readonly quiet: BoundedMap<Quiet>;
  readonly tables: readonly StateTable[];
  private lastLoss = Number.NEGATIVE_INFINITY;

  constructor(plan: NodePlan, outlet: Outlet) {
    this.plan = plan;
    this.outlet = outlet;
    this.counters = plan.counter.map((_, i) => new BoundedMap(`counter${i}`, COUNTERS_MAX, SIGNAL_VALUE));
    this.alive = plan.counter.map(() => undefined);
    this.quiet = new BoundedMap('quiet', SUPPRESSED_MAX, plainCodec<Quiet>());
    this.tables = [...this.counters, this.quiet];
  }

  /** The groups of a signal; counts it, and counts it again where it has none. */
  groupsOf(signal: Signal, input: InputPlan): readonly GroupKey[] {
    this.stats.accepted++;
    const keys = groupKeys(signal, input.groupFields, this.plan);
    if (keys.length === 0) this.stats.missingGroup++;
    return keys;
  }

  /**
   * The group of a signal with one group-by field that holds one value, which is the usual case; undefined in all others, which `groupsOf` tells. What is
   * given is used again for the next signal.
   */
  soleGroup(signal: Signal, { groupFields }: InputPlan): GroupKey | undefined {
    const [field] = groupFields;
    if (field === undefined || groupFields.length > 1) return undefined;
    const value = signal.values.get(field);
    if (value === undefined || value === null || typeof value === 'object') return undefined;
    this.stats.accepted++;
    this.sole.key = comparableText(value, this.plan.cased);
    this.soleValues[0] = value;
    return this.sole;
  }

  /** Notes counter-evidence, and what keeps its source alive. */
  note(signal: Signal, input: InputPlan): void {
    if (input.alive.length === 0 && input.counters.length === 0) return;
    for (const index of input.alive) this.alive[index] = { time: signal.end, ns: signal.endNs };
    for (const { key } of groupKeys(signal, input.groupFields, this.plan)) {
      for (const index of input.counters) this.counters[index]?.set(key, signal);
    }
  }

  /** State was given up at this time. */
  lose(time: number): void {
    this.stats.evicted++;
    this.lastLoss = time;
  }

  lossesSince(time: number): number {
    return this.lastLoss >= time ? this.stats.evicted : 0;
  }

  schedule(timer: Timer): void {
    this.outlet.schedule(timer);
  }

  pairs(values: readonly Scalar[]): readonly (readonly [string, Scalar])[] {
    return this.plan.groupBy.map((name, i) => [name, values[i] ?? null] as const);
  }

  /** Emits a match unless it is suppressed or vetoed; the signal, if there is one. */
  emit(node: CorrelationNode, key: string | null, match: Match): Signal | undefined {
    const counter = this.counterEvidence(key, match.at);
    if (counter === 'veto') {
      this.stats.vetoed++;
      return undefined;
    }
    if (match.revision === undefined && this.isQuiet(match)) {
      this.stats.suppressed++;
      return undefined;
    }
    const signal = signalOf(this.plan, counter === undefined ? match : { ...match, ...counter });
    this.stats.emitted++;
    this.outlet.emit(node, signal);
    return signal;
  }

  /** What is one for the whole rule, plain. */
  save(): unknown {
    return {
      stats: this.stats,
      lastLoss: Number.isFinite(this.lastLoss) ? this.lastLoss : null,
      alive: this.alive.map((instant) => instant ?? null),
    };
  }

  /** Reads back what `save` gave. The boundary casts: a snapshot's version says that it was written by this code. */
  load(saved: unknown): void {
    const state = saved as { stats: NodeStats; lastLoss: number | null; alive: (Instant | null)[] };
    Object.assign(this.stats, state.stats);
    this.lastLoss = state.lastLoss ?? Number.NEGATIVE_INFINITY;
    for (const [i, instant] of state.alive.entries()) this.alive[i] = instant ?? undefined;
  }

  private counterEvidence(
    key: string | null,
    at: Instant,
  ): 'veto' | { readonly factor: number; readonly counter: readonly Signal[] } | undefined {
    let factor = 1;
    const found: Signal[] = [];
    for (const [i, counter] of this.plan.counter.entries()) {
      const signal = this.counters[i]?.get(key);
      if (signal === undefined || !isWithin(signal.end, signal.endNs, { at, micros: counter.withinMicros }))
        continue;
      const alive = this.alive[i];
      if (counter.aliveMicros !== undefined) {
        if (alive === undefined || !isWithin(alive.time, alive.ns, { at, micros: counter.aliveMicros }))
          continue;
      }
      if (counter.effect === 'veto') return 'veto';
      factor *= counter.factor;
      found.push(signal);
    }
    return found.length === 0 ? undefined : { factor, counter: found };
  }

  /** Whether a match is to be kept quiet; where not, notes that its key is quiet from now on. */
  private isQuiet(match: Match): boolean {
    const suppress = this.plan.suppress;
    if (suppress === undefined) return false;
    const values = new Map(match.group);
    const names = suppress.by.length > 0 ? suppress.by : this.plan.groupBy;
    const key = encodeKey(names.map((name) => comparableText(values.get(name) ?? null, this.plan.cased)));
    const rules = [...new Set(match.parts.map((part) => part.rule.id))].sort();
    const held = this.quiet.get(key);
    if (held !== undefined) {
      const { until } = held;
      const before = match.at.time < until.time || (match.at.time === until.time && match.at.ns < until.ns);
      if (before && rules.every((rule) => held.rules.includes(rule))) return true;
    }
    this.quiet.set(key, { until: { time: match.at.time + suppress.forMicros, ns: match.at.ns }, rules });
    return false;
  }
}

/** Whether (time, ns) lies in (at − micros, at]. */
function isWithin(
  time: number,
  ns: number,
  window: { readonly at: Instant; readonly micros: number },
): boolean {
  const from = window.at.time - window.micros;
  return time > from || (time === from && ns > window.at.ns);
}

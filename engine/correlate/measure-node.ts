import type { Signal } from '../model/index.ts';
import { countNeeded, decidedAtOnce, satisfies } from './bounds.ts';
import { CountedValues } from './counted-values.ts';
import { GroupTable } from './groups.ts';
import type { GroupKey } from './key.ts';
import { MeasureMaker } from './make-measure.ts';
import type { Evidence } from './measure/measure.ts';
import { PresenceMeasure } from './measure/presence.ts';
import {
  itemsOfGroup,
  loadGroup,
  MeasureGroup,
  noteValues,
  resetGroup,
  type SavedGroup,
  saveGroup,
  valuesOf,
} from './measure-group.ts';
import { type CorrelationNode, NodeShell, type NodeStats, type OpenGroup, type Outlet } from './node.ts';
import { eventOf, type Instant, instantIsAfter } from './order.ts';
import { PackedGroups, type Seat } from './packed-groups.ts';
import type { InputPlan, NodePlan } from './plan.ts';
import { negates } from './presence.ts';
import type { StateTable } from './state-table.ts';
import { alignedStart, hopStart, moveBound } from './window.ts';

/**
 * Runs every type that compares one figure of a window: counts, distinct counts, sums, order statistics, extremes, rarity, and
 * `temporal` (whose figure is whether its condition holds).
 *
 * A condition that a later event cannot undo is decided at once over the window that ends now; any other at the close of a window
 * that the group's first signal opens (sliding), or of the aligned or session window. Cost: O(1) amortised a signal, O(√n) for
 * order statistics.
 */
export class MeasureNode implements CorrelationNode {
  readonly plan: NodePlan;
  readonly stats: NodeStats;
  readonly shell: NodeShell;
  readonly tables: readonly StateTable[];
  private readonly table: GroupTable<MeasureGroup> | PackedGroups;
  private readonly maker: MeasureMaker;
  private readonly atClose: boolean;
  private readonly needed: number | undefined;
  private readonly retain: number;
  private readonly oncePerEvent: boolean;
  private readonly bound: Instant = { time: 0, ns: 0 };
  /** What of the signal at hand counts. */
  private counting: readonly (string | number)[] = [];
  private readonly values: CountedValues;
  /** Beside it, for other signals than the one at hand. */
  private readonly otherValues: CountedValues;

  constructor(plan: NodePlan, outlet: Outlet) {
    this.plan = plan;
    this.shell = new NodeShell(plan, outlet);
    this.stats = this.shell.stats;
    this.values = new CountedValues(plan);
    this.otherValues = new CountedValues(plan);
    const { body } = plan;
    this.atClose =
      plan.emit === 'at_close' ||
      (body.kind === 'temporal' && negates(body.condition)) ||
      (body.kind === 'measure' && !decidedAtOnce(body.type, body.bounds));
    this.needed = body.kind === 'measure' && !this.atClose ? countNeeded(body.bounds) : undefined;
    this.oncePerEvent = body.kind === 'measure' && plan.rules.length > 1 && plan.sameEvent === 'forbid';
    this.retain = Math.max(plan.timespanMicros, plan.window.kind === 'session' ? plan.window.gap : 0);
    this.maker = new MeasureMaker(plan, outlet, this.atClose ? 'at_close' : 'at_once');
    this.table = this.packedTable(outlet.hashSeed) ?? this.plainTable(outlet.hashSeed);
    this.tables = [this.table];
  }

  accept(signal: Signal, input: InputPlan): void {
    this.shell.note(signal, input);
    if (input.roles.length === 0) return;
    this.table.expire(signal.end - this.retain);
    this.counting = this.values.of(signal, input);
    this.maker.keep = this.counting.length > 1 ? 'whole' : 'packed';
    const sole = this.shell.soleGroup(signal, input);
    if (sole !== undefined) {
      for (const role of input.roles) this.acceptInGroup(signal, sole, role);
      return;
    }
    for (const group of this.shell.groupsOf(signal, input)) {
      for (const role of input.roles) this.acceptInGroup(signal, group, role);
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
      .map((group) => ({
        group: this.shell.pairs(valuesOf(group)),
        measure:
          group.measure instanceof PresenceMeasure ? group.measure.roles() : (group.measure.value() ?? 0),
        needed: this.needed,
        since: group.opened?.time ?? group.lastTime,
        parts: group.measure.held(this.plan.limits.evidence),
      }));
  }

  private acceptInGroup(signal: Signal, key: GroupKey, role: number): void {
    const values = this.counting;
    if (values.length === 0) {
      this.stats.unusableValue++;
      return;
    }
    const group = this.table.get(key.key) ?? this.newGroup(key, signal);
    if (this.oncePerEvent && this.isCounted(group, signal)) return;
    this.openWindow(group, signal);
    if (!this.atClose) this.advanceWindow(group, signal);
    for (let i = 0; i < values.length; i++) group.measure.add(signal, role, values[i] ?? '');
    group.population?.add(signal);
    noteValues(group, key.values);
    group.lastTime = signal.end;
    group.lastNs = signal.endNs;
    if (!this.atClose) this.decide(group, signal);
    this.table.touch(group, this.levelOf(group), itemsOfGroup(group));
  }

  /** Whether this very event has counted already, by way of another rule of the list. */
  private isCounted(group: MeasureGroup, signal: Signal): boolean {
    const event = eventOf(signal);
    const tied =
      group.lastTime === signal.end && group.lastNs === signal.endNs && group.counted !== undefined;
    if (tied && group.counted?.has(event)) return true;
    if (!tied || group.counted === undefined) group.counted = new Set();
    group.counted.add(event);
    return false;
  }

  private newGroup(key: GroupKey, signal: Signal): MeasureGroup {
    if (this.table.size >= this.plan.limits.groups) this.evict();
    const group = this.makeGroup(key);
    group.lastTime = signal.end;
    this.table.add(group);
    return group;
  }

  private makeGroup(key: GroupKey): MeasureGroup {
    if (this.table instanceof PackedGroups) return this.table.fresh(key.key);
    return new MeasureGroup(key, this.maker.measure(), this.maker.population());
  }

  /** Counts and distinct counts that are decided at once: of those there are most, and they have the least to remember. */
  private packedTable(hashSeed: number): PackedGroups | undefined {
    if (this.atClose || this.plan.window.kind === 'session' || this.maker.packed() === undefined)
      return undefined;
    const make = (): Seat => {
      const measure = this.maker.packed();
      if (measure === undefined) throw new Error('what can be packed once can be packed again');
      return { group: new MeasureGroup(NO_GROUP, measure, undefined), measure };
    };
    return new PackedGroups('groups', make, { samples: this.maker.samples, hashSeed });
  }

  private plainTable(hashSeed: number): GroupTable<MeasureGroup> {
    return new GroupTable(
      'groups',
      {
        write: saveGroup,
        read: ({ key, state }, reader) => {
          // What `saveGroup` gave; the version of the bytes says so.
          const saved = state as SavedGroup;
          const group = this.makeGroup({ key, values: saved.values });
          loadGroup(group, saved, reader);
          if (saved.closes !== null && this.atClose) this.scheduleClose(group, saved.closes);
          return { group, items: itemsOfGroup(group) };
        },
        dispose: ({ measure, population }) => {
          measure.dispose();
          population?.dispose();
        },
      },
      hashSeed,
    );
  }

  /** Opens or renews the window that the group's own signals open: anchored, aligned-at-close or session. */
  private openWindow(group: MeasureGroup, signal: Signal): void {
    const { window, timespanMicros } = this.plan;
    if (window.kind === 'session' && !this.atClose && group.opened !== undefined) {
      const silence = reaches(signal, { time: group.lastTime + window.gap, ns: group.lastNs });
      const full = reaches(signal, { time: group.opened.time + timespanMicros, ns: group.opened.ns });
      if (silence || full) resetGroup(group);
    }
    if (group.opened !== undefined || (!this.atClose && window.kind !== 'session')) return;
    group.opened = { time: signal.end, ns: signal.endNs };
    if (!this.atClose) return;
    if (window.kind === 'tumbling') {
      const start = alignedStart(signal.end, timespanMicros);
      group.opened = { time: start, ns: 0 };
      this.scheduleClose(group, { time: start + timespanMicros, ns: 0 });
    } else if (window.kind === 'hop') {
      const start = hopStart(signal.end, timespanMicros, window.every);
      group.opened = { time: start, ns: 0 };
      this.scheduleClose(group, { time: start + timespanMicros, ns: 0 });
    } else {
      const length = window.kind === 'session' ? Math.min(window.gap, timespanMicros) : timespanMicros;
      this.scheduleClose(group, { time: signal.end + length, ns: signal.endNs });
    }
  }

  /** Forgets what is no longer in the window that ends with this signal. */
  private advanceWindow(group: MeasureGroup, signal: Signal): void {
    const bound = this.bound;
    moveBound(bound, this.plan, { at: signal, opened: group.opened });
    group.measure.expire(bound);
    group.population?.expire(bound);
    if (group.fired !== undefined && !instantIsAfter(group.fired, bound)) {
      group.fired = undefined;
      group.firstId = undefined;
      group.revision = 0;
    }
  }

  /** Decides now, over the window that ends with this signal. */
  private decide(group: MeasureGroup, { end, endNs, id }: Signal): void {
    const { emit, afterMatch } = this.plan;
    if (group.fired !== undefined && emit === 'once') return;
    if (!this.isMatch(group)) return;
    const at = { time: end, ns: endNs };
    const signal = this.emitMatch(group, { at, start: this.bound.time, end: at.time, by: id });
    if (signal === undefined) return;
    if (afterMatch === 'reset') {
      resetGroup(group);
      return;
    }
    if (group.fired === undefined || emit !== 'update') {
      group.fired = { time: at.time, ns: at.ns };
      group.firstId = signal.id;
    }
  }

  private isMatch(group: MeasureGroup): boolean {
    const { body } = this.plan;
    const value = group.measure.value();
    if (value === undefined) return false;
    if (body.kind !== 'measure') return value === 1;
    if (group.population !== undefined && group.population.value() < body.minEvents) return false;
    return satisfies(value, body.bounds);
  }

  private emitMatch(
    group: MeasureGroup,
    found: { readonly at: Instant; readonly start: number; readonly end: number; readonly by?: string },
  ): Signal | undefined {
    const { emit, limits } = this.plan;
    const evidence = this.pruned(
      group.measure.evidence({ atLeast: this.evidenceNeeded(), limit: limits.evidence }),
    );
    const revises = emit === 'update' && group.firstId !== undefined ? group.firstId : undefined;
    if (revises !== undefined) group.revision++;
    return this.shell.emit(this, group.key, {
      at: { time: found.at.time, ns: found.at.ns },
      window: { start: found.start, end: found.end },
      group: this.shell.pairs(valuesOf(group)),
      parts: evidence.signals,
      partsTotal: evidence.total,
      measure:
        group.measure instanceof PresenceMeasure
          ? group.measure.roles()
          : (group.measure.value() ?? evidence.total),
      exact: group.measure.exact(),
      error: group.measure.error?.(),
      losses: this.shell.lossesSince(found.start),
      ...(emit === 'every' && found.by !== undefined ? { by: found.by } : {}),
      ...(revises === undefined ? {} : { revises, revision: group.revision }),
    });
  }

  /**
   * Distinct values once more, where signals carry lists of them: a signal whose values the others have as well is no evidence.
   * O(signals²), only when something fires on such signals.
   */
  private pruned(evidence: Evidence): Evidence {
    const { body } = this.plan;
    const needed = this.evidenceNeeded();
    if (body.kind !== 'measure' || body.type !== 'value_count' || needed === undefined) return evidence;
    if (evidence.total > evidence.signals.length) return evidence;
    const sets = evidence.signals.map((signal) => {
      const input = this.plan.inputs.find(({ ruleId }) => ruleId === signal.rule.id);
      return new Set((input === undefined ? [] : this.otherValues.of(signal, input)).map(String));
    });
    if (sets.every((set) => set.size <= 1)) return evidence;
    const kept = new Set(evidence.signals.keys());
    for (const at of evidence.signals.keys()) {
      const others = new Set([...kept].flatMap((other) => (other === at ? [] : [...(sets[other] ?? [])])));
      if (others.size >= Math.max(1, needed)) kept.delete(at);
    }
    const signals = evidence.signals.filter((_, at) => kept.has(at));
    return { signals, total: signals.length };
  }

  /** How much evidence is enough: the count, or for a sum the least sum, that satisfies the condition. */
  private evidenceNeeded(): number | undefined {
    const { body } = this.plan;
    if (body.kind !== 'measure' || this.atClose) return undefined;
    if (body.type !== 'value_sum') return this.needed;
    let least = Number.NEGATIVE_INFINITY;
    for (const { op, value } of body.bounds) least = Math.max(least, op === 'gt' ? nextAbove(value) : value);
    return least;
  }

  private scheduleClose(group: MeasureGroup, closes: Instant): void {
    group.closes = closes;
    this.shell.schedule({
      time: closes.time,
      ns: closes.ns,
      rank: this.plan.rank,
      key: group.key ?? NULL_TIMER_KEY,
      run: () => {
        if (group.slot >= 0 && group.closes === closes) this.close(group, closes);
      },
    });
  }

  /** The window's time has come: nothing that belongs to it can arrive any more. */
  private close(group: MeasureGroup, at: Instant): void {
    const { window, timespanMicros } = this.plan;
    const opened = group.opened ?? at;
    if (window.kind === 'session') {
      const silence = { time: group.lastTime + window.gap, ns: group.lastNs };
      const full = { time: opened.time + timespanMicros, ns: opened.ns };
      const end =
        silence.time < full.time || (silence.time === full.time && silence.ns < full.ns) ? silence : full;
      if (end.time > at.time || (end.time === at.time && end.ns > at.ns)) {
        this.scheduleClose(group, end);
        this.table.account(group, itemsOfGroup(group));
        return;
      }
    }
    group.closes = undefined;
    if (this.isMatch(group)) this.emitMatch(group, { at, start: opened.time, end: at.time });
    if (window.kind === 'hop') {
      this.bound.time = opened.time + window.every;
      this.bound.ns = -1;
      group.measure.expire(this.bound);
      group.population?.expire(this.bound);
      if (group.measure.size() > 0) {
        group.opened = { time: opened.time + window.every, ns: 0 };
        this.scheduleClose(group, { time: at.time + window.every, ns: 0 });
        this.table.account(group, itemsOfGroup(group));
        return;
      }
    }
    this.table.remove(group);
  }

  /** Progress, 0–7: the share of what is needed where that is known, else the order of magnitude of what is held. */
  private levelOf(group: MeasureGroup): number {
    if (group.measure instanceof PresenceMeasure) return Math.min(7, group.measure.roles());
    const size = group.measure.size();
    if (this.needed !== undefined && this.needed > 0)
      return Math.min(7, Math.floor((7 * size) / this.needed));
    return Math.min(7, 31 - Math.clz32(Math.max(1, size)));
  }
}

const NO_GROUP: GroupKey = { key: null, values: [null] };

/** Sorts behind every key. */
const NULL_TIMER_KEY = '\uffff\uffff';

function reaches(signal: Signal, instant: Instant): boolean {
  return signal.end > instant.time || (signal.end === instant.time && signal.endNs >= instant.ns);
}

/** The next double above. */
function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

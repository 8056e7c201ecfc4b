import type { Scalar, Signal } from '../model/index.ts';
import { satisfies } from './bounds.ts';
import { type GroupEntry, GroupTable } from './groups.ts';
import type { GroupKey } from './key.ts';
import { type CorrelationNode, NodeShell, type NodeStats, type OpenGroup, type Outlet } from './node.ts';
import { compareSignals, type Instant, instantIsAfter, isAfter } from './order.ts';
import type { InputPlan, NodePlan } from './plan.ts';
import { factorKey, riskOf, shareAt, shareOf, sourcesOf, tacticsOf } from './risk-factors.ts';
import type { StateTable } from './state-table.ts';

/** Factors held for one group: rules times days. The oldest goes first, and is counted. */
const FACTORS_MAX = 256;

/** What one rule said about one entity on one day: its newest signal and that one's share. */
interface Factor {
  readonly key: string;
  readonly share: number;
  readonly newest: Signal;
}

class RiskGroup implements GroupEntry {
  readonly key: string | null;
  values: readonly Scalar[];
  slot = -1;
  lastTime = 0;
  /** By newest signal, oldest first. */
  readonly factors = new Map<string, Factor>();
  fired: Instant | undefined = undefined;

  constructor(group: GroupKey) {
    this.key = group.key;
    this.values = group.values;
  }
}

interface SavedRisk {
  readonly values: readonly Scalar[];
  readonly lastTime: number;
  readonly fired: Instant | null;
  readonly factors: readonly (readonly [string, number, number])[];
}

/**
 * `risk`: what several rules say of one entity, added up so that it stays below 100:
 * R = 100·(1 − Π(1 − p·w·2^(−age/half-life))), where p is a signal's score as a share and w its rule's weight
 * times that of the dearest asset among its entities. A rule counts once
 * an entity and day, by its newest signal, so that repeats add nothing.
 * Cost: O(factors) a signal, of which there are at most 256.
 */
export class RiskNode implements CorrelationNode {
  readonly plan: NodePlan;
  readonly stats: NodeStats;
  readonly shell: NodeShell;
  readonly tables: readonly StateTable[];
  private readonly weightOf: Outlet['weightOf'];
  private readonly table: GroupTable<RiskGroup>;
  private readonly body: Extract<NodePlan['body'], { kind: 'risk' }>;

  constructor(plan: NodePlan, outlet: Outlet) {
    if (plan.body.kind !== 'risk') throw new Error(`a ${plan.body.kind} is not a risk`);
    this.plan = plan;
    this.body = plan.body;
    this.weightOf = outlet.weightOf;
    this.shell = new NodeShell(plan, outlet);
    this.stats = this.shell.stats;
    this.table = new GroupTable(
      'groups',
      {
        write: (group, writer): SavedRisk => ({
          values: group.values,
          lastTime: group.lastTime,
          fired: group.fired ?? null,
          factors: [...group.factors.values()].map((f) => [f.key, f.share, writer.write(f.newest)] as const),
        }),
        read: ({ key, state }, reader) => {
          // What `write` gave; the version of the bytes says so.
          const saved = state as SavedRisk;
          const group = new RiskGroup({ key, values: saved.values });
          group.lastTime = saved.lastTime;
          group.fired = saved.fired ?? undefined;
          for (const [factor, share, number] of saved.factors) {
            group.factors.set(factor, { key: factor, share, newest: reader.read(number) });
          }
          return { group, items: 1 + group.factors.size };
        },
      },
      outlet.hashSeed,
    );
    this.tables = [this.table];
  }

  accept(signal: Signal, input: InputPlan): void {
    this.shell.note(signal, input);
    if (input.roles.length === 0) return;
    this.table.expire(signal.end - this.plan.timespanMicros);
    for (const key of this.shell.groupsOf(signal, input)) {
      let group = this.table.get(key.key);
      if (group === undefined) {
        if (this.table.size >= this.plan.limits.groups) this.evict();
        group = new RiskGroup(key);
        group.lastTime = signal.end;
        this.table.add(group);
      }
      group.values = key.values;
      this.acceptInGroup(group, signal, input.weight);
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
      .map((group) => {
        const parts = [...group.factors.values()].map((factor) => factor.newest).sort(compareSignals);
        const now = parts.at(-1);
        const at = { time: now?.end ?? 0, ns: now?.endNs ?? 0 };
        return {
          group: this.shell.pairs(group.values),
          measure: this.risk([...group.factors.values()], at),
          needed: this.body.bounds[0]?.value,
          since: parts[0]?.start ?? group.lastTime,
          parts,
        };
      })
      .sort((a, b) => b.measure - a.measure)
      .slice(0, limit);
  }

  private acceptInGroup(group: RiskGroup, signal: Signal, weight: number): void {
    const at = { time: signal.end, ns: signal.endNs };
    const bound = { time: signal.end - this.plan.timespanMicros, ns: signal.endNs };
    for (const factor of group.factors.values()) {
      if (isAfter(factor.newest, bound)) break;
      group.factors.delete(factor.key);
    }
    const key = factorKey(signal);
    const share = shareOf(signal, weight * this.worth(signal));
    group.factors.delete(key);
    group.factors.set(key, { key, share, newest: signal });
    if (group.factors.size > FACTORS_MAX) {
      for (const oldest of group.factors.keys()) {
        group.factors.delete(oldest);
        this.shell.lose(signal.end);
        break;
      }
    }
    group.lastTime = signal.end;
    const factors = [...group.factors.values()];
    const risk = this.risk(factors, at);
    this.table.touch(group, Math.min(7, Math.floor(risk / 13)), 1 + factors.length);
    if (group.fired !== undefined && !instantIsAfter(group.fired, bound)) group.fired = undefined;
    if (group.fired !== undefined && this.plan.emit === 'once') return;
    if (!this.holds(factors, at)) return;
    const needed = [...this.minimal(factors, at)].sort((a, b) => compareSignals(a.newest, b.newest));
    const shown = needed.slice(-this.plan.limits.evidence);
    const emitted = this.shell.emit(this, group.key, {
      at,
      window: { start: bound.time, end: at.time },
      group: this.shell.pairs(group.values),
      parts: shown.map((factor) => factor.newest),
      partsTotal: needed.length,
      shares: shown.map((factor) => 100 * shareAt(factor, at.time, this.body.halfLifeMicros)),
      measure: Math.round(risk * 1000) / 1000,
      exact: true,
      losses: this.shell.lossesSince(bound.time),
      ...(this.plan.emit === 'every' ? { by: signal.id } : {}),
    });
    if (emitted !== undefined) group.fired = at;
  }

  /** What the dearest of the signal's entities multiplies its share by. */
  private worth(signal: Signal): number {
    const { weightOf } = this;
    if (weightOf === undefined) return 1;
    let most: number | undefined;
    for (const entity of signal.entities) {
      const weight = weightOf(entity);
      if (weight !== undefined && (most === undefined || weight > most)) most = weight;
    }
    return most ?? 1;
  }

  private risk(factors: readonly Factor[], at: Instant): number {
    return riskOf(factors, at.time, this.body.halfLifeMicros);
  }

  private holds(factors: readonly Factor[], at: Instant): boolean {
    const { bounds, minTactics, minSources } = this.body;
    if (!satisfies(this.risk(factors, at), bounds)) return false;
    if (minTactics > 1 && new Set(factors.flatMap((f) => tacticsOf(f.newest))).size < minTactics)
      return false;
    return minSources <= 1 || new Set(factors.flatMap((f) => sourcesOf(f.newest))).size >= minSources;
  }

  /** The factors without which it would not hold: the smallest are left out first. */
  private minimal(factors: readonly Factor[], at: Instant): readonly Factor[] {
    const now = (factor: Factor): number => shareAt(factor, at.time, this.body.halfLifeMicros);
    let kept = [...factors].sort((a, b) => now(a) - now(b) || compareSignals(a.newest, b.newest));
    for (const factor of [...kept]) {
      const without = kept.filter((one) => one !== factor);
      if (without.length > 0 && this.holds(without, at)) kept = without;
    }
    return kept;
  }
}

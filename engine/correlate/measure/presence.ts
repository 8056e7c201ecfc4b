import type { Signal } from '../../model/index.ts';
import { compareSignals, eventOf, type Instant, isAfter } from '../order.ts';
import { holds, negatedRoles, type RolePresence } from '../presence.ts';
import type { Evidence, Measure, MeasureEntry, SavedMeasure } from './measure.ts';

/** Above so many rules in conflict over the same events, subsets are no longer tried and the first assignment stands. */
const SUBSETS_ROLES_MAX = 12;

/**
 * `temporal`: which of the listed rules the window holds. For each rule only its newest signals matter; as one event may not
 * stand for two rules (`same_event: forbid`), as many newest signals a rule are kept as there are rules: if rules can be given
 * different events at all, they can from these (an event outside a rule's k newest can be exchanged for a free one inside).
 * The figure is 1 where the condition holds, else 0.
 */
export class PresenceMeasure implements Measure {
  private readonly condition: RolePresence;
  private readonly byRole: Signal[][];
  private readonly keep: number;
  private readonly against: ReadonlySet<number>;
  private readonly present: Uint8Array;
  private count = 0;

  constructor(options: {
    readonly condition: RolePresence;
    readonly roles: number;
    readonly sameEvent: 'forbid' | 'allow';
  }) {
    this.condition = options.condition;
    this.byRole = Array.from({ length: options.roles }, () => []);
    this.keep = options.sameEvent === 'allow' ? 1 : options.roles;
    this.against = negatedRoles(options.condition);
    this.present = new Uint8Array(options.roles);
  }

  add(signal: Signal, role: number): void {
    const list = this.byRole[role];
    if (list === undefined) return;
    const last = list.at(-1);
    if (last !== undefined && this.keep > 1 && eventOf(last) === eventOf(signal)) {
      list[list.length - 1] = signal;
      return;
    }
    list.push(signal);
    if (list.length > this.keep) list.shift();
    else this.count++;
  }

  expire(bound: Instant): void {
    for (const list of this.byRole) {
      while (list[0] !== undefined && !isAfter(list[0], bound)) {
        list.shift();
        this.count--;
      }
    }
  }

  clear(): void {
    for (const list of this.byRole) list.length = 0;
    this.count = 0;
  }

  dispose(): void {
    this.clear();
  }

  value(): number {
    return this.match() === undefined ? 0 : 1;
  }

  size(): number {
    return this.count;
  }

  exact(): boolean {
    return true;
  }

  /** How many of the rules are there, not counting those that speak against a match. */
  roles(): number {
    let count = 0;
    for (const [role, list] of this.byRole.entries()) if (list.length > 0 && !this.against.has(role)) count++;
    return count;
  }

  evidence(): Evidence {
    const chosen = this.match();
    if (chosen === undefined) return { signals: [], total: 0 };
    // Oldest first: what can be left out is left out, so that each that stays is needed.
    const order = [...chosen].sort((a, b) => compareSignals(a[1], b[1]));
    const present = this.negativePresence();
    for (const [role] of order) present[role] = 1;
    for (const [role] of order) {
      present[role] = 0;
      if (!holds(this.condition, present)) present[role] = 1;
    }
    const signals = order.filter(([role]) => present[role] === 1).map(([, signal]) => signal);
    return { signals, total: signals.length };
  }

  held(limit: number): readonly Signal[] {
    return this.byRole.flat().slice(-limit);
  }

  save(): SavedMeasure {
    const entries: MeasureEntry[] = [];
    for (const [role, list] of this.byRole.entries()) {
      for (const signal of list) entries.push({ signal, role, value: 0 });
    }
    return { entries, marks: [] };
  }

  load(saved: SavedMeasure): void {
    for (const { signal, role } of saved.entries) this.add(signal, role);
  }

  private negativePresence(): Uint8Array {
    const present = new Uint8Array(this.byRole.length);
    for (const role of this.against) if ((this.byRole[role]?.length ?? 0) > 0) present[role] = 1;
    return present;
  }

  /** A signal a rule such that no event stands twice and the condition holds, or undefined. */
  private match(): Map<number, Signal> | undefined {
    const present = this.present;
    present.fill(0);
    for (const [role, list] of this.byRole.entries()) if (list.length > 0) present[role] = 1;
    // A condition without `not` that fails with every rule granted fails with fewer.
    if (!holds(this.condition, present)) return undefined;
    const roles: number[] = [];
    for (const [role, list] of this.byRole.entries()) {
      if (list.length > 0 && !this.against.has(role)) roles.push(role);
    }
    const all = this.keep === 1 ? this.newestOf(roles) : this.assign(roles);
    if (all.size === roles.length) return all;
    return this.matchSubset(roles, all);
  }

  private newestOf(roles: readonly number[]): Map<number, Signal> {
    const chosen = new Map<number, Signal>();
    for (const role of roles) {
      const last = this.byRole[role]?.at(-1);
      if (last !== undefined) chosen.set(role, last);
    }
    return chosen;
  }

  /** The largest assignment of different events to these roles (augmenting paths), newest signals preferred. */
  private assign(roles: readonly number[]): Map<number, Signal> {
    const plain = this.newestOf(roles);
    if (new Set([...plain.values()].map(eventOf)).size === plain.size) return plain;
    const takenBy = new Map<string, number>();
    const chosen = new Map<number, Signal>();
    for (const role of roles) this.augment(role, { takenBy, chosen, seen: new Set() });
    return chosen;
  }

  private augment(
    role: number,
    state: {
      readonly takenBy: Map<string, number>;
      readonly chosen: Map<number, Signal>;
      readonly seen: Set<string>;
    },
  ): boolean {
    const list = this.byRole[role] ?? [];
    for (let i = list.length - 1; i >= 0; i--) {
      const signal = list[i];
      if (signal === undefined) continue;
      const event = eventOf(signal);
      if (state.seen.has(event)) continue;
      state.seen.add(event);
      const holder = state.takenBy.get(event);
      if (holder === undefined || this.augment(holder, state)) {
        state.takenBy.set(event, role);
        state.chosen.set(role, signal);
        return true;
      }
    }
    return false;
  }

  /** Events are short: looks for a set of rules that has different events and satisfies the condition. */
  private matchSubset(
    roles: readonly number[],
    largest: Map<number, Signal>,
  ): Map<number, Signal> | undefined {
    const satisfied = (chosen: ReadonlyMap<number, Signal>): boolean => {
      const present = this.negativePresence();
      for (const role of chosen.keys()) present[role] = 1;
      return holds(this.condition, present);
    };
    if (satisfied(largest)) return largest;
    if (roles.length > SUBSETS_ROLES_MAX) return undefined;
    for (let mask = (1 << roles.length) - 1; mask > 0; mask--) {
      const subset = roles.filter((_, i) => (mask >> i) & 1);
      if (subset.length !== largest.size) continue;
      const chosen = this.assign(subset);
      if (chosen.size === subset.length && satisfied(chosen)) return chosen;
    }
    return undefined;
  }
}

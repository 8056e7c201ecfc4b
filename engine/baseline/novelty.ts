import type { Saved, Surroundings } from './feature.ts';
import { Pool } from './pool.ts';
import { decades } from './probability.ts';

/** Values held for one entity; the least recent gives way and is counted. */
const VALUES_MAX = 64;
/** Values held for everybody together. */
const TENANT_VALUES_MAX = 200_000;
/** For how many votes the deployment's rate of new values counts in an entity's. */
const PRIOR_VOTES = 10;

/** How widely a value is used by others, from everywhere to nowhere. */
export const USAGE = ['common', 'some', 'few', 'one', 'nobody'] as const;

/** What an entity knows of its values, in parallel lists. */
interface Known {
  readonly names: string[];
  readonly first: number[];
  readonly last: number[];
  /** Days on which it was seen. */
  readonly days: number[];
}

/** What all entities together know of a value. */
interface Use {
  /** Entities that ever used it. */
  users: number;
  first: number;
  last: number;
  /** By group of peers: its users. */
  groups: Map<number, number> | undefined;
}

// Cells of an entity: votes, new ones among them, the day in course, its new votes.
const VOTES = 0;
const NEW = 1;
const TODAY = 2;
const TODAY_NEW = 3;

/**
 * Which values each entity has used, and how probable it was that a next one is new.
 * A value and day is one vote. The probability of a new value is (new votes + 10·ν)/(votes + 10), where ν is the deployment's own rate (a
 * two-level estimate after Laplace; the smoothing of Good, Biometrika 40, 1953, would need counts of counts). How probable it is that a
 * new value is one that so few others use is counted in the same way over all new values.
 * A value is normal for an entity after some days on which it was seen, some peers that use it, or a time. A day's new votes count for at
 * most a share of all votes, so that a flood of new values does not make new values normal.
 * State: 64 values and 4 numbers an entity; 200,000 values in all. Cost: O(values of the entity), at most 64, the likeliest first.
 */
export class Novelty {
  private readonly around: Surroundings;
  private readonly forgetDays: number;
  private readonly known: (Known | undefined)[] = [];
  private readonly cells = new Pool(4);
  private readonly uses = new Map<string, Use>();
  private votes = 0;
  private news = 0;
  /** New values by how widely they were used before. */
  private readonly newsByUsage = new Float64Array(USAGE.length);
  /** Values given up for want of room. */
  lost = 0;

  constructor(around: Surroundings, forgetDays: number) {
    this.around = around;
    this.forgetDays = forgetDays;
  }

  /** Whether the value is normal for the entity; a value of today was judged today. */
  isNormal(entity: number, value: string, day: number): boolean {
    const known = this.known[entity];
    const at = known === undefined ? -1 : known.names.indexOf(value);
    if (known === undefined || at < 0) return false;
    if ((known.last[at] ?? 0) === day) return true;
    if (day - (known.last[at] ?? 0) > this.forgetDays) return false;
    const { admitDays, admitAfter, admitPeers } = this.around.rule.guard;
    return (
      (known.days[at] ?? 0) >= admitDays ||
      day - (known.first[at] ?? 0) >= admitAfter / 86_400_000_000 ||
      this.peersUsing(entity, value) > admitPeers
    );
  }

  /** −log10 of the probability that an entity uses a new value now. */
  newDecades(entity: number): number {
    const first = this.cells.at(entity);
    const rate = (this.news + 0.5) / (this.votes + 1);
    const votes = this.cells.cells[first + VOTES] ?? 0;
    const news = this.cells.cells[first + NEW] ?? 0;
    return decades((news + PRIOR_VOTES * rate) / (votes + PRIOR_VOTES));
  }

  /** −log10 of the probability that a new value is used by as few others as this one. */
  usageDecades(usage: number): number {
    let all = 0;
    let atMost = 0;
    for (let i = 0; i < USAGE.length; i++) {
      all += this.newsByUsage[i] ?? 0;
      if (i >= usage) atMost += this.newsByUsage[i] ?? 0;
    }
    return decades((atMost + 0.5) / (all + 1));
  }

  /** How widely a value is used: by a fifth of all (0), by a fiftieth (1), by three (2), by one or two (3), by nobody (4). */
  usageOf(entity: number, value: string, among: 'peers' | 'tenant'): number {
    const use = this.uses.get(value);
    const group = this.around.groupOf(entity);
    const peers = among === 'peers' && group >= 0;
    const users = (peers ? use?.groups?.get(group) : use?.users) ?? 0;
    const all = peers ? this.around.peerCount(group) : this.around.entityCount();
    const others = users - (this.hasUsed(entity, value) ? 1 : 0);
    if (others <= 0) return 4;
    if (others <= 2) return 3;
    if (others >= 0.2 * all) return 0;
    return others >= 0.02 * all ? 1 : 2;
  }

  /** Whether the entity ever used the value. */
  hasUsed(entity: number, value: string): boolean {
    return this.known[entity]?.names.includes(value) ?? false;
  }

  /** Takes a use into the past. `usage` is what it was before, where the value was new. */
  learn(entity: number, value: string, given: { readonly day: number; readonly usage: number }): void {
    const { day } = given;
    let known = this.known[entity];
    if (known === undefined) {
      known = { names: [], first: [], last: [], days: [] };
      this.known[entity] = known;
    }
    const at = known.names.indexOf(value);
    const fresh = at < 0 || day - (known.last[at] ?? 0) > this.forgetDays;
    if (!fresh && known.last[at] === day) return;
    this.vote(entity, day, fresh ? given.usage : -1);
    if (at < 0) {
      this.use(entity, value, day);
      if (known.names.length >= VALUES_MAX) {
        for (const list of [known.names, known.first, known.last, known.days]) list.pop();
        this.lost++;
      }
      known.names.unshift(value);
      known.first.unshift(day);
      known.last.unshift(day);
      known.days.unshift(1);
      return;
    }
    known.last[at] = day;
    known.days[at] = fresh ? 1 : (known.days[at] ?? 0) + 1;
    if (fresh) known.first[at] = day;
    const use = this.uses.get(value);
    if (use !== undefined) use.last = day;
    // Moved one place towards the front: what is used often is found soon, and what is not falls off the end.
    if (at > 0) {
      for (const list of [known.first, known.last, known.days]) swap(list, at);
      swap(known.names, at);
    }
  }

  /** The values an entity uses, most used first. */
  valuesOf(
    entity: number,
  ): readonly { readonly name: string; readonly days: number; readonly last: number }[] {
    const known = this.known[entity];
    if (known === undefined) return [];
    return known.names
      .map((name, i) => ({ name, days: known.days[i] ?? 0, last: known.last[i] ?? 0 }))
      .sort((a, b) => b.days - a.days || b.last - a.last || (a.name < b.name ? -1 : 1));
  }

  forget(entity: number): void {
    this.known[entity] = undefined;
    this.cells.clear(entity);
  }

  saveEntity(entity: number): Saved | undefined {
    const known = this.known[entity];
    if (known === undefined) return undefined;
    return {
      votes: this.cells.save(entity),
      values: known.names.map((name, i) => [
        name,
        known.first[i] ?? 0,
        known.last[i] ?? 0,
        known.days[i] ?? 0,
      ]),
    };
  }

  absorbEntity(entity: number, saved: Saved): void {
    const { votes, values } = saved as { votes: number[]; values: [string, number, number, number][] };
    const first = this.cells.at(entity);
    for (const cell of [VOTES, NEW]) {
      this.cells.cells[first + cell] = (this.cells.cells[first + cell] ?? 0) + (votes[cell] ?? 0);
    }
    if ((votes[TODAY] ?? 0) >= (this.cells.cells[first + TODAY] ?? 0)) {
      this.cells.cells[first + TODAY] = votes[TODAY] ?? 0;
      this.cells.cells[first + TODAY_NEW] = votes[TODAY_NEW] ?? 0;
    }
    const known = this.known[entity] ?? { names: [], first: [], last: [], days: [] };
    this.known[entity] = known;
    for (const [name, from, to, days] of values) {
      const at = known.names.indexOf(name);
      if (at < 0 && known.names.length < VALUES_MAX) {
        known.names.push(name);
        known.first.push(from);
        known.last.push(to);
        known.days.push(days);
      } else if (at >= 0) {
        known.first[at] = Math.min(known.first[at] ?? from, from);
        known.last[at] = Math.max(known.last[at] ?? to, to);
        known.days[at] = (known.days[at] ?? 0) + days;
        // Both parts counted this entity among the users.
        const use = this.uses.get(name);
        const group = this.around.groupOf(entity);
        if (use !== undefined) {
          use.users--;
          use.groups?.set(group, (use.groups.get(group) ?? 1) - 1);
        }
      }
    }
  }

  saveTenant(): Saved {
    return {
      votes: this.votes,
      news: this.news,
      byUsage: Array.from(this.newsByUsage),
      lost: this.lost,
      uses: [...this.uses].map(([name, { users, first, last, groups }]) => [
        name,
        users,
        first,
        last,
        ...(groups === undefined ? [] : [[...groups]]),
      ]),
    };
  }

  absorbTenant(saved: Saved): void {
    const { votes, news, byUsage, lost, uses } = saved as {
      votes: number;
      news: number;
      byUsage: number[];
      lost: number;
      uses: [string, number, number, number, [number, number][]?][];
    };
    this.votes += votes;
    this.news += news;
    this.lost += lost;
    byUsage.forEach((many, i) => {
      this.newsByUsage[i] = (this.newsByUsage[i] ?? 0) + many;
    });
    for (const [name, users, first, last, groups] of uses) {
      const use = this.uses.get(name) ?? { users: 0, first, last, groups: undefined };
      this.uses.set(name, use);
      use.users += users;
      use.first = Math.min(use.first, first);
      use.last = Math.max(use.last, last);
      for (const [group, many] of groups ?? []) {
        use.groups ??= new Map();
        use.groups.set(group, (use.groups.get(group) ?? 0) + many);
      }
    }
  }

  private peersUsing(entity: number, value: string): number {
    const use = this.uses.get(value);
    const group = this.around.groupOf(entity);
    return (group >= 0 ? use?.groups?.get(group) : use?.users) ?? 0;
  }

  private vote(entity: number, day: number, usage: number): void {
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    if (cells[first + TODAY] !== day) {
      cells[first + TODAY] = day;
      cells[first + TODAY_NEW] = 0;
    }
    cells[first + VOTES] = (cells[first + VOTES] ?? 0) + 1;
    this.votes++;
    if (usage < 0) return;
    const today = (cells[first + TODAY_NEW] ?? 0) + 1;
    cells[first + TODAY_NEW] = today;
    const votes = cells[first + VOTES] ?? 0;
    if (today > Math.max(1, this.around.rule.guard.dayCap * votes)) return;
    cells[first + NEW] = (cells[first + NEW] ?? 0) + 1;
    this.news++;
    this.newsByUsage[usage] = (this.newsByUsage[usage] ?? 0) + 1;
  }

  private use(entity: number, value: string, day: number): void {
    let use = this.uses.get(value);
    if (use === undefined) {
      if (this.uses.size >= TENANT_VALUES_MAX) {
        for (const oldest of this.uses.keys()) {
          this.uses.delete(oldest);
          this.lost++;
          break;
        }
      }
      use = { users: 0, first: day, last: day, groups: undefined };
      this.uses.set(value, use);
    }
    use.users++;
    use.last = day;
    const group = this.around.groupOf(entity);
    if (group < 0) return;
    use.groups ??= new Map();
    use.groups.set(group, (use.groups.get(group) ?? 0) + 1);
  }
}

function swap<T>(list: T[], at: number): void {
  const before = list[at - 1];
  const here = list[at];
  if (before === undefined || here === undefined) return;
  list[at - 1] = here;
  list[at] = before;
}

import type { Saved, Surroundings } from './feature.ts';
import { Pool } from './pool.ts';
import { decades, poissonUpperDecades } from './probability.ts';

/** Values held for one entity; the least recent gives way and is counted. */
const VALUES_MAX = 64;
/** Values held for everybody together. */
const TENANT_VALUES_MAX = 200_000;
/** For how many votes the deployment's rate of new values counts in an entity's. */
const PRIOR_VOTES = 10;

/** How widely a value is used by others, from everywhere to nowhere. */
export const USAGE = ['common', 'some', 'few', 'one', 'nobody'] as const;

/** A value an entity knows: its name, the first and the last day on which it was seen, and on how many. */
type Value = [name: string, first: number, last: number, days: number];
/** What an entity knows, in one flat list: a list of its own for each value, or kind of figure, costs more than what it holds. */
type Known = (string | number)[];
const NAME = 0;
const FIRST_DAY = 1;
const LAST_DAY = 2;
const DAYS = 3;
const WIDTH = 4;

/** What all entities together know of a value. */
interface Use {
  /** Entities that ever used it. */
  users: number;
  first: number;
  last: number;
  /** By group of peers: its users. */
  groups: Map<number, number> | undefined;
}

// Cells of an entity: votes, new ones among them, the day in course, its new votes, all its votes.
const VOTES = 0;
const NEW = 1;
const TODAY = 2;
const TODAY_NEW = 3;
const TODAY_VOTES = 4;
const STRIDE = 5;

/**
 * Which values each entity has used, and how probable it was that a next one is new.
 * A value and day is one vote. The probability of a new value is (new votes + 10·ν)/(votes + 10), where ν is the deployment's own rate (a
 * two-level estimate after Laplace; the smoothing of Good, Biometrika 40, 1953, would need counts of counts). How probable it is that a
 * new value is one that so few others use is counted in the same way over all new values.
 * A value is normal for an entity after some days on which it was seen, some peers that use it, or a time. A day's new votes count for at
 * most a share of all votes, so that a flood of new values does not make new values normal.
 * State: 64 values and 5 numbers an entity; 200,000 values in all. Cost: O(values of the entity), at most 64, the likeliest first.
 */
export class Novelty {
  private readonly around: Surroundings;
  private readonly forgetDays: number;
  private readonly known: (Known | undefined)[] = [];
  private readonly cells = new Pool(STRIDE);
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
    const at = placeOf(known, value);
    if (known === undefined || at < 0) return false;
    const last = Number(known[at + LAST_DAY]);
    if (last === day) return true;
    if (day - last > this.forgetDays) return false;
    const { admitDays, admitAfter, admitPeers } = this.around.rule.guard;
    return (
      Number(known[at + DAYS]) >= admitDays ||
      day - Number(known[at + FIRST_DAY]) >= admitAfter / 86_400_000_000 ||
      this.peersUsing(entity, value) > admitPeers
    );
  }

  /**
   * −log10 of the probability that an entity uses a new value now; where it has used others on the day, that of as many new values among as
   * many as there were (the Poisson tail): one new value is seen now and then, ten on a day are a flood.
   */
  newDecades(entity: number, day: number): number {
    const first = this.cells.at(entity);
    const { cells } = this.cells;
    const rate = (this.news + 0.5) / (this.votes + 1);
    const votes = cells[first + VOTES] ?? 0;
    const news = cells[first + NEW] ?? 0;
    const probability = (news + PRIOR_VOTES * rate) / (votes + PRIOR_VOTES);
    const own = decades(probability);
    const before = cells[first + TODAY] === day ? (cells[first + TODAY_NEW] ?? 0) : 0;
    if (before === 0) return own;
    const many = (cells[first + TODAY_VOTES] ?? 0) + 1;
    return Math.max(own, poissonUpperDecades(before + 1, many * probability));
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
    return placeOf(this.known[entity], value) >= 0;
  }

  /** Takes a use into the past. `usage` is what it was before, where the value was new. */
  learn(entity: number, value: string, given: { readonly day: number; readonly usage: number }): void {
    const { day } = given;
    const known = this.known[entity];
    const at = placeOf(known, value);
    const last = known === undefined || at < 0 ? Number.NEGATIVE_INFINITY : Number(known[at + LAST_DAY]);
    const fresh = day - last > this.forgetDays;
    if (last === day) return;
    this.vote(entity, day, fresh ? given.usage : -1);
    if (known === undefined || at < 0) {
      this.use(entity, value, day);
      if (known !== undefined && known.length >= WIDTH * VALUES_MAX) {
        known.length -= WIDTH;
        this.lost++;
      }
      // Made anew, and not extended, so that it holds no room for what may never come.
      this.known[entity] = known === undefined ? [value, day, day, 1] : [value, day, day, 1, ...known];
      return;
    }
    known[at + LAST_DAY] = day;
    known[at + DAYS] = fresh ? 1 : Number(known[at + DAYS]) + 1;
    if (fresh) known[at + FIRST_DAY] = day;
    const use = this.uses.get(value);
    if (use !== undefined) use.last = day;
    // Moved one place towards the front: what is used often is found soon, and what is not falls off the end.
    if (at > 0) swap(known, at);
  }

  /** The values an entity uses, most used first. */
  valuesOf(
    entity: number,
  ): readonly { readonly name: string; readonly days: number; readonly last: number }[] {
    return this.listOf(entity)
      .map(([name, , last, days]) => ({ name, days, last }))
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
      values: this.listOf(entity),
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
      this.cells.cells[first + TODAY_VOTES] = votes[TODAY_VOTES] ?? 0;
    }
    const known = this.known[entity] ?? [];
    this.known[entity] = known;
    for (const [name, from, to, days] of values) {
      const at = placeOf(known, name);
      if (at < 0 && known.length < WIDTH * VALUES_MAX) known.push(name, from, to, days);
      else if (at >= 0) {
        known[at + FIRST_DAY] = Math.min(Number(known[at + FIRST_DAY]), from);
        known[at + LAST_DAY] = Math.max(Number(known[at + LAST_DAY]), to);
        known[at + DAYS] = Number(known[at + DAYS]) + days;
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

  private listOf(entity: number): Value[] {
    const known = this.known[entity] ?? [];
    return Array.from({ length: known.length / WIDTH }, (_, i): Value => {
      const at = i * WIDTH;
      return [
        String(known[at + NAME]),
        Number(known[at + FIRST_DAY]),
        Number(known[at + LAST_DAY]),
        Number(known[at + DAYS]),
      ];
    });
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
      cells[first + TODAY_VOTES] = 0;
    }
    cells[first + TODAY_VOTES] = (cells[first + TODAY_VOTES] ?? 0) + 1;
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

/** Where a value stands in a list; −1 where it does not. */
function placeOf(known: Known | undefined, value: string): number {
  if (known === undefined) return -1;
  for (let at = 0; at < known.length; at += WIDTH) if (known[at] === value) return at;
  return -1;
}

function swap(known: Known, at: number): void {
  for (let i = at; i < at + WIDTH; i++) {
    const before = known[i - WIDTH] ?? 0;
    known[i - WIDTH] = known[i] ?? 0;
    known[i] = before;
  }
}

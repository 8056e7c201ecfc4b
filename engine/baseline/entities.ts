import { Pool } from './pool.ts';

// Cells of an entity, then two for each feature: until when it rests, and the surprise of its last alarm.
const FIRST = 0;
const LAST = 1;
const EVENTS = 2;
const DAYS = 3;
const DAY = 4;
const TOUCH = 5;
const THRESHOLD = 6;
const RELEASED = 7;
const REST = 8;

/** An entity as it is saved. */
export interface SavedEntity {
  readonly key: readonly string[];
  readonly peers: string | null;
  readonly cells: readonly number[];
  /** Of a snapshot, which is to go on to the byte; left out of files. */
  readonly row?: number;
}

/**
 * The entities of one baseline: their rows, groups of peers, and the order of use. A row is what features keep their numbers by; it is given
 * to another entity once the first is given up. Cost: O(1).
 */
export class Entities {
  private readonly rows = new Map<string, number>();
  private readonly keys: (readonly string[] | undefined)[] = [];
  private readonly groups: number[] = [];
  private readonly groupNames = new Map<number, string>();
  private readonly groupSizes = new Map<number, number>();
  private readonly free: number[] = [];
  private readonly cells: Pool;
  /** Order of use as a doubly linked list over rows; row + 1, 0 for none. */
  private readonly older: number[] = [];
  private readonly newer: number[] = [];
  private oldest = 0;
  private newest = 0;
  private touches = 0;

  constructor(features: number) {
    this.cells = new Pool(REST + 2 * features);
  }

  get size(): number {
    return this.rows.size;
  }

  groupSize(group: number): number {
    return this.groupSizes.get(group) ?? 0;
  }

  groupOf(row: number): number {
    return this.groups[row] ?? -1;
  }

  keyOf(row: number): readonly string[] {
    return this.keys[row] ?? [];
  }

  /** The row of an entity; undefined where it is not known. */
  find(key: string): number | undefined {
    return this.rows.get(key);
  }

  /** A row for a new entity. */
  add(key: string, parts: readonly string[]): number {
    const row = this.free.pop() ?? this.keys.length;
    this.place(key, parts, row);
    return row;
  }

  /** Notes an event of an entity. */
  touch(row: number, time: number, day: number): void {
    const first = this.cells.at(row);
    const { cells } = this.cells;
    if ((cells[first + EVENTS] ?? 0) === 0) cells[first + FIRST] = time;
    cells[first + LAST] = time;
    cells[first + EVENTS] = (cells[first + EVENTS] ?? 0) + 1;
    if (cells[first + DAY] !== day) {
      cells[first + DAY] = day;
      cells[first + DAYS] = (cells[first + DAYS] ?? 0) + 1;
    }
    cells[first + TOUCH] = ++this.touches;
    if (this.newest !== row + 1) {
      this.unlink(row);
      this.link(row);
    }
  }

  /** Puts an entity into a group of peers. */
  join(row: number, group: number, name: string): void {
    const before = this.groups[row] ?? -1;
    if (before === group) return;
    if (before >= 0) this.groupSizes.set(before, (this.groupSizes.get(before) ?? 1) - 1);
    this.groups[row] = group;
    this.groupNames.set(group, name);
    this.groupSizes.set(group, (this.groupSizes.get(group) ?? 0) + 1);
  }

  /** The entity longest without an event; undefined where there is none. */
  leastRecent(): number | undefined {
    return this.oldest === 0 ? undefined : this.oldest - 1;
  }

  lastOf(row: number): number {
    return this.cells.cells[this.cells.at(row) + LAST] ?? 0;
  }

  eventsOf(row: number): number {
    return this.cells.cells[this.cells.at(row) + EVENTS] ?? 0;
  }

  daysOf(row: number): number {
    return this.cells.cells[this.cells.at(row) + DAYS] ?? 0;
  }

  /** Gives an entity up; its row is free. */
  remove(row: number): void {
    const group = this.groupOf(row);
    if (group >= 0) this.groupSizes.set(group, (this.groupSizes.get(group) ?? 1) - 1);
    this.rows.delete(this.keyOf(row).join('\u0000'));
    this.unlink(row);
    this.keys[row] = undefined;
    this.groups[row] = -1;
    this.cells.clear(row);
    this.free.push(row);
  }

  restUntil(row: number, feature: number): number {
    return this.cells.cells[this.cells.at(row) + REST + 2 * feature] ?? 0;
  }

  restSurprise(row: number, feature: number): number {
    return this.cells.cells[this.cells.at(row) + REST + 2 * feature + 1] ?? 0;
  }

  rest(row: number, feature: number, given: { readonly until: number; readonly surprise: number }): void {
    const first = this.cells.at(row) + REST + 2 * feature;
    this.cells.cells[first] = given.until;
    this.cells.cells[first + 1] = given.surprise;
  }

  /** The threshold of an entity's own budget and the time it was last released at; 0 where it has none yet. */
  thresholdOf(row: number): readonly [number, number] {
    const first = this.cells.at(row);
    return [this.cells.cells[first + THRESHOLD] ?? 0, this.cells.cells[first + RELEASED] ?? 0];
  }

  setThreshold(row: number, threshold: number, released: number): void {
    const first = this.cells.at(row);
    this.cells.cells[first + THRESHOLD] = threshold;
    this.cells.cells[first + RELEASED] = released;
  }

  /** The rows in use, by key. */
  inOrder(): readonly number[] {
    return [...this.rows].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([, row]) => row);
  }

  save(row: number): SavedEntity {
    const group = this.groupOf(row);
    return {
      key: this.keyOf(row),
      peers: group < 0 ? null : (this.groupNames.get(group) ?? null),
      cells: this.cells.save(row),
      row,
    };
  }

  /** An entity for a file: without its row, and without the count that only orders uses of one instant. */
  saveForFile(row: number): SavedEntity {
    const { key, peers, cells } = this.save(row);
    return { key, peers, cells: cells.map((cell, i) => (i === TOUCH ? 0 : cell)) };
  }

  /** Takes a saved entity back, or adds what it says to what is known of it. Gives its row. */
  absorb(saved: SavedEntity, groupOf: (name: string) => number): number {
    const key = saved.key.join('\u0000');
    let row = this.rows.get(key);
    if (row === undefined) {
      row = saved.row ?? this.free.pop() ?? this.keys.length;
      this.place(key, saved.key, row);
      this.cells.load(row, saved.cells);
      this.touches = Math.max(this.touches, saved.cells[TOUCH] ?? 0);
    } else this.combine(row, saved.cells);
    if (saved.peers !== null) this.join(row, groupOf(saved.peers), saved.peers);
    return row;
  }

  /** Puts the order of use and the free rows right after entities were absorbed. */
  settle(): void {
    const rows = [...this.rows.values()];
    const touch = (row: number): number => this.cells.cells[this.cells.at(row) + TOUCH] ?? 0;
    rows.sort((a, b) => this.lastOf(a) - this.lastOf(b) || touch(a) - touch(b) || a - b);
    this.oldest = 0;
    this.newest = 0;
    for (const row of rows) {
      this.older[row] = 0;
      this.newer[row] = 0;
      this.link(row);
    }
    this.free.length = 0;
    for (let row = this.keys.length - 1; row >= 0; row--)
      if (this.keys[row] === undefined) this.free.push(row);
  }

  /** The free rows in the order they are given out, for a snapshot. */
  get freeRows(): readonly number[] {
    return this.free;
  }

  restoreFree(rows: readonly number[]): void {
    this.free.length = 0;
    this.free.push(...rows);
  }

  private place(key: string, parts: readonly string[], row: number): void {
    while (this.keys.length <= row) {
      this.keys.push(undefined);
      this.groups.push(-1);
      this.older.push(0);
      this.newer.push(0);
    }
    this.rows.set(key, row);
    this.keys[row] = parts;
    this.groups[row] = -1;
    this.cells.clear(row);
  }

  private combine(row: number, other: readonly number[]): void {
    const first = this.cells.at(row);
    const { cells } = this.cells;
    cells[first + FIRST] = Math.min(cells[first + FIRST] ?? 0, other[FIRST] ?? 0);
    cells[first + EVENTS] = (cells[first + EVENTS] ?? 0) + (other[EVENTS] ?? 0);
    const sameDay = cells[first + DAY] === other[DAY] ? 1 : 0;
    cells[first + DAYS] = (cells[first + DAYS] ?? 0) + (other[DAYS] ?? 0) - sameDay;
    for (let i = LAST; i < this.cells.stride; i++) {
      if (i === EVENTS || i === DAYS) continue;
      cells[first + i] = Math.max(cells[first + i] ?? 0, other[i] ?? 0);
    }
  }

  private link(row: number): void {
    this.older[row] = this.newest;
    this.newer[row] = 0;
    if (this.newest > 0) this.newer[this.newest - 1] = row + 1;
    else this.oldest = row + 1;
    this.newest = row + 1;
  }

  private unlink(row: number): void {
    const older = this.older[row] ?? 0;
    const newer = this.newer[row] ?? 0;
    if (older === 0 && newer === 0 && this.oldest !== row + 1) return;
    if (older > 0) this.newer[older - 1] = newer;
    else this.oldest = newer;
    if (newer > 0) this.older[newer - 1] = older;
    else this.newest = older;
    this.older[row] = 0;
    this.newer[row] = 0;
  }
}

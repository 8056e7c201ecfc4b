import type { Scalar } from '../model/index.ts';
import { LEVELS, LevelLists, OWN_WORDS } from './level-lists.ts';
import type { PackedMeasure, Spill } from './measure/measure.ts';
import { loadGroup, type MeasureGroup, noteValues, type SavedGroup, saveGroup } from './measure-group.ts';
import type { Instant } from './order.ts';
import type { Samples } from './samples.ts';
import type { SignalReader, SignalWriter } from './snapshot.ts';
import { ChangeLog, type StateRow, type StateTable } from './state-table.ts';
import { TextIndex } from './text-index.ts';

/** A group's own words: its last time (two), nanoseconds, the ends and length of its window's list, whether it has a rest, and the time of its oldest sample (two). */
const LAST = OWN_WORDS / 2;
const NS = OWN_WORDS + 2;
const OLDEST = OWN_WORDS + 3;
const NEWEST = OWN_WORDS + 4;
const LENGTH = OWN_WORDS + 5;
const HAS_REST = OWN_WORDS + 6;
const OLDEST_TIME = (OWN_WORDS + 8) / 2;
const NONE = -1;

/** What few groups have: values that are not the key itself, a firing, more in the window than is held. */
interface Rest {
  values: readonly Scalar[] | undefined;
  fired: Instant | undefined;
  firstId: string | undefined;
  revision: number;
  counted: Set<string> | undefined;
  spill: Spill | undefined;
}

/** A group and its figure, both used for one group after another. */
export interface Seat {
  readonly group: MeasureGroup;
  readonly measure: PackedMeasure;
}

/**
 * As a `GroupTable`, but a group is a record of 64 bytes and an object only while it is worked on: what `get` and `fresh` give is good until the
 * next of them, and is written back by `touch`. So a signal of one of many groups costs one line of memory for the group, not
 * the six of an object with its list, and the garbage collector has nothing to walk.
 */
export class PackedGroups implements StateTable {
  readonly name: string;
  readonly log = new ChangeLog();
  private readonly make: () => Seat;
  private readonly samples: Samples;
  private readonly index: TextIndex;
  private readonly lists = new LevelLists(16);
  private readonly rests: (Rest | undefined)[] = [];
  /** Where the group at hand sits. */
  private readonly seat: Seat;
  /** No group was last touched before this: while that is so, none is looked at. */
  private earliest = Number.POSITIVE_INFINITY;
  /** Where one sits that must go, or is written down. */
  private readonly spare: Seat;

  constructor(name: string, make: () => Seat, on: { readonly samples: Samples; readonly hashSeed: number }) {
    this.name = name;
    this.make = make;
    this.samples = on.samples;
    this.index = new TextIndex(on.hashSeed);
    this.seat = make();
    this.spare = make();
  }

  get size(): number {
    return this.lists.size;
  }

  get items(): number {
    return this.lists.items;
  }

  get(key: string | null): MeasureGroup | undefined {
    const slot = this.index.find(key);
    return slot < 0 ? undefined : this.open(this.seat, slot, key);
  }

  /** An empty group, to be added. */
  fresh(key: string | null): MeasureGroup {
    return vacate(this.seat, key).group;
  }

  add(group: MeasureGroup): void {
    this.enter(this.seatOf(group), this.lists.add(1));
    this.log.put(group.key);
  }

  touch(group: MeasureGroup, level: number, items: number): void {
    this.lists.touch(group.slot, level, items);
    this.store(this.seatOf(group));
    this.log.put(group.key);
  }

  account(group: MeasureGroup, items: number): void {
    this.lists.account(group.slot, items);
    this.store(this.seatOf(group));
    this.log.put(group.key);
  }

  remove(group: MeasureGroup): void {
    const { slot } = group;
    if (slot < 0) return;
    this.lists.remove(slot);
    this.index.delete(slot);
    if (this.rests[slot] !== undefined) this.rests[slot] = undefined;
    group.slot = NONE;
    this.log.gone(group.key);
    group.measure.clear();
  }

  expire(before: number): number {
    let gone = 0;
    if (before <= this.earliest) return gone;
    const { lists } = this;
    this.earliest = Number.POSITIVE_INFINITY;
    for (let level = 0; level < LEVELS; level++) {
      for (let head = lists.head(level); head >= 0; head = lists.head(level)) {
        const last = lists.doubles[((head << lists.shift) >> 1) + LAST] ?? 0;
        if (last >= before) {
          this.earliest = Math.min(this.earliest, last);
          break;
        }
        this.remove(this.open(this.spare, head, this.keyFor(head)));
        gone++;
      }
    }
    return gone;
  }

  giveUp(): number | undefined {
    const slot = this.lists.victim();
    if (slot < 0) return undefined;
    const victim = this.open(this.spare, slot, this.keyFor(slot));
    this.remove(victim);
    return victim.lastTime;
  }

  /** Each in a seat of its own. */
  *ordered(): IterableIterator<MeasureGroup> {
    for (const slot of this.lists.ordered()) yield this.open(this.make(), slot, this.index.textOf(slot));
  }

  *keys(): IterableIterator<string | null> {
    for (const slot of this.lists.ordered()) yield this.index.textOf(slot);
  }

  write(key: string | null, writer: SignalWriter): StateRow | undefined {
    const slot = this.index.find(key);
    if (slot < 0) return undefined;
    const group = this.open(this.spare, slot, key);
    return {
      key,
      stamp: this.lists.stampOf(slot),
      state: [this.lists.levelOf(slot), saveGroup(group, writer)],
    };
  }

  load(row: StateRow, reader: SignalReader): void {
    // What `write` gave, here or where each group is an object of its own; the version of the bytes says so.
    const [level, saved] = row.state as readonly [number, SavedGroup];
    const seat = vacate(this.spare, row.key);
    const slot = this.lists.insert({ level, items: 0, stamp: row.stamp });
    seat.measure.owner = slot;
    noteValues(seat.group, saved.values);
    loadGroup(seat.group, saved, reader);
    this.enter(seat, slot);
    this.lists.account(slot, 1 + seat.measure.size());
  }

  /** The key of a group that goes: only the log still asks for it. */
  private keyFor(slot: number): string | null {
    return this.log.isOn ? this.index.textOf(slot) : null;
  }

  private seatOf(group: MeasureGroup): Seat {
    return group === this.seat.group ? this.seat : this.spare;
  }

  private open(seat: Seat, slot: number, key: string | null): MeasureGroup {
    const { group, measure } = seat;
    const { words, doubles, shift } = this.lists;
    const at = slot << shift;
    group.key = key;
    group.slot = slot;
    group.lastTime = doubles[(at >> 1) + LAST] ?? 0;
    group.lastNs = words[at + NS] ?? 0;
    measure.oldest = words[at + OLDEST] ?? NONE;
    measure.newest = words[at + NEWEST] ?? NONE;
    measure.length = words[at + LENGTH] ?? 0;
    measure.owner = slot;
    measure.oldestTime = doubles[(at >> 1) + OLDEST_TIME] ?? 0;
    const rest = words[at + HAS_REST] === 1 ? this.rests[slot] : undefined;
    group.values = rest?.values;
    group.fired = rest?.fired;
    group.firstId = rest?.firstId;
    group.revision = rest?.revision ?? 0;
    group.counted = rest?.counted;
    measure.spill = rest?.spill;
    return group;
  }

  private enter(seat: Seat, slot: number): void {
    seat.group.slot = slot;
    seat.measure.owner = slot;
    while (this.rests.length <= slot) this.rests.push(undefined);
    this.index.add(seat.group.key, slot);
    this.store(seat);
  }

  private store({ group, measure }: Seat): void {
    const { words, doubles, shift } = this.lists;
    const at = group.slot << shift;
    doubles[(at >> 1) + LAST] = group.lastTime;
    if (group.lastTime < this.earliest) this.earliest = group.lastTime;
    words[at + NS] = group.lastNs;
    // The sample itself may have been seen again since: then the time stays too early, which only costs a look.
    if (words[at + OLDEST] !== measure.oldest || measure.length === 1)
      doubles[(at >> 1) + OLDEST_TIME] = measure.length === 0 ? 0 : this.samples.time(measure.oldest);
    words[at + OLDEST] = measure.oldest;
    words[at + NEWEST] = measure.newest;
    words[at + LENGTH] = measure.length;
    const { values, fired, firstId, revision, counted } = group;
    const { spill } = measure;
    if (values === undefined && fired === undefined && counted === undefined && spill === undefined) {
      words[at + HAS_REST] = 0;
      return;
    }
    words[at + HAS_REST] = 1;
    const rest = this.rests[group.slot];
    if (rest === undefined) {
      this.rests[group.slot] = { values, fired, firstId, revision, counted, spill };
      return;
    }
    rest.values = values;
    rest.fired = fired;
    rest.firstId = firstId;
    rest.revision = revision;
    rest.counted = counted;
    rest.spill = spill;
  }
}

/** The seat with an empty group in it. */
function vacate(seat: Seat, key: string | null): Seat {
  const { group, measure } = seat;
  group.key = key;
  group.slot = NONE;
  group.lastTime = 0;
  group.lastNs = 0;
  group.values = undefined;
  group.fired = undefined;
  group.firstId = undefined;
  group.revision = 0;
  group.counted = undefined;
  measure.oldest = NONE;
  measure.newest = NONE;
  measure.length = 0;
  measure.oldestTime = 0;
  measure.spill = undefined;
  return seat;
}

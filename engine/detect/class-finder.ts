import {
  asksForText,
  clauseHolds,
  type DetectClause,
  type Mapping,
  RESOLVE_NEVER,
  type RecordMemory,
  type Schemas,
  SLOT_ABSENT,
  SLOT_ARRAY,
  SLOT_NULL,
  SLOT_OBJECT,
  SLOT_RESOLVE,
  SLOT_STRING,
  type SlotScanner,
} from '../ingest/index.ts';
import { someStands } from './raw-text.ts';

/** Entries kept by raw discriminator bytes; they are an attacker's to vary, so the table starts afresh when full. */
const ENTRIES_MAX = 4096;
const SHAPES_MAX = 1024;
/** Places for entries found lately, by the lower bits of their hash. */
const RECENT = 256;
/** Of records with more discriminators than this, or longer ones, nothing is remembered: they are the data's to choose. */
const DISCRIMINATORS_MAX = 16;
const DISCRIMINATOR_BYTES_MAX = 4096;
/** Shapes that are compared before one is looked up by its hash. */
const LATELY = 8;
/** Bytes of a word, by which long discriminators are hashed. */
const WORD = 4;
const HASH_PRIME = 0x01000193;

/** A mapping with the slots that tell whether a record is of it, and of which class. */
export interface MappingSlots {
  readonly mapping: Mapping;
  readonly groups: readonly (readonly { readonly clause: DetectClause; readonly slot: number }[])[];
  readonly discriminators: readonly Int32Array[];
  readonly lifts: readonly { readonly kind: string; readonly slot: number }[];
}

/** Which groups of which mappings are left once only the kinds of slots are known, best first. */
interface Shape {
  /** Kinds of slots, four to a word. */
  readonly kinds: Int32Array;
  readonly options: readonly {
    readonly slots: MappingSlots;
    readonly open: MappingSlots['groups'][number];
  }[];
}

interface Entry<T> {
  readonly hash: number;
  readonly slots: MappingSlots | undefined;
  /** The discriminators, one behind the other. */
  readonly bytes: DataView;
  readonly lengths: Int32Array;
  readonly value: T;
}

/** Where the discriminators that were looked at last lie: `memory` from `base` on, and what they were hashed to. */
interface Discriminators {
  readonly slots: MappingSlots | undefined;
  readonly hash: number;
  readonly memory: DataView;
  readonly base: number;
}

/**
 * Finds what belongs to a scanned record's class without decoding anything: by the kinds of the slots that tell mappings apart, then
 * by the raw bytes of the mapping's discriminators. Both are remembered; the general way (`Schemas`) is asked once for each.
 */
export class ClassFinder<T> {
  readonly #scanner: SlotScanner;
  readonly #mappings: readonly MappingSlots[];
  readonly #slotCount: number;
  #shapes = new Map<number, Shape[]>();
  #shapeCount = 0;
  #entries = new Map<number, Entry<T>[]>();
  #entryCount = 0;
  #recent = new Array<Entry<T> | undefined>(RECENT).fill(undefined);
  /** Shapes met lately, in memory where they are compared by vectors: sources come by turns. */
  #lately: { readonly kinds: Uint8Array; shape: Shape }[] = [];
  #memory: RecordMemory | undefined;
  #lastShape: Shape = { kinds: new Int32Array(0), options: [] };
  /** The kinds of slots as the scanner has them, the same as words, and whether they lie in the memory. */
  #kinds: Uint8Array | undefined;
  #words: Int32Array = new Int32Array(0);
  #kindsHeld = false;
  /** Of the discriminators looked at last: where each lies, and its length, kind and alternative in one number. */
  readonly #starts = new Int32Array(DISCRIMINATORS_MAX);
  readonly #lengths = new Int32Array(DISCRIMINATORS_MAX);
  #lengthCount = 0;
  /** Whether those looked at last are few and short enough. */
  #usual = true;

  /** Takes the scanner's first slots for itself: make it before other paths are added. */
  constructor(scanner: SlotScanner, schemas: Schemas) {
    this.#scanner = scanner;
    const slot = (path: string) => scanner.addPath(path);
    // First the slots that tell mappings apart, so that they lie together; padded to whole words with paths that nothing has.
    const groups = schemas.mappings.map((mapping) =>
      mapping.detect.map((group) => group.map((clause) => ({ clause, slot: slot(clause.path) }))),
    );
    for (let i = 0; scanner.paths.length % 4 !== 0; i++) slot(`\u0000padding ${i}`);
    this.#slotCount = scanner.paths.length;
    this.#mappings = schemas.mappings.map((mapping, i) => ({
      mapping,
      groups: groups[i] ?? [],
      discriminators: mapping.discriminators.map((paths) => Int32Array.from(paths, slot)),
      lifts: mapping.lifts.map((lift) => ({ kind: lift.kind, slot: slot(lift.from) })),
    }));
  }

  /** The mapping that recognises the scanned record. `valueOf` decodes a slot, where a test needs its value. */
  recognise(bytes: Uint8Array, valueAt: (slot: number) => unknown): MappingSlots | undefined {
    const { options } = this.#shape();
    for (let i = 0; i < options.length; i++) {
      const option = options[i];
      if (option === undefined) continue;
      let holds = true;
      for (const { clause, slot } of option.open) {
        if (this.#holds(clause, slot, bytes, valueAt)) continue;
        holds = false;
        break;
      }
      if (holds) return option.slots;
    }
    return undefined;
  }

  /** Whether the mapping has parts of this record to move before paths reach them: then it has to be parsed. */
  needsLift(slots: MappingSlots): boolean {
    const { lifts } = slots;
    for (let i = 0; i < lifts.length; i++) {
      const lift = lifts[i];
      if (lift === undefined) continue;
      const found = this.#scanner.kind[lift.slot] ?? SLOT_ABSENT;
      if (found === SLOT_ABSENT) continue;
      if (found === SLOT_RESOLVE || this.#scanner.guard[lift.slot] !== RESOLVE_NEVER) return true;
      const ofText = lift.kind === 'json' || lift.kind === 'text' || lift.kind === 'derive';
      if (ofText ? found === SLOT_STRING : found === SLOT_OBJECT || found === SLOT_ARRAY) return true;
    }
    return false;
  }

  /**
   * What was remembered for records with the same discriminator bytes, or undefined. `memory` is the memory that `bytes` lie in.
   */
  find(slots: MappingSlots | undefined, bytes: Uint8Array, memory: DataView): T | undefined {
    const hash = this.#discriminate(slots, bytes, memory);
    if (!this.#usual) return undefined;
    const from = { slots, hash, memory, base: bytes.byteOffset };
    const recent = this.#recent[hash & (RECENT - 1)];
    if (recent !== undefined && this.#isOf(recent, from)) return recent.value;
    const bucket = this.#entries.get(hash);
    if (bucket === undefined) return undefined;
    for (const entry of bucket) {
      if (!this.#isOf(entry, from)) continue;
      this.#recent[hash & (RECENT - 1)] = entry;
      return entry.value;
    }
    return undefined;
  }

  /** Remembers what belongs to a record for which `find` found nothing. */
  remember(
    slots: MappingSlots | undefined,
    from: { readonly bytes: Uint8Array; readonly memory: DataView },
    value: T,
  ): void {
    const { bytes, memory } = from;
    const hash = this.#discriminate(slots, bytes, memory);
    if (!this.#usual) return;
    if (this.#entryCount >= ENTRIES_MAX) {
      this.#entries = new Map();
      this.#entryCount = 0;
      this.#recent = new Array<Entry<T> | undefined>(RECENT).fill(undefined);
    }
    const lengths = this.#lengths.slice(0, this.#lengthCount);
    const entry = { hash, slots, bytes: new DataView(this.#copied(bytes).buffer), lengths, value };
    const bucket = this.#entries.get(hash);
    if (bucket === undefined) this.#entries.set(hash, [entry]);
    else bucket.push(entry);
    this.#entryCount++;
  }

  /** Finds the raw discriminators and hashes them. */
  #discriminate(slots: MappingSlots | undefined, bytes: Uint8Array, memory: DataView): number {
    this.#lengthCount = 0;
    this.#usual = true;
    if (slots === undefined) return 0;
    const { kind, from, to } = this.#scanner;
    const { byteOffset } = bytes;
    let hash = 0x811c9dc5;
    const { discriminators } = slots;
    if (discriminators.length > DISCRIMINATORS_MAX) {
      this.#usual = false;
      return 0;
    }
    for (let d = 0; d < discriminators.length; d++) {
      const alternatives = discriminators[d];
      if (alternatives === undefined) continue;
      let length = -1;
      for (let a = 0; a < alternatives.length; a++) {
        const slot = alternatives[a] ?? 0;
        const found = kind[slot] ?? SLOT_ABSENT;
        if (found === SLOT_ABSENT) continue;
        const start = from[slot] ?? 0;
        const end = to[slot] ?? 0;
        if (end - start > DISCRIMINATOR_BYTES_MAX) {
          this.#usual = false;
          return 0;
        }
        let i = start;
        for (; i + WORD <= end; i += WORD) hash = stepped(hash, memory.getInt32(byteOffset + i, true));
        for (; i < end; i++) hash = stepped(hash, bytes[i] ?? 0);
        // A text and a number of the same digits are told apart by the alternative and kind.
        hash = stepped(hash, found + 16 * a);
        length = (end - start) * 256 + found * 16 + a;
        this.#starts[this.#lengthCount] = start;
        break;
      }
      this.#lengths[this.#lengthCount++] = length;
    }
    return hash;
  }

  /** Whether the entry is that of the discriminators looked at last. */
  #isOf(entry: Entry<T>, { slots, hash, memory, base }: Discriminators): boolean {
    if (entry.hash !== hash || entry.slots !== slots) return false;
    const count = this.#lengthCount;
    if (entry.lengths.length !== count) return false;
    const own = entry.bytes;
    let at = 0;
    for (let d = 0; d < count; d++) {
      const length = this.#lengths[d] ?? 0;
      if (entry.lengths[d] !== length) return false;
      if (length < 0) continue;
      let i = base + (this.#starts[d] ?? 0);
      const end = i + (length >> 8);
      for (; i + WORD <= end; i += WORD, at += WORD)
        if (own.getInt32(at, true) !== memory.getInt32(i, true)) return false;
      for (; i < end; i++, at++) if (own.getUint8(at) !== memory.getUint8(i)) return false;
    }
    return true;
  }

  #copied(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const parts: number[] = [];
    for (let d = 0; d < this.#lengthCount; d++) {
      const length = this.#lengths[d] ?? 0;
      const start = this.#starts[d] ?? 0;
      if (length >= 0) for (let i = start; i < start + (length >> 8); i++) parts.push(bytes[i] ?? 0);
    }
    return Uint8Array.from(parts);
  }

  /** Compares by vectors from now on. */
  moveTo(memory: RecordMemory): void {
    this.#memory = memory;
    this.#kinds = undefined;
    this.#lately = Array.from({ length: LATELY }, () => ({
      // No slot is of this kind: such a place is like no record.
      kinds: memory.arena.uint8(this.#slotCount).fill(255),
      shape: this.#lastShape,
    })).filter(({ kinds }) => memory.holds(kinds));
  }

  #shape(): Shape {
    const { kind } = this.#scanner;
    if (kind !== this.#kinds) {
      this.#kinds = kind;
      this.#words = new Int32Array(kind.buffer, kind.byteOffset, kind.length >> 2);
      this.#kindsHeld = this.#memory?.holds(kind) === true;
    }
    const words = this.#words;
    if (this.#kindsHeld && this.#memory !== undefined) return this.#shapeOfLate(this.#memory, words);
    const last = this.#lastShape;
    if (last.kinds.length > 0 && sameWords(last.kinds, words)) return last;
    const shape = this.#shapeOf(words);
    this.#lastShape = shape;
    return shape;
  }

  #shapeOfLate(memory: RecordMemory, words: Int32Array): Shape {
    const lately = this.#lately;
    const count = this.#slotCount;
    for (let i = 0; i < lately.length; i++) {
      const known = lately[i];
      if (known === undefined || !memory.same(known.kinds.byteOffset, words.byteOffset, count)) continue;
      if (i > 0) {
        // Nearer to the front for the next time.
        const before = lately[i - 1];
        if (before !== undefined) lately[i] = before;
        lately[i - 1] = known;
      }
      return known.shape;
    }
    const shape = this.#shapeOf(words);
    const last = lately.at(-1);
    if (last !== undefined) {
      last.kinds.set(new Uint8Array(words.buffer, words.byteOffset, count));
      last.shape = shape;
    }
    return shape;
  }

  #shapeOf(words: Int32Array): Shape {
    const count = this.#slotCount >> 2;
    let hash = 0x811c9dc5;
    for (let i = 0; i < count; i++) hash = Math.imul(hash ^ (words[i] ?? 0), HASH_PRIME) ^ (hash >>> 15);
    const bucket = this.#shapes.get(hash);
    if (bucket !== undefined) {
      for (let b = 0; b < bucket.length; b++) {
        const shape = bucket[b];
        if (shape !== undefined && sameWords(shape.kinds, words)) return shape;
      }
    }
    const shape = { kinds: words.slice(0, count), options: this.#options() };
    if (this.#shapeCount >= SHAPES_MAX) {
      this.#shapes = new Map();
      this.#shapeCount = 0;
    }
    this.#shapeCount++;
    const now = this.#shapes.get(hash);
    if (now === undefined) this.#shapes.set(hash, [shape]);
    else now.push(shape);
    return shape;
  }

  /** The groups that the kinds alone do not rule out, each with the clauses that they leave open. */
  #options(): Shape['options'] {
    const options: { slots: MappingSlots; open: MappingSlots['groups'][number] }[] = [];
    for (const slots of this.#mappings) {
      for (const group of slots.groups) {
        const open = group.filter(({ clause, slot }) => this.#byKind(clause, slot) === undefined);
        const ruledOut = group.some(({ clause, slot }) => this.#byKind(clause, slot) === false);
        if (ruledOut) continue;
        options.push({ slots, open });
        if (open.length === 0) return options;
      }
    }
    return options;
  }

  /** What the kind of the slot says of a clause; undefined where the value has to be looked at. */
  #byKind(clause: DetectClause, slot: number): boolean | undefined {
    const kind = this.#scanner.kind[slot] ?? SLOT_ABSENT;
    if (kind === SLOT_RESOLVE || this.#scanner.guard[slot] !== RESOLVE_NEVER) return undefined;
    const present = kind !== SLOT_ABSENT && kind !== SLOT_NULL;
    if (clause.absent) return !present;
    if (!present) return false;
    const is = kind === SLOT_OBJECT ? 'object' : kind === SLOT_ARRAY ? 'array' : 'scalar';
    if (clause.is !== undefined && is !== clause.is) return false;
    if (!asksForText(clause)) return true;
    return is === 'scalar' ? undefined : false;
  }

  #holds(clause: DetectClause, slot: number, bytes: Uint8Array, valueAt: (slot: number) => unknown): boolean {
    const kind = this.#scanner.kind[slot] ?? SLOT_ABSENT;
    if (clause.decoded !== undefined) return clauseHolds(clause, valueAt(slot));
    if (kind !== SLOT_STRING || this.#scanner.guard[slot] !== RESOLVE_NEVER)
      return clauseHolds(clause, valueAt(slot));
    const from = this.#scanner.from[slot] ?? 0;
    const to = this.#scanner.to[slot] ?? 0;
    for (let i = from; i < to; i++) {
      const c = bytes[i] ?? 0;
      if (c === 92 || c > 126) return clauseHolds(clause, valueAt(slot));
    }
    return (
      (clause.equals === undefined || someStands(clause.equals, bytes, from, to, 'whole')) &&
      (clause.startswith === undefined || someStands(clause.startswith, bytes, from, to, 'start')) &&
      (clause.endswith === undefined || someStands(clause.endswith, bytes, from, to, 'end'))
    );
  }
}

/** Whether `all` stands at the start of the other array. */
function sameWords(all: Int32Array, other: Int32Array): boolean {
  for (let i = 0; i < all.length; i++) if ((all[i] ?? 0) !== (other[i] ?? 0)) return false;
  return true;
}

function stepped(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, HASH_PRIME);
  return mixed ^ (mixed >>> 15);
}

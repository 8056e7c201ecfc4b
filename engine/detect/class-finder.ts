import {
  clauseHolds,
  type DetectClause,
  type Mapping,
  RESOLVE_NEVER,
  type Schemas,
  SLOT_ABSENT,
  SLOT_ARRAY,
  SLOT_NULL,
  SLOT_OBJECT,
  SLOT_RESOLVE,
  SLOT_STRING,
  type SlotScanner,
} from '../ingest/index.ts';

/** Entries kept by raw discriminator bytes; they are an attacker's to vary, so the table starts afresh when full. */
const ENTRIES_MAX = 4096;
const SHAPES_MAX = 1024;
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
  readonly slots: MappingSlots | undefined;
  readonly bytes: Uint8Array;
  readonly lengths: Int32Array;
  readonly value: T;
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
  #words = new Int32Array(0);
  #scratch = new Uint8Array(1024);
  #scratchLength = 0;
  readonly #lengths = new Int32Array(16);
  #lengthCount = 0;

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

  /** What was remembered for records with the same discriminator bytes, or undefined. */
  find(slots: MappingSlots | undefined, bytes: Uint8Array): T | undefined {
    const hash = this.#discriminate(slots, bytes);
    const bucket = this.#entries.get(hash);
    if (bucket === undefined) return undefined;
    for (const entry of bucket)
      if (entry.slots === slots && this.#sameDiscriminators(entry)) return entry.value;
    return undefined;
  }

  /** Remembers what belongs to the record that `find` was asked for last. */
  remember(slots: MappingSlots | undefined, bytes: Uint8Array, value: T): void {
    const hash = this.#discriminate(slots, bytes);
    if (this.#entryCount >= ENTRIES_MAX) {
      this.#entries = new Map();
      this.#entryCount = 0;
    }
    const lengths = this.#lengths.slice(0, this.#lengthCount);
    const entry = { slots, bytes: this.#scratch.slice(0, this.#scratchLength), lengths, value };
    const bucket = this.#entries.get(hash);
    if (bucket === undefined) this.#entries.set(hash, [entry]);
    else bucket.push(entry);
    this.#entryCount++;
  }

  /** Copies the raw discriminators aside and hashes them. */
  #discriminate(slots: MappingSlots | undefined, bytes: Uint8Array): number {
    this.#lengthCount = 0;
    this.#scratchLength = 0;
    if (slots === undefined) return 0;
    const { kind, from, to } = this.#scanner;
    let hash = 0x811c9dc5;
    let at = 0;
    let scratch = this.#scratch;
    const { discriminators } = slots;
    for (let d = 0; d < discriminators.length; d++) {
      const alternatives = discriminators[d];
      if (alternatives === undefined) continue;
      let length = -1;
      for (let a = 0; a < alternatives.length; a++) {
        const slot = alternatives[a] ?? 0;
        const found = kind[slot] ?? SLOT_ABSENT;
        if (found === SLOT_ABSENT) continue;
        const start = from[slot] ?? 0;
        length = (to[slot] ?? 0) - start;
        if (at + length > scratch.length) {
          const larger = new Uint8Array((at + length) * 2);
          larger.set(scratch);
          scratch = larger;
          this.#scratch = larger;
        }
        for (let i = 0; i < length; i++) {
          const byte = bytes[start + i] ?? 0;
          scratch[at++] = byte;
          hash = Math.imul(hash ^ byte, HASH_PRIME);
        }
        // A text and a number of the same digits are told apart by the alternative and kind.
        hash = Math.imul(hash ^ (found + 16 * a), HASH_PRIME);
        length = length * 256 + found * 16 + a;
        break;
      }
      this.#lengths[this.#lengthCount++] = length;
    }
    this.#scratchLength = at;
    return hash;
  }

  #sameDiscriminators(entry: Entry<T>): boolean {
    if (entry.lengths.length !== this.#lengthCount) return false;
    return sameWords(entry.lengths, this.#lengths) && sameBytes(entry.bytes, this.#scratch);
  }

  #shape(): Shape {
    const { kind } = this.#scanner;
    if (this.#words.buffer !== kind.buffer) this.#words = new Int32Array(kind.buffer);
    const words = this.#words;
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
    if (clause.equals === undefined && clause.startswith === undefined && clause.endswith === undefined)
      return true;
    return is === 'scalar' ? undefined : false;
  }

  #holds(clause: DetectClause, slot: number, bytes: Uint8Array, valueAt: (slot: number) => unknown): boolean {
    const kind = this.#scanner.kind[slot] ?? SLOT_ABSENT;
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

/** The same for bytes; two functions, so that each sees one kind of array and stays fast. */
function sameBytes(all: Uint8Array, other: Uint8Array): boolean {
  for (let i = 0; i < all.length; i++) if ((all[i] ?? 0) !== (other[i] ?? 0)) return false;
  return true;
}

function someStands(
  texts: readonly string[],
  bytes: Uint8Array,
  from: number,
  to: number,
  where: 'whole' | 'start' | 'end',
): boolean {
  for (let t = 0; t < texts.length; t++) {
    const text = texts[t] ?? '';
    const length = text.length;
    if (where === 'whole' ? length !== to - from : length > to - from) continue;
    const start = where === 'end' ? to - length : from;
    let i = 0;
    while (i < length && text.charCodeAt(i) === (bytes[start + i] ?? 0)) i++;
    if (i === length) return true;
  }
  return false;
}

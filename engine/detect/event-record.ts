// Over 400 lines would be two files sharing one hot state; kept whole, public reads first.
import {
  decodeUnitsInto,
  RESOLVE_ALWAYS,
  RESOLVE_NEVER,
  type RecordBuffer,
  type RecordMemory,
  resolvePath,
  SLOT_ABSENT,
  SLOT_ARRAY,
  SLOT_FALSE,
  SLOT_NULL,
  SLOT_NUMBER,
  SLOT_OBJECT,
  SLOT_RESOLVE,
  SLOT_STRING,
  SLOT_TRUE,
  type SlotScanner,
} from '../ingest/index.ts';
import {
  fieldValues,
  foldPairs,
  foldTable,
  foldText,
  keywordTexts,
  scalarText,
  textOfUnits,
} from '../match/index.ts';
import { PLAIN_STORAGE } from '../vector/index.ts';
import { KEYWORD_FIELD } from './plan.ts';
import { ValueMemory } from './value-memory.ts';

/** Not there. */
export const FIELD_ABSENT = 0;
export const FIELD_NULL = 1;
/** One value that has a text. */
export const FIELD_TEXT = 2;
/** There, but without a text: an object, an empty list. */
export const FIELD_OTHER = 3;
/** A list with members. */
export const FIELD_LIST = 4;

/** Where the fields of a class's events lie: slots of the scanner in the order to try, and the same as paths. */
export interface FieldPlaces {
  readonly slots: readonly (Int32Array | undefined)[];
  readonly paths: readonly (readonly string[] | undefined)[];
}

/** How a field that an event lacks is worked out: from the texts of the first of these fields that has any. */
export interface DerivedField {
  readonly from: readonly number[];
  of(text: string): unknown;
}

/**
 * The fields of the current event, read on demand and at most once: from slots of raw bytes, or from a parsed record. Texts come as
 * folded units in one shared arena (what the index matches on), and as strings where a test needs them.
 */
export class EventRecord {
  /** Folded units of the values read so far. */
  units: Uint16Array = new Uint16Array(65536);
  /** By field: one of the FIELD_ kinds, valid after `load`. */
  readonly kind: Uint8Array;
  /** By field, for FIELD_TEXT: where its folded units lie. */
  readonly from: Int32Array;
  readonly to: Int32Array;

  /** The memory that the current event's bytes lie in, and where in it the value peeked at begins and ends. */
  memory: DataView = new DataView(new ArrayBuffer(0));
  peekedFrom = 0;
  peekedTo = 0;

  readonly #scanner: SlotScanner;
  readonly #fold = foldTable();
  readonly #stamp: Int32Array;
  readonly #slot: Int32Array;
  readonly #raw: (string | undefined)[];
  readonly #folded: (string | undefined)[];
  readonly #list: (readonly unknown[] | undefined)[];
  /** By field: the texts of a list's members, as logged and folded; made when asked for. */
  readonly #texts: (readonly string[] | undefined)[];
  readonly #foldedTexts: (readonly string[] | undefined)[];
  /** By field: where their folded units lie; made when asked for. */
  readonly #ranges: (Int32Array | undefined)[];
  /** By field: the units of a list's texts together; -1 until somebody asks. */
  readonly #listUnits: Int32Array;
  /** By field: the number itself, where the value is one that is not written plainly. */
  readonly #number: (number | undefined)[];
  /** By field: how it is worked out where the event lacks it. */
  readonly #derived: readonly (DerivedField | undefined)[];
  #generation = 0;
  #unitsLength = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #source: RecordBuffer = { bytes: this.#bytes, text: '' };
  #memory: RecordMemory | undefined;
  #kept: ValueMemory | undefined;
  /** Whether the units lie in that memory, and whether the current event's bytes do as well. */
  #inMemory = false;
  #bytesInMemory = false;
  #held = false;
  #needleUnits = 0;
  #start = 0;
  #end = 0;
  #places: FieldPlaces = { slots: [], paths: [] };
  #record: unknown;
  #view: unknown;
  #parsed = false;
  #fromBytes = false;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(fieldCount: number, scanner: SlotScanner, derived: readonly (DerivedField | undefined)[] = []) {
    this.#scanner = scanner;
    this.#derived = derived;
    this.kind = new Uint8Array(fieldCount);
    this.from = new Int32Array(fieldCount);
    this.to = new Int32Array(fieldCount);
    this.#stamp = new Int32Array(fieldCount);
    this.#slot = new Int32Array(fieldCount);
    this.#raw = new Array<string | undefined>(fieldCount).fill(undefined);
    this.#folded = new Array<string | undefined>(fieldCount).fill(undefined);
    this.#list = new Array<readonly unknown[] | undefined>(fieldCount).fill(undefined);
    this.#texts = new Array<readonly string[] | undefined>(fieldCount).fill(undefined);
    this.#foldedTexts = new Array<readonly string[] | undefined>(fieldCount).fill(undefined);
    this.#ranges = new Array<Int32Array | undefined>(fieldCount).fill(undefined);
    this.#listUnits = new Int32Array(fieldCount);
    this.#number = new Array<number | undefined>(fieldCount).fill(undefined);
  }

  /** Reads texts by vectors from now on, where their bytes lie in that memory. */
  moveTo(memory: RecordMemory): void {
    this.#memory = memory;
    this.#kept = ValueMemory.create(memory.arena);
    this.#bytesInMemory = memory.holds(this.#bytes);
    this.#moveUnits(this.units.length);
  }

  /** Starts on the record that the scanner has just scanned. */
  beginBytes(source: RecordBuffer, start: number, end: number): void {
    const { bytes } = source;
    this.#generation++;
    this.#unitsLength = 0;
    // Once a run of lines, not once an event: an array gives its memory slowly.
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#bytesInMemory = this.#memory?.holds(bytes) === true;
      if (this.memory.buffer !== bytes.buffer) this.memory = new DataView(bytes.buffer);
    }
    this.#source = source;
    this.#held = this.#inMemory && this.#bytesInMemory;
    this.#start = start;
    this.#end = end;
    this.#parsed = false;
    this.#fromBytes = true;
  }

  /** What values have fired, where the current event's bytes lie in the memory of vectors. */
  get kept(): ValueMemory | undefined {
    return this.#held && this.#fromBytes ? this.#kept : undefined;
  }

  /** Where the event's class has its fields; to be set before the first `load`. */
  setPlaces(places: FieldPlaces): void {
    this.#places = places;
  }

  /** Starts on a parsed record; `view` is the same with the mapping's lifts applied, where fields are read from. */
  beginRecord(record: unknown, view: unknown): void {
    this.#generation++;
    this.#unitsLength = 0;
    this.#record = record;
    this.#view = view;
    this.#parsed = true;
    this.#fromBytes = false;
  }

  /** The record as parsed. Throws where the bytes, unlooked at so far, turn out not to be JSON. */
  parsed(): unknown {
    if (!this.#parsed) {
      this.#record = JSON.parse(this.#decoder.decode(this.#bytes.subarray(this.#start, this.#end)));
      this.#view = this.#record;
      this.#parsed = true;
    }
    return this.#record;
  }

  /**
   * Makes sure that the record is JSON inside its strings, too. Throws where it is not. Cost: a parse, or where its bytes are read by vectors a
   * twentieth of one.
   */
  assureSound(): void {
    if (!this.#parsed && this.#held && this.#memory?.isSound(this.#bytes, this.#start, this.#end) === true)
      return;
    this.parsed();
  }

  /** Where units are searched by vectors, a copy of these in the same memory; undefined elsewhere. */
  needle(units: Uint16Array): Uint16Array | undefined {
    const memory = this.#memory;
    if (!this.#inMemory || memory === undefined || this.#needleUnits + units.length > NEEDLE_UNITS_MAX)
      return undefined;
    this.#needleUnits += units.length;
    const copy = memory.arena.uint16(units.length);
    copy.set(units);
    return memory.arena.holds(copy) ? copy : undefined;
  }

  /** Whether a `needle` stands in a FIELD_TEXT value; undefined where the units lie elsewhere by now. */
  occurs(needle: Uint16Array, field: number): boolean | undefined {
    const memory = this.#memory;
    if (!this.#inMemory || memory === undefined) return undefined;
    return memory.occurs(needle, this.units, this.from[field] ?? 0, this.to[field] ?? 0);
  }

  /** The parsed record as the mapping's lifts leave it. */
  view(): unknown {
    this.parsed();
    return this.#view;
  }

  /** The kind of a field's value; reads the value if that has not happened yet. */
  load(field: number): number {
    if (this.#stamp[field] === this.#generation) return this.kind[field] ?? FIELD_ABSENT;
    this.#stamp[field] = this.#generation;
    let kind = this.#read(field);
    if (kind === FIELD_ABSENT && this.#derived[field] !== undefined) kind = this.#derive(field);
    this.kind[field] = kind;
    return kind;
  }

  /**
   * Finds where a field's value lies without reading it: true where it is a string in the bytes, whose body then lies in `memory` from
   * `peekedFrom` to `peekedTo`.
   */
  peek(field: number): boolean {
    if (!this.#fromBytes || field === KEYWORD_FIELD) return false;
    const slots = this.#places.slots[field];
    if (slots === undefined) return false;
    const { kind: kinds, guard: guards } = this.#scanner;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] ?? 0;
      if ((guards[slot] ?? RESOLVE_NEVER) !== RESOLVE_NEVER) return false;
      const kind = kinds[slot] ?? SLOT_ABSENT;
      if (kind === SLOT_ABSENT) continue;
      if (kind !== SLOT_STRING) return false;
      const { byteOffset } = this.#bytes;
      this.peekedFrom = byteOffset + (this.#scanner.from[slot] ?? 0);
      this.peekedTo = byteOffset + (this.#scanner.to[slot] ?? 0);
      return true;
    }
    return false;
  }

  /** The text of a FIELD_TEXT value, as logged. */
  text(field: number): string {
    const known = this.#raw[field];
    if (known !== undefined) return known;
    const slot = this.#slot[field] ?? -1;
    const text = this.#bytesText(slot, field);
    this.#raw[field] = text;
    return text;
  }

  /** A FIELD_TEXT value for numeric tests: the number where it is one that its text does not spell plainly, else the text. */
  scalar(field: number): string | number {
    return this.#number[field] ?? this.text(field);
  }

  /** The folded text of a FIELD_TEXT value. */
  foldedText(field: number): string {
    const known = this.#folded[field];
    if (known !== undefined) return known;
    const from = this.from[field] ?? 0;
    const to = this.to[field] ?? 0;
    const native = to - from > SHORT && ASCII.test(this.text(field));
    const text = native ? foldText(this.text(field)) : textOfUnits(this.units, from, to);
    this.#folded[field] = text;
    return text;
  }

  /** The members of a FIELD_LIST, or the one value of other kinds; nothing for an absent field. */
  members(field: number): readonly unknown[] {
    switch (this.load(field)) {
      case FIELD_ABSENT:
        return [];
      case FIELD_NULL:
        return [null];
      case FIELD_TEXT:
        return [this.scalar(field)];
      case FIELD_LIST:
        return this.#list[field] ?? [];
      default:
        return [{}];
    }
  }

  /** The texts of a field's value: of a list one for each member that has one, else at most one. Made once an event. */
  texts(field: number): readonly string[] {
    const kind = this.load(field);
    if (kind === FIELD_TEXT) return [this.text(field)];
    if (kind !== FIELD_LIST) return [];
    const known = this.#texts[field];
    if (known !== undefined) return known;
    const texts = textsOf(this.#list[field] ?? []);
    this.#texts[field] = texts;
    return texts;
  }

  /** The same, folded. */
  foldedTexts(field: number): readonly string[] {
    const kind = this.load(field);
    if (kind === FIELD_TEXT) return [this.foldedText(field)];
    if (kind !== FIELD_LIST) return [];
    const known = this.#foldedTexts[field];
    if (known !== undefined) return known;
    const texts = this.texts(field).map(foldText);
    this.#foldedTexts[field] = texts;
    return texts;
  }

  /** Which event this is, counted from the first; what was worked out for another event is out of date. */
  get event(): number {
    return this.#generation;
  }

  /** How much there is to look at in a field's value: units of text, and members (1 where it is no list). */
  extent(field: number): { readonly units: number; readonly members: number } {
    const kind = this.load(field);
    if (kind === FIELD_TEXT) return { units: (this.to[field] ?? 0) - (this.from[field] ?? 0), members: 1 };
    if (kind !== FIELD_LIST) return { units: 0, members: 1 };
    let units = this.#listUnits[field] ?? -1;
    if (units < 0) {
      units = 0;
      for (const text of this.texts(field)) units += text.length;
      this.#listUnits[field] = units;
    }
    return { units, members: this.#list[field]?.length ?? 0 };
  }

  /**
   * Where the folded units of a list's texts lie: for each of them its begin and its end, in the order of `texts`. Read once an event, however
   * often it is asked for.
   */
  memberRanges(field: number): Int32Array {
    const known = this.#ranges[field];
    if (known !== undefined) return known;
    const texts = this.texts(field);
    const ranges = new Int32Array(2 * texts.length);
    for (let i = 0; i < texts.length; i++) {
      ranges[2 * i] = this.#append(texts[i] ?? '');
      ranges[2 * i + 1] = this.#unitsLength;
    }
    this.#ranges[field] = ranges;
    return ranges;
  }

  /** Puts a text's folded units behind those read so far; returns where they begin. */
  #append(text: string): number {
    const from = this.#unitsLength;
    const { length } = text;
    this.#reserve(length);
    const { units } = this;
    const fold = this.#fold;
    let pairs = false;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if ((unit & 0xf800) === 0xd800) pairs = true;
      units[from + i] = fold[unit] ?? 0;
    }
    if (pairs) foldPairs(units, from, from + length);
    this.#unitsLength = from + length;
    return from;
  }

  #read(field: number): number {
    this.#raw[field] = undefined;
    this.#folded[field] = undefined;
    this.#number[field] = undefined;
    if (field === KEYWORD_FIELD) return this.#take(field, keywordTexts(this.parsed()));
    if (!this.#fromBytes) {
      for (const path of this.#places.paths[field] ?? []) {
        const value = resolvePath(this.#view, path);
        if (value !== undefined) return this.#take(field, value);
      }
      return FIELD_ABSENT;
    }
    const slots = this.#places.slots[field];
    if (slots === undefined) return FIELD_ABSENT;
    const { kind: kinds, guard: guards } = this.#scanner;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] ?? 0;
      const guard = guards[slot] ?? RESOLVE_NEVER;
      let kind = kinds[slot] ?? SLOT_ABSENT;
      if (guard !== RESOLVE_NEVER) {
        if (guard === RESOLVE_ALWAYS || kinds[guard] !== SLOT_ABSENT) kind = SLOT_RESOLVE;
      }
      if (kind === SLOT_ABSENT) continue;
      if (kind === SLOT_RESOLVE) {
        const value = resolvePath(this.parsed(), this.#scanner.paths[slot] ?? '');
        if (value === undefined) continue;
        return this.#take(field, value);
      }
      return this.#readSlot(field, slot, kind);
    }
    return FIELD_ABSENT;
  }

  /** What the event does not say itself. */
  #derive(field: number): number {
    const derived = this.#derived[field];
    for (const from of derived?.from ?? []) {
      const texts = this.texts(from);
      if (texts.length === 0) continue;
      const found = texts.flatMap((text) => derived?.of(text) ?? []);
      return found.length === 0 ? FIELD_ABSENT : this.#take(field, found.length === 1 ? found[0] : found);
    }
    return FIELD_ABSENT;
  }

  #readSlot(field: number, slot: number, kind: number): number {
    this.#slot[field] = slot;
    const from = this.#scanner.from[slot] ?? 0;
    const to = this.#scanner.to[slot] ?? 0;
    switch (kind) {
      case SLOT_STRING: {
        this.#reserve(to - from);
        const at = this.#unitsLength;
        let end = this.#decode(from, to, at);
        if (end < 0) {
          end = ~end;
          foldPairs(this.units, at, end);
        }
        this.from[field] = at;
        this.to[field] = end;
        this.#unitsLength = end;
        return FIELD_TEXT;
      }
      case SLOT_NUMBER:
        return this.#readNumber(field, from, to);
      case SLOT_TRUE:
        return this.#take(field, true);
      case SLOT_FALSE:
        return this.#take(field, false);
      case SLOT_NULL:
        return FIELD_NULL;
      case SLOT_OBJECT:
        return FIELD_OTHER;
      case SLOT_ARRAY:
        return this.#take(field, JSON.parse(this.#decoder.decode(this.#bytes.subarray(from, to))));
      default:
        return FIELD_ABSENT;
    }
  }

  /** The end of the units of a string's body, or its complement where there are surrogates. */
  #decode(from: number, to: number, at: number): number {
    const memory = this.#memory;
    if (!this.#held || memory === undefined)
      return decodeUnitsInto(this.#bytes, from, to, this.units, at, this.#fold);
    const base = this.#bytes.byteOffset;
    const stopped = memory.foldInto(base + from, base + to, this.units, at) - base;
    const end = memory.foldedEnd(this.units);
    return stopped >= to ? end : decodeUnitsInto(this.#bytes, stopped, to, this.units, end, this.#fold);
  }

  #readNumber(field: number, from: number, to: number): number {
    const bytes = this.#bytes;
    // A whole number of up to 15 digits is its own shortest decimal text (but for "-0").
    let plain = to - from <= 15 && bytes[from] !== 45;
    for (let i = from; plain && i < to; i++) plain = (bytes[i] ?? 0) >= 48 && (bytes[i] ?? 0) <= 57;
    if (!plain) return this.#take(field, Number(latin1(bytes, from, to)));
    this.#reserve(to - from);
    const at = this.#unitsLength;
    for (let i = from; i < to; i++) this.units[at + i - from] = bytes[i] ?? 0;
    this.from[field] = at;
    this.to[field] = at + to - from;
    this.#unitsLength = at + to - from;
    return FIELD_TEXT;
  }

  #take(field: number, value: unknown): number {
    if (value === null) return FIELD_NULL;
    const text = scalarText(value);
    if (text !== undefined) {
      this.#raw[field] = text;
      if (typeof value === 'number') this.#number[field] = value;
      this.from[field] = this.#append(text);
      this.to[field] = this.#unitsLength;
      return FIELD_TEXT;
    }
    if (!Array.isArray(value)) return FIELD_OTHER;
    const members = field === KEYWORD_FIELD ? value : fieldValues(value);
    if (members.length === 0) return FIELD_OTHER;
    // No test asks how often a member is there.
    this.#list[field] = members.length > DISTINCT_FROM ? [...new Set(members)] : members;
    this.#texts[field] = undefined;
    this.#foldedTexts[field] = undefined;
    this.#ranges[field] = undefined;
    this.#listUnits[field] = -1;
    return FIELD_LIST;
  }

  #bytesText(slot: number, field: number): string {
    const kind = this.#scanner.kind[slot];
    const from = this.#scanner.from[slot] ?? 0;
    const to = this.#scanner.to[slot] ?? 0;
    if (kind === SLOT_NUMBER) return latin1(this.#bytes, from, to);
    if (kind !== SLOT_STRING) return this.foldedText(field);
    // A string that is most of a record: to read the record once is cheaper than the string and then, for what else is asked, the record.
    if (to - from > LONG && (this.#parsed || 2 * (to - from) > this.#end - this.#start)) {
      const value = resolvePath(this.parsed(), this.#scanner.paths[slot] ?? '');
      if (typeof value === 'string') return value;
    }
    // As many units as bytes: neither escapes nor anything beyond ASCII.
    if ((this.to[field] ?? 0) - (this.from[field] ?? 0) === to - from)
      return this.#source.text.slice(from, to);
    for (let i = from; i < to; i++) if ((this.#bytes[i] ?? 0) > 127) return this.#decodedText(from, to);
    return parsedText(this.#source.text.slice(from - 1, to + 1));
  }

  #decodedText(from: number, to: number): string {
    return parsedText(this.#decoder.decode(this.#bytes.subarray(from - 1, to + 1)));
  }

  #reserve(more: number): void {
    const need = this.#unitsLength + more;
    if (need <= this.units.length) return;
    this.#moveUnits(Math.max(need, this.units.length * 2));
  }

  #moveUnits(length: number): void {
    const larger = (this.#memory?.arena ?? PLAIN_STORAGE).uint16(length);
    larger.set(this.units.subarray(0, this.#unitsLength));
    this.units = larger;
    this.#inMemory = this.#memory?.arena.holds(larger) === true;
    this.#held &&= this.#inMemory;
  }
}

/** Units of all needles at most: the rest of the memory is for records and tables. */
const NEEDLE_UNITS_MAX = 400_000;
/** Strings of more bytes are not decoded by themselves where the record is parsed, or they are most of it. */
const LONG = 1024;
/** Lists of more members are gone through without repeats. */
const DISTINCT_FROM = 1024;

function textsOf(values: readonly unknown[]): readonly string[] {
  const texts: string[] = [];
  for (const value of values) {
    const text = scalarText(value);
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

/** A string with its quotes, parsed. Throws where the body is not what JSON allows, which only a full parse of a record would notice. */
function parsedText(quoted: string): string {
  const value: unknown = JSON.parse(quoted);
  return typeof value === 'string' ? value : '';
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

/** Texts of up to so many units are made from units that are folded already; longer ones are folded natively where they are ASCII. */
const SHORT = 24;
const ASCII = /^[\0-\x7f]*$/;

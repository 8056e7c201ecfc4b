import type { Entity, EntitySpec, EntityType, FieldView } from '../model/index.ts';
import { EntityList, entityValues, textsOf } from './entities.ts';
import type { EventClass } from './event-class.ts';
import { resolvePath, textOf } from './path.ts';
import type { RecordMemory } from './record-memory.ts';
import {
  RESOLVE_ALWAYS,
  RESOLVE_NEVER,
  SLOT_ABSENT,
  SLOT_ARRAY,
  SLOT_FALSE,
  SLOT_NULL,
  SLOT_NUMBER,
  SLOT_OBJECT,
  SLOT_STRING,
  SLOT_TRUE,
} from './slot-kind.ts';
import { type RecordBuffer, SlotScanner } from './slot-scanner.ts';
import { type ParsedTime, parseTime } from './time.ts';

/** One record: its bytes, the same buffer as one unit a byte, and the parsed record, asked for only where a path needs it. */
export interface SlotSource {
  readonly buffer: RecordBuffer;
  readonly start: number;
  readonly end: number;
  readonly eventClass: EventClass;
  record(): unknown;
}

/** Fields of a class whose slots are kept. */
const FIELDS_MAX = 4096;
/** Classes whose places are kept; they are told by data that an attacker may choose. */
const CLASSES_MAX = 512;
/** Texts whose entities are kept in each of two generations, and the longest of them. */
const TEXTS_MAX = 2048;
const TEXT_LENGTH_MAX = 256;

interface EntityPlace {
  readonly type: EntityType;
  readonly role: Entity['role'];
  readonly slots: Int32Array;
  /** What the class gives where the field has no path. */
  readonly constant: string | undefined;
}

interface ClassPlaces {
  readonly time: Int32Array;
  readonly id: Int32Array;
  readonly fields: Map<string, Int32Array>;
  readonly entities: Map<readonly EntitySpec[], readonly EntityPlace[]>;
}

/** What the scanner made of the current record: not asked yet (or paths were added since), read, or not to be read so. */
type ScanState = 'stale' | 'read' | 'refused';

/**
 * Reads the few fields that a signal speaks of (time, id, entities) straight from a record's bytes: by class it is known which slots of
 * a scanner they are, so nothing is looked up by name. It gives what `normaliseAs` and `entitiesOf` give for the same record, to which a
 * test binds it. Only for records that need no lift. One instance serves one thread, one record at a time.
 */
export class SlotFields implements FieldView {
  readonly #scanner = new SlotScanner();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #values = new EntityValues();
  #classes = new Map<EventClass, ClassPlaces>();
  #source: SlotSource;
  #places: ClassPlaces;
  #state: ScanState = 'stale';

  constructor(source: SlotSource) {
    this.#source = source;
    this.#places = this.#placesOf(source.eventClass);
  }

  /** Reads by vectors from now on. */
  moveTo(memory: RecordMemory): void {
    this.#scanner.moveTo(memory.arena);
    this.#state = 'stale';
  }

  /** Goes on to another record. Cost: nothing until something is read, then one scan. */
  begin(source: SlotSource): void {
    this.#source = source;
    this.#state = 'stale';
    this.#places = this.#placesOf(source.eventClass);
  }

  /** The first of the class's time paths that holds a readable time. */
  time(): ParsedTime | undefined {
    const { time } = this.#places;
    for (let i = 0; i < time.length; i++) {
      const value = this.#valueAt(time[i] ?? 0);
      const found = value === undefined ? undefined : parseTime(Array.isArray(value) ? value[0] : value);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The record's own unique id, where its schema has one and it is a text of 1 to 128 characters. */
  id(): string | undefined {
    const { id } = this.#places;
    for (let i = 0; i < id.length; i++) {
      const text = textOf(this.#valueAt(id[i] ?? 0));
      if (text !== undefined && text !== '' && text.length <= 128) return text;
    }
    return undefined;
  }

  get(field: string): unknown {
    const { fields } = this.#places;
    let slots = fields.get(field);
    if (slots === undefined) {
      slots = this.#slots(this.#source.eventClass.paths(field));
      if (fields.size < FIELDS_MAX) fields.set(field, slots);
    }
    if (slots.length === 0) return this.#source.eventClass.constants.get(field);
    for (let i = 0; i < slots.length; i++) {
      const value = this.#valueAt(slots[i] ?? 0);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The entities that the record names by these specs, which are told apart by identity. */
  entities(specs: readonly EntitySpec[]): readonly Entity[] {
    let known = this.#places.entities.get(specs);
    if (known === undefined) {
      known = this.#entityPlaces(specs);
      this.#places.entities.set(specs, known);
    }
    const list = new EntityList();
    for (let i = 0; i < known.length; i++) {
      const place = known[i];
      if (place !== undefined && !this.#addEntities(place, list)) break;
    }
    return list.all;
  }

  /** Adds what one field names; false once the list is full. */
  #addEntities({ type, role, slots, constant }: EntityPlace, list: EntityList): boolean {
    if (constant !== undefined) return list.add({ type, role, values: entityValues(type, constant) });
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] ?? 0;
      const plain = this.#plainText(slot);
      if (plain !== undefined) return list.add({ type, role, values: this.#values.of(type, plain) });
      const value = this.#valueAt(slot);
      if (value === undefined) continue;
      for (const text of textsOf(value))
        if (!list.add({ type, role, values: entityValues(type, text) })) return false;
      return true;
    }
    return true;
  }

  /** The value of a slot as the parsed record has it; undefined where absent. */
  #valueAt(slot: number): unknown {
    if (this.#read() !== 'read') return this.#resolved(slot);
    const { kind, guard } = this.#scanner;
    const found = kind[slot] ?? SLOT_ABSENT;
    const guarded = guard[slot] ?? RESOLVE_NEVER;
    if (guarded !== RESOLVE_NEVER)
      return guarded === RESOLVE_ALWAYS || kind[guarded] !== SLOT_ABSENT ? this.#resolved(slot) : undefined;
    if (found === SLOT_ABSENT) return undefined;
    const from = this.#scanner.from[slot] ?? 0;
    const to = this.#scanner.to[slot] ?? 0;
    switch (found) {
      case SLOT_STRING:
        return this.#parsed(from - 1, to + 1);
      case SLOT_NUMBER:
      case SLOT_OBJECT:
      case SLOT_ARRAY:
        return this.#parsed(from, to);
      case SLOT_TRUE:
        return true;
      case SLOT_FALSE:
        return false;
      case SLOT_NULL:
        return null;
      default:
        return this.#resolved(slot);
    }
  }

  /** The text of a slot that holds a string of plain ASCII without escapes; a view into the buffer, not to be kept. */
  #plainText(slot: number): string | undefined {
    if (this.#read() !== 'read' || this.#scanner.guard[slot] !== RESOLVE_NEVER) return undefined;
    if (this.#scanner.kind[slot] !== SLOT_STRING) return undefined;
    const { bytes } = this.#source.buffer;
    const from = this.#scanner.from[slot] ?? 0;
    const to = this.#scanner.to[slot] ?? 0;
    let escapes = false;
    for (let i = from; i < to; i++) {
      const c = bytes[i] ?? 0;
      if (c > 126 || c < 32) return undefined;
      if (c === 92) escapes = true;
    }
    return escapes ? undefined : this.#source.buffer.text.slice(from, to);
  }

  #parsed(from: number, to: number): unknown {
    const { buffer } = this.#source;
    const { bytes } = buffer;
    for (let i = from; i < to; i++)
      if ((bytes[i] ?? 0) > 126) return JSON.parse(this.#decoder.decode(bytes.subarray(from, to)));
    return JSON.parse(buffer.text.slice(from, to));
  }

  #resolved(slot: number): unknown {
    return resolvePath(this.#source.record(), this.#scanner.paths[slot] ?? '');
  }

  #read(): ScanState {
    if (this.#state !== 'stale') return this.#state;
    const { buffer, start, end } = this.#source;
    this.#state = this.#scanner.scanRange(buffer, start, end) === 'ok' ? 'read' : 'refused';
    return this.#state;
  }

  #placesOf(eventClass: EventClass): ClassPlaces {
    const known = this.#classes.get(eventClass);
    if (known !== undefined) return known;
    if (this.#classes.size >= CLASSES_MAX) this.#classes = new Map();
    const made = {
      time: this.#slots(eventClass.timePaths),
      id: this.#slots(eventClass.idPaths),
      fields: new Map<string, Int32Array>(),
      entities: new Map<readonly EntitySpec[], readonly EntityPlace[]>(),
    };
    this.#classes.set(eventClass, made);
    return made;
  }

  #entityPlaces(specs: readonly EntitySpec[]): readonly EntityPlace[] {
    const { eventClass } = this.#source;
    return specs.flatMap(({ type, role, fields }) =>
      fields.flatMap((field): EntityPlace[] => {
        const slots = this.#slots(eventClass.paths(field));
        const constant = slots.length === 0 ? eventClass.constants.get(field) : undefined;
        return slots.length === 0 && constant === undefined ? [] : [{ type, role, slots, constant }];
      }),
    );
  }

  #slots(paths: readonly string[]): Int32Array {
    const before = this.#scanner.paths.length;
    const slots = Int32Array.from(paths, (path) => this.#scanner.addPath(path));
    if (this.#scanner.paths.length !== before) this.#state = 'stale';
    return slots;
  }
}

/** Remembers what a text gives as an entity: the same hosts, users and images come again and again. Two generations. */
class EntityValues {
  #young = new Map<EntityType, Map<string, readonly string[]>>();
  #old = new Map<EntityType, Map<string, readonly string[]>>();
  #count = 0;

  of(type: EntityType, text: string): readonly string[] {
    const known = this.#young.get(type)?.get(text);
    if (known !== undefined) return known;
    if (text.length > TEXT_LENGTH_MAX) return entityValues(type, ownCopy(text));
    const copy = ownCopy(text);
    const values = this.#old.get(type)?.get(text) ?? entityValues(type, copy);
    if (++this.#count > TEXTS_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#count = 1;
    }
    const texts = this.#young.get(type);
    if (texts === undefined) this.#young.set(type, new Map([[copy, values]]));
    else texts.set(copy, values);
    return values;
  }
}

/** A copy that does not hold on to the buffer that the text was cut from. */
function ownCopy(text: string): string {
  const copy: unknown = JSON.parse(JSON.stringify(text));
  return typeof copy === 'string' ? copy : text;
}

import { Detector } from '../detect/index.ts';
import {
  createSchemas,
  entitiesOf,
  isBlank,
  lift,
  type NormalisedEvent,
  normaliseAs,
  type Schemas,
} from '../ingest/index.ts';
import { fieldValues } from '../match/index.ts';
import {
  type EventPlace,
  eventTime,
  type FieldView,
  type Scalar,
  type Signal,
  sha256,
} from '../model/index.ts';
import { scoreSignal } from '../score/index.ts';
import type { RunnableRuleset } from './ruleset.ts';

/** Options of an engine. */
export interface EngineOptions {
  /** How records are recognised; our own mappings where absent. */
  readonly schemas?: Schemas;
}

/** A buffer of records, and the same as a string of one unit a byte (for native searching). */
export interface RecordBuffer {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const NOTHING: readonly Signal[] = [];

/**
 * The way of an event: decode → normalise → detect → score. What comes out is plain data. One instance serves one thread;
 * results depend on the ruleset and the event alone.
 */
export class Engine {
  readonly ruleset: RunnableRuleset;
  readonly schemas: Schemas;
  readonly #detector: Detector;

  constructor(ruleset: RunnableRuleset, options: EngineOptions = {}) {
    this.ruleset = ruleset;
    const schemas = options.schemas ?? createSchemas().value;
    if (schemas === undefined) throw new Error('the built-in mappings do not link');
    this.schemas = schemas;
    this.#detector = new Detector(ruleset.plan, schemas);
  }

  /**
   * The signals of the JSON record in `buffer.bytes[start, end)`, in the order of the rules; undefined where it is no JSON object.
   * This is the fast way: only the fields that some rule asks for are read. (Four parameters: it is called for every record.)
   */
  processBytes(
    buffer: RecordBuffer,
    start: number,
    end: number,
    place: EventPlace,
  ): readonly Signal[] | undefined {
    const status = this.#detector.detectBytes(buffer.bytes, buffer.text, start, end);
    if (status === 'malformed') return undefined;
    if (this.#detector.hitCount === 0) return NOTHING;
    const event = normaliseAs(this.#detector.last, {
      observedAt: eventTime(0),
      source: withoutBlanks(buffer.bytes, start, end),
    });
    return this.#signals(event, place);
  }

  /** The signals of a parsed record. `source` is its text or bytes where there is one, for the event's id. */
  processRecord(record: unknown, place?: EventPlace, source?: Uint8Array | string): readonly Signal[] {
    this.#detector.detectRecord(record);
    if (this.#detector.hitCount === 0) return NOTHING;
    const event = normaliseAs(this.#detector.last, {
      observedAt: eventTime(0),
      ...(source === undefined ? {} : { source: trimmedSource(source) }),
    });
    return this.#signals(event, place);
  }

  /** Id of the mapping that recognised the last record; `unknown` where none did. */
  get lastSchema(): string {
    return this.#detector.eventClass?.schema ?? 'unknown';
  }

  /** The signals of a normalised event. */
  process(event: NormalisedEvent, place?: EventPlace): readonly Signal[] {
    const mapping = this.schemas.mappings.find((one) => one.id === event.schema);
    const view = mapping === undefined ? event.raw : lift(event.raw, mapping);
    this.#detector.detectView({ record: event.raw, view, eventClass: event.class });
    return this.#detector.hitCount === 0 ? NOTHING : this.#signals(event, place);
  }

  #signals(event: NormalisedEvent, place: EventPlace | undefined): readonly Signal[] {
    const signals: Signal[] = [];
    const { hits, hitCount, plan } = this.#detector;
    const source = { entities: event.class.entities, fields: remembering(event.fields) };
    let defaults: Signal['entities'] | undefined;
    for (let i = 0; i < hitCount; i++) {
      const index = plan.rules[hits[i] ?? 0]?.index ?? 0;
      const rule = this.ruleset.refs[index];
      if (rule === undefined) continue;
      const own = this.ruleset.entities[index] ?? [];
      if (own.length === 0 && defaults === undefined) defaults = entitiesOf(source);
      signals.push({
        id: sha256(`${rule.hash}\n${event.id}`).slice(0, 32),
        rule,
        start: event.time,
        end: event.time,
        endNs: event.timeNs,
        entities: own.length > 0 ? entitiesOf(source, own) : (defaults ?? []),
        score: scoreSignal(rule.level, rule.confidence),
        evidence: [{ id: event.id, time: event.time, timeNs: event.timeNs, ...place }],
        values: valuesOf(source.fields, this.ruleset.projected[index] ?? []),
      });
    }
    return signals;
  }
}

function trimmedSource(source: Uint8Array | string): Uint8Array | string {
  return typeof source === 'string' ? source.trim() : withoutBlanks(source, 0, source.length);
}

/** The record's own bytes: neither a carriage return nor a byte order mark is part of what happened. */
function withoutBlanks(bytes: Uint8Array, start: number, end: number): Uint8Array {
  let from = start;
  let to = end;
  while (from < to && isBlank(bytes[from] ?? 0)) from++;
  while (to > from && isBlank(bytes[to - 1] ?? 0)) to--;
  return bytes.subarray(from, to);
}

const NO_VALUES: Signal['values'] = new Map();

/** The values that correlations ask for: scalars, and lists of scalars; absent fields are left out. */
function valuesOf(view: FieldView, fields: readonly string[]): Signal['values'] {
  if (fields.length === 0) return NO_VALUES;
  const values = new Map<string, Scalar | readonly Scalar[]>();
  for (const field of fields) {
    const value = view.get(field);
    if (isScalar(value)) values.set(field, value);
    else if (Array.isArray(value)) values.set(field, fieldValues(value).filter(isScalar));
  }
  return values;
}

function isScalar(value: unknown): value is Scalar {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  );
}

/** Reads each field once, however many signals of the event ask for it. */
function remembering(fields: FieldView): FieldView {
  const known = new Map<string, unknown>();
  return {
    get(field) {
      const value = known.get(field);
      if (value !== undefined || known.has(field)) return value;
      const read = fields.get(field);
      known.set(field, read);
      return read;
    },
  };
}

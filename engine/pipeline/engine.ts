// Long because it is the way of an event on one page, from bytes to signals, fast and slow.
import { SOURCE_FIELD } from '../correlate/index.ts';
import { Detector, type EventLimits, type RuleProbe } from '../detect/index.ts';
import {
  contentId,
  createSchemas,
  entitiesOf,
  isBlank,
  lift,
  type NormalisedEvent,
  normalise,
  normaliseAs,
  type RecordBuffer,
  type RecordMemory,
  refusedHead,
  resolvePath,
  type Schemas,
  SlotFields,
  type SlotSource,
  timeOf,
} from '../ingest/index.ts';
import { Enrichment, type EnrichmentParts, type IntelSnapshot } from '../intel/index.ts';
import { fieldValues } from '../match/index.ts';
import {
  type Digest,
  type Entity,
  type EntitySpec,
  type EventPlace,
  type EventTime,
  eventTime,
  type FieldView,
  type RuleRef,
  type Scalar,
  type Signal,
  sha256,
} from '../model/index.ts';
import { scoreSignal } from '../score/index.ts';
import { ForeignAlerts } from './foreign-alert.ts';
import { ANY_FEED } from './intel.ts';
import { type IntelAsk, IntelLookup } from './intel-lookup.ts';
import { ObservedTexts } from './observed.ts';
import type { RunnableRuleset } from './ruleset.ts';
import { COSTLY_EVENT, REFUSED_RECORD } from './unseen-event.ts';

/** Options of an engine. */
export interface EngineOptions {
  /** How records are recognised; our own mappings where absent. */
  readonly schemas?: Schemas;
  /** What one event may cost; `EVENT_LIMITS` where absent. */
  readonly limits?: EventLimits;
  /** What makes ids; the platform's own SHA-256 is several times faster than the one in TypeScript, which is the default. */
  readonly digest?: Digest;
  /** What the feeds say; nothing where absent. */
  readonly intel?: IntelSnapshot;
  /** What fields that events lack are worked out from; nothing where absent. */
  readonly enrichment?: EnrichmentParts;
  /** Whether `noticed` says what an event holds that a feed may list later. */
  readonly notices?: boolean;
}

const NOTHING: readonly Signal[] = [];
const DAY_MICROS = 86_400_000_000;

/** What an event holds that a feed may list later, and who dealt with it. */
export interface Noticed {
  readonly texts: readonly string[];
  readonly actor: string;
}
const NO_RULES: readonly RuleRef[] = [];

/**
 * The way of an event: decode → normalise → detect → score. What comes out is plain data. One instance serves one thread;
 * results depend on the ruleset and the event alone.
 */
export class Engine {
  readonly ruleset: RunnableRuleset;
  readonly schemas: Schemas;
  readonly #detector: Detector;
  readonly #foreign = new ForeignAlerts();
  readonly #digest: Digest;
  readonly #intel: IntelLookup;
  readonly #observed: ObservedTexts | undefined;
  readonly #enrichment: Enrichment | undefined;
  /** The time of an event that came normalised. */
  #given: EventTime | undefined;
  #fields: SlotFields | undefined;
  #memory: RecordMemory | undefined;
  /** The time of records that carry none: when they were received; 1970 where nobody has looked at a clock. */
  observedAt: EventTime = eventTime(0);

  constructor(ruleset: RunnableRuleset, options: EngineOptions = {}) {
    this.ruleset = ruleset;
    const schemas = options.schemas ?? createSchemas().value;
    if (schemas === undefined) throw new Error('the built-in mappings do not link');
    this.schemas = schemas;
    this.#observed =
      options.notices === true && (ruleset.feedNames[ANY_FEED]?.length ?? 0) > 0
        ? new ObservedTexts()
        : undefined;
    this.#intel = new IntelLookup(ruleset.feedNames, options.intel, this.#observed);
    const enrichment = options.enrichment === undefined ? undefined : new Enrichment(options.enrichment);
    this.#enrichment = enrichment;
    this.#detector = new Detector(ruleset.plan, schemas, {
      inSet: (set, text) => this.#intel.holds(set, text, this.#timeNow),
      ...(enrichment === undefined ? {} : { derive: (field: string) => enrichment.derivation(field) }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    this.#digest = options.digest ?? sha256;
  }

  /** Measures what rules cost while it is set. */
  set probe(probe: RuleProbe | undefined) {
    this.#detector.probe = probe;
  }

  /** Later events are asked against these feeds. */
  swapIntel(snapshot: IntelSnapshot): void {
    this.#intel.swap(snapshot);
  }

  /**
   * The signals of the JSON record in `buffer.bytes[start, end)`, in the order of the rules; undefined where it is no JSON object.
   * This is the fast way: only the fields that some rule asks for are read, and only of an event on which a rule holds also its time, id
   * and entities. (Four parameters: it is called for every record.)
   */
  processBytes(
    buffer: RecordBuffer,
    start: number,
    end: number,
    place: EventPlace,
  ): readonly Signal[] | undefined {
    const status = this.#detector.detectBytes(buffer, start, end);
    if (status === 'malformed') return undefined;
    if (this.#isSilent()) return NOTHING;
    const source = withoutBlanks(buffer.bytes, start, end);
    if (!this.#detector.scanned) return this.#signals(this.#parsedEvent(source), place);
    try {
      return this.#signals(this.#scannedEvent(buffer, { start, end, source }), place);
    } catch (error) {
      // A text that the signals speak of is no JSON, which the scanner does not look for: the slow way says where.
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /**
   * Memory in which records are read fastest, for runs of so many bytes; undefined where there is none, or it is not worth the while. Bytes that are held
   * there (`memory.arena.hold`) and handed to `processBytes` give the same as others, sooner.
   */
  memoryFor(lengthBytes: number): RecordMemory | undefined {
    const memory = this.#detector.memoryFor(lengthBytes);
    if (memory !== this.#memory && memory !== undefined) this.#fields?.moveTo(memory);
    this.#memory = memory;
    return memory;
  }

  /** The signals of a parsed record. `source` is its text or bytes where there is one, for the event's id. */
  processRecord(record: unknown, place?: EventPlace, source?: Uint8Array | string): readonly Signal[] {
    this.#detector.detectRecord(record, source === undefined ? undefined : sizeOf(source));
    if (this.#isSilent()) return NOTHING;
    return this.#signals(this.#parsedEvent(source === undefined ? undefined : trimmedSource(source)), place);
  }

  /**
   * The signal of a record that was refused for a limit (TT2002, TT2003, TT2007): no rule was asked about it, and whoever made it so is named as
   * far as its beginning can be read. `bytes` are the record, or its first `REFUSED_HEAD_BYTES`.
   */
  refuse(bytes: Uint8Array, place?: EventPlace): Signal {
    const source = withoutBlanks(bytes, 0, bytes.length);
    const { observedAt } = this;
    const record = refusedHead(source) ?? {};
    const event = normalise(record, this.schemas, { observedAt, source, digest: this.#digest });
    const { id, time, timeNs } = event;
    return {
      id: this.#digest(`${REFUSED_RECORD.hash}\n${id}`).slice(0, 32),
      rule: REFUSED_RECORD,
      start: time,
      end: time,
      endNs: timeNs,
      entities: factsOf(event).entities(undefined),
      score: scoreSignal(REFUSED_RECORD.level, REFUSED_RECORD.confidence),
      evidence: [{ id, time, timeNs, ...place }],
      values: NO_VALUES,
    };
  }

  /**
   * What the last record holds that feeds were asked about and that is new of its actor on the day of its receipt, with who that is (user and host, else its
   * addresses): what must be remembered for indicators that come later. Nothing unless `notices` is on.
   */
  noticed(): Noticed | undefined {
    const observed = this.#observed;
    if (observed === undefined) return undefined;
    let actor = '';
    const texts = observed.take(Math.floor(this.observedAt / DAY_MICROS), () => {
      actor = this.#actor();
      return actor;
    });
    return texts.length === 0 ? undefined : { texts, actor };
  }

  #actor(): string {
    const { entities } = this.#parsedEvent(undefined);
    const all = entities(undefined);
    const named = all.filter(({ type }) => type === 'user' || type === 'host');
    const told = named.length > 0 ? named : all.filter(({ type }) => type === 'ip');
    return told.map(({ type, value }) => `${type}:${value.toLowerCase()}`).join('|');
  }

  /** Id of the mapping that recognised the last record; `unknown` where none did. */
  get lastSchema(): string {
    return this.#detector.eventClass?.schema ?? 'unknown';
  }

  /** The signals of a normalised event. */
  process(event: NormalisedEvent, place?: EventPlace): readonly Signal[] {
    const mapping = this.schemas.mappings.find((one) => one.id === event.schema);
    const view = mapping === undefined ? event.raw : lift(event.raw, mapping);
    this.#given = event.time;
    this.#detector.detectView({ record: event.raw, view, eventClass: event.class });
    this.#given = undefined;
    return this.#isSilent() ? NOTHING : this.#signals(factsOf(event), place);
  }

  /** The rules that were left undecided for the last event (TT4002); it has then fired `engine.costly_event` as well. */
  get lastUndecided(): readonly RuleRef[] {
    const { undecided, undecidedCount, plan } = this.#detector;
    if (undecidedCount === 0) return NO_RULES;
    return [...undecided.subarray(0, undecidedCount)].flatMap(
      (rule) => this.ruleset.refs[plan.rules[rule]?.index ?? -1] ?? [],
    );
  }

  /** The time of the record under detection. Indicators hold at a time; it is read only where a value meets one. */
  readonly #timeNow = (): EventTime => {
    if (this.#given !== undefined) return this.#given;
    const { view, eventClass } = this.#detector.last;
    return timeOf(eventClass, (path) => resolvePath(view, path))?.time ?? this.observedAt;
  };

  /** No rule holds on the last record, none was left undecided, and it is no alert of another product. */
  #isSilent(): boolean {
    const { hitCount, undecidedCount, eventClass } = this.#detector;
    return hitCount === 0 && undecidedCount === 0 && eventClass?.alert === undefined;
  }

  /** What signals say of the record that the detector has scanned last. */
  #scannedEvent(
    buffer: RecordBuffer,
    { start, end, source }: { readonly start: number; readonly end: number; readonly source: Uint8Array },
  ): EventFacts {
    const eventClass = this.#detector.eventClass ?? this.schemas.unknown;
    const slots = { buffer, start, end, eventClass, record: () => this.#detector.last.record };
    const fields = this.#slotFields(slots);
    const time = fields.time();
    return {
      id: fields.id() ?? contentId(source, this.#digest),
      time: time?.time ?? this.observedAt,
      timeNs: time?.timeNs ?? 0,
      fields,
      entities: (own) => fields.entities(own ?? eventClass.entities),
    };
  }

  #slotFields(source: SlotSource): SlotFields {
    const known = this.#fields;
    if (known !== undefined) {
      known.begin(source);
      return known;
    }
    const fields = new SlotFields(source);
    if (this.#memory !== undefined) fields.moveTo(this.#memory);
    this.#fields = fields;
    return fields;
  }

  /** The same of a record that was parsed. */
  #parsedEvent(source: Uint8Array | string | undefined): EventFacts {
    return factsOf(
      normaliseAs(this.#detector.last, {
        observedAt: this.observedAt,
        digest: this.#digest,
        ...(source === undefined ? {} : { source }),
      }),
    );
  }

  #signals(event: EventFacts, place: EventPlace | undefined): readonly Signal[] {
    const signals: Signal[] = [];
    const { hits, hitCount, undecidedCount, plan } = this.#detector;
    let defaults: Signal['entities'] | undefined;
    const fields = this.#enrichment?.view(event.fields) ?? event.fields;
    const add = (rule: RuleRef, own: readonly EntitySpec[], { projected, subject, asks }: Asked): void => {
      const matches = asks.length === 0 ? [] : this.#intel.matches(asks, fields, event.time);
      const [surest] = matches;
      const confidence = (surest?.score ?? 0) / 100;
      if (own.length === 0 && defaults === undefined) defaults = event.entities(undefined);
      signals.push({
        id: this.#digest(`${rule.hash}\n${event.id}`).slice(0, 32),
        rule,
        start: event.time,
        end: event.time,
        endNs: event.timeNs,
        entities: own.length > 0 ? event.entities(own) : (defaults ?? []),
        // What a feed's own rule says is as sure as the indicator is.
        score: scoreSignal(rule.level, rule.kind === 'feed' ? confidence : rule.confidence),
        evidence: [{ id: event.id, time: event.time, timeNs: event.timeNs, ...place }],
        values: valuesOf(
          subject.length === 0 ? fields : (this.#enrichment?.view(event.fields, subject) ?? fields),
          projected,
          this.lastSchema,
        ),
        ...(surest === undefined ? {} : { intel: { name: surest.source, confidence, matches } }),
      });
    };
    for (let i = 0; i < hitCount; i++) {
      const index = plan.rules[hits[i] ?? 0]?.index ?? 0;
      const rule = this.ruleset.refs[index];
      if (rule === undefined) continue;
      add(rule, this.ruleset.entities[index] ?? [], {
        projected: this.ruleset.projected[index] ?? [],
        subject: this.ruleset.subjects[index] ?? [],
        asks: this.ruleset.intel[index] ?? [],
      });
    }
    if (undecidedCount > 0) add(COSTLY_EVENT, [], { projected: [], subject: [], asks: [] });
    const foreign = this.#foreignSignal(event, place);
    return foreign === undefined ? signals : [...signals, foreign];
  }

  /** The last record as a signal of its own, where it is an alert of another product. */
  #foreignSignal(event: EventFacts, place: EventPlace | undefined): Signal | undefined {
    const spec = this.#detector.eventClass?.alert;
    const alert = spec === undefined ? undefined : this.#foreign.read(spec, this.#detector.last.record);
    if (alert === undefined) return undefined;
    const { rule, read } = alert;
    return {
      id: this.#digest(`${rule.hash}\n${event.id}`).slice(0, 32),
      rule,
      start: event.time,
      end: event.time,
      endNs: event.timeNs,
      entities: event.entities(undefined),
      score: scoreSignal(rule.level, rule.confidence),
      evidence: [{ id: event.id, time: event.time, timeNs: event.timeNs, ...place }],
      values: NO_VALUES,
      ...(read.group === undefined ? {} : { group: read.group }),
    };
  }
}

/** What a rule's signals say besides. */
interface Asked {
  readonly projected: readonly string[];
  /** Of whom bare names of attributes are meant. */
  readonly subject: readonly string[];
  readonly asks: readonly IntelAsk[];
}

/** What signals say of an event. */
interface EventFacts {
  readonly id: string;
  readonly time: EventTime;
  readonly timeNs: number;
  readonly fields: FieldView;
  /** By the given specs, or by those of the event's class. */
  entities(own: readonly EntitySpec[] | undefined): readonly Entity[];
}

function factsOf({ id, time, timeNs, fields: view, class: eventClass }: NormalisedEvent): EventFacts {
  const fields = remembering(view);
  const source = { entities: eventClass.entities, fields };
  return { id, time, timeNs, fields, entities: (own) => entitiesOf(source, own) };
}

/** Texts of up to so many units have at most as many bytes as are never limited (`EVENT_LIMITS`). */
const SHORT_UNITS = 16_384;

function sizeOf(source: Uint8Array | string): number {
  if (typeof source !== 'string' || source.length <= SHORT_UNITS) return source.length;
  return new TextEncoder().encode(source).length;
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

/** The values that correlations ask for: scalars, and lists of scalars; absent fields are left out. The source of a signal is the schema of its event. */
function valuesOf(view: FieldView, fields: readonly string[], schema: string): Signal['values'] {
  if (fields.length === 0) return NO_VALUES;
  const values = new Map<string, Scalar | readonly Scalar[]>();
  for (const field of fields) {
    const value = field === SOURCE_FIELD ? schema : view.get(field);
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

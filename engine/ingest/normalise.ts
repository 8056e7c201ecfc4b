import {
  canonicalJson,
  type Digest,
  type Event,
  type EventTime,
  type FieldView,
  sha256,
} from '../model/index.ts';
import type { EventClass } from './event-class.ts';
import { lift } from './lift.ts';
import { firstPresent, resolvePath, textOf } from './path.ts';
import { recordReader } from './record-reader.ts';
import type { Schemas } from './schemas.ts';
import { type ParsedTime, parseTime } from './time.ts';

/** What `normalise` has to be told about a record. */
export interface NormaliseOptions {
  /** When it was received; also its event time where it carries none that can be read. */
  readonly observedAt: EventTime;
  /** The record's own bytes or text, for the id; without them the id is made from canonical JSON. */
  readonly source?: Uint8Array | string;
  /** What makes SHA-256 of bytes or text, where there is something faster than our own. */
  readonly digest?: Digest;
}

/** A normalised event with its class; `timed` tells whether the record itself said when. */
export interface NormalisedEvent extends Event {
  readonly class: EventClass;
  readonly timed: boolean;
}

/** The length of an event's id in hex digits. */
export const EVENT_ID_DIGITS = 32;

/**
 * Normalises one decoded record: its mapping, class, time, id and fields, all by `resolvePath`. The reference for the fast path, which
 * must give the same for the same bytes. Cost: O(mappings + size of the record); fields are resolved when asked for.
 */
export function normalise(record: unknown, schemas: Schemas, options: NormaliseOptions): NormalisedEvent {
  const mapping = schemas.recognise((path) => resolvePath(record, path));
  const lifted = mapping === undefined ? record : lift(record, mapping);
  const read = (path: string) => resolvePath(lifted, path);
  const eventClass = schemas.classOf(
    mapping,
    (mapping?.discriminators ?? []).map((paths) => textOf(firstPresent(read, paths))),
  );
  return build({ record, eventClass, read }, options);
}

/** `normalise` for a record whose class is known, with `view` the record as its mapping's lifts leave it; fields come from an index. */
export function normaliseAs(
  known: { readonly record: unknown; readonly view: unknown; readonly eventClass: EventClass },
  options: NormaliseOptions,
): NormalisedEvent {
  const { record, view, eventClass } = known;
  return build({ record, eventClass, read: recordReader(view) }, options);
}

function build(
  known: {
    readonly record: unknown;
    readonly eventClass: EventClass;
    readonly read: (path: string) => unknown;
  },
  options: NormaliseOptions,
): NormalisedEvent {
  const { record, eventClass, read } = known;
  const time = timeOf(eventClass, read);
  return {
    id: idOf(eventClass, read) ?? contentId(options.source ?? canonicalJson(record), options.digest),
    time: time?.time ?? options.observedAt,
    timeNs: time?.timeNs ?? 0,
    observedAt: options.observedAt,
    logsource: eventClass.logsource,
    schema: eventClass.schema,
    fields: fieldsOf(eventClass, read),
    raw: record,
    class: eventClass,
    timed: time !== undefined,
  };
}

/** The fields of a record of this class: the first present of the class's paths, or the constant that the mapping gives. */
export function fieldsOf(eventClass: EventClass, read: (path: string) => unknown): FieldView {
  return {
    get: (field) => {
      const paths = eventClass.paths(field);
      return paths.length === 0 ? eventClass.constants.get(field) : firstPresent(read, paths);
    },
  };
}

/** The first of the class's time paths that holds a readable time. */
export function timeOf(eventClass: EventClass, read: (path: string) => unknown): ParsedTime | undefined {
  for (const path of eventClass.timePaths) {
    const value = read(path);
    const time = parseTime(Array.isArray(value) ? value[0] : value);
    if (time !== undefined) return time;
  }
  return undefined;
}

/** The record's own unique id, where its schema has one and it is a text of 1 to 128 characters. */
export function idOf(eventClass: EventClass, read: (path: string) => unknown): string | undefined {
  for (const path of eventClass.idPaths) {
    const text = textOf(read(path));
    if (text !== undefined && text !== '' && text.length <= 128) return text;
  }
  return undefined;
}

/** The id of a record that has none: SHA-256 over its bytes, the first 32 hex digits. */
export function contentId(source: Uint8Array | string, digest: Digest = sha256): string {
  return digest(source).slice(0, EVENT_ID_DIGITS);
}

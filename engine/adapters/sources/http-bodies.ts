import { Framer } from '../../ingest/index.ts';

/** Records of a request, one JSON object a line. */
export interface BodyRecords {
  readonly bytes: Uint8Array;
  readonly records: number;
}

/** A body that is not of the form it should be; the sender is told. */
export class BodyFault extends Error {
  /** Number of the record at fault, from 0, where one is. */
  readonly index: number | undefined;

  constructor(message: string, index?: number) {
    super(message);
    this.name = 'BodyFault';
    this.index = index;
  }
}

const LF = 10;

/** NDJSON, a JSON array, one JSON object, or several behind one another. What is no JSON stays a line, and is counted when it is decoded. */
export function jsonBody(body: Uint8Array): BodyRecords {
  const first = firstByte(body);
  if (first === undefined) return { bytes: new Uint8Array(0), records: 0 };
  if (first === 0x7b && isLines(body)) return wholeLines(body);
  const framer = new Framer();
  const parts: Uint8Array[] = [];
  for (const record of [...framer.push(body), ...framer.end()]) {
    if (record.kind === 'record') parts.push(oneLine(record.bytes));
    else throw new BodyFault('the body is neither JSON lines nor a JSON value');
  }
  return lined(parts);
}

/** Splunk's event endpoint: objects behind one another, each with `event` and what is known about it. */
export function hecBody(body: Uint8Array): BodyRecords {
  const framer = new Framer();
  const parts: Uint8Array[] = [];
  let index = 0;
  for (const record of [...framer.push(body), ...framer.end()]) {
    const parsed = record.kind === 'record' ? parsedObject(record.bytes) : undefined;
    if (parsed === undefined) throw new BodyFault('Invalid data format', index);
    if (!Object.hasOwn(parsed, 'event')) throw new BodyFault('Event field is required', index);
    const event = parsed['event'];
    if (event === '' || event === null) throw new BodyFault('Event field cannot be blank', index);
    parts.push(encoded(hecRecord(parsed, event)));
    index++;
  }
  if (index === 0) throw new BodyFault('No data');
  return lined(parts);
}

/** Splunk's raw endpoint: a line is an event; what is no JSON object becomes `message`. */
export function rawBody(body: Uint8Array): BodyRecords {
  const text = new TextDecoder().decode(body);
  const parts = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => encoded(textRecord(line)));
  if (parts.length === 0) throw new BodyFault('No data');
  return lined(parts);
}

/** What a bulk request asked for, item by item. */
export interface BulkItems extends BodyRecords {
  readonly items: readonly {
    readonly action: 'create' | 'index' | 'update' | 'delete';
    readonly index: string;
    readonly id: string | undefined;
    readonly taken: boolean;
  }[];
}

/** Elastic's bulk form: an action line, then the document of `create` and `index`. Updates and deletions are answered, and not taken. */
export function bulkBody(body: Uint8Array, defaultIndex: string): BulkItems {
  const lines = linesOf(body);
  const items: BulkItems['items'][number][] = [];
  const parts: Uint8Array[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    if (line === undefined || line.length === 0) continue;
    const action = parsedObject(line);
    const [name, detail] = action === undefined ? [] : (Object.entries(action)[0] ?? []);
    if (name !== 'create' && name !== 'index' && name !== 'update' && name !== 'delete') {
      throw new BodyFault(`Malformed action/metadata line [${at + 1}]`, items.length);
    }
    const meta: Readonly<Record<string, unknown>> =
      typeof detail === 'object' && detail !== null ? { ...detail } : {};
    const index = typeof meta['_index'] === 'string' ? meta['_index'] : defaultIndex;
    const id = typeof meta['_id'] === 'string' ? meta['_id'] : undefined;
    const taken = name === 'create' || name === 'index';
    if (name !== 'delete') {
      const document = lines[++at];
      if (document === undefined)
        throw new BodyFault('The bulk request must be terminated by a newline [\\n]', items.length);
      if (taken) parts.push(document);
    }
    items.push({ action: name, index, id, taken });
  }
  return { ...lined(parts), items };
}

/** The event at the top, where mappings look; what Splunk's sender knew of it beside, and filled in where the event does not say. */
function hecRecord(envelope: Readonly<Record<string, unknown>>, event: unknown): Record<string, unknown> {
  const record =
    typeof event === 'object' && event !== null && !Array.isArray(event)
      ? { ...event }
      : textRecord(typeof event === 'string' ? event : JSON.stringify(event));
  const about: Record<string, unknown> = {};
  for (const key of ['time', 'host', 'source', 'sourcetype', 'index', 'fields']) {
    if (Object.hasOwn(envelope, key)) about[key] = envelope[key];
  }
  const time = new Date(Number(about['time']) * 1000);
  const dated = ['@timestamp', 'timestamp', 'time', 'TimeCreated', 'EventTime', 'eventTime'].some((key) =>
    Object.hasOwn(record, key),
  );
  if (!dated && time.getTime() > 0 && !Object.hasOwn(record, 'Event')) {
    Object.defineProperty(record, '@timestamp', {
      value: time.toISOString(),
      enumerable: true,
    });
  }
  if (Object.keys(about).length > 0)
    Object.defineProperty(record, '@hec', { value: about, enumerable: true });
  return record;
}

function textRecord(line: string): Record<string, unknown> {
  const trimmed = line.trim();
  if (trimmed.startsWith('{')) {
    const parsed = parsedObject(new TextEncoder().encode(trimmed));
    if (parsed !== undefined) return { ...parsed };
  }
  return { message: line };
}

function parsedObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function encoded(record: Readonly<Record<string, unknown>>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

function firstByte(body: Uint8Array): number | undefined {
  for (const byte of body) if (byte > 32 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf) return byte;
  return undefined;
}

/** Whether every line that holds something begins an object: then the lines are the records, as they are. */
function isLines(body: Uint8Array): boolean {
  let start = 0;
  while (start < body.length) {
    const end = body.indexOf(LF, start);
    const stop = end < 0 ? body.length : end;
    let at = start;
    while (at < stop && (body[at] ?? 0) <= 32) at++;
    if (at < stop && body[at] !== 0x7b) return false;
    if (at < stop) {
      let last = stop - 1;
      while (last > at && (body[last] ?? 0) <= 32) last--;
      if (body[last] !== 0x7d) return false;
    }
    start = stop + 1;
  }
  return true;
}

function wholeLines(body: Uint8Array): BodyRecords {
  return lined(linesOf(body).filter((line) => firstByte(line) !== undefined));
}

function linesOf(body: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  while (start < body.length) {
    const end = body.indexOf(LF, start);
    const stop = end < 0 ? body.length : end;
    lines.push(body.subarray(start, stop > start && body[stop - 1] === 13 ? stop - 1 : stop));
    start = stop + 1;
  }
  return lines;
}

/** A record on one line: outside strings JSON has line ends only as blanks, and inside it has none. */
function oneLine(record: Uint8Array): Uint8Array {
  if (!record.includes(LF) && !record.includes(13)) return record;
  return record.map((byte) => (byte === LF || byte === 13 ? 32 : byte));
}

function lined(parts: readonly Uint8Array[]): BodyRecords {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length + 1, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
    bytes[at++] = LF;
  }
  return { bytes, records: parts.length };
}

/** Events of a MISP feed at most; a feed with more is to be split by its maker. */
const EVENTS_MAX = 50_000;

/** A MISP feed as its manifest lists it: by the event's uuid, when it was changed last (seconds). */
export type MispManifest = ReadonlyMap<string, number>;

/** Whether an address is that of a feed of MISP: a folder with `manifest.json`, and beside it an event a file. */
export function isManifest(url: string): boolean {
  return new URL(url).pathname.endsWith('/manifest.json');
}

/** Reads a manifest. Throws where it is none, with the reason. Names that are no uuid are not heeded: they would become parts of addresses. */
export function readManifest(text: string): MispManifest {
  const document: unknown = JSON.parse(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new Error('the manifest is no object of events');
  const events = new Map<string, number>();
  for (const [uuid, about] of Object.entries(document)) {
    if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) continue;
    events.set(uuid, timestampOf(about));
  }
  if (events.size > EVENTS_MAX) throw new Error(`the manifest lists more than ${EVENTS_MAX} events`);
  return events;
}

/** The address of an event beside its manifest. */
export function eventAddress(manifest: string, uuid: string): string {
  return new URL(`${uuid}.json`, manifest).href;
}

/** The events of a kept copy, by uuid. */
export function keptEvents(text: string): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const document: unknown = JSON.parse(text);
  const list =
    typeof document === 'object' && document !== null && 'response' in document ? document.response : [];
  const events = new Map<string, Readonly<Record<string, unknown>>>();
  for (const one of Array.isArray(list) ? list : []) {
    const event = eventOf(one);
    if (typeof event?.['uuid'] === 'string') events.set(event['uuid'], event);
  }
  return events;
}

/** The event in a document, which must be the one that was asked for. Throws where it is not. */
export function readEvent(text: string, uuid: string): Readonly<Record<string, unknown>> {
  const event = eventOf(JSON.parse(text));
  if (event === undefined) throw new Error(`${uuid}.json holds no event`);
  if (String(event['uuid']).toLowerCase() !== uuid.toLowerCase())
    throw new Error(`${uuid}.json holds another event`);
  return event;
}

/** Events as a copy that the reader of MISP understands, in the order of their uuids. */
export function copyText(events: ReadonlyMap<string, Readonly<Record<string, unknown>>>): string {
  const sorted = [...events].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ response: sorted.map(([, event]) => ({ Event: event })) });
}

/** When an event was changed last, as it or the manifest says; 0 where nothing is said. */
export function timestampOf(about: unknown): number {
  if (typeof about !== 'object' || about === null || !('timestamp' in about)) return 0;
  const seconds = Number(about.timestamp);
  return Number.isFinite(seconds) ? seconds : 0;
}

function eventOf(document: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof document !== 'object' || document === null || !('Event' in document)) return undefined;
  const { Event: event } = document;
  return typeof event === 'object' && event !== null && !Array.isArray(event)
    ? Object.fromEntries(Object.entries(event))
    : undefined;
}

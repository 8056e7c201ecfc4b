import { readFeedText } from '../../intel/index.ts';
import { eventTime, type FeedRule } from '../../model/index.ts';
import type { CopyNote, FeedStore } from './feed-store.ts';
import { GET_DEFAULTS, type GetOptions, type Got, httpGet } from './http-get.ts';
import {
  copyText,
  eventAddress,
  isManifest,
  keptEvents,
  readEvent,
  readManifest,
  timestampOf,
} from './misp-manifest.ts';

/** What the operator says of a feed; never a rule. */
export interface FeedAccess {
  readonly allowPrivate: boolean;
  /** Sent with every request, for instance `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
}

export const NO_ACCESS: FeedAccess = { allowPrivate: false, headers: {} };

/** What became of fetching a feed. The last good copy stands unless it is `new`. */
export type FeedFetch =
  | { readonly kind: 'new'; readonly rows: number }
  | { readonly kind: 'same' }
  | { readonly kind: 'failed'; readonly reason: string };

/** What fetching needs from outside. */
export interface FetchPorts {
  readonly store: FeedStore;
  readonly nowMicros: () => number;
  readonly get?: (address: string, options: GetOptions) => Promise<Got>;
}

/** Objects of a TAXII collection kept at most; more is a collection that no snapshot holds. */
const OBJECTS_MAX = 2_000_000;
const PAGES_MAX = 10_000;
const TAXII = 'application/taxii+json;version=2.1';

/**
 * Fetches a feed over the network and keeps it where it is whole and holds what its format says. Never rejects: a failure leaves the last
 * good copy as it is.
 */
export async function fetchFeed(
  feed: FeedRule,
  ports: FetchPorts,
  access: FeedAccess = NO_ACCESS,
): Promise<FeedFetch> {
  try {
    switch (feed.origin.kind) {
      case 'file':
        return { kind: 'same' };
      case 'http':
        if (feed.format === 'misp' && isManifest(feed.origin.url))
          return await fetchManifest(feed, feed.origin.url, { ports, access });
        return await fetchHttp(feed, feed.origin.url, { ports, access });
      case 'taxii':
        return await fetchTaxii(feed, feed.origin, { ports, access });
      default:
        return feed.origin satisfies never;
    }
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

interface Means {
  readonly ports: FetchPorts;
  readonly access: FeedAccess;
}

function optionsOf({ access }: Means, headers: Readonly<Record<string, string>>): GetOptions {
  return {
    ...GET_DEFAULTS,
    headers: { ...headers, ...access.headers },
    allowPrivate: access.allowPrivate ? 'allowed' : 'refused',
  };
}

/** RFC 9110, 13.1: only what has changed is sent again. */
async function fetchHttp(feed: FeedRule, url: string, means: Means): Promise<FeedFetch> {
  const { store, nowMicros, get = httpGet } = means.ports;
  const known = await store.note(feed);
  const asked = {
    ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
    ...(known?.lastModified === undefined ? {} : { 'if-modified-since': known.lastModified }),
  };
  const { status, headers, text } = await get(url, optionsOf(means, asked));
  const fetchedAt = nowMicros();
  if (status === 304 && known !== undefined) {
    await store.confirm(feed, { ...known, fetchedAt });
    return { kind: 'same' };
  }
  if (status !== 200) return { kind: 'failed', reason: `HTTP ${status}` };
  const etag = headers.etag;
  const lastModified = headers['last-modified'];
  return keepWhole(feed, text, {
    store,
    note: {
      from: url,
      fetchedAt,
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { lastModified }),
    },
  });
}

/**
 * A MISP feed by its manifest: only events that are new or were changed are asked for, and those that the manifest names no more are given up, which takes
 * their indicators back. An event that cannot be had leaves the last good copy as it is.
 */
async function fetchManifest(feed: FeedRule, url: string, means: Means): Promise<FeedFetch> {
  const { store, nowMicros, get = httpGet } = means.ports;
  const known = await store.note(feed);
  const kept = known === undefined ? undefined : await store.read(feed);
  const asked = kept === undefined || known?.etag === undefined ? {} : { 'if-none-match': known.etag };
  const { status, headers, text } = await get(url, optionsOf(means, asked));
  const fetchedAt = nowMicros();
  if (status === 304 && known !== undefined) {
    await store.confirm(feed, { ...known, fetchedAt });
    return { kind: 'same' };
  }
  if (status !== 200) return { kind: 'failed', reason: `HTTP ${status} of the manifest` };
  const listed = readManifest(text);
  const before = kept === undefined ? new Map() : keptEvents(kept.text);
  const events = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [uuid, changedAt] of listed) {
    const own = before.get(uuid);
    if (own !== undefined && timestampOf(own) >= changedAt) {
      events.set(uuid, own);
      continue;
    }
    const got = await get(eventAddress(url, uuid), optionsOf(means, {}));
    if (got.status !== 200) return { kind: 'failed', reason: `HTTP ${got.status} of ${uuid}.json` };
    events.set(uuid, readEvent(got.text, uuid));
  }
  const { etag } = headers;
  const note: CopyNote = { from: url, fetchedAt, ...(etag === undefined ? {} : { etag }) };
  return keepWhole(feed, copyText(events), { store, note });
}

/** Keeps a text in which the feed's reader finds an indicator; an error page in the place of a feed must not displace it. */
async function keepWhole(
  feed: FeedRule,
  text: string,
  { store, note }: { readonly store: FeedStore; readonly note: CopyNote },
): Promise<FeedFetch> {
  const reading = readFeedText(feed, text, {
    sink: { indicator: () => undefined },
    file: note.from,
    seenAt: eventTime(note.fetchedAt),
  });
  const broken = reading.diagnostics.find(({ severity }) => severity === 'error');
  if (broken !== undefined) return { kind: 'failed', reason: `${broken.code}: ${broken.message}` };
  if (reading.read === 0 && reading.bad > 0) {
    return { kind: 'failed', reason: `none of ${reading.bad} rows is an indicator` };
  }
  if (reading.bad > reading.read) {
    return {
      kind: 'failed',
      reason: `${reading.bad} of ${reading.bad + reading.read} rows are no indicator`,
    };
  }
  await store.keep(feed, text, note);
  return { kind: 'new', rows: reading.read };
}

/** TAXII 2.1, 5.4: the objects of a collection, page by page, from where the last reading ended. Newer versions displace older ones. */
async function fetchTaxii(
  feed: FeedRule,
  origin: { readonly url: string; readonly collection: string },
  means: Means,
): Promise<FeedFetch> {
  const { store, nowMicros, get = httpGet } = means.ports;
  const known = await store.note(feed);
  const kept = known === undefined ? undefined : await store.read(feed);
  const objects = new Map<string, Readonly<Record<string, unknown>>>();
  for (const object of kept === undefined ? [] : objectsOf(kept.text)) take(objects, object);
  const before = objects.size;
  const base = `${origin.url.replace(/\/+$/, '')}/collections/${origin.collection}/objects/`;
  let addedAfter = kept === undefined ? undefined : known?.addedAfter;
  const begun = addedAfter;
  let next: string | undefined;
  let came = 0;
  for (let page = 0; ; page++) {
    if (page >= PAGES_MAX) return { kind: 'failed', reason: `more than ${PAGES_MAX} pages` };
    const url = new URL(base);
    url.searchParams.set('limit', '1000');
    url.searchParams.set('match[type]', 'indicator');
    if (begun !== undefined) url.searchParams.set('added_after', begun);
    if (next !== undefined) url.searchParams.set('next', next);
    const { status, headers, text } = await get(url.href, optionsOf(means, { accept: TAXII }));
    if (status !== 200) return { kind: 'failed', reason: `HTTP ${status} of page ${page + 1}` };
    const type = headers['content-type'] ?? '';
    if (
      !/^application\/taxii\+json\b/i.test(type) ||
      (/version=/i.test(type) && !/version="?2\.1/i.test(type))
    )
      return { kind: 'failed', reason: `the server answers ${type || 'no content type'}, not ${TAXII}` };
    const envelope: unknown = JSON.parse(text);
    for (const object of objectsOf(text)) {
      take(objects, object);
      came++;
    }
    if (objects.size > OBJECTS_MAX) return { kind: 'failed', reason: `more than ${OBJECTS_MAX} objects` };
    const last = headers['x-taxii-date-added-last'];
    if (typeof last === 'string') addedAfter = last;
    const more = isRecord(envelope) && envelope['more'] === true;
    if (!more) break;
    const following = isRecord(envelope) ? envelope['next'] : undefined;
    if (typeof following !== 'string' || following === next)
      return { kind: 'failed', reason: 'the server has more and does not say where' };
    next = following;
  }
  const fetchedAt = nowMicros();
  const note: CopyNote = {
    from: base,
    fetchedAt,
    ...(addedAfter === undefined ? {} : { addedAfter }),
  };
  if (came === 0 && known !== undefined && kept !== undefined) {
    await store.confirm(feed, note);
    return { kind: 'same' };
  }
  const text = JSON.stringify({ type: 'bundle', objects: [...objects.values()] });
  const reading = readFeedText(feed, text, { sink: { indicator: () => undefined }, file: base });
  await store.keep(feed, text, note);
  return { kind: 'new', rows: before === objects.size ? came : reading.read };
}

function take(
  into: Map<string, Readonly<Record<string, unknown>>>,
  object: Readonly<Record<string, unknown>>,
): void {
  const { id, type, modified } = object;
  if (type !== 'indicator' || typeof id !== 'string') return;
  const known = into.get(id)?.['modified'];
  if (typeof known === 'string' && typeof modified === 'string' && known > modified) return;
  into.set(id, object);
}

function objectsOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  const envelope: unknown = JSON.parse(text);
  const objects = isRecord(envelope) ? envelope['objects'] : undefined;
  return Array.isArray(objects) ? objects.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { SEVERITIES } from '../../model/index.ts';
import type { StoredChange } from '../../runtime/index.ts';
import { ApiFault } from '../api-fault.ts';
import type { EnginePort } from '../engine-port.ts';
import { type ApiRequest, type Route, textOf } from '../route.ts';
import { choice } from '../schemas.ts';

/** Streams at once; one more is told to come again. */
const STREAMS_MAX = 64;
/** Revisions read at once: what a client that does not read holds in memory. */
const CHANGES_AT_ONCE = 20;
/** So often a line goes out that says nothing, so that proxies keep the connection and a dead one is noticed. */
const ALIVE_MS = 15_000;
/** A client that takes nothing for so long is let go; it can come again with the last id that it saw. */
const STALLED_MS = 60_000;

const SEVERITY_NAMES: readonly string[] = SEVERITIES;

let streams = 0;

/** The live stream: every revision as it is stored, as server-sent events. */
export const STREAM_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/stream',
    name: 'stream',
    needs: 'reader',
    summary:
      'Revisions of alerts and incidents as server-sent events, from now on, or from behind `Last-Event-ID`. `reset` says that this id is not of this database: look at the listings again.',
    query: {
      kind: choice('Only alerts, or only incidents.', ['alert', 'incident']),
      severity: choice('Only what is at least this severe.', SEVERITIES),
      after: {
        type: 'integer',
        minimum: 0,
        description: 'As `Last-Event-ID`, for those who cannot send it.',
      },
    },
    type: 'text/event-stream',
    handle: (request) => {
      if (streams >= STREAMS_MAX) {
        const headers = { 'retry-after': '10' };
        throw new ApiFault(429, 'too_many', { message: `there are ${STREAMS_MAX} streams already`, headers });
      }
      return { stream: eventStream(request), type: 'text/event-stream' };
    },
  },
];

/**
 * Events are read from the store when the client takes them, at its own pace: nothing is kept for it, and one that is slow holds a few revisions and
 * never holds up the engine.
 */
function eventStream(request: ApiRequest): ReadableStream<Uint8Array> {
  const { engine, gone } = request;
  const encoder = new TextEncoder();
  const wanted = filterOf(request);
  const { cursor: start, reset } = startOf(request);
  let cursor = start;
  let greeting: string | undefined = reset ? `event: reset\ndata: {}\n\n` : `: from ${start}\n\n`;
  const over = new AbortController();
  streams++;
  const end = (): void => {
    if (over.signal.aborted) return;
    over.abort();
    streams--;
  };
  gone.addEventListener('abort', end);
  if (gone.aborted) end();
  let stalled: AbortController | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        stalled?.abort();
        let text = greeting ?? '';
        greeting = undefined;
        if (text === '') {
          const read = await changesAfter(engine, cursor, over.signal);
          cursor = read.at(-1)?.sequence ?? cursor;
          // What is left out moves the client's id on, too.
          text = read.map((change) => (wanted(change) ? eventText(change) : '')).join('');
          if (text === '') text = read.length === 0 ? ': alive\n\n' : `id: ${cursor}\n\n`;
        }
        if (over.signal.aborted) {
          controller.close();
          return;
        }
        controller.enqueue(encoder.encode(text));
        stalled = new AbortController();
        const { signal } = stalled;
        void engine.clock.sleep(STALLED_MS, signal).then(() => {
          if (signal.aborted || over.signal.aborted) return;
          end();
          controller.error(new Error('the client takes nothing'));
        });
      },
      cancel() {
        stalled?.abort();
        end();
      },
    },
    { highWaterMark: 1 },
  );
}

/** What is new behind a number; nothing after a while without any. */
async function changesAfter(
  engine: EnginePort,
  cursor: number,
  over: AbortSignal,
): Promise<readonly StoredChange[]> {
  const found = engine.store.changes(cursor, CHANGES_AT_ONCE);
  if (found.length > 0 || over.aborted) return found;
  const waited = new AbortController();
  const stop = (): void => waited.abort();
  over.addEventListener('abort', stop);
  await Promise.race([engine.nextChange(waited.signal), engine.clock.sleep(ALIVE_MS, waited.signal)]);
  waited.abort();
  over.removeEventListener('abort', stop);
  return over.aborted ? [] : engine.store.changes(cursor, CHANGES_AT_ONCE);
}

function eventText({ sequence, revision }: StoredChange): string {
  // A body is one line of JSON, so it is one line of data.
  return `id: ${sequence}\nevent: ${revision.kind}\ndata: ${revision.body}\n\n`;
}

function filterOf({ query }: ApiRequest): (change: StoredChange) => boolean {
  const kind = textOf(query['kind']);
  const least = SEVERITY_NAMES.indexOf(textOf(query['severity']) ?? '');
  return ({ revision }) =>
    (kind === undefined || revision.kind === kind) && SEVERITY_NAMES.indexOf(revision.severity) >= least;
}

function startOf({ engine, headers, query }: ApiRequest): {
  readonly cursor: number;
  readonly reset: boolean;
} {
  const last = engine.store.lastChange();
  const written =
    headers.get('last-event-id') ?? (query['after'] === undefined ? undefined : String(query['after']));
  if (written === undefined) return { cursor: last, reset: false };
  const cursor = /^\d{1,15}$/.test(written) ? Number(written) : Number.NaN;
  return cursor <= last ? { cursor, reset: false } : { cursor: last, reset: true };
}

import { fileSink, streamSink, systemClock, type TextSink } from '../adapters/index.ts';
import { alertFromRecord, eventTime, formatTime, incidentFromRecord, parseDuration } from '../model/index.ts';
import type { RevisionQuery, StorePort } from '../runtime/index.ts';
import { type ApiClient, ClientTrouble, openClient } from './api-client.ts';
import type { ClientChoice } from './client-options.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Emitted, FindingFormat } from './finding-formats.ts';
import { formatOf } from './format-of.ts';
import { daemonRuns, withStore } from './offline-store.ts';
import { isDiagnostic, refusal, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** What to export of what is kept, and how. */
export interface KeptSettings extends ClientChoice {
  readonly format: FindingFormat;
  readonly emit: readonly Emitted[];
  readonly output: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** The audit log instead. */
  readonly audit: boolean;
}

type Records = AsyncIterable<unknown> | Iterable<unknown>;

/** Where kept things are read from: the daemon, or its database. */
interface Kept {
  cases(kind: 'alert' | 'incident'): Records;
  audit(): Records;
}

/** Microseconds of a point in time: ISO 8601, or a duration before now; NaN where it is neither. */
function timeOf(text: string): number {
  const ago = parseDuration(text);
  return ago === undefined ? Date.parse(text) * 1000 : systemClock.nowMicros() - ago;
}

/** A point in time as the API reads it. */
function stamp(micros: number | undefined): string | undefined {
  return micros === undefined ? undefined : formatTime(eventTime(micros));
}

/** Writes what a daemon keeps, or its database while none runs: 0, 1 where there is nothing that fits, 3 where something is wrong, 4 where it cannot be had. */
export async function runExportKept(terminal: Terminal, settings: KeptSettings): Promise<ExitCode> {
  const { format: name, emit, output, since, until, audit } = settings;
  const times = [since, until].map((written) => (written === undefined ? undefined : timeOf(written)));
  if (times.some((one) => one !== undefined && Number.isNaN(one)))
    return refuse(terminal, [
      refusal(
        'TT8003',
        '--since or --until is no time',
        'such as 2026-11-24T08:00:00Z, or 24h for a day before now',
      ),
    ]);
  const sink = output === undefined ? streamSink(terminal.stdout, 'standard output') : await fileSink(output);
  if (isDiagnostic(sink)) return refuse(terminal, [sink]);
  const [from, to] = times;
  const range = {
    ...(from === undefined ? {} : { since: from }),
    ...(to === undefined ? {} : { until: to }),
  };
  const write = (kept: Kept): Promise<number> =>
    audit
      ? writeLines(kept.audit(), sink)
      : writeCases(kept, sink, { writer: formatOf(name, { emit, palette: terminal.outPalette }), emit });
  try {
    const written = (await daemonRuns(settings))
      ? await write(liveKept(await openClient(settings), { since: stamp(from), until: stamp(to) }))
      : await withStore(settings, (store) => write(storedKept(store, range)));
    const unwritten = await sink.close();
    if (unwritten !== undefined) return refuse(terminal, [unwritten]);
    if (written > 0) return EXIT.clean;
    terminal.say('nothing that is kept fits');
    return EXIT.findings;
  } catch (error) {
    if (error instanceof ClientTrouble) return refuse(terminal, [error.finding]);
    throw error;
  }
}

async function writeLines(records: Records, sink: TextSink): Promise<number> {
  let count = 0;
  for await (const record of records) {
    await sink.write(`${JSON.stringify(record)}\n`);
    count++;
  }
  return count;
}

async function writeCases(
  kept: Kept,
  sink: TextSink,
  { writer, emit }: { readonly writer: ReturnType<typeof formatOf>; readonly emit: readonly Emitted[] },
): Promise<number> {
  let count = 0;
  await sink.write(writer.begin());
  if (emit.includes('alerts')) {
    for await (const record of kept.cases('alert')) {
      await sink.write(writer.alert(alertFromRecord(record).value));
      count++;
    }
  }
  if (emit.includes('incidents')) {
    for await (const record of kept.cases('incident')) {
      await sink.write(writer.incident(incidentFromRecord(record).value));
      count++;
    }
  }
  await sink.write(writer.end());
  return count;
}

function liveKept(
  client: ApiClient,
  query: { readonly since: string | undefined; readonly until: string | undefined },
): Kept {
  return {
    cases: (kind) => client.pages(`/api/v1/${kind}s`, query),
    audit: () => client.pages('/api/v1/audit', { since: query.since }),
  };
}

function storedKept(store: StorePort, range: Pick<RevisionQuery, 'since' | 'until'>): Kept {
  return {
    *cases(kind) {
      let after: string | undefined;
      do {
        const page = store.list({ kind, limit: 200, ...range, ...(after === undefined ? {} : { after }) });
        for (const { body } of page.items) yield JSON.parse(body);
        after = page.next;
      } while (after !== undefined);
    },
    *audit() {
      const since = range.since === undefined ? {} : { since: range.since };
      let after: string | undefined;
      do {
        const page = store.audit({ limit: 200, ...since, ...(after === undefined ? {} : { after }) });
        for (const { at, ...rest } of page.items) yield { at: formatTime(eventTime(at)), ...rest };
        after = page.next;
      } while (after !== undefined);
    },
  };
}

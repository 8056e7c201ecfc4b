import { incidentText, streamSink } from '../adapters/index.ts';
import { type Alert, alertFromRecord, incidentFromRecord } from '../model/index.ts';
import { type ApiClient, ClientTrouble, openClient, type Query } from './api-client.ts';
import { caseLine } from './case-line.ts';
import type { ClientChoice } from './client-options.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { FindingFormat } from './finding-formats.ts';
import { formatOf } from './format-of.ts';
import { isPlain } from './plain.ts';
import { print, printToFile } from './print.ts';
import { refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import { statusText } from './status-text.ts';
import type { Terminal } from './terminal.ts';

/** Does something with the daemon that is meant; trouble on the way is said, and gives its exit code. */
export async function asking(
  terminal: Terminal,
  choice: ClientChoice,
  work: (client: ApiClient) => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await work(await openClient(choice));
  } catch (error) {
    if (error instanceof ClientTrouble) return refuse(terminal, [error.finding]);
    throw error;
  }
}

/** `status`: 0 where the engine is ready, 1 where it is not. */
export function runStatus(
  terminal: Terminal,
  { json, ...choice }: ClientChoice & { readonly json: boolean },
): Promise<ExitCode> {
  return asking(terminal, choice, async (client) => {
    const health = await client.get('/api/v1/health');
    const printed = await print(
      terminal,
      json ? `${JSON.stringify(health)}\n` : statusText(isPlain(health) ? health : {}, terminal.outPalette),
    );
    if (printed !== EXIT.clean) return printed;
    return isPlain(health) && health['ready'] === true ? EXIT.clean : EXIT.findings;
  });
}

/** How a listing is asked for. */
export interface ListChoice extends ClientChoice {
  readonly kind: 'alert' | 'incident';
  readonly json: boolean;
  readonly limit: number;
  readonly query: Query;
}

/** `alert list`, `incident list`. */
export function runList(
  terminal: Terminal,
  { kind, json, limit, query, ...choice }: ListChoice,
): Promise<ExitCode> {
  return asking(terminal, choice, async (client) => {
    const lines: string[] = [];
    for await (const record of client.pages(`/api/v1/${kind}s`, { ...query, limit: Math.min(limit, 200) })) {
      lines.push(json ? JSON.stringify(record) : caseLine(record));
      if (lines.length >= limit) break;
    }
    if (lines.length === 0) terminal.say(`no ${kind} that fits`);
    return print(terminal, lines.map((line) => `${line}\n`).join(''));
  });
}

/** `alert show`, and `incident show` without a file. */
export function runShowLive(
  terminal: Terminal,
  {
    kind,
    id,
    format,
    proof,
    ...choice
  }: ClientChoice & {
    readonly kind: 'alert' | 'incident';
    readonly id: string;
    readonly format: FindingFormat;
    /** Where to write the proof of an incident. */
    readonly proof?: string;
  },
): Promise<ExitCode> {
  return asking(terminal, choice, async (client) => {
    const record = await client.get(`/api/v1/${kind}s/${encodeURIComponent(id)}`);
    const writer = formatOf(format, { emit: [`${kind}s`], palette: terminal.outPalette });
    if (kind === 'alert') {
      const { value } = alertFromRecord(record);
      return print(terminal, writer.begin() + writer.alert(value) + writer.end());
    }
    const { value } = incidentFromRecord(record);
    if (proof !== undefined) {
      const proven = await client.get(`/api/v1/incidents/${encodeURIComponent(id)}/proof`);
      // As the daemon wrote it: its digest is over the content.
      const written = await printToFile(terminal, proof, `${JSON.stringify(proven, null, 1)}\n`);
      if (written !== EXIT.clean) return written;
    }
    if (format !== 'pretty') return print(terminal, writer.begin() + writer.incident(value) + writer.end());
    const alerts = new Map<string, Alert>();
    for (const { alert } of value.members.slice(0, ALERTS_SHOWN_MAX)) {
      const member = await client.get(`/api/v1/alerts/${alert}`).catch(() => undefined);
      if (member !== undefined) alerts.set(alert, alertFromRecord(member).value);
    }
    return print(terminal, incidentText(value, { alerts, palette: terminal.outPalette }));
  });
}

/** More would make a story nobody reads. */
const ALERTS_SHOWN_MAX = 100;

/** `alert ack|resolve|dismiss|…`, `incident …`: says what became of each. */
export function runVerb(
  terminal: Terminal,
  {
    kind,
    ids,
    verb,
    body,
    ...choice
  }: ClientChoice & {
    readonly kind: 'alert' | 'incident';
    readonly ids: readonly string[];
    readonly verb: string;
    readonly body: Readonly<Record<string, unknown>>;
  },
): Promise<ExitCode> {
  return asking(terminal, choice, async (client) => {
    const lines: string[] = [];
    for (const id of ids) {
      const record = await client.post(`/api/v1/${kind}s/${encodeURIComponent(id)}/${verb}`, body);
      lines.push(caseLine(isPlain(record) ? record : {}));
    }
    return print(terminal, lines.map((line) => `${line}\n`).join(''));
  });
}

/** `tail`: what changes from now on, until the one who watches goes; goes on where it was when the daemon comes back. */
export function runTail(
  terminal: Terminal,
  {
    json,
    all,
    query,
    once,
    ...choice
  }: ClientChoice & {
    readonly json: boolean;
    readonly all: boolean;
    readonly query: Query;
    readonly once: boolean;
  },
): Promise<ExitCode> {
  let last: string | undefined;
  const sink = streamSink(terminal.stdout, 'standard output');
  return asking(terminal, choice, async (client) => {
    for (let tries = 0; ; tries++) {
      try {
        for await (const { id, event, data } of client.stream(query, last)) {
          tries = 0;
          if (id !== '') last = id;
          if (event === 'reset')
            terminal.say('the daemon works with another database; some changes may be missing here');
          if (event !== 'alert' && event !== 'incident') continue;
          const record: unknown = JSON.parse(data);
          if (!isPlain(record) || (!all && record['suppressed'] !== undefined)) continue;
          await sink.write(`${json ? data : caseLine(record)}\n`);
          await sink.flush();
          if (!sink.open) return EXIT.clean;
        }
      } catch (error) {
        const refused = error instanceof ClientTrouble && error.finding.code !== 'TT8072';
        if (refused || (tries === 0 && last === undefined && error instanceof ClientTrouble)) throw error;
      }
      if (once) return EXIT.clean;
      if (tries === 0) terminal.say('the daemon has gone; waiting for it');
      await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 500 * 2 ** tries)));
    }
  });
}

/** `silence list|add|expire`. */
export function runSilence(
  terminal: Terminal,
  {
    action,
    id,
    body,
    json,
    ...choice
  }: ClientChoice & {
    readonly action: 'list' | 'add' | 'expire';
    readonly id?: string;
    readonly body?: Readonly<Record<string, unknown>>;
    readonly json: boolean;
  },
): Promise<ExitCode> {
  return asking(terminal, choice, async (client) => {
    const found: Readonly<Record<string, unknown>>[] = [];
    if (action === 'list') found.push(...itemsOf(await client.get('/api/v1/silences')));
    else {
      const one =
        action === 'add'
          ? await client.post('/api/v1/silences', body ?? {})
          : await client.delete(`/api/v1/silences/${encodeURIComponent(id ?? '')}`);
      if (isPlain(one)) found.push(one);
    }
    if (found.length === 0) terminal.say('no silences');
    return print(terminal, found.map((one) => `${json ? JSON.stringify(one) : silenceLine(one)}\n`).join(''));
  });
}

function silenceLine(silence: Readonly<Record<string, unknown>>): string {
  const { id, match, owner, reason, until, active } = silence;
  const about = isPlain(match) ? Object.entries(match).map(([key, value]) => `${key}=${String(value)}`) : [];
  const state = active === true ? 'active' : 'over';
  const line = `${String(id)}  ${state.padEnd(6)}  until ${String(until)}  ${about.join(' ')}  ${String(owner)}: ${String(reason)}`;
  return visible(line.replaceAll(/[\n\t]/g, ' '));
}

/** `dlq list|replay` by the daemon. */
export async function dlqLive(
  client: ApiClient,
  {
    output,
    replay,
  }: { readonly output: string | undefined; readonly replay: readonly number[] | 'all' | undefined },
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const names = itemsOf(await client.get('/api/v1/outputs'))
    .map(({ name }) => String(name))
    .filter((name) => output === undefined || name === output);
  const chosen = output !== undefined && names.length === 0 ? [output] : names;
  const found: Readonly<Record<string, unknown>>[] = [];
  for (const name of chosen) {
    const path = `/api/v1/outputs/${encodeURIComponent(name)}/dead-letters`;
    if (replay === undefined) for await (const one of client.pages(path)) found.push(one);
    else {
      const done = await client.post(`${path}/replay`, replay === 'all' ? {} : { sequences: replay });
      found.push({ output: name, ...(isPlain(done) ? done : {}) });
    }
  }
  return found;
}

function itemsOf(answer: unknown): readonly Readonly<Record<string, unknown>>[] {
  const items: unknown = isPlain(answer) ? answer['items'] : undefined;
  return Array.isArray(items) ? items.filter(isPlain) : [];
}

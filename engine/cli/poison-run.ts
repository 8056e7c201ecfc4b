import { writeFileSync } from 'node:fs';
import { unwritable } from '../adapters/index.ts';
import { dropPoison, poisonRecords, poisonReport, type StorePort } from '../runtime/index.ts';
import { type ApiClient, ClientTrouble, openClient } from './api-client.ts';
import type { ClientChoice } from './client-options.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { daemonRuns, withStore, withStoreToChange } from './offline-store.ts';
import { isPlain } from './plain.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import type { Terminal } from './terminal.ts';

type Plain = Readonly<Record<string, unknown>>;

/** `poison list`. */
export function runPoisonList(
  terminal: Terminal,
  { json, ...choice }: ClientChoice & { readonly json: boolean },
): Promise<ExitCode> {
  return guarded(terminal, async () => {
    const found: Plain[] = [];
    if (await daemonRuns(choice)) {
      for await (const one of (await openClient(choice)).pages('/api/v1/poison')) found.push(one);
    } else found.push(...(await withStore(choice, storedReports)));
    if (found.length === 0) terminal.say('no record is set aside');
    return print(terminal, found.map((one) => `${json ? JSON.stringify(one) : line(one)}\n`).join(''));
  });
}

function storedReports(store: StorePort): readonly Plain[] {
  return poisonRecords(store).map((record) => ({ ...poisonReport(record) }));
}

/** `poison show`. */
export function runPoisonShow(
  terminal: Terminal,
  { id, ...choice }: ClientChoice & { readonly id: string },
): Promise<ExitCode> {
  return guarded(terminal, async () => {
    const { bytes, ...report } = await oneOf(choice, id);
    const fields = Object.entries(report).map(([name, value]) => `${name}: ${String(value)}`);
    const text = new TextDecoder().decode(bytesOf(bytes));
    return print(terminal, `${[...fields, '', text].map(visible).join('\n')}\n`);
  });
}

/** `poison export`. */
export function runPoisonExport(
  terminal: Terminal,
  { id, output, ...choice }: ClientChoice & { readonly id: string; readonly output?: string },
): Promise<ExitCode> {
  return guarded(terminal, async () => {
    const { bytes } = await oneOf(choice, id);
    if (output === undefined) {
      await new Promise<void>((resolve) => terminal.stdout.write(bytesOf(bytes), () => resolve()));
      return EXIT.clean;
    }
    try {
      // Private: it is an event.
      writeFileSync(output, bytesOf(bytes), { mode: 0o600 });
      return EXIT.clean;
    } catch (error) {
      return refuse(terminal, [unwritable(output, error)]);
    }
  });
}

/** `poison retry`, which only a daemon can do, and `poison drop`. 1 where a record ended a thread again. */
export function runPoisonVerb(
  terminal: Terminal,
  {
    ids,
    verb,
    ...choice
  }: ClientChoice & { readonly ids: readonly string[]; readonly verb: 'retry' | 'drop' },
): Promise<ExitCode> {
  return guarded(terminal, async () => {
    const running = await daemonRuns(choice);
    if (!running && verb === 'drop') {
      const dropped = await withStoreToChange(choice, (store) =>
        ids.map((id) => dropPoison(store, id, { by: 'operator', at: Date.now() * 1000 })),
      );
      const lines = ids.map((id, i) => `${id}  ${dropped[i] === true ? 'dropped' : 'there is none'}\n`);
      const printed = await print(terminal, lines.join(''));
      return printed === EXIT.clean && dropped.includes(false) ? EXIT.findings : printed;
    }
    const client = await openClient(choice);
    let code: ExitCode = EXIT.clean;
    for (const id of ids) {
      const path = `/api/v1/poison/${encodeURIComponent(id)}`;
      const answer = verb === 'drop' ? await client.delete(path) : await client.post(`${path}/retry`, {});
      const outcome = isPlain(answer) ? String(answer['outcome']) : '';
      if (outcome === 'poison') code = EXIT.findings;
      const printed = await print(terminal, `${id}  ${visible(said(outcome, answer))}\n`);
      if (printed !== EXIT.clean) return printed;
    }
    return code;
  });
}

function said(outcome: string, answer: unknown): string {
  if (outcome === 'poison') return 'it ended a thread again, and stays set aside';
  if (outcome === 'dropped') return 'dropped';
  const signals = isPlain(answer) ? Number(answer['signals']) : 0;
  return `taken in: ${signals} signals`;
}

async function oneOf(choice: ClientChoice, id: string): Promise<Plain> {
  if (await daemonRuns(choice)) return shownBy(await openClient(choice), id);
  const found = await withStore(choice, (store) =>
    poisonRecords(store).find((record) => poisonReport(record).id === id),
  );
  if (found !== undefined)
    return { ...poisonReport(found), bytes: Buffer.from(found.bytes).toString('base64') };
  throw new ClientTrouble(
    refusal('TT8032', `no record ${id} is set aside`, '`telltale poison list` shows them'),
  );
}

async function shownBy(client: ApiClient, id: string): Promise<Plain> {
  const record = await client.get(`/api/v1/poison/${encodeURIComponent(id)}`);
  return isPlain(record) ? record : {};
}

function bytesOf(base64: unknown): Uint8Array {
  return Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');
}

async function guarded(terminal: Terminal, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClientTrouble) return refuse(terminal, [error.finding]);
    throw error;
  }
}

function line({ id, at, source, file, line: number, sizeBytes, reason }: Plain): string {
  const text = `${String(id)}  ${String(at)}  ${String(source)}  ${String(file)}:${String(number)}  ${String(sizeBytes)} bytes: ${String(reason)}`;
  return visible(text.replaceAll(/[\n\t]/g, ' '));
}

import { eventTime, formatTime } from '../model/index.ts';
import type { DeadLetter } from '../runtime/index.ts';
import { ClientTrouble, openClient } from './api-client.ts';
import type { ClientChoice } from './client-options.ts';
import { dlqLive } from './client-run.ts';
import type { ExitCode } from './exit-code.ts';
import { daemonRuns, withStore, withStoreToChange } from './offline-store.ts';
import { print } from './print.ts';
import { refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import type { Terminal } from './terminal.ts';

/** What is wanted of the dead letters; `replay` absent lists them. */
export interface DlqChoice extends ClientChoice {
  readonly output: string | undefined;
  readonly replay: readonly number[] | 'all' | undefined;
  readonly json: boolean;
}

type Plain = Readonly<Record<string, unknown>>;

/** Lists dead letters or puts them back, by the daemon or, while none runs, in its database. */
export async function runDlq(
  terminal: Terminal,
  { output, replay, json, ...choice }: DlqChoice,
): Promise<ExitCode> {
  try {
    const wanted = { output, replay };
    const found = (await daemonRuns(choice))
      ? await dlqLive(await openClient(choice), wanted)
      : await dlqStored(choice, wanted);
    if (found.length === 0) terminal.say('no dead letters');
    return await print(terminal, found.map((one) => `${json ? JSON.stringify(one) : line(one)}\n`).join(''));
  } catch (error) {
    if (error instanceof ClientTrouble) return refuse(terminal, [error.finding]);
    throw error;
  }
}

function dlqStored(
  choice: ClientChoice,
  { output, replay }: Pick<DlqChoice, 'output' | 'replay'>,
): Promise<readonly Plain[]> {
  if (replay !== undefined && output !== undefined)
    return withStoreToChange(choice, (store) => {
      const replayed = store.replay(output, replay);
      const event = { at: Date.now() * 1000, by: 'operator', action: 'dlq.replayed', subject: output };
      const audit = [{ ...event, detail: { replayed } }];
      store.commit({ positions: [], state: [], revisions: [], outbox: [], ledger: [], audit });
      return [{ output, replayed }];
    });
  return withStore(choice, (store) => {
    const found: DeadLetter[] = [];
    let after: string | undefined;
    do {
      const page = store.deadLetters(output, { limit: 500, ...(after === undefined ? {} : { after }) });
      found.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return found.map(({ failedAt, body, ...rest }) => ({
      ...rest,
      failedAt: formatTime(eventTime(failedAt)),
      bodyBytes: new TextEncoder().encode(body).length,
    }));
  });
}

function line(one: Plain): string {
  const { output, replayed, sequence, key, reason, failedAt, attempts } = one;
  const text =
    replayed === undefined
      ? `${String(output)}  ${String(sequence)}  ${String(failedAt)}  ${String(key)}  after ${String(attempts)} attempts: ${String(reason)}`
      : `${String(output)}: ${String(replayed)} put back`;
  return visible(text.replaceAll(/[\n\t]/g, ' '));
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, systemClock } from '../adapters/index.ts';
import type { StorePort } from '../runtime/index.ts';
import { ClientTrouble, stateFolder } from './api-client.ts';
import { knownUrl } from './api-files.ts';
import type { ClientChoice } from './client-options.ts';
import { refusal } from './refusal.ts';

/** Whether a daemon is to be asked: one is named, or says that it works in the state folder. */
export async function daemonRuns(choice: ClientChoice): Promise<boolean> {
  if (choice.url !== undefined || process.env['TELLTALE_URL'] !== undefined) return true;
  const url = knownUrl(await stateFolder(choice));
  return url !== undefined && (await answers(url));
}

/** Whether anything listens at an address: a daemon that was killed leaves it behind. One that is slow is taken for running. */
async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_MAX_MS), redirect: 'error' });
    return true;
  } catch (error) {
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    return !(cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED');
  }
}

const ANSWER_MAX_MS = 2000;

/** Does something with the database of a state folder in which no daemon works. Throws `ClientTrouble` where there is none. */
export async function withStore<T>(
  choice: ClientChoice,
  work: (store: StorePort) => Promise<T> | T,
): Promise<T> {
  const folder = await stateFolder(choice);
  const path = join(folder, 'telltale.db');
  if (!existsSync(path)) {
    const hint = 'name a daemon with --url, or its state folder with --state or --config';
    throw new ClientTrouble(
      refusal('TT8072', `no daemon works in ${folder}, and it holds no database`, hint),
    );
  }
  const { store, setAside } = openStore(path, systemClock);
  try {
    if (setAside !== undefined)
      throw new ClientTrouble(
        refusal('TT8072', `the database was not whole; it was set aside as ${setAside}`),
      );
    return await work(store);
  } finally {
    store.close();
  }
}

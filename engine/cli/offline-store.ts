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
  return knownUrl(await stateFolder(choice)) !== undefined;
}

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

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { changeStore, readStore, systemClock, whileLocked } from '../adapters/index.ts';
import type { StorePort } from '../runtime/index.ts';
import { ClientTrouble, stateFolder } from './api-client.ts';
import { knownUrl } from './api-files.ts';
import type { ClientChoice } from './client-options.ts';
import { refusal } from './refusal.ts';
import { stateFinding } from './state-trouble.ts';

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

/** Looks at the database of a state folder, and changes nothing. Throws `ClientTrouble` where there is none, or it is not whole. */
export async function withStore<T>(
  choice: ClientChoice,
  look: (store: StorePort) => Promise<T> | T,
): Promise<T> {
  const path = await databaseOf(choice);
  let store: StorePort | undefined;
  try {
    store = readStore(path, systemClock);
    return await look(store);
  } catch (error) {
    throw asTrouble(error, path);
  } finally {
    store?.close();
  }
}

/** Changes the database of a state folder in which no daemon works. Throws `ClientTrouble` where there is none, it is not whole, or it is in use. */
export async function withStoreToChange<T>(choice: ClientChoice, work: (store: StorePort) => T): Promise<T> {
  const path = await databaseOf(choice);
  try {
    return whileLocked(path, () => {
      const store = changeStore(path, systemClock);
      try {
        return work(store);
      } finally {
        store.close();
      }
    });
  } catch (error) {
    throw asTrouble(error, path);
  }
}

async function databaseOf(choice: ClientChoice): Promise<string> {
  const folder = await stateFolder(choice);
  const path = join(folder, 'telltale.db');
  if (existsSync(path)) return path;
  const hint = 'name a daemon with --url, or its state folder with --state or --config';
  throw new ClientTrouble(refusal('TT8072', `no daemon works in ${folder}, and it holds no database`, hint));
}

function asTrouble(error: unknown, path: string): unknown {
  const finding = stateFinding(error, path);
  return finding === undefined ? error : new ClientTrouble(finding);
}

import type { ClockPort } from './clock-port.ts';
import { isFull, type StorePort } from './store-port.ts';

/** So many at once, so that batches do not wait long. */
const STEP = 500;
const PAUSE_MS = 20;

/**
 * Forgets what nobody has touched for so long (in microseconds), in small steps with pauses. On a full disk even forgetting fails: then
 * it is for the next time.
 */
export async function forgetOld(
  store: Pick<StorePort, 'purge'>,
  clock: Pick<ClockPort, 'nowMicros' | 'sleep'>,
  keepMicros: number,
): Promise<void> {
  const before = clock.nowMicros() - keepMicros;
  for (let more = true; more; ) {
    const went = whereThereIsRoom(() => {
      const gone = store.purge(before, STEP);
      more = gone.revisions + gone.audit + gone.dead > 0;
    });
    if (!went) return;
    if (more) await clock.sleep(PAUSE_MS);
  }
}

/** Does something to the store; gives false where the disk is full. Other faults are thrown on. */
export function whereThereIsRoom(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!isFull(error)) throw error;
    return false;
  }
}

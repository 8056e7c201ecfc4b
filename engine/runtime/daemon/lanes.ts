import type { Delivered, OutboxItem } from './output-port.ts';

/**
 * Sends items one by one, oldest first, up to the first that is to be tried again: what comes behind it is held, so that no lane loses its order and a
 * receiver that is down is not asked for every item. At the next call that one is waiting for its turn, and the others go first.
 */
export async function deliverEach(
  items: readonly OutboxItem[],
  send: (item: OutboxItem) => Promise<Delivered>,
  stop: AbortSignal,
): Promise<readonly Delivered[]> {
  const results: Delivered[] = [];
  for (const item of items) {
    if (stop.aborted || results.at(-1)?.kind === 'retry' || results.at(-1)?.kind === 'held') {
      results.push({ kind: 'held' });
    } else results.push(await send(item));
  }
  return results;
}

import { join } from 'node:path';
import { openStore, StateLock } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import type { ClockPort, FaultPoint, LogPort, StoreOpening } from '../runtime/index.ts';
import { stateFinding } from './state-trouble.ts';

/**
 * Opens the state of a daemon, and logs what had to be done for that. A finding where another daemon works with it (TT8085), a later version wrote it
 * (TT8082), or there is no room (TT8086).
 */
export function openState(
  folder: string,
  {
    clock,
    log,
    fault,
  }: {
    readonly clock: ClockPort;
    readonly log: LogPort;
    readonly fault: ((point: FaultPoint) => void) | undefined;
  },
): (StoreOpening & { readonly lock: StateLock }) | Diagnostic {
  const path = join(folder, 'telltale.db');
  let lock: StateLock | undefined;
  let opened: StoreOpening;
  try {
    lock = new StateLock(path);
    opened = openStore(path, clock, fault);
  } catch (error) {
    lock?.release();
    const finding = stateFinding(error, path);
    if (finding === undefined) throw error;
    return finding;
  }
  const { setAside, reason, upgraded } = opened;
  if (setAside !== undefined) {
    log.error(
      `the database was not whole (${reason}); it was set aside as ${setAside}, and a new one begun`,
      {
        event: 'engine.database_set_aside',
        file: setAside,
        reason,
      },
    );
  }
  if (upgraded !== undefined) {
    const { from, to, copy } = upgraded;
    log.warn(`the state was brought from layout ${from} to ${to}; what it was before is ${copy}`, {
      event: 'engine.state_upgraded',
      from,
      to,
      file: copy,
    });
  }
  return { ...opened, lock };
}

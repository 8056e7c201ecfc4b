import {
  DatabaseTrouble,
  EarlierLayout,
  ForeignDatabase,
  LaterLayout,
  StateInUse,
} from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { refusal } from './refusal.ts';

/** What is wrong with the state at a path, as a finding; undefined where the error is about something else. */
export function stateFinding(error: unknown, path: string): Diagnostic | undefined {
  if (error instanceof LaterLayout || error instanceof EarlierLayout) {
    const hint =
      error instanceof LaterLayout
        ? 'run the version that wrote it, or restore a backup of this one'
        : 'start `telltale run` once; it keeps a copy of what was before';
    return refusal('TT8082', `${path}: ${error.message}`, hint);
  }
  if (error instanceof StateInUse)
    return refusal('TT8085', error.message, 'stop the daemon that works with it first');
  if (error instanceof ForeignDatabase)
    return refusal(
      'TT8081',
      error.message,
      'name its folder with --state, or the configuration with --config',
    );
  if (!(error instanceof DatabaseTrouble)) return undefined;
  if (error.kind === 'corrupt') {
    const hint = 'restore a backup, or let `telltale run` set it aside and read its sources again';
    return refusal('TT8083', `${path} is not whole: ${error.message}`, hint);
  }
  return error.kind === 'full'
    ? refusal('TT8086', `there is no room: ${error.message}`, 'make room on the disk')
    : refusal('TT8083', `${path} cannot be read: ${error.message}`, 'look at its owner and its mode');
}

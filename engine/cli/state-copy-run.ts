import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  backUp,
  DatabaseTrouble,
  ForeignDatabase,
  restore,
  type StateSummary,
  systemClock,
} from '../adapters/index.ts';
import { stateFolder } from './api-client.ts';
import type { ExitCode } from './exit-code.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import { stateFinding } from './state-trouble.ts';
import type { Terminal } from './terminal.ts';

/** Which state, and which file. */
export interface StateCopyChoice {
  readonly file: string;
  readonly state?: string;
  readonly config?: string;
  /** Whether what is there may be replaced. */
  readonly force: boolean;
}

/** Backs a state up: 0, 3 where there is none or the file is there already, 4 where the disk or the state itself refuses. */
export async function runBackup(terminal: Terminal, choice: StateCopyChoice): Promise<ExitCode> {
  const { file, force } = choice;
  const path = join(await stateFolder(choice), 'telltale.db');
  if (!existsSync(path)) return refuse(terminal, [none(path)]);
  if (existsSync(file) && !force) return refuse(terminal, [there(file)]);
  if (!existsSync(dirname(resolve(file))))
    return refuse(terminal, [unwritten(new Error('its folder is not there'), file)]);
  try {
    const summary = backUp(path, file);
    return await print(terminal, `${file}: ${words(summary)}\n`);
  } catch (error) {
    return refuse(terminal, [stateFinding(error, path) ?? unwritten(error, file)]);
  }
}

/** Restores a state: 0, 3 where the file is no backup or a state is there already, 4 where the disk refuses or a daemon works with it. */
export async function runRestore(terminal: Terminal, choice: StateCopyChoice): Promise<ExitCode> {
  const { file, force } = choice;
  const path = join(await stateFolder(choice), 'telltale.db');
  if (existsSync(path) && !force) return refuse(terminal, [there(path)]);
  try {
    const restored = restore(file, path, systemClock.nowMicros());
    const aside = restored.before === undefined ? '' : `; what was there is ${restored.before}`;
    return await print(terminal, `${path}: ${words(restored)}${aside}\n`);
  } catch (error) {
    // Everything is read from the file before anything is written.
    if (error instanceof ForeignDatabase || (error instanceof DatabaseTrouble && error.kind === 'corrupt')) {
      const hint = 'name a file that `telltale backup` wrote';
      return refuse(terminal, [refusal('TT8084', `${file} is no whole backup: ${error.message}`, hint)]);
    }
    return refuse(terminal, [stateFinding(error, file) ?? unwritten(error, path)]);
  }
}

function none(path: string): ReturnType<typeof refusal> {
  return refusal(
    'TT8081',
    `${path} is not there`,
    'name its folder with --state, or the configuration with --config',
  );
}

function there(path: string): ReturnType<typeof refusal> {
  return refusal('TT8006', `${path} is there already`, '--force replaces it');
}

function unwritten(error: unknown, path: string): ReturnType<typeof refusal> {
  const reason = error instanceof Error ? error.message : String(error);
  return refusal('TT8092', `${path} cannot be written: ${reason}`);
}

/** What a state holds, in words. */
export function words(summary: StateSummary): string {
  const { layout, sizeBytes, commits, alerts, incidents, waiting, deadLetters } = summary;
  return `whole; layout ${layout}, ${sizeBytes} bytes, ${commits} commits, ${alerts} alerts, ${incidents} incidents, ${waiting} waiting for outputs, ${deadLetters} dead letters`;
}

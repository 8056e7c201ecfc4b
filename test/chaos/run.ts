import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT_COMMAND, DaemonProcess } from '../support/daemon-process.ts';
import type { ChaosReport, Harness } from './harness.ts';
import { planted } from './mutants.ts';

interface RunOptions {
  readonly runs: number;
  readonly seed: number;
  readonly say: (text: string) => void;
}

/** Lets a harness try the build. */
export async function tried(harness: Harness, options: RunOptions): Promise<ChaosReport> {
  return inFolder((folder) => reported(harness, { ...options, folder, command: BUILT_COMMAND }));
}

/** Lets a harness try a copy of the build with a fault in it; it must see that something is wrong. */
export async function triedOn(harness: Harness, mutant: string, options: RunOptions): Promise<ChaosReport> {
  return inFolder((folder) => reported(harness, { ...options, folder, command: planted(mutant, folder) }));
}

/** A daemon that does not get over a fault is what a harness looks for, too. */
async function reported(
  harness: Harness,
  options: RunOptions & { readonly folder: string; readonly command: string },
): Promise<ChaosReport> {
  try {
    return await harness.run(options);
  } catch (error) {
    return { seen: [], failures: [error instanceof Error ? error.message : String(error)] };
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-chaos-'));
  try {
    return await work(folder);
  } finally {
    await DaemonProcess.killAll();
    if (process.env['TELLTALE_CHAOS_KEEP'] === undefined) rmSync(folder, { recursive: true, force: true });
    else process.stderr.write(`kept: ${folder}\n`);
  }
}

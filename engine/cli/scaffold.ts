import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unwritable } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { refusal } from './refusal.ts';

/** A file to be made. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** Makes files and the folders they stand in; where one is there already, makes none of them (TT8006). */
export async function makeFiles(files: readonly NewFile[]): Promise<readonly Diagnostic[]> {
  const taken: Diagnostic[] = [];
  for (const { path } of files) {
    if (await exists(path)) {
      taken.push(refusal('TT8006', `${path} is there already`, 'choose another path, or move it away first'));
    }
  }
  if (taken.length > 0) return taken;
  for (const { path, text } of files) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { flag: 'wx' });
    } catch (thrown) {
      return [unwritable(path, thrown)];
    }
  }
  return [];
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

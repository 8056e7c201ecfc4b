import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LearnedFile } from '../baseline/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { unreadable, unwritable } from './file-trouble.ts';

const OURS = /^(?:manifest\.json|tenant\.json|entities(?:-[0-9a-f])?\.ndjson)$/;

/** The files of a learnt baseline in a folder; empty where the folder is not there. Reports TT9002. */
export async function readLearnedFiles(
  folder: string,
): Promise<{ readonly files: readonly LearnedFile[]; readonly diagnostics: readonly Diagnostic[] }> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => OURS.test(name)).sort();
  } catch {
    return { files: [], diagnostics: [] };
  }
  const files: LearnedFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const name of names) {
    try {
      files.push({ name, text: await readFile(join(folder, name), 'utf8') });
    } catch (thrown) {
      diagnostics.push(unreadable(join(folder, name), thrown));
    }
  }
  return { files, diagnostics };
}

/** Writes the files of a learnt baseline and takes away those of ours that it no longer has. Reports TT9006. */
export async function writeLearnedFiles(
  folder: string,
  files: readonly LearnedFile[],
): Promise<readonly Diagnostic[]> {
  try {
    await mkdir(folder, { recursive: true });
    const before = (await readdir(folder)).filter((name) => OURS.test(name));
    for (const { name, text } of files) await writeFile(join(folder, name), text);
    const stale = before.filter((name) => !files.some((file) => file.name === name));
    for (const name of stale) await rm(join(folder, name));
    return [];
  } catch (thrown) {
    return [unwritable(folder, thrown)];
  }
}

import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Diagnostic } from '../diagnostic/index.ts';
import { unreadable } from './file-trouble.ts';
import { walk } from './walk.ts';
import { notYaml, parseYaml } from './yaml-file.ts';

/** Value lists by the name that rules use between percent signs (`%admins%`). */
export interface ValueLists {
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly diagnostics: readonly Diagnostic[];
  /** Files whose content is no map of name to list of scalars, with the reason. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
}

/** A file of value lists as text. */
export interface ValueFile {
  readonly path: string;
  readonly text: string;
}

/** What one file of value lists holds: its lists, or why it is none. */
export type ValueReading =
  | { readonly kind: 'lists'; readonly lists: readonly (readonly [string, readonly string[]])[] }
  | { readonly kind: 'unreadable'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Reads value lists: a YAML map of name to list; or a folder, in which each `NAME.txt` holds one value a line (empty lines and lines
 * that begin with # are passed over) and each YAML file is such a map. A name given twice gets the values of both.
 */
export async function readValueLists(paths: readonly string[]): Promise<ValueLists> {
  const found = await readValueFiles(paths);
  const diagnostics: Diagnostic[] = [...found.diagnostics];
  const refused: { path: string; reason: string }[] = [];
  const readings: Extract<ValueReading, { kind: 'lists' }>[] = [];
  for (const { path, text } of found.files) {
    const reading = parseValueFile(path, text);
    if (reading.kind === 'lists') readings.push(reading);
    else if (reading.kind === 'refused') refused.push({ path, reason: reading.reason });
    else diagnostics.push(...reading.diagnostics);
  }
  return { lists: joinedLists(readings), diagnostics, refused };
}

/** The files of value lists under files and folders, in a fixed order, as text. One that cannot be read is reported and hides no other. */
export async function readValueFiles(
  paths: readonly string[],
): Promise<{ readonly files: readonly ValueFile[]; readonly diagnostics: readonly Diagnostic[] }> {
  const found = await walk(paths, (name) => /\.(?:ya?ml|txt|json)$/i.test(name));
  const diagnostics: Diagnostic[] = [...found.diagnostics];
  const files: ValueFile[] = [];
  for (const path of found.files) {
    const text = await readText(path);
    if (typeof text === 'string') files.push({ path, text });
    else diagnostics.push(text);
  }
  return { files, diagnostics };
}

/** What a file of value lists holds. */
export function parseValueFile(path: string, text: string): ValueReading {
  if (/\.txt$/i.test(path)) {
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    const values = lines.filter((line) => line !== '' && !line.startsWith('#'));
    return { kind: 'lists', lists: [[basename(path).replace(/\.txt$/i, ''), values]] };
  }
  const { documents, diagnostics } = parseYaml(path, text);
  if (diagnostics.length > 0) return { kind: 'unreadable', diagnostics };
  const lists: [string, readonly string[]][] = [];
  for (const { value } of documents) {
    const reason = addAll(value, (name, values) => lists.push([name, values]));
    if (reason !== undefined) return { kind: 'refused', reason };
  }
  return { kind: 'lists', lists };
}

/** The lists of several files by name; a name given twice has the values of both. */
export function joinedLists(
  readings: readonly Pick<Extract<ValueReading, { kind: 'lists' }>, 'lists'>[],
): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>();
  for (const reading of readings)
    for (const [name, values] of reading.lists) lists.set(name, [...(lists.get(name) ?? []), ...values]);
  return lists;
}

async function readText(path: string): Promise<string | Diagnostic> {
  try {
    if (!(await stat(path)).isFile()) return unreadable(path, new Error('it is not a file'));
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (thrown) {
    return thrown instanceof TypeError ? notYaml(path, 'it is not UTF-8 text') : unreadable(path, thrown);
  }
}

/** Adds the lists of a map; the reason where the value is none. */
function addAll(value: unknown, add: (name: string, values: readonly string[]) => void): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'it is not a map of name to list';
  for (const [name, values] of Object.entries(value)) {
    const list: readonly unknown[] = Array.isArray(values) ? values : [values];
    if (!list.every(isScalar))
      return `the list ${name} holds something that is not a text, number or boolean`;
    add(name, list.map(String));
  }
  return undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

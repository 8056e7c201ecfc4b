import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Diagnostic } from '../diagnostic/index.ts';
import { unreadable } from './file-trouble.ts';
import { walk } from './walk.ts';
import { readYamlFile } from './yaml-file.ts';

/** Value lists by the name that rules use between percent signs (`%admins%`). */
export interface ValueLists {
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly diagnostics: readonly Diagnostic[];
  /** Files whose content is no map of name to list of scalars, with the reason. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Reads value lists: a YAML map of name to list; or a folder, in which each `NAME.txt` holds one value a line (empty lines and lines
 * that begin with # are passed over) and each YAML file is such a map. A name given twice gets the values of both.
 */
export async function readValueLists(paths: readonly string[]): Promise<ValueLists> {
  const lists = new Map<string, string[]>();
  const refused: { path: string; reason: string }[] = [];
  const found = await walk(paths, (name) => /\.(?:ya?ml|txt|json)$/i.test(name));
  const diagnostics: Diagnostic[] = [...found.diagnostics];
  const add = (name: string, values: readonly string[]): void => {
    lists.set(name, [...(lists.get(name) ?? []), ...values]);
  };
  for (const path of found.files) {
    if (/\.txt$/i.test(path)) {
      const text = await readLines(path);
      if ('code' in text) diagnostics.push(text);
      else add(basename(path).replace(/\.txt$/i, ''), text.lines);
      continue;
    }
    const { documents, diagnostics: trouble } = await readYamlFile(path);
    diagnostics.push(...trouble);
    for (const { value } of documents) {
      const reason = addAll(value, add);
      if (reason !== undefined) refused.push({ path, reason });
    }
  }
  return { lists, diagnostics, refused };
}

async function readLines(path: string): Promise<{ readonly lines: readonly string[] } | Diagnostic> {
  try {
    if (!(await stat(path)).isFile()) return unreadable(path, new Error('it is not a file'));
    const text = await readFile(path, 'utf8');
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    return { lines: lines.filter((line) => line !== '' && !line.startsWith('#')) };
  } catch (thrown) {
    return unreadable(path, thrown);
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

import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Diagnostic } from '../diagnostic/index.ts';
import { ADAPTER_CODES } from './errors.ts';
import { unreadable } from './file-trouble.ts';

/** What a walk found: regular files in a fixed order, and what was in the way. */
export interface Walk {
  readonly files: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  /** Files of folders whose name the filter did not take, by lower-case extension (`.evtx`, or the name where it has none). */
  readonly skipped: ReadonlyMap<string, number>;
}

/**
 * The files under paths, in the order given; inside a folder sorted by name (by code unit), depth first. Folders are followed
 * through symbolic links, but never into one that they stand in (TT9007), be it above the path that was given. Names that begin with a dot and `node_modules` are passed over.
 * A path that is itself a file is taken whatever its name. A file reached twice is taken once, where it came first.
 * Reports TT9001 and TT9002. Cost: O(entries).
 */
export async function walk(paths: readonly string[], takes: (name: string) => boolean): Promise<Walk> {
  const files: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const skipped = new Map<string, number>();
  const seen = new Set<string>();

  const take = (path: string, real: string): void => {
    if (seen.has(real)) return;
    seen.add(real);
    files.push(path);
  };

  const enter = async (folder: string, above: readonly string[]): Promise<void> => {
    const real = await realpath(folder);
    if (above.some((known) => known === real || known.startsWith(`${real}${sep}`))) {
      diagnostics.push(loop(folder, real));
      return;
    }
    const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    for (const entry of entries) {
      const { name } = entry;
      if (name.startsWith('.') || name === 'node_modules') continue;
      const path = folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
      try {
        // Only a link has to be followed to know what it is; asking the system about each of thousands of files is dear.
        const found = entry.isSymbolicLink() ? await stat(path) : entry;
        if (found.isDirectory()) await enter(path, [...above, real]);
        else if (takes(name)) take(path, entry.isSymbolicLink() ? await realpath(path) : join(real, name));
        else skipped.set(extension(name), (skipped.get(extension(name)) ?? 0) + 1);
      } catch (thrown) {
        diagnostics.push(unreadable(path, thrown));
      }
    }
  };

  for (const path of paths) {
    try {
      const found = await stat(path);
      if (found.isDirectory()) await enter(path, []);
      else take(path, await realpath(path));
    } catch (thrown) {
      diagnostics.push(unreadable(path, thrown));
    }
  }
  return { files, diagnostics, skipped };
}

function loop(folder: string, real: string): Diagnostic {
  return {
    code: ADAPTER_CODES.TT9007.code,
    severity: 'warning',
    message: `${folder} leads back to ${real}, in which it stands; it is not followed`,
    at: { file: folder, line: 1, column: 1 },
    hint: 'remove the link',
  };
}

function extension(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot).toLowerCase() : name;
}

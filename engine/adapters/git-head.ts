import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The commit that a file or folder is checked out from, from the nearest `.git` above it; undefined where there is none. Git itself is not run: a
 * daemon's machine need not have it, and a configuration of the repository must not run commands.
 */
export function gitCommit(path: string): string | undefined {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const git = gitFolder(join(folder, '.git'));
    if (git !== undefined) return commitOf(git);
    if (dirname(folder) === folder) return undefined;
  }
}

/** `.git` is a folder, or in a linked worktree or a submodule a file that says where it is. */
function gitFolder(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return path;
    const said = /^gitdir: (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
    return said === undefined ? undefined : resolve(dirname(path), said.trim());
  } catch {
    return undefined;
  }
}

function commitOf(git: string): string | undefined {
  const head = read(join(git, 'HEAD'))?.trim();
  const ref = head === undefined ? undefined : /^ref: (refs\/\S+)$/.exec(head)?.[1];
  if (ref === undefined) return isCommit(head) ? head : undefined;
  // A linked worktree keeps its own HEAD; branches are those of the repository.
  const common = read(join(git, 'commondir'))?.trim();
  const folders = common === undefined ? [git] : [git, resolve(git, common)];
  for (const folder of folders) {
    const loose = read(join(folder, ref))?.trim();
    if (isCommit(loose)) return loose;
    const packed = read(join(folder, 'packed-refs'))
      ?.split('\n')
      .find((line) => line.endsWith(` ${ref}`))
      ?.slice(0, -ref.length - 1);
    if (isCommit(packed)) return packed;
  }
  return undefined;
}

function isCommit(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{40,64}$/.test(text);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

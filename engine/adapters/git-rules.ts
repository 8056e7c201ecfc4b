import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { RuleText } from './rule-files.ts';

const run = promisify(execFile);
/** Output of one call at most; a rule set is some megabytes. */
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;
/** Files asked for in one call. */
const BATCH = 200;

/**
 * The rule files under paths as a Git revision has them, in the order of their names; a text says why there are none. Paths are relative to the
 * working folder. Git is run without a shell; a revision that looks like an option is refused.
 */
export async function readGitRules(
  revision: string,
  paths: readonly string[],
): Promise<{ readonly files: readonly RuleText[] } | { readonly trouble: string }> {
  if (revision.startsWith('-')) return { trouble: `${revision} is no revision` };
  try {
    const { stdout: listed } = await git(['ls-tree', '-r', '-z', '--name-only', revision, '--', ...paths]);
    const names = listed
      .toString('utf8')
      .split('\0')
      .filter((name) => /\.ya?ml$/i.test(name));
    const files: RuleText[] = [];
    for (let at = 0; at < names.length; at += BATCH) {
      const some = names.slice(at, at + BATCH);
      const texts = await Promise.all(some.map((name) => git(['cat-file', 'blob', `${revision}:./${name}`])));
      for (const [i, { stdout }] of texts.entries())
        files.push({ path: some[i] ?? '', text: stdout.toString('utf8') });
    }
    return { files };
  } catch (thrown) {
    const said = thrown instanceof Error && 'stderr' in thrown ? String(thrown.stderr) : String(thrown);
    return { trouble: said.trim().split('\n')[0] ?? 'git cannot be run' };
  }
}

function git(args: readonly string[]): Promise<{ readonly stdout: Buffer }> {
  return run('git', [...args], { encoding: 'buffer', maxBuffer: OUTPUT_BYTES_MAX });
}

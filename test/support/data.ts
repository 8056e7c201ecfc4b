import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The folder of public recordings and rules: `TELLTALE_DATA`, else `../shared/data` beside the repository; undefined where absent. */
export function dataDir(): string | undefined {
  const dir = process.env['TELLTALE_DATA'] ?? join(ROOT, '..', 'shared', 'data');
  return existsSync(dir) ? dir : undefined;
}

/** `dataDir`, saying aloud what is skipped where the data is absent. */
export function dataDirOrSay(what: string): string | undefined {
  const dir = dataDir();
  if (dir === undefined) {
    process.stderr.write(`skipped: ${what} (no public data; set TELLTALE_DATA)\n`);
  }
  return dir;
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the package, from compiled files as from their sources. */
const ROOT = [join(import.meta.dirname, '..', '..'), join(import.meta.dirname, '..', '..', '..')].find(
  (folder) => existsSync(join(folder, 'package.json')),
);

/** The text of a file of the package. */
export function packageFile(...path: readonly string[]): string {
  return readFileSync(join(ROOT ?? '.', ...path), 'utf8');
}

/** The texts of the YAML files of a folder of the package: every so-many-th. */
export function packageRules(folder: string, everyNth: number): readonly string[] {
  return readdirSync(join(ROOT ?? '.', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .filter((_, i) => i % everyNth === 0)
    .map((name) => packageFile(folder, name));
}

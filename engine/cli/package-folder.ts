import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package that this file belongs to, whether it runs from `dist/` or from the sources. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('package.json of telltale is missing');
    folder = above;
  }
  return folder;
}

/** The version in package.json. */
export function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : '0';
}

/** The folders of the rules that come with the package. */
export function shippedRules(): readonly string[] {
  return ['rules', 'correlations'].map((name) => join(packageFolder(), name));
}

/** The folder of the baselines that come with the package. */
export function shippedBaselines(): string {
  return join(packageFolder(), 'baselines');
}

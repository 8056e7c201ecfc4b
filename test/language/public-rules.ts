import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuleFile } from '../../engine/language/index.ts';

/** Every rule file of a folder of the public Sigma set, sorted by path. */
export function publicRules(data: string, folder: string): RuleFile[] {
  const root = join(data, 'sigmahq', folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(root, name), 'utf8') }));
}

export const PUBLIC_FOLDERS = [
  'rules',
  'rules-emerging-threats',
  'rules-threat-hunting',
  'rules-placeholder',
  'unsupported',
] as const;

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isSchedule, readYamlFile } from '../adapters/index.ts';
import type { Checked } from '../diagnostic/index.ts';
import { type DaemonConfig, readConfig } from '../runtime/index.ts';
import { defaultRules } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

/**
 * The daemon's configuration from a file, or what it is without one. Secrets are filled in from the environment and from files; where
 * one leads to nothing, `standIn` is asked, if there is one.
 */
export async function openConfig(
  terminal: Terminal,
  path: string | undefined,
  standIn: () => string | undefined = () => undefined,
): Promise<Checked<DaemonConfig>> {
  const file = path === undefined ? undefined : await readYamlFile(path);
  if (file !== undefined && file.diagnostics.length > 0)
    return { value: undefined, diagnostics: file.diagnostics };
  const document = file?.documents[0];
  return readConfig(document?.value, {
    locate: (way) => document?.locate(way) ?? { file: path ?? '(defaults)', line: 1, column: 1 },
    secret: (kind, name) => (kind === 'env' ? process.env[name] : fileText(name)) ?? standIn(),
    isSchedule,
    processors: availableParallelism(),
    piped: !terminal.stdin.isTTY,
    defaultRules: defaultRules(),
  });
}

/** What a secret's file holds, without the line end that editors put behind it. */
function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

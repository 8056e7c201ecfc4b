import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readYamlFile } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { openConfig } from './daemon-config.ts';
import type { Terminal } from './terminal.ts';

/** A daemon's configuration as `check` sees it: what is wrong with it, and which rules it names. */
export interface CheckedConfig {
  readonly path: string;
  /** Empty where the configuration cannot be used. */
  readonly rules: readonly string[];
  readonly placeholders: readonly string[];
  readonly findings: readonly Diagnostic[];
  readonly text: string;
}

/** A block that only a configuration has, at the margin; it tells a configuration from a rule before anything is parsed. */
const BLOCK = /^(?:sources|outputs|state|api|reload|retention)[ \t]*:/m;

/** More than any configuration has. */
const CONFIG_BYTES_MAX = 8 * 1024 * 1024;

/** The first of the paths that is a daemon's configuration; a folder, and what cannot be read, is none. */
export async function configAmong(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (!/\.ya?ml$/i.test(basename(path))) continue;
    if (!BLOCK.test(await textOf(path))) continue;
    const { documents } = await readYamlFile(path);
    const value = documents.length === 1 ? documents[0]?.value : undefined;
    if (typeof value === 'object' && value !== null && !('title' in value)) return path;
  }
  return undefined;
}

/** The text of a file; empty for a folder, a pipe (which would wait for a writer), and what cannot be read or is far too large. */
async function textOf(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > CONFIG_BYTES_MAX) return '';
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Checks a configuration as the daemon would read it. A secret that cannot be had here is no fault of the file, since whoever checks
 * rules seldom holds the keys of the daemon: it is said (TT7012 as information), and something stands in for it.
 */
export async function checkConfig(terminal: Terminal, path: string): Promise<CheckedConfig> {
  const strict = await openConfig(terminal, path);
  const missing = strict.diagnostics.filter(({ code }) => code === 'TT7012');
  const others = strict.diagnostics.filter(({ code }) => code !== 'TT7012');
  // A long text that no limit of a token refuses.
  const standIn = (): string => 'https://unset.invalid/unset-secret';
  const read = missing.length === 0 ? strict : await openConfig(terminal, path, standIn);
  const found = missing.length === 0 ? others : read.diagnostics;
  const told = missing.map((finding): Diagnostic => ({ ...finding, severity: 'info' }));
  return {
    path,
    rules: read.value?.rules ?? [],
    placeholders: read.value?.placeholders ?? [],
    findings: [...found, ...told],
    text: await textOf(path),
  };
}

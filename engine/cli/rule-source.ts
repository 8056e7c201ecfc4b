import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { readRuleFiles, readValueLists } from '../adapters/index.ts';
import { compareDiagnostics, type Diagnostic } from '../diagnostic/index.ts';
import type { LoadedRules } from '../language/index.ts';
import { type CompiledRuleset, compileRuleset } from '../pipeline/index.ts';
import { shippedRules } from './package-folder.ts';
import { refusal } from './refusal.ts';

/** Rules as a command sees them: compiled, with every finding of reading and compiling, and the texts for excerpts. */
export interface RuleSource {
  readonly compiled: CompiledRuleset;
  readonly files: readonly string[];
  /** Findings about rules and their files, sorted by place. */
  readonly findings: readonly Diagnostic[];
  /** Findings about the value lists: without them no rule could be judged. */
  readonly refused: readonly Diagnostic[];
  readonly sourceOf: (file: string) => string | undefined;
}

/** What rules to load, and how. */
export interface RuleChoice {
  readonly paths: readonly string[];
  readonly placeholders: readonly string[];
}

/** Reads and compiles rules. */
export async function openRules(choice: RuleChoice): Promise<RuleSource> {
  const [{ files, diagnostics }, values] = await Promise.all([
    readRuleFiles(choice.paths),
    readValueLists(choice.placeholders),
  ]);
  const compiled = compileRuleset(files, { placeholders: values.lists });
  const texts = new Map(files.map((file) => [file.path, file.text] as const));
  return {
    compiled,
    files: files.map((file) => file.path),
    findings: [...diagnostics, ...compiled.diagnostics].sort(compareDiagnostics),
    refused: [
      ...values.diagnostics,
      ...values.refused.map(({ path, reason }) =>
        refusal('TT8011', `${path}: ${reason}`, 'write a map such as `admins: [root, toor]`'),
      ),
    ],
    sourceOf: (file) => texts.get(file),
  };
}

/** How many documents were loaded, of all kinds. */
export function countRules({ detections, filters, overlays, others }: LoadedRules): number {
  return detections.length + filters.length + overlays.length + others.length;
}

/** The finding for paths that hold no rule file (TT8001). */
export function noRules(paths: readonly string[]): Diagnostic {
  return refusal('TT8001', `no rule under ${paths.join(', ')}`, 'rules are files named *.yml or *.yaml');
}

/** The detections and correlations that come with the package, named from the working folder where they lie in it. */
export function defaultRules(): readonly string[] {
  return shippedRules().map((folder) => {
    const near = relative(process.cwd(), folder);
    return near !== '' && !near.startsWith('..') && existsSync(near) ? near : folder;
  });
}

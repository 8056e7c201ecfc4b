import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type DocumentCache,
  defaultCacheFolder,
  openDocumentCache,
  readRuleFiles,
  readValueLists,
} from '../adapters/index.ts';
import { compareDiagnostics, type Diagnostic } from '../diagnostic/index.ts';
import type { LoadedRules } from '../language/index.ts';
import { type CompiledRuleset, compileRuleset } from '../pipeline/index.ts';
import { compilePolicies, type PolicyPlan } from '../policy/index.ts';
import { packageVersion, shippedRules } from './package-folder.ts';
import { refusal } from './refusal.ts';

/** Rules as a command sees them: compiled, with every finding of reading and compiling, and the texts for excerpts. */
export interface RuleSource {
  readonly compiled: CompiledRuleset;
  readonly policies: PolicyPlan;
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
  const cache = await ruleCache();
  const compiled = compileRuleset(files, {
    placeholders: values.lists,
    ...(cache === undefined ? {} : { cache }),
  });
  const policies = compilePolicies(compiled.ruleset.loaded, { lists: values.lists });
  // Few rules are read sooner than a cache is written.
  if (files.length >= CACHED_FILES_MIN) await cache?.save();
  const texts = new Map(files.map((file) => [file.path, file.text] as const));
  return {
    compiled,
    policies: policies.plan,
    files: files.map((file) => file.path),
    findings: [...diagnostics, ...compiled.diagnostics, ...policies.diagnostics].sort(compareDiagnostics),
    refused: [
      ...values.diagnostics,
      ...values.refused.map(({ path, reason }) =>
        refusal('TT8011', `${path}: ${reason}`, 'write a map such as `admins: [root, toor]`'),
      ),
    ],
    sourceOf: (file) => texts.get(file),
  };
}

const CACHED_FILES_MIN = 200;

/**
 * The cache of rules read before: in `TELLTALE_CACHE` (a folder, or `off`), else in the user's cache folder. None where this runs from
 * sources, whose changes no version would tell.
 */
export async function ruleCache(): Promise<DocumentCache | undefined> {
  const own = fileURLToPath(import.meta.url);
  const chosen = process.env['TELLTALE_CACHE'];
  if (chosen === 'off' || own.endsWith('.ts')) return undefined;
  // A new build may read the same text otherwise.
  const { mtimeMs } = await stat(own);
  return openDocumentCache(chosen ?? defaultCacheFolder(process.env), `${packageVersion()} ${mtimeMs}`);
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

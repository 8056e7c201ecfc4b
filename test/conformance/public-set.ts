import type { Diagnostic } from '../../engine/diagnostic/index.ts';
import type { RuleFile } from '../../engine/language/index.ts';
import { type CompiledRuleset, compileRuleset } from '../../engine/pipeline/index.ts';
import { publicRules } from '../language/public-rules.ts';

/** The folders of the public set that a user would load. */
export const RULE_FOLDERS = [
  'rules',
  'rules-emerging-threats',
  'rules-threat-hunting',
  'rules-placeholder',
] as const;

/** Every rule file of those folders. */
export function publicRuleFiles(data: string): RuleFile[] {
  return RULE_FOLDERS.flatMap((folder) => publicRules(data, folder));
}

/** The public set compiled, as a user gets it who has no value lists: what asks for one is refused. */
export function compilePublicSet(data: string): CompiledRuleset {
  return compileRuleset(publicRuleFiles(data));
}

/** What became of the files of a folder. */
export interface FolderOutcome {
  readonly files: number;
  /** Files of which every document is in the plan. */
  readonly compiled: number;
  /** Refused files by the codes of their errors, joined with `+`. */
  readonly refused: Readonly<Record<string, number>>;
  /** Files refused whose text does not hold what the code says of it. */
  readonly unjustified: readonly string[];
  /** Files that are neither compiled nor refused. */
  readonly silent: readonly string[];
}

/** What the text of a file must hold for a refusal with that code to be right. */
const JUSTIFIED: Readonly<Record<string, RegExp>> = {
  // A placeholder, and no value list was given.
  TT1205: /\|expand:/,
  // A legacy aggregation: `| count()`, `| near` and so on.
  TT1305: /^\s+condition:.*\|/m,
  // A condition that names what is not there, or is none.
  TT1301: /^\s+condition:/m,
};

/** Loads and compiles a folder, and checks that each file came through or was refused for a reason that its text bears out. */
export function outcomeOf(files: readonly RuleFile[]): FolderOutcome {
  const { ruleset, diagnostics } = compileRuleset(files);
  const planned = new Set(
    ruleset.plan.rules.map(({ index }) => ruleset.detections[index]?.meta.source.file ?? ''),
  );
  const codes = errorsByFile(diagnostics);
  const refused: Record<string, number> = {};
  const unjustified: string[] = [];
  const silent: string[] = [];
  let compiled = 0;
  for (const { path, text } of files) {
    const found = codes.get(path);
    if (found !== undefined) {
      const key = [...found].sort().join('+');
      refused[key] = (refused[key] ?? 0) + 1;
      if (![...found].every((code) => JUSTIFIED[code]?.test(text))) unjustified.push(path);
    } else if (planned.has(path)) compiled++;
    else silent.push(path);
  }
  return { files: files.length, compiled, refused, unjustified, silent };
}

function errorsByFile(diagnostics: readonly Diagnostic[]): Map<string, Set<string>> {
  const codes = new Map<string, Set<string>>();
  for (const { severity, code, at } of diagnostics) {
    if (severity !== 'error') continue;
    const file = at?.file ?? '';
    const found = codes.get(file);
    if (found === undefined) codes.set(file, new Set([code]));
    else found.add(code);
  }
  return codes;
}

/**
 * Recordings on which the rule, as its authors wrote it, holds on more events than they count, with the number on which it does: each of
 * these events carries a value that stands in the rule.
 */
export const MORE_THAN_COUNTED: ReadonlyMap<string, number> = new Map([
  // procdump.exe, procdump64.exe and procdump64a.exe are dropped one after the other; all three are in the rule's list.
  ['8fbf3271-1ef6-4e94-8210-03c2317947f6', 3],
  // Three values are set below ZoneMap\Domains, each to DWORD (0x00000002), which the rule does not except.
  ['45e112d0-7759-4c2a-aa36-9f8fb79d3393', 3],
]);

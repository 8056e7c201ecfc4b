import { readFile } from 'node:fs/promises';
import { readYamlFile } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { type FactSource, sourcesFromFacts } from '../policy/index.ts';
import { assetsFromCsv } from './asset-table.ts';
import { refusal } from './refusal.ts';

/** Sources of facts from a file that the operator wrote: YAML or JSON with `assets`, `intel`, `baseline`, or an inventory of assets as CSV. Reports TT8033 and what reading reports. */
export async function openFacts(
  path: string | undefined,
): Promise<{ readonly sources: readonly FactSource[]; readonly diagnostics: readonly Diagnostic[] }> {
  if (path === undefined) return { sources: [], diagnostics: [] };
  if (/\.csv$/i.test(path)) return openInventory(path);
  const { documents, diagnostics } = await readYamlFile(path);
  if (diagnostics.length > 0) return { sources: [], diagnostics };
  const { sources, problems } = sourcesFromFacts(documents[0]?.value);
  return { sources, diagnostics: problems.map((problem) => refusal('TT8033', `${path}: ${problem}`)) };
}

async function openInventory(
  path: string,
): Promise<{ readonly sources: readonly FactSource[]; readonly diagnostics: readonly Diagnostic[] }> {
  try {
    const { sources, problems } = sourcesFromFacts(assetsFromCsv(await readFile(path, 'utf8')));
    return { sources, diagnostics: problems.map((problem) => refusal('TT8033', `${path}: ${problem}`)) };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { sources: [], diagnostics: [refusal('TT8033', `${path}: ${reason}`)] };
  }
}

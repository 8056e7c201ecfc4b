import { readYamlFile } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { type FactSource, sourcesFromFacts } from '../policy/index.ts';
import { refusal } from './refusal.ts';

/** Sources of facts from a file that the operator wrote (YAML or JSON): `assets`, `intel`, `baseline`. Reports TT8033 and what reading reports. */
export async function openFacts(
  path: string | undefined,
): Promise<{ readonly sources: readonly FactSource[]; readonly diagnostics: readonly Diagnostic[] }> {
  if (path === undefined) return { sources: [], diagnostics: [] };
  const { documents, diagnostics } = await readYamlFile(path);
  if (diagnostics.length > 0) return { sources: [], diagnostics };
  const { sources, problems } = sourcesFromFacts(documents[0]?.value);
  return { sources, diagnostics: problems.map((problem) => refusal('TT8033', `${path}: ${problem}`)) };
}

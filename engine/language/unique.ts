import type { Diagnostic } from '../diagnostic/index.ts';
import { LANGUAGE_CODES } from './errors.ts';
import { diagnosticAt } from './finding.ts';
import type { LoadedRule } from './rules.ts';

/** The rules without those whose id or name an earlier one has. Reports TT1107 and TT1108, each with both places. */
export function uniqueRules(loaded: readonly LoadedRule[], diagnostics: Diagnostic[]): LoadedRule[] {
  const byId = new Map<string, LoadedRule>();
  for (const item of loaded) if (!byId.has(item.meta.id)) byId.set(item.meta.id, item);
  const byName = new Map<string, LoadedRule>();
  const unique: LoadedRule[] = [];
  for (const item of loaded) {
    const { id, name } = item.meta;
    const sameId = byId.get(id);
    if (sameId !== item && sameId !== undefined) {
      diagnostics.push(duplicate(item, sameId, 'id'));
      continue;
    }
    const sameName =
      name === undefined ? undefined : (byName.get(name) ?? (name === id ? undefined : byId.get(name)));
    if (sameName !== undefined) {
      diagnostics.push(duplicate(item, sameName, 'name'));
      continue;
    }
    if (name !== undefined) byName.set(name, item);
    unique.push(item);
  }
  return unique;
}

function duplicate(item: LoadedRule, first: LoadedRule, key: 'id' | 'name'): Diagnostic {
  const value = key === 'id' ? item.meta.id : item.meta.name;
  const derived = key === 'id' && item.meta.id.startsWith('x-');
  const message = derived
    ? 'this rule says exactly what another one says, and neither has an id'
    : `the ${key} '${value}' is already that of '${first.meta.title}'`;
  const hint = derived ? 'give each an `id`, or remove one' : `give this rule another ${key}`;
  const code = key === 'id' ? LANGUAGE_CODES.TT1107 : LANGUAGE_CODES.TT1108;
  const at = derived ? item.meta.source : item.locate([key]);
  const other = derived ? first.meta.source : first.locate([first.meta.name === value ? 'name' : 'id']);
  return diagnosticAt({ code, message, hint }, at, [
    { message: `'${first.meta.title}' stands here`, at: other },
  ]);
}

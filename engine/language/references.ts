import { type Diagnostic, nearest } from '../diagnostic/index.ts';
import type { Logsource } from '../model/index.ts';
import { LANGUAGE_CODES } from './errors.ts';
import { diagnosticAt, type KeyPath, type Locator } from './finding.ts';
import { fitsName } from './pattern.ts';
import type { LoadedFilter, LoadedRules, Overlay } from './rules.ts';

/**
 * What a filter says about a rule's logsource fits when each of its members agrees with the rule's: a filter for `product: windows`
 * fits every Windows rule, one for a category only the rules of that category.
 */
export function filterFits(filter: Logsource, rule: Logsource): boolean {
  return (
    (filter.product === undefined || filter.product === rule.product) &&
    (filter.category === undefined || filter.category === rule.category) &&
    (filter.service === undefined || filter.service === rule.service)
  );
}

/** Findings about one list of names; whoever has more is helped by the first. */
const FINDINGS_MAX = 200;

/** Checks that filters and overlays name rules that are there. Reports TT1401, TT1402 and TT1405. */
export function checkReferences(rules: LoadedRules): Diagnostic[] {
  const known = new Map<string, Logsource | undefined>();
  for (const { meta } of rules.others) register(known, meta, undefined);
  for (const { meta, logsource } of rules.detections) register(known, meta, logsource);
  return [
    ...rules.filters.flatMap((filter) => checkFilter(filter, known)),
    ...rules.overlays.flatMap((overlay) => checkOverlay(overlay, rules, known)),
  ];
}

function register(
  known: Map<string, Logsource | undefined>,
  meta: { readonly id: string; readonly name?: string },
  logsource: Logsource | undefined,
): void {
  known.set(meta.id, logsource);
  if (meta.name !== undefined) known.set(meta.name, logsource);
}

function unknownRule(
  name: string,
  path: KeyPath,
  { locate, known }: { readonly locate: Locator; readonly known: ReadonlyMap<string, unknown> },
): Diagnostic {
  const near = nearest(name, known.keys());
  const hint = near === undefined ? {} : { hint: `did you mean '${near}'?` };
  return diagnosticAt(
    { code: LANGUAGE_CODES.TT1401, message: `no loaded rule has the id or name '${name}'`, ...hint },
    locate(path),
  );
}

function checkFilter(filter: LoadedFilter, known: ReadonlyMap<string, Logsource | undefined>): Diagnostic[] {
  if (filter.rules === 'any') return [];
  const found: Diagnostic[] = [];
  for (const [i, name] of filter.rules.entries()) {
    if (found.length >= FINDINGS_MAX) break;
    const path = ['filter', 'rules', i];
    const logsource = known.get(name);
    if (!known.has(name)) {
      found.push(unknownRule(name, path, { locate: filter.locate, known }));
    } else if (logsource !== undefined && !filterFits(filter.logsource, logsource)) {
      const message = `the filter's logsource does not fit that of '${name}', so it has no effect there`;
      found.push(diagnosticAt({ code: LANGUAGE_CODES.TT1402, message }, filter.locate(path)));
    }
  }
  return found;
}

function checkOverlay(
  overlay: Overlay,
  rules: LoadedRules,
  known: ReadonlyMap<string, unknown>,
): Diagnostic[] {
  const { selector, locate } = overlay;
  const named = selector.rules === undefined || selector.rules === 'any' ? [] : selector.rules;
  const missing = named.filter((name) => !known.has(name));
  if (missing.length > 0) {
    return missing.slice(0, FINDINGS_MAX).map((name) => {
      const path = named.length === 1 ? ['overlay', 'rules'] : ['overlay', 'rules', named.indexOf(name)];
      return unknownRule(name, path, { locate, known });
    });
  }
  const hits =
    rules.detections.some((rule) => overlaySelects(overlay, rule)) ||
    rules.others.some((rule) => overlaySelects(overlay, { meta: rule.meta, logsource: undefined }));
  if (hits) return [];
  const message = 'no loaded rule fits what the overlay selects';
  return [diagnosticAt({ code: LANGUAGE_CODES.TT1405, message }, locate(['overlay'], 'key'))];
}

/** Whether an overlay means a rule. A rule without a logsource (a correlation) fits no selector that asks for one. */
export function overlaySelects(
  { selector }: Overlay,
  rule: {
    readonly meta: { readonly id: string; readonly name?: string; readonly tags: readonly string[] };
    readonly logsource: Logsource | undefined;
  },
): boolean {
  const { rules, tags, logsource } = selector;
  const { id, name } = rule.meta;
  if (
    rules !== undefined &&
    rules !== 'any' &&
    !rules.includes(id) &&
    !(name !== undefined && rules.includes(name))
  )
    return false;
  if (
    tags !== undefined &&
    !tags.some((pattern) => rule.meta.tags.some((tag) => fitsName(pattern.toLowerCase(), tag.toLowerCase())))
  )
    return false;
  return logsource === undefined || (rule.logsource !== undefined && filterFits(logsource, rule.logsource));
}

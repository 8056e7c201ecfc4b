import { type Diagnostic, nearest } from '../diagnostic/index.ts';
import type { Expression, Logsource } from '../model/index.ts';
import { isPlainMap, ownValue } from './document.ts';
import { LANGUAGE_CODES } from './errors.ts';
import { diagnosticAt, type KeyPath, type Locator } from './finding.ts';
import { texts } from './meta.ts';
import { fitsName } from './pattern.ts';
import type { LoadedFilter, LoadedRules, OtherDocument, Overlay } from './rules.ts';

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

/** Checks that filters and overlays name rules that are there. Reports TT1401, TT1402, TT1405 and TT1407. */
export function checkReferences(rules: LoadedRules): Diagnostic[] {
  const known = new Map<string, Logsource | undefined>();
  const correlations = new Map<string, OtherDocument>();
  for (const rule of rules.others) {
    if (rule.kind !== 'correlation') continue;
    correlations.set(rule.meta.id, rule);
    if (rule.meta.name !== undefined) correlations.set(rule.meta.name, rule);
  }
  for (const { meta } of rules.others) register(known, meta, undefined);
  for (const { meta, logsource } of rules.detections) register(known, meta, logsource);
  return [
    ...rules.filters.flatMap((filter) => checkFilter(filter, { known, correlations })),
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

/** The rules that a correlation names, in its list and in its steps. */
function rulesOf({ block }: OtherDocument): string[] {
  if (!isPlainMap(block)) return [];
  const steps: unknown = ownValue(block, 'steps');
  const named = Array.isArray(steps)
    ? steps.flatMap((step: unknown) =>
        isPlainMap(step) ? [ownValue(step, 'rule'), ownValue(step, 'absent')] : [],
      )
    : [];
  return [...texts(ownValue(block, 'rules')), ...named.flatMap(texts)];
}

/** A filter that cannot do anything to a correlation it names, or only part of what it says. */
function checkCorrelation(
  filter: LoadedFilter,
  correlation: OtherDocument,
  { known, path }: { readonly known: ReadonlyMap<string, Logsource | undefined>; readonly path: KeyPath },
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const { title } = correlation.meta;
  const sources = rulesOf(correlation).map((name) => known.get(name));
  if (
    sources.length > 0 &&
    sources.every((source) => source !== undefined && !filterFits(filter.logsource, source))
  ) {
    const message = `the filter's logsource fits none of the rules that '${title}' reads, so it has no effect there`;
    found.push(diagnosticAt({ code: LANGUAGE_CODES.TT1402, message }, filter.locate(path)));
  }
  if (hasKeywords(filter.expression)) {
    const message = `the filter looks for keywords, which the firings that '${title}' reads do not carry`;
    const hint = 'name the fields, or let the filter name the rules that the correlation reads';
    found.push(diagnosticAt({ code: LANGUAGE_CODES.TT1407, message, hint }, filter.locate(path)));
  }
  return found;
}

function hasKeywords(expression: Expression): boolean {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.of.some(hasKeywords);
    case 'not':
    case 'selection':
      return hasKeywords(expression.of);
    default:
      return expression.kind === 'keyword';
  }
}

interface FilterTargets {
  readonly known: ReadonlyMap<string, Logsource | undefined>;
  readonly correlations: ReadonlyMap<string, OtherDocument>;
}

function checkFilter(filter: LoadedFilter, { known, correlations }: FilterTargets): Diagnostic[] {
  if (filter.rules === 'any') return [];
  const found: Diagnostic[] = [];
  for (const [i, name] of filter.rules.entries()) {
    if (found.length >= FINDINGS_MAX) break;
    const path = ['filter', 'rules', i];
    const logsource = known.get(name);
    const correlation = correlations.get(name);
    if (!known.has(name)) {
      found.push(unknownRule(name, path, { locate: filter.locate, known }));
    } else if (correlation !== undefined) {
      found.push(...checkCorrelation(filter, correlation, { known, path }));
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
  if (overlay.filter !== undefined && selector.rules !== 'any' && hasKeywords(overlay.filter)) {
    const read = rules.others.find(
      (rule) =>
        rule.kind === 'correlation' && overlaySelects(overlay, { meta: rule.meta, logsource: undefined }),
    );
    if (read !== undefined) {
      const message = `the overlay's filter looks for keywords, which the firings that '${read.meta.title}' reads do not carry`;
      return [diagnosticAt({ code: LANGUAGE_CODES.TT1407, message }, locate(['overlay', 'filter'], 'key'))];
    }
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

import type { Diagnostic, Place } from '../diagnostic/index.ts';
import type {
  CorrelationFilter,
  DetectionRule,
  Expression,
  Level,
  RuleMeta,
  Status,
} from '../model/index.ts';
import { LANGUAGE_CODES } from './errors.ts';
import { diagnosticAt } from './finding.ts';
import { defaultConfidence } from './meta.ts';
import { filterFits, overlaySelects } from './references.ts';
import type { LoadedFilter, LoadedRules, OtherDocument, Overlay } from './rules.ts';
import { detectionHash, filteredHash } from './semantics.ts';

/** One thing that an overlay or a filter did to a rule. */
export interface AppliedChange {
  /** Title of the overlay or filter. */
  readonly by: string;
  readonly at: Place;
  readonly what:
    | { readonly kind: 'level'; readonly from: Level; readonly to: Level }
    | { readonly kind: 'confidence'; readonly from: number; readonly to: number }
    | { readonly kind: 'status'; readonly from: Status; readonly to: Status }
    | { readonly kind: 'filter' }
    | { readonly kind: 'disabled' }
    | { readonly kind: 'enabled' };
}

/** The detections as they will run, and how each differs from what is written in its file. */
export interface EffectiveDetections {
  /** Without the disabled ones. */
  readonly detections: readonly DetectionRule[];
  /** What changed a rule, by its id, in the order it was applied; rules that nothing changed are absent. */
  readonly changes: ReadonlyMap<string, readonly AppliedChange[]>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Applies overlays, then filters, to the loaded detections; nothing is changed in place. A changed expression gives a new hash; level,
 * confidence and status do not. Reports TT1404. Cost: rules × (filters + overlays).
 */
export function effectiveDetections(rules: LoadedRules): EffectiveDetections {
  const changes = new Map<string, AppliedChange[]>();
  const diagnostics: Diagnostic[] = [];
  const detections: DetectionRule[] = [];
  for (const rule of rules.detections) {
    const state = new RuleState(rule.meta);
    for (const overlay of rules.overlays) {
      if (!overlaySelects(overlay, rule)) continue;
      diagnostics.push(...state.overlay(overlay));
      state.overlayFilter(overlay);
    }
    for (const filter of rules.filters) if (filterApplies(filter, rule)) state.filter(filter);
    if (state.changes.length > 0) changes.set(rule.meta.id, state.changes);
    if (state.enabled) detections.push(changed(rule, state));
  }
  return { detections, changes, diagnostics };
}

function changed(rule: DetectionRule, { meta, added }: RuleState): DetectionRule {
  if (added.length === 0) return meta === rule.meta ? rule : { ...rule, meta };
  const expression: Expression = { kind: 'and', of: [rule.expression, ...added] };
  const hash = detectionHash('detection', rule.logsource, expression);
  return { ...rule, expression, meta: { ...meta, hash } };
}

/** The documents of other kinds as they will run, and how each differs from what is written in its file. */
export interface EffectiveOthers {
  /** Without the disabled ones. */
  readonly others: readonly OtherDocument[];
  readonly changes: ReadonlyMap<string, readonly AppliedChange[]>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Applies what overlays say about level, confidence, status and enabled to correlations and other kinds. Filters that name a correlation, and
 * filters of overlays that mean it, are handed to it: they are asked about the firings that it reads, and change its hash. A filter for any rule
 * has worked on the detections before. Reports TT1404. Cost: rules × (filters + overlays).
 */
export function effectiveOthers(rules: LoadedRules): EffectiveOthers {
  const changes = new Map<string, AppliedChange[]>();
  const diagnostics: Diagnostic[] = [];
  const others: OtherDocument[] = [];
  for (const other of rules.others) {
    const state = new RuleState(other.meta);
    for (const overlay of rules.overlays) {
      if (!overlaySelects(overlay, { meta: other.meta, logsource: undefined })) continue;
      diagnostics.push(...state.overlay(overlay));
      // An overlay for any rule has filtered the detections already.
      if (other.kind === 'correlation' && overlay.selector.rules !== 'any') state.overlayFilter(overlay);
    }
    if (other.kind === 'correlation') {
      for (const filter of rules.filters) if (filterNames(filter, other.meta)) state.filter(filter);
    }
    if (state.changes.length > 0) changes.set(other.meta.id, state.changes);
    if (state.enabled) others.push(changedOther(other, state));
  }
  return { others, changes, diagnostics };
}

function changedOther(other: OtherDocument, { meta, filters }: RuleState): OtherDocument {
  if (filters.length === 0) return meta === other.meta ? other : { ...other, meta };
  const asked = filters.map(({ logsource, expression }) => detectionHash('filter', logsource, expression));
  return { ...other, filters, meta: { ...meta, hash: filteredHash(meta.hash, asked) } };
}

/** Whether a filter names a rule itself; one for any rule names none. */
function filterNames(filter: LoadedFilter, { id, name }: RuleMeta): boolean {
  return (
    filter.rules !== 'any' &&
    (filter.rules.includes(id) || (name !== undefined && filter.rules.includes(name)))
  );
}

/** Whether a filter is ANDed to a rule: it names it or any, and its logsource fits. */
export function filterApplies(filter: LoadedFilter, rule: DetectionRule): boolean {
  const { id, name } = rule.meta;
  const named =
    filter.rules === 'any' ||
    filter.rules.includes(id) ||
    (name !== undefined && filter.rules.includes(name));
  return named && filterFits(filter.logsource, rule.logsource);
}

/** A rule while changes are applied to it. */
class RuleState {
  readonly changes: AppliedChange[] = [];
  /** What is ANDed to the rule. */
  readonly added: Expression[] = [];
  /** The same with the logsource that it is asked about. */
  readonly filters: CorrelationFilter[] = [];
  enabled = true;
  meta: RuleMeta;
  readonly #setBy = new Map<string, Overlay>();

  constructor(meta: RuleMeta) {
    this.meta = meta;
  }

  overlay(overlay: Overlay): Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    const before = this.meta;
    // A confidence that only followed from level and status goes on following from them.
    const derived = before.confidence === defaultConfidence(before.level, before.status);
    const level = overlay.level ?? before.level;
    const status = overlay.status ?? before.status;
    const confidence = overlay.confidence ?? (derived ? defaultConfidence(level, status) : before.confidence);
    this.meta = { ...before, level, status, confidence };
    if (overlay.level !== undefined) this.#note(overlay, { kind: 'level', from: before.level, to: level });
    if (overlay.status !== undefined)
      this.#note(overlay, { kind: 'status', from: before.status, to: status });
    if (confidence !== before.confidence)
      this.#note(overlay, { kind: 'confidence', from: before.confidence, to: confidence });
    if (overlay.enabled !== undefined) {
      this.enabled = overlay.enabled;
      this.#note(overlay, { kind: overlay.enabled ? 'enabled' : 'disabled' });
    }
    for (const key of ['level', 'confidence', 'status', 'enabled'] as const) {
      if (overlay[key] === undefined) continue;
      const earlier = this.#setBy.get(key);
      if (earlier !== undefined && earlier[key] !== overlay[key])
        diagnostics.push(this.#conflict(key, earlier, overlay));
      this.#setBy.set(key, overlay);
    }
    return diagnostics;
  }

  overlayFilter(overlay: Overlay): void {
    if (overlay.filter === undefined) return;
    this.added.push({ kind: 'selection', name: `overlay: ${overlay.title}`, of: overlay.filter });
    const logsource = overlay.selector.logsource ?? {};
    this.filters.push({ by: overlay.title, logsource, expression: overlay.filter });
    this.#note(overlay, { kind: 'filter' });
  }

  filter(filter: LoadedFilter): void {
    const { logsource, expression } = filter;
    this.added.push({ kind: 'selection', name: `filter: ${filter.meta.title}`, of: expression });
    this.filters.push({ by: filter.meta.title, logsource, expression });
    this.changes.push({ by: filter.meta.title, at: filter.meta.source, what: { kind: 'filter' } });
  }

  #note(overlay: Overlay, what: AppliedChange['what']): void {
    this.changes.push({ by: overlay.title, at: overlay.source, what });
  }

  #conflict(
    key: 'level' | 'confidence' | 'status' | 'enabled',
    earlier: Overlay,
    later: Overlay,
  ): Diagnostic {
    const message = `two overlays set '${key}' of '${this.meta.title}'; this one wins`;
    return diagnosticAt({ code: LANGUAGE_CODES.TT1404, message }, later.locate(['overlay', key]), [
      { message: `'${key}' is set here too`, at: earlier.locate(['overlay', key]) },
    ]);
  }
}

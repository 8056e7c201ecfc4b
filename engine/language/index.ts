/**
 * Floor 2 · the rule language: from the text of rule files to rules of the model. A strict superset of Sigma 2.1.
 *
 * The way: guard (raw text) → document (YAML, legacy actions) → schema → kinds (one file a kind) → selections and condition → rule; then
 * what concerns several documents: unique ids, references, tests beside rules; at last overlays and filters (`effectiveDetections`).
 * Invariants: pure functions of text, nothing thrown for any input; a bad document never hides a good one; every finding has a place.
 * Findings are made by key path and located only when there are any, because reading with positions costs eight times as much.
 * Deliberately absent: files and folders (the caller hands texts in), running anything, and the blocks of correlations, baselines,
 * incidents, policies and feeds, which come out as plain data with a locator for the rooms that run them.
 */
export { BASELINE_CODES } from './baseline/errors.ts';
export { readBaseline } from './baseline/read.ts';
export { compileSelections } from './block.ts';
export {
  type ConditionNode,
  type ConditionProblem,
  type ConditionReading,
  parseCondition,
} from './condition.ts';
export { namesOf } from './condition-scope.ts';
export { CORRELATION_CODES } from './correlation/errors.ts';
export type { LegacyImport } from './correlation/legacy-base.ts';
export { importLegacyFile, type LegacyFile } from './correlation/legacy-file.ts';
export { importLegacy } from './correlation/legacy-import.ts';
export { readCorrelation } from './correlation/read.ts';
export type { PlainMap, RuleFile } from './document.ts';
export {
  type AppliedChange,
  type EffectiveDetections,
  type EffectiveOthers,
  effectiveDetections,
  effectiveOthers,
  filterApplies,
} from './effective.ts';
export { LANGUAGE_CODES } from './errors.ts';
export { FEED_READING_CODES } from './feed/errors.ts';
export { type FeedDefaults, readFeed } from './feed/read.ts';
export type { TestCheck, TestFault } from './field-item.ts';
export { diagnosticAt, type KeyPath, type Locator, type PlacePart } from './finding.ts';
export { type Formatted, formatRules } from './format.ts';
export { INCIDENT_TEMPLATE_CODES } from './incident/errors.ts';
export { readIncidentTemplate } from './incident/read.ts';
export type { DocumentKind } from './kinds/kind.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { type LoadOptions, loadRules, type RuleCache } from './load.ts';
export { defaultConfidence } from './meta.ts';
export { POLICY_READING_CODES } from './policy/errors.ts';
export { readPolicy } from './policy/read.ts';
export { filterFits } from './references.ts';
export type {
  LoadedFilter,
  LoadedRules,
  OtherDocument,
  OtherKind,
  Overlay,
  OverlaySelector,
  RuleTests,
} from './rules.ts';
export type { SchemaKind } from './schema/kinds.ts';
export { ruleSchemas } from './schema/rule-schemas.ts';
export { blockHash, detectionHash } from './semantics.ts';
export {
  ESCAPES,
  type Escape,
  missingValue,
  parseTemplate,
  renderTemplate,
  TEMPLATE_VALUE_MAX,
  type Template,
  type TemplatePart,
  type TemplateValue,
  templateFields,
} from './template.ts';
export { ALERT_NAMES } from './template-lint.ts';
export { writeDocuments } from './write.ts';

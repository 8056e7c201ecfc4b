import { type DetectionPlan, planDetections } from '../detect/index.ts';
import { compareDiagnostics, type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import {
  effectiveDetections,
  type LoadedRules,
  type LoadOptions,
  loadRules,
  type RuleFile,
} from '../language/index.ts';
import {
  canonicalJson,
  type DetectionRule,
  type EntitySpec,
  type RuleMeta,
  type RuleRef,
  sha256,
} from '../model/index.ts';

/** What an engine runs on: plain data that can be handed to another thread. */
export interface RunnableRuleset {
  /** SHA-256 over the rules' semantics hashes, ids, levels and confidences. */
  readonly hash: string;
  /** By detection: what signals say of their rule. */
  readonly refs: readonly RuleRef[];
  /** By detection: the entities that the rule itself names; empty where the defaults apply. */
  readonly entities: readonly (readonly EntitySpec[])[];
  readonly plan: DetectionPlan;
}

/** All rules compiled together: immutable. */
export interface Ruleset extends RunnableRuleset {
  /** The effective detections (overlays and filters applied), in the order of files and documents. */
  readonly detections: readonly DetectionRule[];
  /** What was loaded, before overlays and filters. */
  readonly loaded: LoadedRules;
}

/** A compiled ruleset with everything found on the way; usable even where some rules were refused. */
export interface CompiledRuleset {
  readonly ruleset: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
  /** True where some document was refused. */
  readonly broken: boolean;
}

/**
 * The way of a rule: texts → documents → model → overlays and filters → plan. A rule that cannot be used is left out with its
 * findings; the others stand. Findings come sorted by place.
 */
export function compileRuleset(files: readonly RuleFile[], options: LoadOptions = {}): CompiledRuleset {
  const { rules, diagnostics: loading } = loadRules(files, options);
  return compileLoaded(rules, loading);
}

/** The second half of `compileRuleset`, for rules that were loaded before. */
export function compileLoaded(loaded: LoadedRules, found: readonly Diagnostic[] = []): CompiledRuleset {
  const { detections, diagnostics: resolving } = effectiveDetections(loaded);
  const { plan, diagnostics: planning } = planDetections(detections);
  const refs = detections.map((rule) => ruleRef('detection', rule.meta));
  const diagnostics = [...found, ...resolving, ...planning].sort(compareDiagnostics);
  const hash = sha256(
    canonicalJson(refs.map(({ id, hash, level, confidence }) => ({ id, hash, level, confidence }))),
  );
  const entities = detections.map((rule) => rule.meta.entities);
  return {
    ruleset: { hash, refs, entities, plan, detections, loaded },
    diagnostics,
    broken: hasErrors(diagnostics),
  };
}

/** The part of a ruleset that an engine on another thread needs. */
export function runnable({ hash, refs, entities, plan }: Ruleset): RunnableRuleset {
  return { hash, refs, entities, plan };
}

/** What signals say of a rule. */
export function ruleRef(kind: RuleRef['kind'], meta: RuleMeta): RuleRef {
  const { id, name, title, version, level, confidence, tags, hash } = meta;
  return { kind, id, ...(name === undefined ? {} : { name }), title, version, level, confidence, tags, hash };
}

/**
 * Floor 5 · policies: facts in, decisions out, with json-rules-engine. They decide about alerts and incidents that the core returned, and
 * their decisions come back to the core as commands, so that the core stays synchronous and a replay with them gives the same bytes.
 *
 * Invariants: a path reads own properties and evaluates nothing; no name in a policy leads outside (outputs, people and tags are names); the
 * same case, facts and policies give the same decisions in the same order; a fact that cannot be had withholds what asked for it.
 * Deliberately absent: reading policy documents (`language`), changing alerts (`alert`, `incident`), where facts come from and where
 * outputs lead (`adapters` and the operator's configuration).
 */
export { type DecidedAgain, decideAgain } from './again.ts';
export { type PolicyCaseFilter, type PolicyCaseResult, runPolicyCases } from './case-run.ts';
export { type CompiledPolicies, compilePolicies } from './compile.ts';
export {
  Decider,
  type DeciderOptions,
  type PolicyOutcome,
  type PolicyVerdict,
  type Timer,
  verdictWords,
} from './decide.ts';
export { POLICY_CODES } from './errors.ts';
export type { FactKind, FactParam, FactQuestion, FactSource, PolicyCaseSubject } from './fact.ts';
export { FACT_KINDS } from './fact-kinds.ts';
export { AssetInventory } from './facts/asset.ts';
export { type BaselineFinding, BaselineTable } from './facts/baseline.ts';
export { sourcesFromFacts } from './facts/book.ts';
export { FeedFacts, withFeeds } from './facts/feeds.ts';
export { GeoFacts } from './facts/geo.ts';
export { CaseHistory } from './facts/history.ts';
export { IdentityFacts } from './facts/identity.ts';
export { type IntelIndicator, IntelTable } from './facts/intel.ts';
export type { PolicyOperator } from './operators/operator.ts';
export { OPERATORS } from './operators/table.ts';
export { type PlannedPolicy, type PolicyPlan, type PolicyPlanOptions, planPolicies } from './plan.ts';
export { decisionWords } from './prevail.ts';
export { lastRevisions, type PolicyPreview, type PreviewedCase, previewPolicies } from './preview.ts';
export { PolicyStage, type Settled, type SettleOptions } from './settle.ts';
export { type ConditionTrace, renderTrace } from './trace.ts';
export { withdrawals } from './withdraw.ts';

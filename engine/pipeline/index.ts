/**
 * Floor 4 · pipeline: the way of a rule (`ruleset.ts`) and the way of an event (`engine.ts`); the only place that knows the order of the
 * stages. Also the library's public face.
 * Invariants: pure and synchronous; the same ruleset and events give the same signals.
 * Deliberately absent: files, threads, clocks, output formats.
 */
export {
  SERIES_DEFAULTS,
  SeriesDetector,
  type SeriesOptions,
  type SeriesVerdict,
} from '../baseline/index.ts';
export { Baselines, isObservation, withoutObservations } from './baselines.ts';
export {
  type CaseOptions,
  CaseStages,
  type CaseStats,
  type IncidentProof,
  type IncidentStage,
  type IncidentStageMaker,
} from './cases.ts';
export {
  type AttackCoverage,
  attackCoverage,
  type CoveredTechnique,
  coverageGaps,
  navigatorLayer,
} from './coverage.ts';
export {
  type Difference,
  type Outcome,
  type OutcomeDifference,
  outcomeDifference,
} from './difference.ts';
export { Engine, type EngineOptions, type Noticed } from './engine.ts';
export {
  type CorrelationExplanation,
  type CorrelationQuestion,
  explainCorrelation,
  type OpenWindow,
} from './explain-correlation.ts';
export { FEED_STALE, feedStaleSignal } from './feed-stale.ts';
export { type CounterExample, counterExampleTest, type FuzzSubject, fuzzDelivery } from './fuzz.ts';
export {
  type IncidentChange,
  type IncidentsDifference,
  incidentsDifference,
} from './incident-diff.ts';
export { type IncidentStageOptions, incidentStage } from './incident-stage.ts';
export type { FeedChange } from './indicator-notes.ts';
export { ANY_FEED, intelAsks, matching } from './intel.ts';
export { type FeedNames, type IntelAsk, IntelLookup } from './intel-lookup.ts';
export { JudgedStages, type StatedVerdict, type VerdictTally } from './judged-stages.ts';
export { LiveCases } from './live.ts';
export {
  MINING_DEFAULTS,
  type MinedPattern,
  type Mining,
  type MiningOptions,
  minePatterns,
  type PatternSighting,
} from './mine.ts';
export { type MinedFrom, type MinedTemplate, minedTemplate } from './mine-template.ts';
export { correlationMutants, detectionMutants, type Mutant } from './mutants.ts';
export { type MutationResult, mutateRules } from './mutation.ts';
export {
  isProofProblem,
  type LoadedNow,
  makeProof,
  type Proof,
  type ProofDifference,
  type ProofMaterial,
  type ProofProblem,
  type ProofVerdict,
  type ProvenPiece,
  type ProvenRule,
  proofText,
  readProof,
  verifyProof,
} from './proof.ts';
export { PROOF_SCHEMA, PROOF_VERSION } from './proof-schema.ts';
export { logsourceText, type ReferenceEntry, referenceOf } from './reference.ts';
export { type MeasuredRule, measuredRules } from './rule-costs.ts';
export { ruleRef } from './rule-ref.ts';
export {
  type CorrelationCoverage,
  correlationContext,
  firingRules,
  type RuleTestOptions,
  type RuleTestReport,
  type RuleTestResult,
  runRuleTests,
  type SelectionCoverage,
  type TestedRule,
} from './rule-tests.ts';
export {
  type CompiledRuleset,
  compileLoaded,
  compileRuleset,
  type Ruleset,
  type RunnableRuleset,
  runnable,
  type StageRules,
} from './ruleset.ts';
export { parseSnapshot, type Snapshot, type SnapshotRule, snapshotText } from './snapshot-file.ts';
export { type RecordingOptions, RecordingStages, type RuleLosses, type StateAtEnd } from './stages.ts';
export { type Arrived, type GivenAt, GivenEvents, type GivenOptions } from './test-given.ts';
export { COSTLY_EVENT, REFUSED_RECORD } from './unseen-event.ts';

/**
 * Floor 3 · correlate: signals of many rules, tied together over time and entities.
 *
 * plan → link → run: `planCorrelations` resolves references and gives plain data, `new Correlator(plan)` links it, and
 * `accept`, `advance` and `finish` run it in event time.
 *
 * Invariants: no I/O, no clock, no randomness. What comes out depends on the signals and their times only: not on the order of
 * arrival before the watermark, on batches, or on where the engine was stopped and restored. Work per signal is O(1) amortised
 * or O(log n); no step looks at a whole window. Memory has a bound per rule and in all, at which what has progressed furthest is
 * kept, and every loss is counted.
 *
 * Deliberately absent: reading YAML (language), projecting fields from events (detect, told by `requiredFields`), alert life
 * and deduplication (alert): correlations read signals before deduplication.
 */
export {
  Correlator,
  type CorrelatorLimits,
  type CorrelatorStats,
  type RestoreReport,
} from './correlator.ts';
export { CODES } from './errors.ts';
export { explainMiss, type NearMiss } from './explain.ts';
export { boundsText, figureName, figureText } from './explain-text.ts';
export type { CorrelationNode, NodeStats, OpenGroup } from './node.ts';
export { type CorrelationPlan, type InputPlan, type NodePlan, requiredFields, SOURCE_FIELD } from './plan.ts';
export { type PlanOptions, planCorrelations } from './plan-rules.ts';
export { projectedBy } from './projection.ts';
export { planReload, type ReloadStep, type SavedRule, savedRules, stateShape } from './reload.ts';
export type { KnownRule } from './rule-directory.ts';
export {
  type Arrival,
  type CorrelationTestContext,
  type CorrelationTestResult,
  type Deliver,
  deliver,
  runCorrelationTest,
  TEST_LATENESS,
  TEST_START,
  testArrivals,
} from './rule-test.ts';
export { type Admitted, type SourceTiming, Watermarks } from './watermark.ts';

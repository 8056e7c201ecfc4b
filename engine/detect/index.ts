/**
 * Floor 3 · detect: all detections compiled into one index, and what runs it.
 * Invariants: stateless but for what it learns about speed; the result for an event depends on the plan and the event alone and is
 * that of the reference evaluator in `match`, but for rules left undecided on records beyond 64 KiB (`EventLimits`), which are told; the index over-approximates and every candidate is evaluated in full.
 * Deliberately absent: correlation, signals and their ids (pipeline), reading files (adapters).
 */
export { Detector, type DetectorOptions, type DetectStatus } from './detector.ts';
export { costlyRecord, DETECT_CODES, detectCodes } from './errors.ts';
export {
  type DetectionPlan,
  type PlanExpression,
  type PlanOptions,
  type PlanPredicate,
  type PlanRule,
  planDetections,
} from './plan.ts';
export { RuleProbe } from './rule-probe.ts';
export { EVENT_LIMITS, type EventLimits } from './step-budget.ts';

/**
 * Floor 3 · baseline: what is normal here, learnt from the deployment's own events, and how far off is odd.
 *
 * Invariants: no I/O, no clock, no randomness. What is learnt is a function of the rule and the events before it in event time; what is
 * said of an event rests on earlier events alone. State has a bound for each entity and in all, and every loss is counted.
 *
 * Deliberately absent: reading YAML (language), files of learnt baselines (adapters), alert life (alert).
 */
export { AlarmControl, type AlarmControlOptions, type Release } from './alarm-control.ts';
export {
  Baseline,
  type BaselineOptions,
  type BaselineState,
  type BaselineStats,
  LEARNT_FORM,
} from './baseline.ts';
export type { BudgetReport, BudgetState } from './budget.ts';
export { BASELINE_RUN_CODES } from './errors.ts';
export {
  type AlarmRate,
  alarmRate,
  inputDigest,
  type Learned,
  type LearnedFile,
  learnedDifferences,
  type Manifest,
  readLearned,
  renderLearned,
} from './learned.ts';
export {
  SERIES_DEFAULTS,
  SeriesDetector,
  type SeriesOptions,
  type SeriesState,
  type SeriesSurprise,
  type SeriesVerdict,
} from './series/series-detector.ts';
export { ScoreTail, type TailOptions, type TailState } from './tail.ts';

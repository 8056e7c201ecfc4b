/**
 * Floor 3 · alert: deduplicated signals with a life.
 *
 * `planAlerts` says for each rule what tells its alerts apart and what their texts are; `AlertBook` takes signals in the order of time in
 * which they are worked on, and gives revisions of alerts.
 *
 * Invariants: no I/O, no clock, no randomness. A signal is in at most one alert, and counts are exact. A resolved or dismissed alert never
 * takes in a signal again. When a revision is made depends on the signals, their times and the decisions alone, never on batches or
 * restarts. Memory is bounded; at the bound, what has progressed furthest is kept, and every loss is counted.
 *
 * Deliberately absent: figures (severity is score's), what joins alerts (incident), who is told of them (policy, outputs).
 */
export { AlertBook, type AlertStats, type Revised } from './book.ts';
export { ALERT_LIMITS, type AlertLimits } from './limits.ts';
export {
  type AlertingRule,
  type AlertPlan,
  type AlertRule,
  alertFields,
  BUILT_IN_FIELDS,
  ENTITY_PREFIX,
  isBuiltIn,
  planAlerts,
} from './plan.ts';
export type { AlertPorts } from './ports.ts';
export type { SavedBook } from './saved.ts';

/**
 * Floor 3 · score: how much one signal weighs by itself, and what severity an alert has.
 * Invariants: pure; 0–100; the same facts give the same score; every term that made a figure is kept with its reason.
 * Deliberately absent: what other signals say (risk is a correlation), where facts come from (assets, indicators, verdicts).
 */
export { betaCumulative, betaQuantile, PRIOR_STRENGTH, type Precision, precisionOf } from './beta.ts';
export { LEVEL_IMPACT, scoreSignal } from './score.ts';
export { assess, SEVERITY_FROM } from './severity.ts';

/**
 * Floor 3 · score: how much one signal weighs by itself.
 * Invariants: pure; 0–100; the same rule gives the same score.
 * Deliberately absent: what other signals say (risk is a correlation), severity of alerts.
 */
export { LEVEL_IMPACT, scoreSignal } from './score.ts';

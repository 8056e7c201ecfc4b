import type { Level } from '../model/index.ts';

/** Impact if the finding is true, as a share of the worst. */
export const LEVEL_IMPACT: Readonly<Record<Level, number>> = {
  informational: 0.05,
  low: 0.25,
  medium: 0.5,
  high: 0.75,
  critical: 1,
};

/** A signal's score, 0–100: the impact of its level times the confidence that it is malicious, rounded to a tenth. */
export function scoreSignal(level: Level, confidence: number): number {
  return Math.round(LEVEL_IMPACT[level] * confidence * 1000) / 10;
}

import type { VerdictCounts } from '../model/index.ts';

/**
 * What a rule's prior weighs against verdicts: as much as so many of them. Eight true verdicts out of eight then move a prior of 0.3 to
 * 0.65; two hardly move it. A prior from an author's level is a guess, so it yields to some ten verdicts.
 */
export const PRIOR_STRENGTH = 8;

/** A rule's measured precision: mean and the interval that holds nine tenths of the posterior. */
export interface Precision {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly verdicts: number;
}

/**
 * The posterior of a rule's precision: Beta(s·prior + true, s·(1 − prior) + benign + false) with s = `PRIOR_STRENGTH`; its mean and its
 * 5 % and 95 % quantiles. `strength` is for those who measure how much it matters.
 */
export function precisionOf(prior: number, counts: VerdictCounts, strength = PRIOR_STRENGTH): Precision {
  const against = counts.benign + counts.falsePositive;
  const a = strength * prior + counts.truePositive;
  const b = strength * (1 - prior) + against;
  const verdicts = counts.truePositive + against;
  // A prior of exactly 0 or 1 with no verdict to the contrary leaves nothing to estimate.
  if (a <= 0) return { mean: 0, low: 0, high: 0, verdicts };
  if (b <= 0) return { mean: 1, low: 1, high: 1, verdicts };
  return { mean: a / (a + b), low: betaQuantile(0.05, a, b), high: betaQuantile(0.95, a, b), verdicts };
}

/** The p-quantile of Beta(a, b), a and b above 0, by bisection of the distribution function down to what doubles tell apart. */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (betaCumulative(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The distribution function of Beta(a, b) at x: the regularised incomplete beta function (DLMF 8.17.22, continued fraction). */
export function betaCumulative(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast only below the mean; above it the symmetry I_x(a, b) = 1 − I_{1−x}(b, a) is used.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCumulative(1 - x, b, a);
  const front = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b) - Math.log(a),
  );
  return Math.min(1, front / continuedFraction(x, a, b));
}

/** 1 + d1/(1 + d2/(1 + …)) from the front, by Lentz's method. */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let value = 1;
  let numerator = 1;
  let denominator = 0;
  for (let i = 1; i <= 500; i++) {
    const m = i >> 1;
    const d =
      i % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    denominator = 1 + d * denominator;
    if (Math.abs(denominator) < tiny) denominator = tiny;
    denominator = 1 / denominator;
    numerator = 1 + d / numerator;
    if (Math.abs(numerator) < tiny) numerator = tiny;
    const factor = numerator * denominator;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-14) break;
  }
  return value;
}

/** ln Γ(x) for x > 0: the recurrence up to 10, then Stirling's series (DLMF 5.11.1), within 1e-13. */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 10) {
    shift += Math.log(z);
    z++;
  }
  const inverse = 1 / z;
  const square = inverse * inverse;
  const series =
    inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

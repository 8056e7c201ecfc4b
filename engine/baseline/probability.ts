import { gammaln } from 'simple-statistics';

/** The greatest surprise a raw score may claim, in decades: beyond, no model of ours is believed. */
export const RAW_MAX = 12;

/** −log10 of a probability, 0 to 12. */
export function decades(probability: number): number {
  if (!(probability > 0)) return RAW_MAX;
  return probability >= 1 ? 0 : Math.min(RAW_MAX, -Math.log10(probability));
}

/**
 * −log10 of the upper tail of the standard normal distribution, 0 for z ≤ 0; to 3 % for z above 0.
 * After Borjesson and Sundberg, IEEE Transactions on Communications 27, 1979: it holds far out, where tables and series end.
 */
export function normalTailDecades(z: number): number {
  if (!(z > 0)) return 0;
  const denominator = 0.661 * z + 0.339 * Math.sqrt(z * z + 5.51);
  const ln = -0.5 * z * z - Math.log(denominator) - 0.5 * Math.log(2 * Math.PI);
  return Math.min(RAW_MAX, -ln / Math.LN10);
}

/** −log10 of the lower tail of a χ² distribution with `degrees` degrees of freedom; the series of the incomplete gamma function. */
export function chiSquaredLowerDecades(x: number, degrees: number): number {
  const a = degrees / 2;
  const half = x / 2;
  if (!(half > 0)) return RAW_MAX;
  if (half > a + 1) return 0;
  let term = 1;
  let sum = 1;
  for (let n = 1; n < 200; n++) {
    term *= half / (a + n);
    sum += term;
    if (term < 1e-12 * sum) break;
  }
  const ln = a * Math.log(half) - half - gammaln(a + 1) + Math.log(sum);
  return Math.min(RAW_MAX, Math.max(0, -ln / Math.LN10));
}

/** −log10 of P(X ≥ k) for a Poisson variable with this mean, 0 where k is not above it; the series of the tail. */
export function poissonUpperDecades(k: number, mean: number): number {
  if (k <= mean || k <= 0) return 0;
  if (!(mean > 0)) return RAW_MAX;
  let term = 1;
  let sum = 1;
  for (let n = 1; n < 200; n++) {
    term *= mean / (k + n);
    sum += term;
    if (term < 1e-12 * sum) break;
  }
  const ln = k * Math.log(mean) - mean - gammaln(k + 1) + Math.log(sum);
  return Math.min(RAW_MAX, Math.max(0, -ln / Math.LN10));
}

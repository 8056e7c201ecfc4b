import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { betaCumulative, betaQuantile, precisionOf } from '../../engine/score/index.ts';

/** The same integral by brute force: Simpson's rule on the density, for a and b of at least 1. */
function byIntegration(x: number, a: number, b: number): number {
  const density = (t: number): number => t ** (a - 1) * (1 - t) ** (b - 1);
  const simpson = (to: number): number => {
    const steps = 20_000;
    const h = to / steps;
    let sum = density(0) + density(to);
    for (let i = 1; i < steps; i++) sum += density(i * h) * (i % 2 === 1 ? 4 : 2);
    return (sum * h) / 3;
  };
  return simpson(x) / simpson(1);
}

describe('the beta distribution', () => {
  const known = [
    { name: 'the uniform one', x: 0.3, a: 1, b: 1, expect: 0.3 },
    { name: 'a symmetric one at its middle', x: 0.5, a: 7, b: 7, expect: 0.5 },
    { name: 'x to the a, where b is 1', x: 0.8, a: 3, b: 1, expect: 0.512 },
    { name: 'one less (1 − x) to the b, where a is 1', x: 0.2, a: 1, b: 4, expect: 1 - 0.8 ** 4 },
    // I_½(½, ½) is the arcsine law: exactly one half.
    { name: 'the arcsine law', x: 0.5, a: 0.5, b: 0.5, expect: 0.5 },
  ];
  for (const { name, x, a, b, expect: wanted } of known) {
    test(name, () => expect(betaCumulative(x, a, b)).toBeCloseTo(wanted, 12));
  }

  test('agrees with the integral', () => {
    for (const [x, a, b] of [
      [0.1, 2, 3],
      [0.6, 12.5, 4],
      [0.97, 30, 2],
      [0.35, 3.2, 8.8],
    ] as const) {
      expect(betaCumulative(x, a, b)).toBeCloseTo(byIntegration(x, a, b), 8);
    }
  });

  test('a quantile is what the distribution function takes back', () => {
    const shape = fc.double({ min: 0.2, max: 400, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), shape, shape, (p, a, b) => {
        expect(betaCumulative(betaQuantile(p, a, b), a, b)).toBeCloseTo(p, 4);
      }),
    );
  });
});

describe('measured precision', () => {
  test('without verdicts it is the prior', () => {
    expect(precisionOf(0.3, { truePositive: 0, benign: 0, falsePositive: 0 }).mean).toBeCloseTo(0.3, 12);
  });

  test('eight true verdicts of eight move a prior of 0.3 to 0.65', () => {
    expect(precisionOf(0.3, { truePositive: 8, benign: 0, falsePositive: 0 }).mean).toBeCloseTo(0.65, 12);
  });

  test('a benign verdict counts against malice as a false one does', () => {
    const benign = precisionOf(0.5, { truePositive: 2, benign: 3, falsePositive: 0 });
    expect(benign).toEqual(precisionOf(0.5, { truePositive: 2, benign: 0, falsePositive: 3 }));
  });

  test('the interval holds the mean and shrinks with verdicts', () => {
    const few = precisionOf(0.5, { truePositive: 2, benign: 0, falsePositive: 2 });
    const many = precisionOf(0.5, { truePositive: 200, benign: 0, falsePositive: 200 });
    for (const { low, mean, high } of [few, many]) expect(low < mean && mean < high).toBe(true);
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 3);
  });

  test('a prior of exactly one or nothing leaves nothing to estimate', () => {
    const none = { truePositive: 0, benign: 0, falsePositive: 0 };
    expect(precisionOf(1, none)).toMatchObject({ mean: 1, low: 1, high: 1 });
    expect(precisionOf(0, none)).toMatchObject({ mean: 0, low: 0, high: 0 });
  });
});

import { describe, expect, it } from 'vitest';
import { Correlator } from '../../engine/correlate/index.ts';
import { DistinctSketch } from '../../engine/correlate/measure/distinct-sketch.ts';
import type { Signal } from '../../engine/model/index.ts';
import { rule, S, signal } from './build.ts';
import { planOf } from './harness.ts';

const at = (time: number): { time: number; ns: number } => ({ time, ns: 0 });

/** Deviations in standard errors, over seeds: about one in three is beyond 1, one in twenty beyond 2. */
function deviations(count: number, estimate: (seed: number) => DistinctSketch): number[] {
  return Array.from({ length: 40 }, (_, seed) => {
    const sketch = estimate(seed * 7919 + 1);
    return (sketch.value() - count) / (count * sketch.error());
  });
}

function isHonest(found: readonly number[]): boolean {
  const beyond2 = found.filter((d) => Math.abs(d) > 2).length;
  const mean = found.reduce((sum, d) => sum + d, 0) / found.length;
  const spread = Math.sqrt(found.reduce((sum, d) => sum + d * d, 0) / found.length);
  return beyond2 <= 7 && Math.abs(mean) < 0.5 && spread > 0.6 && spread < 1.4;
}

function filled(seed: number, from: number, to: number): DistinctSketch {
  const sketch = new DistinctSketch(seed);
  for (let n = from; n < to; n++) sketch.add(`value ${n}`, at(n));
  return sketch;
}

describe('the sketch of distinct values', () => {
  it('is exact, and says so, while all values can be held', () => {
    const sketch = filled(1, 0, 2048);
    expect([sketch.value(), sketch.error()]).toEqual([2048, 0]);
  });

  it('deviates as much as its stated error says, and not to one side', () => {
    expect(isHonest(deviations(30_000, (seed) => filled(seed, 0, 30_000)))).toBe(true);
  });

  it('slides with the window, and becomes exact again when the window is small', () => {
    const slid = (seed: number): DistinctSketch => {
      const sketch = filled(seed, 0, 30_000);
      sketch.expire(at(19_999));
      return sketch;
    };
    expect(isHonest(deviations(10_000, slid))).toBe(true);
    const sketch = filled(3, 0, 30_000);
    for (let n = 30_000; n < 60_000; n++) {
      sketch.add(`value ${n}`, at(n));
      sketch.expire(at(n - 1000));
    }
    expect([sketch.value(), sketch.error()]).toEqual([1000, 0]);
  });

  it('merges: two halves, overlapping, are one pass', () => {
    for (const seed of [1, 2, 3]) {
      const one = filled(seed, 0, 20_000);
      const half = filled(seed, 0, 12_000);
      half.merge(filled(seed, 8_000, 20_000));
      expect([half.value(), half.size]).toEqual([one.value(), one.size]);
    }
  });

  it('goes on from what was saved', () => {
    const before = filled(5, 0, 9_000);
    const after = DistinctSketch.load(5, JSON.parse(JSON.stringify(before.save())));
    for (const sketch of [before, after]) {
      for (let n = 9_000; n < 15_000; n++) sketch.add(`value ${n}`, at(n));
      sketch.expire(at(10_000));
    }
    expect([after.value(), after.error(), after.size]).toEqual([before.value(), before.error(), before.size]);
  });
});

describe('a value_count beyond what is held', () => {
  const made = rule('r', {
    rules: ['a'],
    seconds: 100_000,
    emit: 'every',
    limits: { groups: 100, samples: 500, evidence: 3 },
    body: { type: 'value_count', fields: ['v'], bounds: [{ op: 'gte', value: 2 }], minEvents: 1 },
  });
  const plan = planOf([made], ['a']);
  const nth = (n: number): Signal => signal('a', n, { user: 'u', v: `v${n}` });

  it('gives the estimate and its error in the signal, over a restart too', () => {
    let correlator = new Correlator(plan);
    for (let n = 0; n < 10_000; n++) correlator.accept(nth(n));
    const before = correlator.advance(10_000 * S).at(-1)?.correlation;
    correlator = Correlator.restore(plan, correlator.snapshot())?.correlator ?? correlator;
    correlator.accept(nth(10_000));
    const after = correlator.finish().at(-1)?.correlation;
    expect(before?.exact).toBe(false);
    expect(before?.error).toBeGreaterThan(0.02);
    expect(before?.error).toBeLessThan(0.035);
    for (const detail of [before, after])
      expect(Math.abs((detail?.measure ?? 0) / 10_000 - 1)).toBeLessThan(4 * (detail?.error ?? 0));
    expect(after?.error).toBeCloseTo(before?.error ?? 0, 2);
  });

  it('is exact, without an error, below', () => {
    const correlator = new Correlator(plan);
    for (let n = 0; n < 1500; n++) correlator.accept(nth(n));
    const last = correlator.finish().at(-1)?.correlation;
    expect([last?.measure, last?.exact, last?.error]).toEqual([1500, true, undefined]);
  });
});

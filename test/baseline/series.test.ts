import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AlarmControl, ScoreTail, SeriesDetector } from '../../engine/baseline/index.ts';
import { eventTime } from '../../engine/model/index.ts';
import '../support/seed.ts';
import { normal, seeded } from './streams.ts';

const FIVE_MINUTES = 300_000_000;

/** Fourteen days of a daily wave with noise, a row every five minutes. */
function wave(rows: number, seed = 1): number[] {
  const random = seeded(seed);
  return Array.from({ length: rows }, (_, i) => 50 + 20 * Math.sin((2 * Math.PI * i) / 288) + normal(random));
}

function alarmsOf(values: readonly number[], detector = new SeriesDetector()): number[] {
  return values.flatMap((value, row) =>
    detector.accept(eventTime(row * FIVE_MINUTES), value).alarm ? [row] : [],
  );
}

function trace(values: readonly number[], detector = new SeriesDetector(), from = 0): string {
  return values
    .map((value, i) => JSON.stringify(detector.accept(eventTime((from + i) * FIVE_MINUTES), value)))
    .join('\n');
}

/** Series with repeats, jumps, zeros and sizes from tiny to huge. */
const SERIES = fc.array(
  fc.oneof(
    fc.double({ min: -100, max: 100, noNaN: true }),
    fc.constantFrom(0, 1, 1e-9, 1e12, -5),
    fc.integer({ min: 0, max: 20 }),
  ),
  { minLength: 1, maxLength: 700, size: 'max' },
);

describe('numeric series', () => {
  test('a spike, a value at the wrong time of day and a flat stretch each raise an alarm soon after they begin', () => {
    const cases = [
      { name: 'spike', change: (v: number[]) => v.fill(200, 3000, 3003), from: 3000, until: 3003 },
      { name: 'flat', change: (v: number[]) => v.fill(50, 3000, 3100), from: 3000, until: 3100 },
      {
        name: 'shifted by half a day',
        change: (v: number[]) => v.splice(3000, 144, ...v.slice(3144, 3288)),
        from: 3000,
        until: 3144,
      },
    ];
    for (const { name, change, from, until } of cases) {
      const values = wave(4032);
      const before = alarmsOf(values).filter((row) => row >= from && row < until);
      change(values);
      const found = alarmsOf(values).filter((row) => row >= from && row < until);
      expect({ name, before, found: found.length > 0 }).toEqual({ name, before: [], found: true });
    }
  });

  test('a constant series, and one that repeats exactly, raise nothing', () => {
    expect(alarmsOf(Array.from({ length: 4000 }, () => 45))).toEqual([]);
    expect(alarmsOf(Array.from({ length: 4000 }, (_, i) => (i % 288 < 100 ? 20 : 80))).length).toBeLessThan(
      2,
    );
  });

  test('a level shift raises one alarm or two, not one a row', () => {
    const values = wave(4032).map((value, row) => (row >= 2500 ? value + 60 : value));
    const found = alarmsOf(values).filter((row) => row >= 2500);
    expect(found[0]).toBeLessThan(2505);
    expect(found.length).toBeLessThanOrEqual(3);
  });

  test('what is no number is passed over and counted', () => {
    const values = wave(600);
    const clean = new SeriesDetector();
    const dirty = new SeriesDetector();
    const expected = trace(values, clean);
    const lines: string[] = [];
    values.forEach((value, row) => {
      if (row % 7 === 0) dirty.accept(eventTime(row * FIVE_MINUTES), Number.NaN);
      lines.push(JSON.stringify(dirty.accept(eventTime(row * FIVE_MINUTES), value)));
    });
    expect(lines.join('\n')).toBe(expected);
    expect(dirty.skipped).toBe(Math.ceil(600 / 7));
  });

  test('no row looks ahead: any prefix gives the same verdicts to the byte', () => {
    fc.assert(
      fc.property(SERIES, fc.nat(), (values, cut) => {
        const prefix = values.slice(0, cut % (values.length + 1));
        const whole = trace(values).split('\n').slice(0, prefix.length).join('\n');
        expect(trace(prefix)).toBe(whole);
      }),
      { numRuns: 40 },
    );
  });

  test('a detector restored from JSON goes on to the byte', () => {
    fc.assert(
      fc.property(SERIES, fc.nat(), (values, cut) => {
        const at = cut % (values.length + 1);
        const first = new SeriesDetector();
        trace(values.slice(0, at), first);
        const second = new SeriesDetector();
        second.restore(JSON.parse(JSON.stringify(first.snapshot())));
        expect(trace(values.slice(at), second, at)).toBe(trace(values.slice(at), first, at));
        expect(JSON.stringify(second.snapshot())).toBe(JSON.stringify(first.snapshot()));
      }),
      { numRuns: 40 },
    );
  });

  test('the state stays bounded on a series that never repeats', () => {
    const random = seeded(3);
    const detector = new SeriesDetector();
    for (let row = 0; row < 12_000; row++) {
      detector.accept(eventTime(row * FIVE_MINUTES), Math.exp(20 * random()) * normal(random));
    }
    const { value, shape, season, tails } = detector.snapshot();
    expect(value.kept.length).toBeLessThanOrEqual(608);
    expect(shape.recent.length).toBeLessThanOrEqual(533);
    expect(season.times.length).toBeLessThanOrEqual(4096);
    for (const tail of tails) expect(tail.counters.length).toBeLessThanOrEqual(305);
  });

  test('rounding does not stay in the shapes after a huge value has passed', () => {
    const values = wave(3000);
    values[600] = 1e15;
    const spoilt = new SeriesDetector();
    trace(values, spoilt);
    const sound = new SeriesDetector();
    trace(wave(3000), sound);
    const left = spoilt.snapshot().shape.distances;
    sound.snapshot().shape.distances.forEach((distance, lag) => {
      expect(Math.abs((left[lag] ?? 0) - distance)).toBeLessThan(1e-6 * (1 + distance));
    });
  });
});

describe('the tail of scores', () => {
  test('a surprise of d decades comes about once in 10^d scores', () => {
    for (const draw of [
      (r: () => number) => -Math.log(1 - r()),
      (r: () => number) => (1 - r()) ** -0.5,
      (r: () => number) => Math.abs(normal(r)),
    ]) {
      const random = seeded(5);
      const tail = new ScoreTail();
      let beyond2 = 0;
      let beyond3 = 0;
      for (let i = 0; i < 200_000; i++) {
        const score = draw(random);
        const surprise = tail.surprise(score);
        if (i >= 20_000) {
          if (surprise >= 2) beyond2++;
          if (surprise >= 3) beyond3++;
        }
        tail.add(score);
      }
      // The tail is heavier than any of these, by its prior and by Hill's estimate: it errs towards silence.
      expect(beyond2 / 180_000).toBeLessThan(0.015);
      expect(beyond2 / 180_000).toBeGreaterThan(0.003);
      expect(beyond3 / 180_000).toBeLessThan(0.002);
    }
  });

  test('seven tails merged say what one says, and their order does not matter', () => {
    const random = seeded(9);
    const scores = Array.from({ length: 7000 }, () => Math.exp(6 * normal(random)));
    const one = new ScoreTail();
    const parts = Array.from({ length: 7 }, () => new ScoreTail());
    scores.forEach((score, i) => {
      one.add(score);
      parts[i % 7]?.add(score);
    });
    const forward = new ScoreTail();
    for (const part of parts) forward.merge(part);
    const backward = new ScoreTail();
    for (const part of [...parts].reverse()) backward.merge(part);
    for (const score of [1, 1e2, 1e4, 1e8]) {
      expect(forward.surprise(score)).toBe(one.surprise(score));
      expect(backward.surprise(score)).toBe(one.surprise(score));
    }
    expect(forward.count).toBe(one.count);
  });

  test('the score at a surprise has that surprise', () => {
    const random = seeded(4);
    const tail = new ScoreTail();
    for (let i = 0; i < 1000; i++) tail.add(-Math.log(1 - random()));
    for (const decades of [2, 3, 5]) expect(tail.surprise(tail.scoreAt(decades))).toBeCloseTo(decades, 9);
  });

  test('in a sparse tail a second odd score just below the first is odd as well, and what is below the floor never is', () => {
    const tail = new ScoreTail({ floor: 10, priorIndex: 1, sparse: true });
    for (let i = 0; i < 10_000; i++) tail.add(0);
    expect(tail.surprise(5000)).toBeGreaterThan(3);
    tail.add(5000);
    expect(tail.surprise(4000)).toBeGreaterThan(3);
    expect(tail.surprise(9)).toBe(0);
  });

  test('nothing is surprising before fifty scores', () => {
    const tail = new ScoreTail();
    for (let i = 0; i < 49; i++) tail.add(1);
    expect(tail.surprise(1e9)).toBe(0);
    tail.add(1);
    expect(tail.surprise(1e9)).toBeGreaterThan(1);
  });
});

describe('the alarm control', () => {
  test('by rate it settles at the share of alarms asked for, whatever the scores are', () => {
    for (const scale of [0.2, 1, 7]) {
      const random = seeded(11);
      const control = new AlarmControl({
        start: 3,
        least: 0,
        greatest: 100,
        step: 0.1,
        release: { kind: 'rate', rate: 0.01 },
      });
      let alarms = 0;
      for (let i = 0; i < 100_000; i++) {
        const alarm = -Math.log(1 - random()) * scale >= control.threshold;
        control.pass();
        if (!alarm) continue;
        control.alarm();
        if (i >= 20_000) alarms++;
      }
      expect(alarms).toBeGreaterThan(740);
      expect(alarms).toBeLessThan(860);
    }
  });

  test('by half-life what an alarm added is halved in so many units, in one step or many', () => {
    const control = (): AlarmControl =>
      new AlarmControl({
        start: 2,
        least: 2,
        greatest: 9,
        step: 1,
        release: { kind: 'half_life', units: 100 },
      });
    const stepwise = control();
    const atOnce = control();
    stepwise.alarm();
    atOnce.alarm();
    for (let i = 0; i < 100; i++) stepwise.pass();
    atOnce.pass(100);
    expect(stepwise.threshold).toBeCloseTo(2.5, 9);
    expect(atOnce.threshold).toBeCloseTo(2.5, 9);
  });
});

import { describe, expect, test } from 'vitest';
import { PROFILES, pointsOf, probationRows, rowWindows, scoreOf } from '../bench/nab-scoring.ts';

const WINDOWS = rowWindows(
  Array.from({ length: 1000 }, (_, i) => i),
  [
    [300, 399],
    [600, 699],
  ],
);

function scored(rows: readonly number[], profile: keyof typeof PROFILES = 'standard'): number {
  const alarms = Array.from({ length: 1000 }, (_, i) => rows.includes(i));
  return scoreOf([pointsOf(alarms, WINDOWS, PROFILES[profile])]);
}

describe('the scoring of the Numenta benchmark', () => {
  test('a silent detector has 0, one that is right at once 100', () => {
    for (const profile of ['standard', 'low_fp', 'low_fn'] as const) {
      expect(scored([], profile)).toBe(0);
      expect(scored([300, 600], profile)).toBe(100);
    }
  });

  const cases = [
    { name: 'one window of two is half', given: [300], expect: 50 },
    {
      name: 'later in a window earns less',
      given: [350, 600],
      expect: 50 + 50 * (1 + Math.tanh(1.25) / Math.tanh(2.5)) * 0.5,
    },
    { name: 'the second alarm of a window counts nothing', given: [300, 301, 302, 600], expect: 100 },
    {
      name: 'an alarm before every window costs the whole',
      given: [200, 300, 600],
      expect: 100 - (100 * 0.11) / 4,
    },
    { name: 'an alarm in probation is not seen', given: [149, 300, 600], expect: 100 },
    {
      name: 'an alarm long after a window costs the whole',
      given: [300, 600, 999],
      expect: 100 - (100 * 0.11 * Math.tanh(2.5 * 3)) / 4,
    },
  ];
  for (const { name, given, expect: wanted } of cases) {
    // Hits are 1 and misses −1 here: two windows span 4 points.
    test(name, () => expect(scored(given)).toBeCloseTo(wanted, 2));
  }

  test('profiles weigh false alarms and misses', () => {
    expect(100 - scored([200, 300, 600], 'low_fp')).toBeCloseTo(2 * (100 - scored([200, 300, 600])), 9);
    expect(scored([300], 'low_fn')).toBeCloseTo(50, 9);
    expect(scored([200, 300], 'low_fn')).toBeGreaterThan(scored([200, 300]));
  });

  test('probation is 15 % of the rows, 750 at most', () => {
    expect([probationRows(1000), probationRows(4032), probationRows(22_695)]).toEqual([150, 604, 750]);
  });
});

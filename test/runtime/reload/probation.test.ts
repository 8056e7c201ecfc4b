import { describe, expect, test } from 'vitest';
import { PROBATION_LIMITS, Probation } from '../../../engine/runtime/index.ts';

const LIMITS = { ...PROBATION_LIMITS, lengthMs: 1000, eventsMin: 100, alertsMin: 10, costMinMs: 100 };

/** A watch that saw so many events, alerts and milliseconds before the new rules, and behind them. */
function watched(
  before: readonly [number, number, number],
  after: readonly [number, number, number],
): Probation {
  const probation = new Probation(LIMITS);
  for (const [i, [events, alerts, tookMs]] of [before, after].entries()) {
    if (i === 1) probation.begin(0);
    probation.matched(events, tookMs);
    probation.alerted(alerts);
  }
  return probation;
}

describe('rules on probation', () => {
  test.each([
    { name: 'as before', before: [1000, 10, 500], after: [1000, 10, 500], said: undefined },
    {
      name: 'eleven times the alerts',
      before: [1000, 10, 500],
      after: [500, 60, 250],
      said: /60 changes of alerts/,
    },
    { name: 'six times the time', before: [1000, 10, 500], after: [500, 5, 1500], said: /took 1500 ms/ },
    {
      name: 'many alerts, but too few to be called a jump',
      before: [1000, 0, 500],
      after: [500, 10, 250],
      said: undefined,
    },
    { name: 'too few events to judge', before: [1000, 10, 500], after: [99, 90, 50], said: undefined },
    { name: 'nothing to compare with', before: [0, 0, 0], after: [1000, 900, 500], said: undefined },
  ] as const)('$name', ({ before, after, said }) => {
    const verdict = watched(before, after).verdict(10);
    if (said === undefined) expect(verdict).toBeUndefined();
    else expect(verdict).toMatch(said);
  });

  test('are no longer when the time is over, or when they were taken back', () => {
    const jump = [
      [1000, 10, 500],
      [500, 400, 250],
    ] as const;
    expect(watched(...jump).verdict(999)).toBeDefined();
    expect(watched(...jump).verdict(1000)).toBeUndefined();
    const back = watched(...jump);
    back.cancel();
    expect(back.verdict(10)).toBeUndefined();
  });
});

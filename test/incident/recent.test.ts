import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Sighting } from '../../engine/incident/index.ts';
import { RecentActivity } from '../../engine/incident/recent.ts';
import { eventTime } from '../../engine/model/index.ts';

const SECOND = 1_000_000;

function sighting(alert: string, second: number): Sighting {
  const time = second * SECOND;
  return {
    id: `${alert} ${second}`,
    alert,
    rule: {
      kind: 'detection',
      id: alert,
      title: alert,
      version: 1,
      level: 'low',
      confidence: 0.3,
      tags: [],
      hash: alert,
    },
    time: eventTime(time),
    at: time,
    timeNs: 0,
    entities: [],
    tactics: [],
    severity: 'low',
    confidence: 0.3,
    score: 5,
  };
}

test('the first sighting on a subject is remembered, also where everything before it is forgotten', () => {
  const recent = new RecentActivity(DEFAULT_SETTINGS);
  const taken = (subject: string, second: number): readonly string[] =>
    recent.take(subject, second * SECOND, () => true).map(({ sighting: { alert } }) => alert);
  recent.add('a', sighting('first', 0), 0);
  expect(taken('a', 1)).toEqual(['first']);
  recent.add('a', sighting('old', 10), 10 * SECOND);
  recent.add('b', sighting('new', 4000), 4000 * SECOND);
  expect(taken('a', 4001)).toEqual([]);
  expect(taken('b', 4001)).toEqual(['new']);
});

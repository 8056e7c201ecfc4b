import { describe, expect, test } from 'vitest';
import {
  contextOf,
  joinsOf,
  marksOf,
  numberedOf,
  rangesText,
  refusedOf,
  shareText,
  wayText,
} from '../../engine/adapters/case-view.ts';
import { type Incident, incidentFromRecord } from '../../engine/model/index.ts';

interface Given {
  readonly links?: readonly (readonly [string, string, number])[];
  readonly context?: readonly string[];
  readonly refused?: readonly (readonly [string, string])[];
}

/** Alerts a to e, of which c adds most. */
function incident({ links = [], context = [], refused = [] }: Given): Incident {
  const alerts = [...'abcde'].map((alert, i) => ({
    alert,
    rule: 'r',
    title: `title ${alert}`,
    firstSeen: `2026-11-24T08:0${i}:00.000Z`,
    lastSeen: `2026-11-24T08:0${i}:00.000Z`,
    count: 1,
    severity: 'medium',
    contribution: alert === 'c' ? 50 : 10,
    reason: 'around it',
    role: context.includes(alert) ? 'context' : 'evidence',
    minimal: false,
  }));
  const { value, problems } = incidentFromRecord({
    kind: 'incident',
    id: 'i',
    alerts,
    alertsTotal: 5,
    links: links.map(([from, to, weight]) => ({ from, to, kind: 'sequence', weight, gap: 1, reason: 'r' })),
    refused: refused.map(([from, to]) => ({ from, to, reason: `${from} ${to}` })),
  });
  expect(problems).toEqual([]);
  return value;
}

describe('the way to the strongest evidence', () => {
  const cases: readonly { name: string; given: Given['links']; expect: Readonly<Record<string, string>> }[] =
    [
      { name: 'is the link to it', given: [['a', 'c', 0.5]], expect: { a: 'a c' } },
      {
        name: 'is followed against the direction of links',
        given: [['c', 'a', 0.5]],
        expect: { a: 'a c' },
      },
      {
        name: 'leads over heavy links rather than over one that is weak',
        given: [
          ['a', 'c', 0.2],
          ['a', 'b', 0.6],
          ['b', 'c', 0.7],
        ],
        expect: { a: 'a b c', b: 'b c' },
      },
      {
        name: 'does not go in circles, and leaves out what nothing joins',
        given: [
          ['a', 'c', 0.5],
          ['c', 'a', 0.4],
          ['d', 'e', 0.9],
        ],
        expect: { a: 'a c' },
      },
    ];
  test.each(cases)('$name', ({ given, expect: expected }) => {
    const joins = joinsOf(incident({ links: given ?? [] }));
    expect(Object.fromEntries([...joins].map(([alert, { way }]) => [alert, way.join(' ')]))).toEqual(
      expected,
    );
  });
});

test('evidence is numbered, context is told together, and what is not listed bears its id', () => {
  const one = incident({ context: ['b', 'd'] });
  expect(numberedOf(one).map(({ mark, member }) => `${mark} ${member.alert}`)).toEqual([
    '#1 a',
    '#2 c',
    '#3 e',
  ]);
  expect(marksOf(one)('0123456789abcdef')).toBe('alert 01234567');
  expect(contextOf(one).map(({ members }) => members.map(({ alert }) => alert))).toEqual([['b'], ['d']]);
});

test('what was refused is told once for each other, without what is in the incident after all', () => {
  const merged = { ...incident({}), id: 'm', redirectedTo: 'i' };
  const one = incident({
    refused: [
      ['x', 'i'],
      ['x', 'i'],
      ['i', 'y'],
      ['a', 'i'],
      ['m', 'i'],
    ],
  });
  expect(refusedOf(one, new Map([['m', merged]]))).toEqual([
    { other: 'x', reason: 'x i', count: 2 },
    { other: 'y', reason: 'i y', count: 1 },
  ]);
});

test('numbers in a row are ranges, the middle of a long way is counted, and no confidence is a certainty', () => {
  expect(rangesText(['#4', '#1', '#2', '#3', '#6', '#7', 'alert ab'])).toBe('#1–#4, #6, #7, alert ab');
  expect(wayText([...'abc'])).toBe('a → b → c');
  expect(wayText([...'abcdefghij'])).toBe('a → b → c → 5 more → i → j');
  expect([0, 0.001, 0.5, 0.991, 1].map(shareText)).toEqual([
    '0 %',
    'under 1 %',
    '50 %',
    'over 99 %',
    'over 99 %',
  ]);
});

import { describe, expect, it } from 'vitest';
import { compareNumbers, numericValue } from '../../engine/match/compare.ts';
import { timePart } from '../../engine/match/time-part.ts';
import type { TimePart } from '../../engine/model/index.ts';

describe('the number that a value is', () => {
  const cases: readonly { name: string; given: unknown; expect: number | undefined }[] = [
    { name: 'a number', given: 4.5, expect: 4.5 },
    { name: 'a decimal text', given: '42', expect: 42 },
    { name: 'a signed fraction', given: '-3.50', expect: -3.5 },
    { name: 'a text with blanks around', given: ' 7\t', expect: 7 },
    { name: 'not hexadecimal', given: '0x1F', expect: undefined },
    { name: 'not an exponent', given: '1e5', expect: undefined },
    { name: 'not grouped digits', given: '1,000', expect: undefined },
    { name: 'not the empty text', given: '', expect: undefined },
    { name: 'not a sign alone', given: '-.', expect: undefined },
    { name: 'not a number inside a text', given: '7 items', expect: undefined },
    { name: 'not a boolean', given: true, expect: undefined },
    { name: 'not null', given: null, expect: undefined },
    { name: 'not the name of infinity', given: 'Infinity', expect: undefined },
  ];
  for (const { name, given, expect: expected } of cases)
    it(name, () => expect(numericValue(given)).toBe(expected));

  it('compares by each operator', () => {
    const ops = ['lt', 'lte', 'gt', 'gte', 'eq'] as const;
    const row = (a: number, b: number) => ops.map((op) => compareNumbers(a, op, b));
    expect(row(1, 2)).toEqual([true, true, false, false, false]);
    expect(row(2, 2)).toEqual([false, true, false, true, true]);
    expect(row(3, 2)).toEqual([false, false, true, true, false]);
  });
});

describe('the parts of a time', () => {
  const parts: readonly TimePart[] = ['minute', 'hour', 'day', 'week', 'month', 'year'];
  const cases: readonly { name: string; given: unknown; expect: readonly number[] | undefined }[] = [
    { name: 'ISO 8601 in UTC', given: '2024-03-07T09:15:00Z', expect: [15, 9, 7, 10, 3, 2024] },
    {
      name: 'a blank instead of T, no offset, a fraction',
      given: '2024-03-07 09:15:59.123456',
      expect: [15, 9, 7, 10, 3, 2024],
    },
    { name: 'an offset is taken off', given: '2024-03-07T01:15:00+02:30', expect: [45, 22, 6, 10, 3, 2024] },
    { name: 'a short offset', given: '2024-03-07T23:15:00-01', expect: [15, 0, 8, 10, 3, 2024] },
    { name: 'a date alone is its midnight', given: '2024-12-30', expect: [0, 0, 30, 1, 12, 2024] },
    {
      name: 'the first days of a year in the last week of the year before',
      given: '2021-01-03',
      expect: [0, 0, 3, 53, 1, 2021],
    },
    { name: 'seconds since 1970', given: 1709802900, expect: [15, 9, 7, 10, 3, 2024] },
    { name: 'milliseconds as a text', given: '1709802900000', expect: [15, 9, 7, 10, 3, 2024] },
    { name: 'microseconds', given: 1709802900000000, expect: [15, 9, 7, 10, 3, 2024] },
    { name: 'nanoseconds', given: 1.7098029e18, expect: [15, 9, 7, 10, 3, 2024] },
    { name: 'no such day', given: '2024-02-30', expect: undefined },
    { name: 'no such hour', given: '2024-02-03T24:10:00Z', expect: undefined },
    { name: 'no time at all', given: 'yesterday', expect: undefined },
    { name: 'infinity', given: Number.POSITIVE_INFINITY, expect: undefined },
    { name: 'null', given: null, expect: undefined },
  ];
  for (const { name, given, expect: expected } of cases) {
    it(name, () => {
      const found = parts.map((part) => timePart(given, part));
      expect(found).toEqual(expected ?? parts.map(() => undefined));
    });
  }
});

import { expect, test } from 'vitest';
import { missedBars } from './bars.ts';

for (const { name, given, expect: wanted } of [
  { name: 'figures on their bars miss none', given: [{ name: 'a', seen: 2, most: 2, least: 2 }], expect: [] },
  { name: 'one above', given: [{ name: 'a', seen: 2.25, most: 2 }], expect: ['a: 2.25, at most 2 wanted'] },
  {
    name: 'one below',
    given: [{ name: 'a', seen: 858, least: 1000 }],
    expect: ['a: 858, at least 1000 wanted'],
  },
  {
    name: 'none at all misses',
    given: [{ name: 'a', seen: Number.NaN, most: 2 }],
    expect: ['a: no figure, at most 2 wanted'],
  },
])
  test(name, () => expect(missedBars(given)).toEqual(wanted));

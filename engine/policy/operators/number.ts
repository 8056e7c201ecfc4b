import { compareNumbers, numericValue } from '../../match/index.ts';
import type { Comparison } from '../../model/index.ts';
import type { PolicyOperator } from './operator.ts';

function numberOperator(name: string, comparison: Comparison, doc: string): PolicyOperator {
  return {
    name,
    doc,
    example: 10,
    check: (value) =>
      typeof value === 'number' && Number.isFinite(value) ? undefined : 'a number is needed',
    compile: (value) => {
      const bound = Number(value);
      return (members) =>
        members.some((member) => {
          const found = numericValue(member);
          return found !== undefined && compareNumbers(found, comparison, bound);
        });
    },
  };
}

export const lessThan: PolicyOperator = numberOperator('lessThan', 'lt', 'The number is less than this.');
export const lessThanInclusive: PolicyOperator = numberOperator(
  'lessThanInclusive',
  'lte',
  'The number is at most this.',
);
export const greaterThan: PolicyOperator = numberOperator(
  'greaterThan',
  'gt',
  'The number is greater than this.',
);
export const greaterThanInclusive: PolicyOperator = numberOperator(
  'greaterThanInclusive',
  'gte',
  'The number is at least this.',
);

/** Around the clock: [22, 6] holds at 23 and at 5. */
export const between: PolicyOperator = {
  name: 'between',
  doc: 'The number lies from the first to the second, both included; where the first is greater, it goes round (22 to 6 of hours).',
  example: [22, 6],
  check: (value) =>
    Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'number')
      ? undefined
      : 'a list of two numbers is needed',
  compile: (value) => {
    const [from = 0, to = 0] = Array.isArray(value) ? value.map(Number) : [];
    const holds = (found: number): boolean =>
      from <= to ? found >= from && found <= to : found >= from || found <= to;
    return (members) =>
      members.some((member) => {
        const found = numericValue(member);
        return found !== undefined && holds(found);
      });
  },
};

export const countAtLeast: PolicyOperator = {
  name: 'countAtLeast',
  doc: 'The fact has at least so many distinct members.',
  example: 3,
  check: (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0
      ? undefined
      : 'a whole number is needed',
  compile: (value) => {
    const least = Number(value);
    return (members) => new Set(members.map((member) => JSON.stringify(member))).size >= least;
  },
};

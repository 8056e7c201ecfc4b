import { type EventTime, eventTime, MICROS_PER_MS, parseDuration } from '../../model/index.ts';
import type { PolicyOperator } from './operator.ts';

function ageOperator(
  name: string,
  doc: string,
  holds: (age: number, wanted: number) => boolean,
): PolicyOperator {
  return {
    name,
    doc,
    example: '7d',
    check: (value) =>
      typeof value === 'string' && parseDuration(value) !== undefined
        ? undefined
        : 'a time span is needed, such as 30m, 12h or 7d',
    compile: (value) => {
      const wanted = parseDuration(String(value)) ?? 0;
      return (members, at) =>
        members.some((member) => {
          const time = timeOf(member);
          return time !== undefined && holds(at - time, wanted);
        });
    },
  };
}

/** Times of alerts and incidents are ISO 8601 texts in facts; inventories may hold days. */
function timeOf(value: unknown): EventTime | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d/.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : eventTime(ms * MICROS_PER_MS);
}

export const olderThan: PolicyOperator = ageOperator(
  'olderThan',
  'The time lies longer than this before the decision.',
  (age, wanted) => age > wanted,
);

export const newerThan: PolicyOperator = ageOperator(
  'newerThan',
  'The time lies at most this long before the decision.',
  (age, wanted) => age <= wanted,
);

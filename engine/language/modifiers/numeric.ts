import type { Comparison, TimePart } from '../../model/index.ts';
import { LANGUAGE_CODES } from '../errors.ts';
import type { Modifier, Operand } from './modifier.ts';
import { notFor } from './shape.ts';

function numberOf(operand: Operand): number | undefined {
  if (operand.kind === 'number') return Number.isFinite(operand.value) ? operand.value : undefined;
  if (operand.kind !== 'text' || !/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(operand.raw ?? ''))
    return undefined;
  const value = Number(operand.raw);
  return Number.isFinite(value) ? value : undefined;
}

function comparison(name: Exclude<Comparison, 'eq'>, doc: string): Modifier {
  return {
    name,
    doc,
    example: `SizeBytes|${name}: 1000000`,
    excludes: ['lt', 'lte', 'gt', 'gte', 're', 'cidr', 'exists', 'windash', 'base64', 'base64offset'].filter(
      (other) => other !== name,
    ),
    apply(operand) {
      if (operand.kind === 'time_part') return [{ ...operand, op: name }];
      const value = numberOf(operand);
      return value === undefined ? notFor(name, operand, 'a number') : [{ kind: 'compare', op: name, value }];
    },
  };
}

export const lt = comparison('lt', 'The field is a number below the value.');
export const lte = comparison('lte', 'The field is a number below or equal to the value.');
export const gt = comparison('gt', 'The field is a number above the value.');
export const gte = comparison('gte', 'The field is a number above or equal to the value.');

const RANGES: Readonly<Record<TimePart, readonly [number, number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [0, 9999],
};

function timePart(part: TimePart, doc: string): Modifier {
  const [low, high] = RANGES[part];
  return {
    name: part,
    doc,
    example: `LogonTime|${part}|gte: ${part === 'year' ? 2026 : 6}`,
    excludes: ['minute', 'hour', 'day', 'week', 'month', 'year', 're', 'cidr', 'exists', 'fieldref'].filter(
      (other) => other !== part,
    ),
    apply(operand, context) {
      const comparing = context.before.filter((name) => ['lt', 'lte', 'gt', 'gte'].includes(name));
      if (comparing.length > 0) {
        return {
          code: LANGUAGE_CODES.TT1202,
          message: `\`${part}\` must come before \`${comparing.join('` and `')}\`: first the part of the date, then the comparison`,
          hint: `write \`${part}|${comparing.join('|')}\``,
        };
      }
      const value = numberOf(operand);
      if (value === undefined) return notFor(part, operand, 'a number');
      if (!Number.isInteger(value) || value < low || value > high) {
        return {
          code: LANGUAGE_CODES.TT1203,
          message: `\`${part}\` is a whole number from ${low} to ${high}, not ${value}`,
        };
      }
      return [{ kind: 'time_part', part, op: 'eq', value }];
    },
  };
}

export const minute = timePart('minute', 'The minute of the date in the field (UTC).');
export const hour = timePart('hour', 'The hour of the date in the field (UTC).');
export const day = timePart('day', 'The day of the month of the date in the field (UTC).');
export const week = timePart('week', 'The ISO 8601 week of the date in the field (UTC).');
export const month = timePart('month', 'The month of the date in the field (UTC).');
export const year = timePart('year', 'The year of the date in the field (UTC).');

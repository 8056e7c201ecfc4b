import type { Bound, RuleReference } from '../../model/index.ts';
import { isPlainMap, ownValue } from '../document.ts';
import { CORRELATION_CODES } from './errors.ts';
import { clash, lack, listed, number, OPERATORS, type Reading, texts } from './reading.ts';

/** The bounds of the condition; TT1701 where there is none, TT1709 where they contradict each other. */
export function readBounds(reading: Reading): Bound[] | undefined {
  const condition = ownValue(reading.block, 'condition');
  if (typeof condition === 'string') {
    clash(reading, 'condition', `a ${reading.type} compares a figure: write bounds, e.g. \`{gte: 5}\``);
    return undefined;
  }
  const bounds = OPERATORS.flatMap((op): Bound[] => {
    const value = number(condition, op);
    return value === undefined ? [] : [{ op, value }];
  });
  if (bounds.length === 0) {
    lack(reading, 'condition', 'a condition with a bound, e.g. `{gte: 5}`');
    return undefined;
  }
  if (!satisfiable(bounds)) {
    reading.report({
      code: CORRELATION_CODES.TT1709,
      message: 'no figure satisfies all of these bounds',
      path: ['correlation', 'condition'],
    });
  }
  return bounds;
}

function satisfiable(bounds: readonly Bound[]): boolean {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let open = false;
  for (const { op, value } of bounds) {
    if (op === 'gt' || op === 'gte' || op === 'eq') {
      if (value > low || (value === low && op === 'gt')) open = op === 'gt';
      low = Math.max(low, value);
    }
  }
  for (const { op, value } of bounds) {
    if (op === 'lt' || op === 'lte' || op === 'eq') {
      if (value < high) high = value;
      if (op === 'lt' && value === high) open = true;
    }
  }
  return low < high || (low === high && !open && !bounds.some((b) => b.op === 'neq' && b.value === low));
}

/** The fields whose values a condition is about. */
export function readFields({ block }: Reading): string[] {
  const condition = ownValue(block, 'condition');
  return isPlainMap(condition) ? texts(ownValue(condition, 'field')) : [];
}

/** The weights of the rules; those left out have 1. */
export function readWeights(
  reading: Reading,
  rules: readonly RuleReference[],
): { readonly rule: RuleReference; readonly weight: number }[] {
  const weights = ownValue(reading.block, 'weights');
  if (!isPlainMap(weights)) return [];
  return Object.entries(weights).flatMap(([name, weight]) => {
    if (typeof weight !== 'number') return [];
    return [
      { rule: listed(reading, { name, rules, path: ['correlation', 'weights', name], part: 'key' }), weight },
    ];
  });
}

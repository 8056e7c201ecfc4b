import type { Comparison } from '../model/index.ts';

/** Digits with an optional sign and fraction, ASCII blanks around it allowed. No exponent, no hexadecimal, no grouping. */
const DECIMAL = /^[ \t]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)[ \t]*$/;

/**
 * The number that a value is: a number itself, or a text that is one decimal number (`42`, `-3.5`, ` 7 `). `0x1F`, `1e5` (as
 * likely a piece of a hash), `1,000`, the empty text, booleans and null are none.
 */
export function numericValue(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value;
  if (typeof value !== 'string' || !DECIMAL.test(value)) return undefined;
  return Number(value);
}

/** Whether `left op right` holds. */
export function compareNumbers(left: number, op: Comparison, right: number): boolean {
  switch (op) {
    case 'lt':
      return left < right;
    case 'lte':
      return left <= right;
    case 'gt':
      return left > right;
    case 'gte':
      return left >= right;
    case 'eq':
      return left === right;
  }
}

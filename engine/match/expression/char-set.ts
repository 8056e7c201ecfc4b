import { casedCodePoints, foldVariants } from '../fold.ts';

/** A set of code points as sorted, disjoint, inclusive ranges, flattened: low, high, low, high … */
export type CharSet = readonly number[];

/** The last code point of Unicode. */
export const CODE_POINT_MAX = 0x10_ffff;

/** Every code point. */
export const ANYTHING: CharSet = [0, CODE_POINT_MAX];

/** The set of one character. */
export function charSet(code: number): CharSet {
  return [code, code];
}

/** The union of ranges given in any order, flattened like a set. */
export function charSetOf(ranges: readonly number[]): CharSet {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i] ?? 0, ranges[i + 1] ?? 0]);
  pairs.sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [low, high] of pairs) {
    const last = merged.length - 1;
    if (last > 0 && low <= (merged[last] ?? 0) + 1) merged[last] = Math.max(merged[last] ?? 0, high);
    else merged.push(low, high);
  }
  return merged;
}

/** Every code point that the set lacks. */
export function complement(set: CharSet): CharSet {
  const rest: number[] = [];
  let from = 0;
  for (let i = 0; i < set.length; i += 2) {
    const low = set[i] ?? 0;
    if (low > from) rest.push(from, low - 1);
    from = (set[i + 1] ?? 0) + 1;
  }
  if (from <= CODE_POINT_MAX) rest.push(from, CODE_POINT_MAX);
  return rest;
}

/** Whether the set holds the code point. Cost: O(log ranges). */
export function holds(set: CharSet, code: number): boolean {
  let low = 0;
  let high = set.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((set[2 * middle + 1] ?? 0) < code) low = middle + 1;
    else high = middle;
  }
  return 2 * low < set.length && (set[2 * low] ?? 0) <= code;
}

/** How many code points the set holds. */
export function sizeOf(set: CharSet): number {
  let size = 0;
  for (let i = 0; i < set.length; i += 2) size += (set[i + 1] ?? 0) - (set[i] ?? 0) + 1;
  return size;
}

/** A set so small is gone through; of a larger one, the cased characters of Unicode are. */
const SMALL_SET = 256;

/** The set with every character that folds like one of its own. */
export function foldClosed(set: CharSet): CharSet {
  const more: number[] = [];
  if (sizeOf(set) <= SMALL_SET) {
    for (let i = 0; i < set.length; i += 2) {
      for (let code = set[i] ?? 0; code <= (set[i + 1] ?? 0); code++) addVariants(code, set, more);
    }
  } else {
    let at = 0;
    for (const code of casedCodePoints()) {
      while (at < set.length && (set[at + 1] ?? 0) < code) at += 2;
      if (at < set.length && (set[at] ?? 0) <= code) addVariants(code, set, more);
    }
  }
  return more.length === 0 ? set : charSetOf([...set, ...more]);
}

function addVariants(code: number, set: CharSet, into: number[]): void {
  for (const other of foldVariants(code)) if (other !== code && !holds(set, other)) into.push(other, other);
}

import { type CharSet, holds } from './char-set.ts';

/**
 * The characters sorted into classes that no set of the expression tells apart, so that an automaton needs one column a class
 * instead of one a character. Look-up is one read for Latin-1, two for the rest of the first plane (whose 256 pages are shared
 * where they are alike), and a binary search above it.
 */
export interface Alphabet {
  /** How many classes there are. */
  readonly count: number;
  readonly latin: Uint16Array;
  /** Where in `pages` the page of a unit's high byte begins. */
  readonly pageStart: Uint32Array;
  readonly pages: Uint16Array;
  /** By the lower ten bits of a high surrogate: the class of all its 1,024 characters, or -1 where they are not all of one class. */
  readonly pairs: Int32Array;
  /** One character of each class. */
  readonly samples: readonly number[];
  /** The class of any code point. */
  classOf(code: number): number;
}

/** Builds the alphabet of some sets. Cost: O(ranges × sets). */
export function buildAlphabet(sets: readonly CharSet[]): Alphabet {
  const bounds = boundsOf(sets);
  const intervalClass = new Uint16Array(bounds.length);
  const samples: number[] = [];
  const classes = new Map<string, number>();
  const cursors = new Uint32Array(sets.length);
  bounds.forEach((low, i) => {
    const signature = signatureAt(sets, cursors, low);
    let found = classes.get(signature);
    if (found === undefined) {
      found = samples.length;
      classes.set(signature, found);
      samples.push(low);
    }
    intervalClass[i] = found;
  });
  const classOf = (code: number): number => {
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((bounds[middle] ?? 0) <= code) low = middle;
      else high = middle - 1;
    }
    return intervalClass[low] ?? 0;
  };
  return {
    count: samples.length,
    samples,
    classOf,
    pairs: buildPairs(bounds, classOf),
    ...buildPages(bounds, classOf),
  };
}

/** For each set and class, one byte: whether the class lies in the set; the set's row starts at set × count. */
export function membership(sets: readonly CharSet[], alphabet: Alphabet): Uint8Array {
  const rows = new Uint8Array(sets.length * alphabet.count);
  sets.forEach((set, row) => {
    alphabet.samples.forEach((code, column) => {
      if (holds(set, code)) rows[row * alphabet.count + column] = 1;
    });
  });
  return rows;
}

/** Every code point at which some set begins or has just ended, from 0. */
function boundsOf(sets: readonly CharSet[]): number[] {
  const bounds = new Set([0]);
  for (const set of sets) {
    for (let i = 0; i < set.length; i += 2) {
      bounds.add(set[i] ?? 0);
      bounds.add((set[i + 1] ?? 0) + 1);
    }
  }
  return [...bounds].filter((code) => code <= 0x10_ffff).sort((a, b) => a - b);
}

/** Which sets hold the code point; cursors only move forward, as the code points asked for do. */
function signatureAt(sets: readonly CharSet[], cursors: Uint32Array, code: number): string {
  let signature = '';
  sets.forEach((set, i) => {
    let at = cursors[i] ?? 0;
    while (at < set.length && (set[at + 1] ?? 0) < code) at += 2;
    cursors[i] = at;
    if (at < set.length && (set[at] ?? 0) <= code) signature += `${i},`;
  });
  return signature;
}

function buildPairs(bounds: readonly number[], classOf: (code: number) => number): Int32Array {
  const pairs = Int32Array.from({ length: 1024 }, (_, high) => classOf(0x1_0000 + (high << 10)));
  for (const code of bounds)
    if (code >= 0x1_0000 && (code & 0x3ff) !== 0) pairs[(code - 0x1_0000) >> 10] = -1;
  return pairs;
}

function buildPages(
  bounds: readonly number[],
  classOf: (code: number) => number,
): Pick<Alphabet, 'latin' | 'pageStart' | 'pages'> {
  const broken = new Set(bounds.filter((code) => (code & 0xff) !== 0).map((code) => code >> 8));
  const uniform = new Map<number, number>();
  const pageStart = new Uint32Array(256);
  const filled: Uint16Array[] = [];
  for (let page = 0; page < 256; page++) {
    const first = classOf(page << 8);
    const known = broken.has(page) ? undefined : uniform.get(first);
    if (known !== undefined) {
      pageStart[page] = known;
      continue;
    }
    const start = filled.length << 8;
    const values = new Uint16Array(256).fill(first);
    if (!broken.has(page)) uniform.set(first, start);
    else for (let i = 0; i < 256; i++) values[i] = classOf((page << 8) | i);
    pageStart[page] = start;
    filled.push(values);
  }
  const pages = new Uint16Array(filled.length << 8);
  filled.forEach((values, i) => {
    pages.set(values, i << 8);
  });
  return { latin: pages.slice(0, 256), pageStart, pages };
}

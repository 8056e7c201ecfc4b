/** A text merged of two that come of one. */
export interface Merged {
  readonly text: string;
  /** Places where both changed the same lines; the hand's are kept there. */
  readonly conflicts: number;
}

/**
 * Merges line by line: what the hand changed since the base stays, what was generated anew since the base comes in; where both changed the same
 * lines the hand's are kept and counted. Lines of the base that both texts keep are found by their longest common subsequence (diff3; Khanna,
 * Kunal and Pierce, FSTTCS 2007). Cost: O(lines²), for files of some hundred lines.
 */
export function mergeThreeWay(base: string, hand: string, generated: string): Merged {
  const b = base.split('\n');
  const h = hand.split('\n');
  const g = generated.split('\n');
  const inHand = matches(b, h);
  const inGenerated = matches(b, g);
  const out: string[] = [];
  let conflicts = 0;
  const take = (from: readonly [number, number, number], to: readonly [number, number, number]): void => {
    const old = b.slice(from[0], to[0]).join('\n');
    const own = h.slice(from[1], to[1]);
    const made = g.slice(from[2], to[2]);
    if (own.join('\n') === old) out.push(...made);
    else {
      if (made.join('\n') !== old && made.join('\n') !== own.join('\n')) conflicts++;
      out.push(...own);
    }
  };
  let at: readonly [number, number, number] = [0, 0, 0];
  for (let i = 0; i < b.length; i++) {
    const mine = inHand[i];
    const theirs = inGenerated[i];
    if (mine === undefined || theirs === undefined || mine < 0 || theirs < 0) continue;
    take(at, [i, mine, theirs]);
    out.push(b[i] ?? '');
    at = [i + 1, mine + 1, theirs + 1];
  }
  take(at, [b.length, h.length, g.length]);
  return { text: out.join('\n'), conflicts };
}

/** By line of the first: the line of the second that it is, −1 where none is. */
function matches(a: readonly string[], b: readonly string[]): number[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
    }
  }
  const found = new Array<number>(a.length).fill(-1);
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) found[i++] = j++;
    else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i++;
    else j++;
  }
  return found;
}

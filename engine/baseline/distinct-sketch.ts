/** Least hashes kept: exact up to so many values, then to about 12 %. */
const KEPT = 64;

/**
 * How many different texts there were: the least 64 hashes (k-minimum values; Bar-Yossef and others, RANDOM 2002). Exact below 64.
 * Cost: O(log k) to find, O(k) to move. Merging is exact: the least hashes of both.
 */
export class DistinctSketch {
  private readonly least: number[] = [];

  /** Counts a text. */
  add(text: string): void {
    this.addHash(hashOf(text));
  }

  /** Different texts, exact or estimated. */
  get count(): number {
    if (this.least.length < KEPT) return this.least.length;
    const greatest = this.least[KEPT - 1] ?? 1;
    return Math.round(((KEPT - 1) * 0x1_0000_0000) / Math.max(1, greatest));
  }

  /** The hashes as plain data. */
  save(): readonly number[] {
    return [...this.least];
  }

  /** Adds saved hashes. */
  absorb(saved: readonly number[]): void {
    for (const hash of saved) this.addHash(hash);
  }

  private addHash(hash: number): void {
    const { least } = this;
    let low = 0;
    let high = least.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((least[middle] ?? 0) < hash) low = middle + 1;
      else high = middle;
    }
    if (least[low] === hash || low >= KEPT) return;
    least.splice(low, 0, hash);
    if (least.length > KEPT) least.pop();
  }
}

/** 32 bits of a text: FNV-1a with the finish of MurmurHash3. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

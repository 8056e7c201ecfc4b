import { type Instant, instantIsAfter } from '../order.ts';
import { hashOf } from '../text-index.ts';

/** Values held at most. Of m values held the relative standard error is about 1/√m, so 2.2 to 3.1 per cent. */
const HELD_MAX = 2048;
const RANK_MAX = 32;
const HIGH = 2 ** 20;

/**
 * How many different values a window holds, when they are too many to be held: an adaptive sample (M. Wegman; P. Flajolet, "On adaptive
 * sampling", 1990). Of level L are the values whose hash begins with at least L zeros, one in 2^L; the level rises when the sample is full. Each value is held
 * with the time it was last seen, so that the sample slides with the window. When it has become small, values of the level below are held again, and
 * count as soon as the last that was left out has left the window. O(1) amortised a value.
 *
 * The hash is seeded with the rule, not with the process: what a signal says is the same wherever it is computed.
 */
export class DistinctSketch {
  private readonly seed: number;
  /** By hash, in the order they were last seen. */
  private readonly held = new Map<number, Instant>();
  /** By number of leading zeros: when a value of just so many was last left out. */
  private readonly missed = new Map<number, Instant>();
  /** Values of this level and above are counted; of that one and above they are held: the same or one below. */
  private level = 0;
  private holds = 0;
  /** Values held that are of the level. */
  private counted = 0;

  constructor(seed: number) {
    this.seed = seed;
  }

  get size(): number {
    return this.held.size;
  }

  /** Values come in the order of time. */
  add(text: string, at: Instant): void {
    const high = hashOf(text, this.seed);
    const rank = Math.clz32(high);
    if (rank < this.holds) {
      this.missed.set(rank, { time: at.time, ns: at.ns });
      return;
    }
    const hash = (high >>> 0) * HIGH + (hashOf(text, ~this.seed) >>> 12);
    if (this.held.delete(hash)) this.counted -= Number(rank >= this.level);
    this.held.set(hash, { time: at.time, ns: at.ns });
    this.counted += Number(rank >= this.level);
    while (this.held.size > HELD_MAX && this.holds < RANK_MAX) this.rise();
  }

  /** Forgets what is not after the bound. */
  expire(bound: Instant): void {
    for (const [hash, at] of this.held) {
      if (instantIsAfter(at, bound)) break;
      this.held.delete(hash);
      this.counted -= Number(rankOf(hash) >= this.level);
    }
    if (this.holds > 0 && this.holds === this.level && this.held.size * 4 < HELD_MAX) this.holds--;
    if (this.holds === this.level) return;
    const missed = this.missed.get(this.holds);
    if (missed !== undefined && instantIsAfter(missed, bound)) return;
    this.level = this.holds;
    this.counted = this.held.size;
  }

  /** The estimate; exact while the error is 0. */
  value(): number {
    return this.counted * 2 ** this.level;
  }

  /** Relative standard error of the estimate. */
  error(): number {
    return this.level === 0 ? 0 : Math.sqrt((1 - 2 ** -this.level) / Math.max(1, this.counted));
  }

  /** Takes in what another of the same seed has seen: afterwards it is as if it had seen both. O(values held). */
  merge(other: DistinctSketch): void {
    const all = [...this.held, ...other.held].sort(([, a], [, b]) => a.time - b.time || a.ns - b.ns);
    this.held.clear();
    for (const [hash, at] of all) {
      this.held.delete(hash);
      this.held.set(hash, at);
    }
    for (const [rank, at] of other.missed) this.miss(rank, at);
    while (this.holds < Math.max(this.level, other.level) || this.held.size > HELD_MAX) this.rise();
  }

  /** The state as numbers. */
  save(): readonly number[] {
    const row = ([key, at]: readonly [number, Instant]): number[] => [key, at.time, at.ns];
    const missed = [...this.missed].flatMap(row);
    return [this.level, this.holds, this.missed.size, ...missed, ...[...this.held].flatMap(row)];
  }

  /** The sketch that was saved. */
  static load(seed: number, saved: readonly number[]): DistinctSketch {
    const sketch = new DistinctSketch(seed);
    const [level = 0, holds = 0, missed = 0, ...rows] = saved;
    sketch.level = level;
    sketch.holds = holds;
    for (let i = 0; i < rows.length; i += 3) {
      const to = i < missed * 3 ? sketch.missed : sketch.held;
      to.set(rows[i] ?? 0, { time: rows[i + 1] ?? 0, ns: rows[i + 2] ?? 0 });
    }
    sketch.count();
    return sketch;
  }

  /** Holds one level less: half of what is held is left out from now on. */
  private rise(): void {
    const left = this.holds++;
    this.level = Math.max(this.level, this.holds);
    for (const [hash, at] of this.held) {
      if (rankOf(hash) >= this.holds) continue;
      this.held.delete(hash);
      this.miss(left, at);
    }
    this.count();
  }

  private count(): void {
    this.counted = 0;
    for (const hash of this.held.keys()) this.counted += Number(rankOf(hash) >= this.level);
  }

  private miss(rank: number, at: Instant): void {
    const known = this.missed.get(rank);
    if (known === undefined || instantIsAfter(at, known)) this.missed.set(rank, at);
  }
}

/** Leading zeros of the upper 32 bits. */
function rankOf(hash: number): number {
  return Math.clz32(Math.floor(hash / HIGH));
}

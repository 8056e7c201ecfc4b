/** Ratio of neighbouring buckets: a score is known to five per cent. */
const BASE = 1.05;
const LN_BASE = Math.log(BASE);
/** Buckets held at once: six and a half decades between the least and the greatest score told apart. */
const BUCKETS = 305;
/** The tail is the greatest four per cent, and never fewer than three scores. */
const TAIL_SHARE = 0.04;
const TAIL_LEAST = 3;
/** The tail's index before anything is known, and for how many scores that opinion counts. */
const PRIOR_INDEX = 0.4;
const PRIOR_WEIGHT = 12;
/** Silent before so many scores. */
const SCORES_LEAST = 50;

/** How a tail is read. */
export interface TailOptions {
  /** Scores below this are never surprising; 0 where absent. */
  readonly floor?: number;
  /** The tail's index before anything is known; 0.4 where absent. For scores that are one over a probability it is 1. */
  readonly priorIndex?: number;
  /** Most scores are 0: the tail begins no lower than the least score above 0. */
  readonly sparse?: boolean;
  /** Fitted anew only when so many per cent more scores are known; 0 where absent: at every question. */
  readonly refitPercent?: number;
}

interface Shape {
  /** Scores above u, by count. */
  readonly k: number;
  readonly lnU: number;
  readonly index: number;
  /** Scores known when it was fitted. */
  readonly of: number;
}

/** A tail as plain data: what `restore` takes back. */
export interface TailState {
  readonly count: number;
  /** Bucket number of the first counter, and the counters up to the last that is not 0. */
  readonly lowest: number;
  readonly counters: readonly number[];
  /** k, ln u, index and count of the fit in use, where it is not made at every question. */
  readonly fitted?: readonly [number, number, number, number];
}

/**
 * How surprising a score is against the scores before it, in decades (−log10 of a tail probability). Scores are counted in buckets
 * of a logarithmic histogram; above the k-th greatest score u the tail is taken to be a power law whose index ξ is Hill's estimate
 * (Hill, Annals of Statistics 3, 1975), drawn towards 0.4 by a prior worth 12 scores:
 * surprise = log10(m/k) + ln(s/u) / (ξ·ln 10) for s > u, else 0.
 * State: at most 305 counters. Cost: O(1) to add, O(buckets of the tail) to ask. Merging two tails is exact while their scores lie
 * within the same 305 buckets; lower ones fall into the lowest.
 */
export class ScoreTail {
  private readonly options: TailOptions;
  private fitted: Shape | undefined = undefined;
  private total = 0;
  private lowest = 0;
  private used = 0;
  private readonly counters = new Float64Array(BUCKETS);

  constructor(options: TailOptions = {}) {
    this.options = options;
  }

  /** Scores seen. */
  get count(): number {
    return this.total;
  }

  /** True from 50 scores on; before, nothing is surprising. */
  get ready(): boolean {
    return this.total >= SCORES_LEAST;
  }

  /** Counts a score of 0 or more. */
  add(score: number): void {
    this.total++;
    if (score > 0) this.put(this.bucketAt(score), 1);
  }

  /** The surprise of a score in decades, 0 where it is within the ordinary or nothing is known yet. */
  surprise(score: number): number {
    if (!this.ready || !(score > 0)) return 0;
    const { k, lnU, index } = this.shape();
    const lnScore = Math.log(score);
    if (lnScore <= lnU) return 0;
    return Math.log10(this.total / k) + (lnScore - lnU) / (index * Math.LN10);
  }

  /** The score whose surprise is so many decades; infinite where nothing is known yet. */
  scoreAt(decades: number): number {
    if (!this.ready) return Number.POSITIVE_INFINITY;
    const { k, lnU, index } = this.shape();
    const above = decades - Math.log10(this.total / k);
    return Math.exp(lnU + Math.max(0, above) * index * Math.LN10);
  }

  /** Counts the scores of another tail as if they had been added here. */
  merge(other: ScoreTail): void {
    this.total += other.total;
    this.fitted = undefined;
    for (let slot = 0; slot < other.used; slot++) {
      const many = other.counters[slot] ?? 0;
      if (many > 0) this.put(other.lowest + slot, many);
    }
  }

  /** Takes the scores of another part of the stream in: as they are where nothing is known yet, to the byte, else added. */
  absorb(state: TailState): void {
    if (this.total === 0) {
      this.restore(state);
      return;
    }
    const other = new ScoreTail(this.options);
    other.restore(state);
    this.merge(other);
  }

  /** Multiplies all counters, so that the past fades: 0.5 halves its weight. */
  fade(factor: number): void {
    this.total *= factor;
    this.fitted = undefined;
    for (let slot = 0; slot < this.used; slot++) this.counters[slot] = (this.counters[slot] ?? 0) * factor;
  }

  /** The state as plain data. */
  snapshot(): TailState {
    return {
      count: this.total,
      lowest: this.lowest,
      counters: Array.from(this.counters.subarray(0, this.used)),
      ...(this.fitted === undefined
        ? {}
        : { fitted: [this.fitted.k, this.fitted.lnU, this.fitted.index, this.fitted.of] }),
    };
  }

  /** Takes a state back. */
  restore(state: TailState): void {
    this.total = state.count;
    this.lowest = state.lowest;
    this.used = Math.min(BUCKETS, state.counters.length);
    this.counters.fill(0);
    for (let slot = 0; slot < this.used; slot++) this.counters[slot] = state.counters[slot] ?? 0;
    const [k, lnU, index, of] = state.fitted ?? [];
    this.fitted =
      k === undefined || lnU === undefined || index === undefined || of === undefined
        ? undefined
        : { k, lnU, index, of };
  }

  /** The k-th greatest score and the tail's index above it, as fitted last where that is recent enough. */
  private shape(): Shape {
    const percent = this.options.refitPercent ?? 0;
    if (percent > 0 && this.fitted !== undefined && this.total < this.fitted.of * (1 + percent / 100)) {
      return this.fitted;
    }
    const fresh = this.fitNow();
    if (percent > 0) this.fitted = fresh;
    return fresh;
  }

  private fitNow(): Shape {
    const { floor = 0, priorIndex = PRIOR_INDEX, sparse = false } = this.options;
    let k = Math.max(TAIL_LEAST, TAIL_SHARE * this.total);
    let slot = this.used - 1;
    let passed = 0;
    for (; slot >= 0; slot--) {
      passed += this.counters[slot] ?? 0;
      if (passed >= k) break;
    }
    if (sparse && slot < 0) k = Math.max(TAIL_LEAST, passed);
    // Fewer than k scores above 0: the lowest bucket stands for the rest; of a sparse tail, whatever is above the floor is in the tail, or
    // a second odd score just below the first one would be none.
    const few = sparse && slot < 0;
    const lnLowest =
      few && floor > 0
        ? Number.NEGATIVE_INFINITY
        : lnOf(this.lowest + Math.max(0, slot)) - (few ? LN_BASE : 0);
    const lnU = Math.max(floor > 0 ? Math.log(floor) : Number.NEGATIVE_INFINITY, lnLowest);
    let excess = 0;
    for (let above = this.used - 1; above >= 0; above--) {
      const over = lnOf(this.lowest + above) - lnU;
      if (over <= 0) break;
      excess += (this.counters[above] ?? 0) * over;
    }
    return {
      k,
      lnU,
      index: (excess + priorIndex * PRIOR_WEIGHT) / (k + PRIOR_WEIGHT),
      of: this.total,
    };
  }

  /** Of a sparse tail the buckets begin at 1, and what is beyond the last one counts there: one wild score must not cost the others theirs. */
  private bucketAt(score: number): number {
    return this.options.sparse === true ? Math.min(BUCKETS - 1, bucketOf(score)) : bucketOf(score);
  }

  private put(bucket: number, many: number): void {
    if (this.used === 0) {
      this.lowest = bucket;
      this.used = 1;
    }
    let slot = bucket - this.lowest;
    if (slot >= BUCKETS) {
      this.shiftUp(slot - BUCKETS + 1);
      slot = BUCKETS - 1;
    } else if (slot < 0) {
      // Make room below as far as the greatest leave it; what is lower still counts as the lowest.
      this.shiftDown(Math.min(-slot, BUCKETS - this.used));
      slot = Math.max(0, bucket - this.lowest);
    }
    if (slot >= this.used) this.used = slot + 1;
    this.counters[slot] = (this.counters[slot] ?? 0) + many;
  }

  private shiftUp(by: number): void {
    let folded = 0;
    for (let slot = 0; slot <= Math.min(by, this.used - 1); slot++) folded += this.counters[slot] ?? 0;
    if (by < BUCKETS) this.counters.copyWithin(0, by);
    const kept = Math.max(1, this.used - by);
    this.counters.fill(0, kept);
    this.counters[0] = folded;
    this.used = kept;
    this.lowest += by;
  }

  private shiftDown(by: number): void {
    if (by <= 0) return;
    this.counters.copyWithin(by, 0, this.used);
    this.counters.fill(0, 0, by);
    this.used += by;
    this.lowest -= by;
  }
}

function bucketOf(score: number): number {
  return Math.floor(Math.log(score) / LN_BASE);
}

/** The logarithm of a bucket's middle. */
function lnOf(bucket: number): number {
  return (bucket + 0.5) * LN_BASE;
}

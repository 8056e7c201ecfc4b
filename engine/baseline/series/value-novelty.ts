/** Rows over which the scale of the values is found. */
const SCALE_ROWS = 100;
/** Silent before so many values. */
const VALUES_LEAST = 20;
/** A value is kept only if it is farther than this share of the range from every kept one. */
const APART = 0.002;
/** Values kept at most; then those nearer than the present range asks for are thinned out. */
const KEPT_MAX = 608;

/** The state of a value novelty as plain data. */
export interface ValueNoveltyState {
  readonly rows: number;
  readonly sum: number;
  readonly kept: readonly number[];
  readonly least: number;
  readonly greatest: number;
}

/**
 * How far a value lies from the nearest earlier value, as a share of the range so far. Values are compared after
 * y = sign(x)·log1p(|x|/m), where m is the mean size of the first 100, so that a tenfold value counts alike at every scale. While m
 * still moves, an earlier value stays where it was put.
 * State: at most 608 values. Cost: O(log n) to ask, O(n) moves of one block to keep a new value.
 */
export class ValueNovelty {
  private rows = 0;
  private sum = 0;
  private readonly kept = new Float64Array(KEPT_MAX);
  private size = 0;
  private least = Number.POSITIVE_INFINITY;
  private greatest = Number.NEGATIVE_INFINITY;

  /** The score of the next value, 0–1, and undefined before the twentieth; the value is then part of the past. */
  accept(x: number): number | undefined {
    if (this.rows < SCALE_ROWS) this.sum += Math.abs(x);
    this.rows++;
    const y = this.scaled(x);
    const score = this.score(y);
    this.keep(y);
    return score;
  }

  /** The nearest earlier value, for an explanation; undefined where there is none. */
  nearest(x: number): number | undefined {
    if (this.size === 0) return undefined;
    const y = this.scaled(x);
    const at = this.place(y);
    const below = this.kept[at - 1];
    const above = at < this.size ? this.kept[at] : undefined;
    const found = below === undefined ? above : above === undefined || y - below <= above - y ? below : above;
    return found === undefined ? undefined : Math.sign(found) * Math.expm1(Math.abs(found)) * this.scale();
  }

  /** The state as plain data. */
  snapshot(): ValueNoveltyState {
    return {
      rows: this.rows,
      sum: this.sum,
      kept: Array.from(this.kept.subarray(0, this.size)),
      least: this.least,
      greatest: this.greatest,
    };
  }

  /** Takes a state back. */
  restore(state: ValueNoveltyState): void {
    this.rows = state.rows;
    this.sum = state.sum;
    this.kept.set(state.kept.slice(0, KEPT_MAX));
    this.size = Math.min(KEPT_MAX, state.kept.length);
    // JSON has no infinities: where nothing is kept, there is no range.
    this.least = this.size === 0 ? Number.POSITIVE_INFINITY : state.least;
    this.greatest = this.size === 0 ? Number.NEGATIVE_INFINITY : state.greatest;
  }

  private scale(): number {
    const mean = this.sum / Math.max(1, Math.min(SCALE_ROWS, this.rows));
    return mean > 0 ? mean : 1;
  }

  private scaled(x: number): number {
    return Math.sign(x) * Math.log1p(Math.abs(x) / this.scale());
  }

  private score(y: number): number | undefined {
    if (this.rows <= VALUES_LEAST) return undefined;
    const range = Math.max(this.greatest, y) - Math.min(this.least, y);
    return range > 0 ? this.distance(y) / range : 0;
  }

  private distance(y: number): number {
    const at = this.place(y);
    const below = at > 0 ? y - (this.kept[at - 1] ?? 0) : Number.POSITIVE_INFINITY;
    const above = at < this.size ? (this.kept[at] ?? 0) - y : Number.POSITIVE_INFINITY;
    return Math.min(below, above);
  }

  private keep(y: number): void {
    this.least = Math.min(this.least, y);
    this.greatest = Math.max(this.greatest, y);
    const apart = APART * (this.greatest - this.least);
    if (this.size > 0 && this.distance(y) <= apart) return;
    if (this.size === KEPT_MAX) this.thin(apart);
    const at = this.place(y);
    this.kept.copyWithin(at + 1, at, this.size);
    this.kept[at] = y;
    this.size++;
  }

  /** Leaves out what the present range no longer tells apart: at most 501 values remain. */
  private thin(apart: number): void {
    let size = 1;
    for (let i = 1; i < this.size; i++) {
      const y = this.kept[i] ?? 0;
      if (y - (this.kept[size - 1] ?? 0) > apart) this.kept[size++] = y;
    }
    this.size = size;
  }

  /** The number of kept values below y. */
  private place(y: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.kept[middle] ?? 0) < y) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Rows of a shape. */
const LENGTH = 32;
/** The farthest earlier shape that is looked at, in rows. */
const LAG_MAX = 500;
/** Rows remembered: what the oldest shape at the farthest lag needs. */
const ROWS = LAG_MAX + LENGTH + 1;

/** The state of a shape novelty as plain data. */
export interface ShapeNoveltyState {
  readonly rows: number;
  /** The latest rows, oldest first. */
  readonly recent: readonly number[];
  /** By lag from 32: the squared distance. */
  readonly distances: readonly number[];
}

/**
 * How far the last 32 rows are from the most similar 32 rows among the 500 before (a discord in the sense of Keogh, Lin and Fu,
 * ICDM 2005, over a sliding past): the least over lags g of sqrt(D[g]/32), where D[g] = Σ (x_t − x_{t−g})² is carried along row by row.
 * Rounding that gathers in D is wiped off by computing one lag anew each row.
 * State: 533 rows and 469 sums. Cost: two operations a lag and row.
 */
export class ShapeNovelty {
  private rows = 0;
  private readonly ring = new Float64Array(ROWS);
  private readonly distances = new Float64Array(LAG_MAX + 1);

  /** The score of the shape that ends with this row; undefined before an earlier one of full length exists. */
  accept(x: number): number | undefined {
    const { ring, distances } = this;
    const t = this.rows++;
    ring[t % ROWS] = x;
    const farthest = Math.min(LAG_MAX, t);
    const leaves = t - LENGTH >= 0 ? (ring[(t - LENGTH) % ROWS] ?? 0) : 0;
    let least = Number.POSITIVE_INFINITY;
    let now = (t - LENGTH) % ROWS;
    let then = (t - LENGTH - LENGTH) % ROWS;
    if (now < 0) now += ROWS;
    if (then < 0) then += ROWS;
    for (let lag = LENGTH; lag <= farthest; lag++) {
      const step = x - (ring[now] ?? 0);
      let distance = (distances[lag] ?? 0) + step * step;
      if (t - LENGTH - lag >= 0) {
        const gone = leaves - (ring[then] ?? 0);
        distance -= gone * gone;
      }
      if (distance < 0) distance = 0;
      distances[lag] = distance;
      // A shape of full length at this lag begins at row t − lag − 31.
      if (distance < least && t - lag - LENGTH + 1 >= 0) least = distance;
      now = now === 0 ? ROWS - 1 : now - 1;
      then = then === 0 ? ROWS - 1 : then - 1;
    }
    this.refresh(t);
    return least === Number.POSITIVE_INFINITY ? undefined : Math.sqrt(least / LENGTH);
  }

  /** The state as plain data. */
  snapshot(): ShapeNoveltyState {
    const many = Math.min(this.rows, ROWS);
    return {
      rows: this.rows,
      recent: Array.from({ length: many }, (_, i) => this.ring[(this.rows - many + i) % ROWS] ?? 0),
      distances: Array.from(this.distances.subarray(LENGTH)),
    };
  }

  /** Takes a state back. */
  restore(state: ShapeNoveltyState): void {
    this.rows = state.rows;
    const many = Math.min(ROWS, state.recent.length);
    this.ring.fill(0);
    for (let i = 0; i < many; i++) this.ring[(this.rows - many + i) % ROWS] = state.recent[i] ?? 0;
    this.distances.set(state.distances.slice(0, LAG_MAX + 1 - LENGTH), LENGTH);
  }

  /** One lag a row from the values themselves. */
  private refresh(t: number): void {
    const lag = LENGTH + (t % (LAG_MAX - LENGTH + 1));
    if (t - lag - LENGTH + 1 < 0) return;
    let sum = 0;
    for (let i = 0; i < LENGTH; i++) {
      const step = (this.ring[(t - i) % ROWS] ?? 0) - (this.ring[(t - i - lag) % ROWS] ?? 0);
      sum += step * step;
    }
    this.distances[lag] = sum;
  }
}

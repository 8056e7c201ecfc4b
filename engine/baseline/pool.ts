/**
 * Numbers of many entities in one block: row by row, `stride` numbers each. A hundred thousand small objects cost more for their heads
 * than for what they hold. Cost: O(1); growing copies the block once in a while.
 */
export class Pool {
  readonly stride: number;
  cells: Float64Array;

  constructor(stride: number) {
    this.stride = stride;
    this.cells = new Float64Array(stride * 16);
  }

  /** The first cell of a row; the row is there afterwards. */
  at(row: number): number {
    const first = row * this.stride;
    if (first + this.stride > this.cells.length) {
      const wider = new Float64Array(Math.max(first + this.stride, Math.ceil(this.cells.length * 1.5)));
      wider.set(this.cells);
      this.cells = wider;
    }
    return first;
  }

  /** Empties a row for the next entity that gets it. */
  clear(row: number): void {
    const first = this.at(row);
    this.cells.fill(0, first, first + this.stride);
  }

  /** A row as plain data, without the zeros at its end. */
  save(row: number): readonly number[] {
    const first = this.at(row);
    let length = this.stride;
    while (length > 0 && this.cells[first + length - 1] === 0) length--;
    return Array.from(this.cells.subarray(first, first + length));
  }

  /** Puts a saved row back. */
  load(row: number, saved: readonly number[]): void {
    const first = this.at(row);
    for (let i = 0; i < this.stride; i++) this.cells[first + i] = saved[i] ?? 0;
  }
}

/** A figure that was seen, and what it must be at most or at least. */
export interface Bar {
  readonly name: string;
  readonly seen: number;
  readonly most?: number;
  readonly least?: number;
}

/** A line for each bar that is missed; a figure that could not be had misses its bar. */
export function missedBars(bars: readonly Bar[]): string[] {
  return bars.flatMap(({ name, seen, most, least }) => {
    const figure = Number.isNaN(seen) ? 'no figure' : seen.toPrecision(3);
    return [
      ...(most === undefined || seen <= most ? [] : [`${name}: ${figure}, at most ${most} wanted`]),
      ...(least === undefined || seen >= least ? [] : [`${name}: ${figure}, at least ${least} wanted`]),
    ];
  });
}

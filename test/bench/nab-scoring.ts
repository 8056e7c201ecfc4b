/** What right and wrong alarms count in a profile of the Numenta benchmark. */
export interface Profile {
  readonly hit: number;
  readonly falseAlarm: number;
  readonly miss: number;
}

/** The benchmark's three profiles (Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015). */
export const PROFILES: Readonly<Record<'standard' | 'low_fp' | 'low_fn', Profile>> = {
  standard: { hit: 1, falseAlarm: 0.11, miss: 1 },
  low_fp: { hit: 1, falseAlarm: 0.22, miss: 1 },
  low_fn: { hit: 1, falseAlarm: 0.11, miss: 2 },
};

/** Rows in which a detector may learn and is not judged: 15 % of a series, 750 at most. */
export function probationRows(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 750);
}

/** A labelled window as first and last row, both inside. */
export interface RowWindow {
  readonly first: number;
  readonly last: number;
}

/** The rows of windows given as times; a window without a row is left out. */
export function rowWindows(
  times: readonly number[],
  windows: readonly (readonly [number, number])[],
): readonly RowWindow[] {
  return windows.flatMap(([from, to]) => {
    const first = times.findIndex((time) => time >= from);
    const last = times.findLastIndex((time) => time <= to);
    return first < 0 || last < first ? [] : [{ first, last }];
  });
}

/** Points of a detector, of one that says nothing, and of one that is always right at once. */
export interface Points {
  readonly raw: number;
  readonly silent: number;
  readonly perfect: number;
}

/**
 * The points of the alarms in one series. The first alarm inside a window earns σ of where it stands, from 1 at the window's first
 * row down to 0 past its last; every alarm outside costs σ of its distance from the window before, or the whole where there is none; a
 * window without an alarm costs a miss. σ(y) = 2/(1 + e^(5y)) − 1, with y the place relative to the window's width.
 */
export function pointsOf(
  alarms: readonly boolean[],
  windows: readonly RowWindow[],
  profile: Profile,
): Points {
  let raw = 0;
  const found = new Set<RowWindow>();
  for (let row = probationRows(alarms.length); row < alarms.length; row++) {
    if (alarms[row] !== true) continue;
    const inside = windows.find(({ first, last }) => row >= first && row <= last);
    if (inside === undefined) raw += falseAlarm(row, windows) * profile.falseAlarm;
    else if (!found.has(inside)) {
      found.add(inside);
      const width = inside.last - inside.first + 1;
      raw += (profile.hit * sigmoid(-(inside.last - row + 1) / width)) / sigmoid(-1);
    }
  }
  return {
    raw: raw - profile.miss * (windows.length - found.size),
    silent: -profile.miss * windows.length,
    perfect: profile.hit * windows.length,
  };
}

/** Points as the benchmark's score: 0 for a detector that says nothing, 100 for a perfect one. NaN where there are no windows. */
export function scoreOf(points: readonly Points[]): number {
  const sum = (of: (one: Points) => number): number => points.reduce((total, one) => total + of(one), 0);
  const silent = sum((one) => one.silent);
  return (100 * (sum((one) => one.raw) - silent)) / (sum((one) => one.perfect) - silent);
}

function falseAlarm(row: number, windows: readonly RowWindow[]): number {
  const before = windows.filter(({ last }) => last < row).at(-1);
  if (before === undefined) return -1;
  const width = before.last - before.first;
  return width === 0 ? -1 : sigmoid((row - before.last) / width);
}

function sigmoid(y: number): number {
  return y > 3 ? -1 : 2 / (1 + Math.exp(5 * y)) - 1;
}

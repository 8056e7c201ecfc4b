/** The middle, least and greatest of some figures. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What some rounds of one contender took, in seconds. */
export interface Timing {
  readonly wall: Spread;
  /** Processor time of the whole process, the collector's threads included. */
  readonly cpu: Spread;
  readonly walls: readonly number[];
  readonly cpus: readonly number[];
}

/** One of several pieces of work that are compared. */
export interface Contender {
  readonly name: string;
  run(): void | Promise<void>;
}

/** Runs the contenders in turn (A B C A B C …): one round to warm up, then `runs` that count. */
export async function interleaved(
  contenders: readonly Contender[],
  runs: number,
): Promise<ReadonlyMap<string, Timing>> {
  const walls = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  const cpus = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= runs; round++) {
    for (const contender of contenders) {
      const used = process.cpuUsage();
      const started = performance.now();
      await contender.run();
      const wall = (performance.now() - started) / 1000;
      const { user, system } = process.cpuUsage(used);
      if (round === 0) continue;
      walls.get(contender.name)?.push(wall);
      cpus.get(contender.name)?.push((user + system) / 1e6);
    }
  }
  return new Map(
    contenders.map(({ name }) => {
      const wall = walls.get(name) ?? [];
      const cpu = cpus.get(name) ?? [];
      return [name, { wall: spread(wall), cpu: spread(cpu), walls: wall, cpus: cpu }];
    }),
  );
}

/** Median, least and greatest. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] ?? Number.NaN)
      : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** Round by round, how many times what `b` took `a` took: noise that lasts longer than a round falls out. */
export function ratios(a: readonly number[], b: readonly number[]): Spread {
  return spread(a.map((value, i) => value / (b[i] ?? Number.NaN)));
}

/** The timing of a contender that ran. */
export function timingOf(timings: ReadonlyMap<string, Timing>, name: string): Timing {
  const found = timings.get(name);
  if (found === undefined) throw new Error(`no contender ${name}`);
  return found;
}

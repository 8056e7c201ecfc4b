import type { GroupCodec } from './groups.ts';
import type { Instant } from './order.ts';
import { Barrier, Bucket, type Run, RunClass, Tally } from './sequence-runs.ts';
import type { SignalReader, SignalWriter } from './snapshot.ts';

/** A run as a snapshot holds it, with the run it continued. */
export interface SavedRun {
  readonly start: Instant;
  readonly last: Instant;
  readonly signals: readonly number[];
  readonly before: SavedRun | null;
}

/** A run written down. */
export function writeRun(run: Run, writer: SignalWriter): SavedRun {
  return {
    start: run.start,
    last: run.last,
    signals: run.signals.map((signal) => writer.write(signal)),
    before: run.before === undefined ? null : writeRun(run.before, writer),
  };
}

/** The run again. */
export function readRun(saved: SavedRun, reader: SignalReader): Run {
  return {
    start: saved.start,
    last: saved.last,
    signals: saved.signals.map((number) => reader.read(number)),
    before: saved.before === null ? undefined : readRun(saved.before, reader),
  };
}

interface SavedBucket {
  readonly lastTime: number;
  readonly classes: readonly {
    readonly key: string | null;
    readonly values: readonly (string | null)[];
    readonly young: readonly SavedRun[];
    readonly ready: readonly SavedRun[];
  }[];
}

/** What a bucket holds, for the memory bound: itself and its runs. */
export function itemsOfBucket(bucket: Bucket): number {
  let items = 1;
  for (const runClass of bucket.classes) items += runClass.size;
  return items;
}

/** How buckets are written down. The casts of all three are at the boundary: the version of the bytes says who wrote them. */
export const BUCKETS: GroupCodec<Bucket> = {
  write: (bucket, writer): SavedBucket => ({
    lastTime: bucket.lastTime,
    classes: bucket.classes.map((runClass) => {
      const held = runClass.runs();
      return {
        key: runClass.key,
        values: runClass.values,
        young: held.young.map((run) => writeRun(run, writer)),
        ready: held.ready.map((run) => writeRun(run, writer)),
      };
    }),
  }),
  read: ({ key, state }, reader) => {
    const saved = state as SavedBucket;
    const bucket = new Bucket(key);
    bucket.lastTime = saved.lastTime;
    for (const one of saved.classes) {
      const runClass = new RunClass(one.key, one.values);
      runClass.load({
        young: one.young.map((run) => readRun(run, reader)),
        ready: one.ready.map((run) => readRun(run, reader)),
      });
      bucket.classes.push(runClass);
    }
    return { group: bucket, items: itemsOfBucket(bucket) };
  },
};

interface SavedTally {
  readonly lastTime: number;
  readonly entries: readonly (readonly [string | null, number])[];
}

/** How tallies are written down. */
export const TALLIES: GroupCodec<Tally> = {
  write: (tally, writer): SavedTally => ({
    lastTime: tally.lastTime,
    entries: tally.entries().map(({ value, signal }) => [value, writer.write(signal)] as const),
  }),
  read: ({ key, state }, reader) => {
    const saved = state as SavedTally;
    const tally = new Tally(key);
    tally.lastTime = saved.lastTime;
    tally.load(saved.entries.map(([value, n]) => ({ value, signal: reader.read(n) })));
    return { group: tally, items: tally.items };
  },
};

interface SavedBarrier {
  readonly lastTime: number;
  readonly newest: Instant | null;
  readonly earlier: Instant | null;
  readonly earliest: Instant | null;
}

/** How barriers are written down. */
export const BARRIERS: GroupCodec<Barrier> = {
  write: ({ lastTime, newest, earlier, earliest }): SavedBarrier => ({
    lastTime,
    newest: newest ?? null,
    earlier: earlier ?? null,
    earliest: earliest ?? null,
  }),
  read: ({ key, state }) => {
    const saved = state as SavedBarrier;
    const barrier = new Barrier(key);
    barrier.lastTime = saved.lastTime;
    barrier.newest = saved.newest ?? undefined;
    barrier.earlier = saved.earlier ?? undefined;
    // State of before there were three has none.
    barrier.earliest = saved.earliest ?? undefined;
    return { group: barrier, items: 1 };
  },
};

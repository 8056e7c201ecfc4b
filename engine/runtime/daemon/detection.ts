import type { Signal } from '../../model/index.ts';
import type { ObservedRecord } from '../chunk-scan.ts';

/** A batch of lines on its way through detection. */
export interface DetectTask {
  /** The source's name: what events of no known schema are is said by source. */
  readonly source: string;
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly line: number;
  /** Receipt, microseconds: the time of records that carry none. */
  readonly receivedAt: number;
}

/** What the records of a batch gave. */
export interface Detected {
  /** Records that were events. */
  readonly events: number;
  readonly matched: number;
  readonly signals: readonly Signal[];
  /** By reason: records that could not be read. */
  readonly rejected: ReadonlyMap<string, number>;
  /** By reason: records that were set aside because they ended a worker. */
  readonly dropped: ReadonlyMap<string, number>;
  /** By code: damage that was noticed though the record, or what is left of it, was read. */
  readonly warned: ReadonlyMap<string, number>;
  /** Event time of the newest record that was looked at for it, microseconds; undefined where none has a time. */
  readonly newest: number | undefined;
  /** Records that hold what feeds may list later; absent where nobody asked. */
  readonly observed?: readonly ObservedRecord[];
}

/** Looks for signals, on this thread or others. Results may come in any order; the caller keeps its own. */
export interface DetectorPort {
  detect(batch: DetectTask): Promise<Detected>;
  /** Batches that may be under way at once. */
  readonly inFlightMax: number;
  close(): Promise<void>;
}

/**
 * What a source promises. `replayable`: it can be read again from a position, so nothing is lost at a kill. `spooled`: what it
 * received is on disk before the sender is told so. `best_effort`: what was under way at a kill is lost, and counted where it can be.
 */
export const DELIVERY_CLASSES = ['replayable', 'spooled', 'best_effort'] as const;
export type DeliveryClass = (typeof DELIVERY_CLASSES)[number];

/** Some whole records of a feed, one JSON record a line. */
export interface SourceBatch {
  /** The source's configured name. */
  readonly source: string;
  /** Lines, each ended by LF (the last may lack it). The memory is the receiver's. */
  readonly bytes: Uint8Array;
  /** Where the records stand, for the places of events: a path, or the source's name. */
  readonly file: string;
  /** Number of the first line in that file, from 1; for feeds without files the number of the record since the source began. */
  readonly line: number;
  /** Receipt, whole microseconds since 1970. */
  readonly receivedAt: number;
  /** The part of the feed that keeps an order and a position of its own: a file, a spool. */
  readonly partition: string;
  /** What `open` needs to go on behind this batch in its partition. It is stored in the batch's own transaction; empty forgets the partition. */
  readonly position: string;
  /** What stood there and was not handed on; it is counted in the batch's own transaction. */
  readonly lost?: readonly SourceLoss[];
}

/** Something that was not handed on as a record: counted in the ledger under its reason. */
export interface SourceLoss {
  readonly kind: 'rejected' | 'dropped';
  /** Short and stable: a diagnostic code, or `rate`, `queue`, `too_large` … */
  readonly reason: string;
  readonly count: number;
}

/** How a source fares, for metrics and health. All counters are since the process began. */
export interface SourceStatus {
  readonly receivedRecords: number;
  readonly receivedBytes: number;
  /** Bytes known to wait (file behind its end, spool not read yet); undefined where it cannot be known. */
  readonly backlogBytes?: number;
  /** Receipt of the newest record, microseconds; undefined before the first. */
  readonly lastAt?: number;
  readonly losses: readonly SourceLoss[];
  /** In words, where it does not work at present; it goes on trying. */
  readonly problem?: string;
}

/** A feed of records. One file of `adapters/sources` each. */
export interface SourcePort {
  readonly name: string;
  readonly delivery: DeliveryClass;
  /**
   * Reads on from the positions of the partitions (from the configured beginning where there is none) until `stop` is aborted. The reader's
   * pace is the source's: a batch is asked for when there is room, and a network source answers 429 or stops reading meanwhile.
   */
  open(positions: ReadonlyMap<string, string>, stop: AbortSignal): AsyncIterable<SourceBatch>;
  /** Everything up to this position of the partition is durable: the source may forget it, or tell its sender. */
  acknowledge(partition: string, position: string): Promise<void>;
  status(): SourceStatus;
  close(): Promise<void>;
}

import type { ClockPort, SourceBatch, SourceLoss, SourcePort, SourceStatus } from '../../runtime/index.ts';
import { Spool, type SpoolLimits, SpoolRefusal } from '../store/spool.ts';

/** Takes records from a network receiver: resolves when they are on disk, rejects with `SpoolRefusal` where they are not. */
export type Accept = (bytes: Uint8Array, records: number) => Promise<void>;

/** What listens on the network for a spooled source. */
export interface Receiver {
  /** Begins to listen; rejects where it cannot. */
  start(accept: Accept): Promise<void>;
  /** Where it listens, once started. */
  readonly address: string | undefined;
  /** What it did not hand on. */
  losses(): readonly SourceLoss[];
  stop(): Promise<void>;
}

/** How a spooled source is made. */
export interface SpooledSourceOptions {
  readonly name: string;
  readonly folder: string;
  readonly limits: SpoolLimits;
}

export const SPOOL_LIMITS: SpoolLimits = { sizeMaxBytes: 1 << 30, segmentSizeBytes: 16 << 20 };

/** The one partition of a spool. */
const PARTITION = 'spool';

/**
 * A source whose sender cannot send again: what it received is on disk before the sender is told so, and read from there. When more waits than
 * the spool may hold, the receiver refuses, and the sender keeps what it has.
 */
export class SpooledSource implements SourcePort {
  readonly name: string;
  readonly delivery = 'spooled';
  readonly #options: SpooledSourceOptions;
  readonly #receiver: Receiver;
  readonly #clock: ClockPort;
  #spool: Spool | undefined;
  #records = 0;
  #bytes = 0;
  #lastAt: number | undefined;
  #problem: string | undefined;

  constructor(options: SpooledSourceOptions, receiver: Receiver, clock: ClockPort) {
    this.name = options.name;
    this.#options = options;
    this.#receiver = receiver;
    this.#clock = clock;
  }

  async *open(
    positions: ReadonlyMap<string, string>,
    stop: AbortSignal,
  ): AsyncGenerator<SourceBatch, void, void> {
    const position = positions.get(PARTITION);
    const spool = new Spool(this.#options.folder, this.#options.limits, position);
    this.#spool = spool;
    try {
      await this.#receiver.start((bytes, records) => this.#accept(spool, { bytes, records }));
      for await (const { bytes, line, receivedAt, position: behind } of spool.read(position, stop)) {
        yield {
          source: this.name,
          bytes,
          file: this.name,
          line,
          receivedAt,
          partition: PARTITION,
          position: behind,
        };
      }
    } finally {
      await this.close();
    }
  }

  async acknowledge(_partition: string, position: string): Promise<void> {
    this.#spool?.acknowledge(position);
  }

  status(): SourceStatus {
    const backlogBytes = this.#spool?.backlogBytes;
    const damaged = this.#spool?.damagedFrames ?? 0;
    const losses: SourceLoss[] = [...this.#receiver.losses()];
    if (damaged > 0) losses.push({ kind: 'dropped', reason: 'spool_damaged', count: damaged });
    return {
      receivedRecords: this.#records,
      receivedBytes: this.#bytes,
      ...(backlogBytes === undefined ? {} : { backlogBytes }),
      ...(this.#lastAt === undefined ? {} : { lastAt: this.#lastAt }),
      losses,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  async close(): Promise<void> {
    await this.#receiver.stop();
    await this.#spool?.close();
  }

  async #accept(
    spool: Spool,
    given: { readonly bytes: Uint8Array; readonly records: number },
  ): Promise<void> {
    const now = this.#clock.nowMicros();
    try {
      await spool.append(given.bytes, given.records, now);
      this.#options.limits.fault?.('before-answer');
      this.#problem = undefined;
    } catch (error) {
      if (error instanceof SpoolRefusal && error.reason !== 'closed')
        this.#problem = `the spool is ${error.reason}: ${error.message}`;
      throw error;
    }
    this.#records += given.records;
    this.#bytes += given.bytes.length;
    this.#lastAt = now;
  }
}

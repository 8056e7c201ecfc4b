import { mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultPoint } from '../../runtime/index.ts';
import { syncFolder } from './database.ts';
import { frameHeader, readFrames } from './spool-frames.ts';

/** Bounds of a spool. */
export interface SpoolLimits {
  /** Bytes that may wait; past it `append` refuses. */
  readonly sizeMaxBytes: number;
  /** A segment is closed past this size, and deleted when all of it is acknowledged. */
  readonly segmentSizeBytes: number;
  /** Named points at which a test may end the process. */
  readonly fault?: (point: FaultPoint) => void;
}

/** Why an append was refused. The sender still has what it sent. */
export class SpoolRefusal extends Error {
  readonly reason: 'full' | 'disk' | 'closed';

  constructor(reason: SpoolRefusal['reason'], message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.name = 'SpoolRefusal';
    this.reason = reason;
  }
}

/** Some records that were appended together or one after the other. */
export interface SpooledBatch {
  readonly bytes: Uint8Array;
  /** Number of the first record since the spool was made, from 1. */
  readonly line: number;
  /** Receipt of the newest, microseconds. */
  readonly receivedAt: number;
  /** Where the next batch begins. */
  readonly position: string;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly records: number;
  readonly receivedAt: number;
  readonly resolve: () => void;
  readonly reject: (reason: SpoolRefusal) => void;
}

interface Place {
  readonly segment: number;
  readonly offset: number;
}

const READ_BYTES = 1024 * 1024;

/**
 * Records on disk before their sender is told so. Appends that come while another is being synced share one sync. What is torn at the end
 * after a kill was never acknowledged, and is cut off; damage in the middle is passed over and counted. One process writes and reads.
 */
export class Spool {
  readonly #folder: string;
  readonly #limits: SpoolLimits;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #handle: FileHandle | undefined;
  /** What is on disk, and complete. */
  #end: Place;
  #acknowledged: Place;
  /** Records appended since the spool was made. */
  #records: number;
  #sizes = new Map<number, number>();
  #wake: (() => void)[] = [];
  #closed = false;
  /** Frames that could not be read back. */
  damagedFrames = 0;

  /** Opens a spool, or makes one. `acknowledged` is the position behind what is durable elsewhere. */
  constructor(folder: string, limits: SpoolLimits, acknowledged?: string) {
    this.#folder = folder;
    this.#limits = limits;
    mkdirSync(folder, { recursive: true });
    const segments = readdirSync(folder)
      .filter((name) => /^\d{10}\.spool$/.test(name))
      .map((name) => Number(name.slice(0, 10)))
      .sort((a, b) => a - b);
    this.#acknowledged = placeOf(acknowledged) ?? { segment: segments[0] ?? 1, offset: 0 };
    for (const segment of segments) this.#sizes.set(segment, statSync(this.#path(segment)).size);
    const last = segments.at(-1);
    if (last === undefined) {
      // After an acknowledged past the numbers go on, so that old positions never name new records.
      this.#end = { segment: this.#acknowledged.segment + (acknowledged === undefined ? 0 : 1), offset: 0 };
      this.#records = recordsOf(acknowledged) ?? 0;
    } else {
      const whole = this.#wholeOf(last);
      if (whole.size < (this.#sizes.get(last) ?? 0)) truncateSync(this.#path(last), whole.size);
      this.#sizes.set(last, whole.size);
      this.#end = { segment: last, offset: whole.size };
      this.#records = Math.max(whole.records, recordsOf(acknowledged) ?? 0);
    }
    if (before(this.#end, this.#acknowledged)) {
      // The segments went missing: what is acknowledged is past, and new records must come behind it.
      this.#end = { segment: this.#acknowledged.segment + 1, offset: 0 };
    }
    this.#drop();
  }

  /** Resolves when the records are on disk; rejects with `SpoolRefusal` where they are not, and then none of them is. */
  append(bytes: Uint8Array, records: number, receivedAt: number): Promise<void> {
    if (this.#closed) return Promise.reject(new SpoolRefusal('closed', 'the spool is closed'));
    if (this.backlogBytes + bytes.length > this.#limits.sizeMaxBytes) {
      return Promise.reject(new SpoolRefusal('full', `${this.#limits.sizeMaxBytes} bytes wait already`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, records, receivedAt, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Reads on from a position until stopped; waits at the end for more. */
  async *read(position: string | undefined, stop: AbortSignal): AsyncGenerator<SpooledBatch, void, void> {
    let at = placeOf(position) ?? this.#acknowledged;
    const onStop = (): void => this.#wakeAll();
    stop.addEventListener('abort', onStop);
    try {
      while (!stop.aborted && !this.#closed) {
        const next = this.#readAt(at);
        if (next === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake.push(resolve);
            if (stop.aborted || before(at, this.#end)) this.#wakeAll();
          });
          continue;
        }
        at = next.at;
        if (next.batch !== undefined) yield next.batch;
      }
    } finally {
      stop.removeEventListener('abort', onStop);
    }
  }

  /** Everything before the position may go. */
  acknowledge(position: string): void {
    const place = placeOf(position);
    if (place === undefined || before(place, this.#acknowledged)) return;
    this.#acknowledged = place;
    this.#drop();
  }

  /** Bytes between what is acknowledged and the end. */
  get backlogBytes(): number {
    let bytes = 0;
    for (const [segment, size] of this.#sizes) {
      if (segment > this.#acknowledged.segment) bytes += size;
      else if (segment === this.#acknowledged.segment) bytes += Math.max(0, size - this.#acknowledged.offset);
    }
    return bytes + this.#waiting.reduce((sum, one) => sum + one.bytes.length, 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    while (this.#flushing !== undefined) await this.#flushing;
    await this.#handle?.close();
    this.#handle = undefined;
    this.#wakeAll();
  }

  #path(segment: number): string {
    return join(this.#folder, `${String(segment).padStart(10, '0')}.spool`);
  }

  /** Writes what waits, syncs once, and tells the senders; again while more came meanwhile. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(taken);
        for (const one of taken) one.resolve();
        this.#wakeAll();
      } catch (error) {
        const refusal = new SpoolRefusal('disk', error instanceof Error ? error.message : String(error), {
          cause: error,
        });
        for (const one of taken) one.reject(refusal);
      }
    }
    // In the same step as the last look: an append that comes after it must begin a new flush.
    this.#flushing = undefined;
  }

  async #write(taken: readonly Waiting[]): Promise<void> {
    if (this.#end.offset >= this.#limits.segmentSizeBytes) await this.#roll();
    let records = this.#records;
    const parts: Uint8Array[] = [];
    for (const one of taken) {
      parts.push(frameHeader(one, records + 1), one.bytes);
      records += one.records;
    }
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    try {
      if (this.#handle === undefined) {
        this.#handle = await open(this.#path(this.#end.segment), 'a');
        syncFolder(this.#folder);
      }
      for (let rest = parts; rest.length > 0; rest = rest.slice(512)) {
        const some = rest.slice(0, 512);
        const { bytesWritten } = await this.#handle.writev(some);
        if (bytesWritten < some.reduce((sum, part) => sum + part.length, 0))
          throw new Error('the disk took only a part');
      }
      this.#limits.fault?.('spool-written');
      await this.#handle.datasync();
      this.#limits.fault?.('spool-synced');
    } catch (error) {
      // What a failed sync left on disk cannot be known. Nothing more is written behind it: a new segment is begun.
      await this.#abandon();
      throw error;
    }
    this.#records = records;
    this.#end = { segment: this.#end.segment, offset: this.#end.offset + size };
    this.#sizes.set(this.#end.segment, this.#end.offset);
  }

  async #roll(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    this.#end = { segment: this.#end.segment + 1, offset: 0 };
  }

  async #abandon(): Promise<void> {
    const { segment, offset } = this.#end;
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
    try {
      truncateSync(this.#path(segment), offset);
    } catch {
      // It stays as it is; the reader stops at the end that was known to be whole.
    }
    this.#end = { segment: segment + 1, offset: 0 };
  }

  /** The next frames from a place; undefined where there are none yet. */
  #readAt(at: Place): { readonly at: Place; readonly batch?: SpooledBatch } | undefined {
    const size = this.#sizes.get(at.segment) ?? 0;
    if (at.offset >= size) {
      const later = [...this.#sizes.keys()]
        .filter((segment) => segment > at.segment)
        .sort((a, b) => a - b)[0];
      return later === undefined ? undefined : { at: { segment: later, offset: 0 } };
    }
    const frames = readFrames(this.#path(at.segment), { from: at.offset, to: size, atMost: READ_BYTES });
    this.damagedFrames += frames.damaged;
    const next = { segment: at.segment, offset: frames.end };
    const first = frames.found[0];
    const last = frames.found.at(-1);
    if (first === undefined || last === undefined) return { at: next };
    return {
      at: next,
      batch: {
        bytes: concatenated(frames.found.map(({ payload }) => payload)),
        line: first.line,
        receivedAt: last.receivedAt,
        position: `${next.segment}:${next.offset}:${last.line + last.records - 1}`,
      },
    };
  }

  #wholeOf(segment: number): { readonly size: number; readonly records: number } {
    const size = this.#sizes.get(segment) ?? 0;
    let whole = 0;
    let records = 0;
    for (let from = 0; from < size; ) {
      const frames = readFrames(this.#path(segment), { from, to: size, atMost: READ_BYTES });
      const last = frames.found.at(-1);
      if (last !== undefined) {
        whole = frames.wholeEnd;
        records = last.line + last.records - 1;
      }
      from = frames.end;
    }
    return { size: whole, records };
  }

  #drop(): void {
    for (const segment of [...this.#sizes.keys()]) {
      const past =
        segment < this.#acknowledged.segment ||
        (segment === this.#acknowledged.segment &&
          segment < this.#end.segment &&
          this.#acknowledged.offset >= (this.#sizes.get(segment) ?? 0));
      if (!past) continue;
      rmSync(this.#path(segment), { force: true });
      this.#sizes.delete(segment);
    }
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function placeOf(position: string | undefined): Place | undefined {
  const [segment, offset] = (position ?? '').split(':').map(Number);
  return Number.isSafeInteger(segment) &&
    Number.isSafeInteger(offset) &&
    segment !== undefined &&
    offset !== undefined
    ? { segment, offset }
    : undefined;
}

function recordsOf(position: string | undefined): number | undefined {
  const records = Number(position?.split(':')[2]);
  return Number.isSafeInteger(records) ? records : undefined;
}

function before(a: Place, b: Place): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
}

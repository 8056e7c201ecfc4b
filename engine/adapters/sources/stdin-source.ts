import type { Readable } from 'node:stream';
import { withoutHoles } from '../../ingest/index.ts';
import type { ClockPort, SourceBatch, SourceLoss, SourcePort, SourceStatus } from '../../runtime/index.ts';
import { countLines } from './followed-file.ts';

/** Where lines come from, and how long one may be. */
export interface StdinSourceOptions {
  readonly name: string;
  readonly lineMaxBytes: number;
}

/**
 * Lines on standard input, until its end. Best effort: whoever writes cannot be asked again, so what was read and not yet committed at a kill
 * is lost.
 */
export class StdinSource implements SourcePort {
  readonly name: string;
  readonly delivery = 'best_effort';
  readonly #options: StdinSourceOptions;
  readonly #input: Readable;
  readonly #clock: ClockPort;
  #records = 0;
  #bytes = 0;
  #tooLong = 0;
  #lastAt: number | undefined;

  constructor(options: StdinSourceOptions, input: Readable, clock: ClockPort) {
    this.name = options.name;
    this.#options = options;
    this.#input = input;
    this.#clock = clock;
  }

  async *open(
    _positions: ReadonlyMap<string, string>,
    stop: AbortSignal,
  ): AsyncGenerator<SourceBatch, void, void> {
    const end = (): void => {
      this.#input.destroy();
    };
    stop.addEventListener('abort', end);
    let rest: Uint8Array = new Uint8Array(0);
    let line = 1;
    let skipping = false;
    try {
      for await (const chunk of this.#input) {
        const fresh: Uint8Array = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
        let bytes = rest.length === 0 ? fresh : joined(rest, fresh);
        if (skipping) {
          const newline = bytes.indexOf(10);
          if (newline < 0) continue;
          bytes = bytes.subarray(newline + 1);
          skipping = false;
          line++;
        }
        const whole = bytes.lastIndexOf(10) + 1;
        if (whole > 0) yield this.#batch(bytes.slice(0, whole), line);
        line += countLines(bytes.subarray(0, whole));
        rest = bytes.slice(whole);
        // A hole of NUL bytes may be of any size, and is no record.
        if (rest.length > this.#options.lineMaxBytes) rest = withoutHoles(rest);
        if (rest.length > this.#options.lineMaxBytes) {
          this.#tooLong++;
          skipping = true;
          rest = new Uint8Array(0);
        }
      }
      if (rest.length > 0) yield this.#batch(rest, line);
    } catch (error) {
      // Destroyed because the daemon stops.
      if (!stop.aborted) throw error;
    } finally {
      stop.removeEventListener('abort', end);
    }
  }

  async acknowledge(): Promise<void> {}

  status(): SourceStatus {
    const losses: SourceLoss[] =
      this.#tooLong === 0 ? [] : [{ kind: 'rejected', reason: 'too_large', count: this.#tooLong }];
    return {
      receivedRecords: this.#records,
      receivedBytes: this.#bytes,
      ...(this.#lastAt === undefined ? {} : { lastAt: this.#lastAt }),
      losses,
    };
  }

  async close(): Promise<void> {
    this.#input.destroy();
  }

  #batch(bytes: Uint8Array, line: number): SourceBatch {
    const receivedAt = this.#clock.nowMicros();
    this.#records += Math.max(1, countLines(bytes));
    this.#bytes += bytes.length;
    this.#lastAt = receivedAt;
    return {
      source: this.name,
      bytes,
      file: '-',
      line,
      receivedAt,
      partition: 'stdin',
      position: String(this.#bytes),
    };
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

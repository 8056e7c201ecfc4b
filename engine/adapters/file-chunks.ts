import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Diagnostic } from '../diagnostic/index.ts';
import { ADAPTER_CODES } from './errors.ts';
import { STANDARD_INPUT } from './event-files.ts';
import { unreadable } from './file-trouble.ts';
import { gunzip } from './gunzip.ts';

/** Bytes asked of the system at once; few, large reads keep the cost a megabyte below what it costs to look at them. */
export const CHUNK_BYTES = 1 << 20;

/** How to read, and whom to tell. */
export interface ChunkOptions {
  /** Told of what went wrong (TT9001, TT9002, TT9003); what was read before has been given out. */
  readonly report: (diagnostic: Diagnostic) => void;
  /** Told of bytes taken from the file, compressed where it is, for progress. */
  readonly progress?: (bytes: number) => void;
  readonly chunkBytes?: number;
  /**
   * Whose the memory of a piece is. `fresh`, the default: the receiver's, who may keep it. `lent`: the receiver's until it asks for the next
   * piece; the same memory is then read into again, which saves the system a megabyte of cleared pages, and the collector their tracking, a
   * megabyte read.
   */
  readonly memory?: 'fresh' | 'lent';
}

/**
 * The bytes of a file or of standard input (`-`), unpacked where they begin like gzip whatever the name (several members count
 * as one text), in pieces of about a megabyte, each in fresh memory that the receiver may keep or in memory that is lent to it. Of a file one
 * piece is read ahead and no more, so a slow receiver holds the source back. Never throws for what the file does: trouble is reported, and the
 * sequence ends.
 */
export async function* readChunks(
  path: string,
  options: ChunkOptions,
): AsyncGenerator<Uint8Array, void, void> {
  let raw = path === STANDARD_INPUT ? streamChunks(process.stdin) : fileChunks(path, options);
  try {
    const first = await firstBytes(raw, 2);
    if (first === undefined) return;
    raw = counted(first, raw, options.progress);
    if (first[0] === 0x1f && first[1] === 0x8b) yield* unpacked(path, raw, options);
    else yield* lineFirst(raw);
  } catch (thrown) {
    options.report(unreadable(path, thrown));
  }
}

async function* fileChunks(path: string, options: ChunkOptions): AsyncGenerator<Uint8Array, void, void> {
  const size = options.chunkBytes ?? CHUNK_BYTES;
  const handle = await open(path, 'r');
  try {
    if ((await handle.stat()).isFIFO()) {
      yield* streamChunks(createReadStream(path, { fd: handle, autoClose: false, highWaterMark: size }));
      return;
    }
    const lent = options.memory === 'lent' ? [new Uint8Array(size), new Uint8Array(size)] : [];
    // One piece ahead: the system reads it while the receiver works on the one before.
    let ahead = readPiece(handle, lent[0] ?? new Uint8Array(size));
    for (let turn = 1; ; turn++) {
      const piece = await ahead;
      if (piece.length === 0) return;
      ahead = readPiece(handle, lent[turn % 2] ?? new Uint8Array(size));
      // Whoever stops early never asks what became of it.
      ahead.catch(() => undefined);
      yield piece;
    }
  } finally {
    await handle.close();
  }
}

async function readPiece(handle: FileHandle, into: Uint8Array): Promise<Uint8Array> {
  const { bytesRead } = await handle.read(into, 0, into.length, null);
  return bytesRead === into.length ? into : into.subarray(0, bytesRead);
}

async function* streamChunks(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of stream) {
    yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk);
  }
}

/** The first piece of at least so many bytes, or all there are; undefined where there are none. */
async function firstBytes(
  source: AsyncGenerator<Uint8Array, void, void>,
  least: number,
): Promise<Uint8Array | undefined> {
  let held: Uint8Array | undefined;
  while (held === undefined || held.length < least) {
    // Lent memory is read into again when more is asked for.
    if (held !== undefined) held = held.slice();
    const { done, value } = await source.next();
    if (done || value === undefined) return held;
    held = held === undefined ? value : joined(held, value);
  }
  return held;
}

/** Of a first line that trickles in, receivers could not tell how the records are laid out: it comes in one piece, up to this size. */
const FIRST_LINE_BYTES = 64 * 1024;

async function* lineFirst(
  source: AsyncGenerator<Uint8Array, void, void>,
): AsyncGenerator<Uint8Array, void, void> {
  let held = await firstBytes(source, 1);
  while (held !== undefined && held.length < FIRST_LINE_BYTES && !held.includes(10)) {
    held = held.slice();
    const step = await source.next();
    if (step.done) break;
    held = joined(held, step.value);
  }
  if (held !== undefined) yield held;
  yield* source;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

async function* counted(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, void>,
  progress: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  progress?.(first.length);
  yield first;
  for await (const chunk of rest) {
    progress?.(chunk.length);
    yield chunk;
  }
}

/** Unpacks, which is done with a packed piece before it asks for the next, and reports damage after everything before it has been given out. */
async function* unpacked(
  path: string,
  packed: AsyncGenerator<Uint8Array, void, void>,
  options: ChunkOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const again = path === STANDARD_INPUT ? undefined : () => fileChunks(path, options);
  const { damage } = yield* gunzip(packed, again);
  if (damage !== undefined) options.report(damaged(path, damage));
}

function damaged(path: string, reason: string): Diagnostic {
  return {
    code: ADAPTER_CODES.TT9003.code,
    severity: 'error',
    message: `${path} is damaged gzip: ${reason}; the events before the damage were read`,
    at: { file: path, line: 1, column: 1 },
    hint: '`gzip -t` tells more; fetch the file again from its source',
  };
}

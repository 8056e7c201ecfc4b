import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { checksum } from './checksum.ts';

/** A frame: magic, length, checksum of the rest, receipt, number of its first record, number of records; then the payload. */
const HEADER_BYTES = 32;
const MAGIC = 0x31_53_54_54;
const FRAME_MAX_BYTES = 64 * 1024 * 1024;

/** Records that were appended together. */
export interface Frame {
  readonly payload: Uint8Array;
  readonly receivedAt: number;
  readonly line: number;
  readonly records: number;
}

/** What stands before a frame's payload; `line` is the number of its first record. */
export function frameHeader(
  {
    bytes,
    records,
    receivedAt,
  }: { readonly bytes: Uint8Array; readonly records: number; readonly receivedAt: number },
  line: number,
): Uint8Array {
  const head = new Uint8Array(HEADER_BYTES);
  const view = new DataView(head.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, bytes.length, true);
  view.setFloat64(12, receivedAt, true);
  view.setFloat64(20, line, true);
  view.setUint32(28, records, true);
  view.setUint32(8, checksum(head.subarray(12), bytes), true);
  return head;
}

/** What a part of a segment holds. */
export interface Frames {
  readonly found: readonly Frame[];
  /** Where to read on. */
  readonly end: number;
  /** Behind the last whole frame. */
  readonly wholeEnd: number;
  readonly damaged: number;
}

/** Whole frames of a part of a segment, at least one where there is one; what is damaged is passed over up to the next whole one. */
export function readFrames(
  path: string,
  range: { readonly from: number; readonly to: number; readonly atMost: number },
): Frames {
  const handle = openSync(path, 'r');
  try {
    const to = Math.min(range.to, fstatSync(handle).size);
    let buffer = readRange(handle, range.from, Math.min(to, range.from + range.atMost));
    const found: Frame[] = [];
    let [at, wholeEnd, damaged] = [0, range.from, 0];
    while (range.from + at < to) {
      const wanted = frameSize(buffer, at);
      if (wanted !== undefined && at + wanted > buffer.length && range.from + at + wanted <= to) {
        if (found.length > 0) break;
        buffer = readRange(handle, range.from, range.from + at + wanted);
      }
      const frame = wanted === undefined ? undefined : frameAt(buffer, at, wanted);
      if (frame !== undefined && wanted !== undefined) {
        found.push(frame);
        at += wanted;
        wholeEnd = range.from + at;
        if (at >= range.atMost) break;
        continue;
      }
      const atEnd = range.from + buffer.length >= to;
      if (found.length > 0 && !atEnd && at + HEADER_BYTES > buffer.length) break;
      const next = nextMagic(buffer, at + 1);
      damaged++;
      at = next ?? buffer.length;
      if (next === undefined) break;
    }
    return { found, end: Math.max(range.from + at, range.from + 1), wholeEnd, damaged };
  } finally {
    closeSync(handle);
  }
}

function readRange(handle: number, from: number, to: number): Uint8Array {
  const buffer = new Uint8Array(Math.max(0, to - from));
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(handle, buffer, filled, buffer.length - filled, from + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/** How long the frame at a place says it is, header and all; undefined where there is no header. */
function frameSize(buffer: Uint8Array, at: number): number | undefined {
  if (at + HEADER_BYTES > buffer.length) return undefined;
  const view = new DataView(buffer.buffer, buffer.byteOffset + at, HEADER_BYTES);
  const size = view.getUint32(4, true);
  return view.getUint32(0, true) === MAGIC && size <= FRAME_MAX_BYTES ? HEADER_BYTES + size : undefined;
}

function frameAt(buffer: Uint8Array, at: number, size: number): Frame | undefined {
  if (at + size > buffer.length) return undefined;
  const view = new DataView(buffer.buffer, buffer.byteOffset + at, HEADER_BYTES);
  if (checksum(buffer.subarray(at + 12, at + size)) !== view.getUint32(8, true)) return undefined;
  return {
    payload: buffer.slice(at + HEADER_BYTES, at + size),
    receivedAt: view.getFloat64(12, true),
    line: view.getFloat64(20, true),
    records: view.getUint32(28, true),
  };
}

function nextMagic(buffer: Uint8Array, from: number): number | undefined {
  for (let at = buffer.indexOf(MAGIC & 255, from); at >= 0; at = buffer.indexOf(MAGIC & 255, at + 1)) {
    if (buffer[at + 1] === ((MAGIC >>> 8) & 255) && buffer[at + 2] === ((MAGIC >>> 16) & 255)) return at;
  }
  return undefined;
}

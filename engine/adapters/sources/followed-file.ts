import { type FileHandle, open } from 'node:fs/promises';
import { checksum } from '../store/checksum.ts';

/** Where the reading of a file stands. It knows the file again by what it begins with, whatever its name has become. */
export interface FilePosition {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  /** Bytes read, of the unpacked text where the file is packed. */
  readonly offset: number;
  /** Number of the next line, from 1. */
  readonly line: number;
  /** Checksum of the first bytes that were read. */
  readonly print: { readonly length: number; readonly crc: number };
  /** All of a file that does not grow was read. */
  readonly done?: true;
}

/** So many first bytes tell one file from another that later has the same inode. */
const PRINT_BYTES = 256;

/** The position as it is stored. */
export function savedPosition(position: FilePosition): string {
  return JSON.stringify(position);
}

/** A stored position; undefined where the text is none. */
export function readPosition(text: string): FilePosition | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { path, dev, ino, offset, line, print, done } = value as Partial<Record<keyof FilePosition, unknown>>;
  if (typeof path !== 'string' || typeof print !== 'object' || print === null) return undefined;
  const numbers = [dev, ino, offset, line].map(Number);
  const { length, crc } = print as Partial<Record<'length' | 'crc', unknown>>;
  if (![...numbers, Number(length), Number(crc)].every(Number.isSafeInteger)) return undefined;
  const [device = 0, inode = 0, at = 0, next = 1] = numbers;
  return {
    path,
    dev: device,
    ino: inode,
    offset: at,
    line: next,
    print: { length: Number(length), crc: Number(crc) },
    ...(done === true ? { done } : {}),
  };
}

/** Whether what is at the beginning of the file is what was read there once. Nothing read yet fits any file. */
export async function beginsWith(handle: FileHandle, print: FilePosition['print']): Promise<boolean> {
  if (print.length === 0) return true;
  const head = await readAt(handle, 0, print.length);
  return head.length === print.length && checksum(head) === print.crc;
}

/** Bytes of a file from an offset: as many as are there, at most `length`. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? bytes : bytes.subarray(0, filled);
}

/** Some whole lines that were read. */
export interface ReadLines {
  readonly bytes: Uint8Array;
  readonly line: number;
  /** Lines that were too long, and passed over. */
  readonly tooLong: number;
}

/** What reading on gave. */
export type ReadOn =
  | { readonly kind: 'lines'; readonly lines: ReadLines }
  | { readonly kind: 'end' }
  | { readonly kind: 'truncated' };

const READ_BYTES = 1 << 20;

/** One growing file, open, read line by line. Once open it can be renamed or removed: it is still read to its end. */
export class FollowedFile {
  readonly partition: string;
  readonly handle: FileHandle;
  readonly dev: number;
  readonly ino: number;
  path: string;
  /** Nobody finds it under a configured name any more. */
  rotated = false;
  /** Looks in a row at which a rotated file had nothing new. */
  quietLooks = 0;
  #offset: number;
  #line: number;
  #print: FilePosition['print'];
  #skipping = false;
  /** What was passed over last was a hole, which may go on. */
  #inHole = false;
  readonly #lineMaxBytes: number;

  constructor(
    handle: FileHandle,
    start: { readonly partition: string; readonly position: FilePosition; readonly lineMaxBytes: number },
  ) {
    this.handle = handle;
    this.partition = start.partition;
    const { path, dev, ino, offset, line, print } = start.position;
    this.path = path;
    this.dev = dev;
    this.ino = ino;
    this.#offset = offset;
    this.#line = line;
    this.#print = print;
    this.#lineMaxBytes = start.lineMaxBytes;
  }

  get position(): FilePosition {
    const { path, dev, ino } = this;
    return { path, dev, ino, offset: this.#offset, line: this.#line, print: this.#print };
  }

  /** Reads on to the last line end that is there, or over a line that is longer than allowed. */
  async readOn(): Promise<ReadOn> {
    const { size } = await this.handle.stat();
    // Cut and grown again between two looks, it begins with something else.
    if (size < this.#offset || !(await beginsWith(this.handle, this.#print))) return { kind: 'truncated' };
    if (size === this.#offset) return { kind: 'end' };
    let bytes = await readAt(this.handle, this.#offset, Math.min(READ_BYTES, size - this.#offset));
    let end = bytes.lastIndexOf(10) + 1;
    if (end === 0 && bytes.length === READ_BYTES && !this.#skipping) {
      bytes = await readAt(this.handle, this.#offset, Math.min(this.#lineMaxBytes + 1, size - this.#offset));
      end = bytes.lastIndexOf(10) + 1;
    }
    if (end > 0) return this.#lines(bytes, end);
    if (!this.#skipping && bytes.length <= this.#lineMaxBytes) return { kind: 'end' };
    const hole = this.#skipping ? -1 : bytes.indexOf(0);
    if (hole >= 0) return this.#overHole(bytes, hole);
    // The rest of the line is passed over, piece by piece, and never held.
    const first = !this.#skipping;
    this.#skipping = true;
    this.#offset += bytes.length;
    return { kind: 'lines', lines: { bytes: new Uint8Array(0), line: this.#line, tooLong: first ? 1 : 0 } };
  }

  /** The last line of a file that will not grow, though no line end follows it. */
  async readRest(): Promise<ReadLines | undefined> {
    const bytes = await readAt(this.handle, this.#offset, this.#lineMaxBytes + 1);
    if (bytes.length === 0) return undefined;
    const line = this.#line++;
    this.#offset += bytes.length;
    const tooLong = this.#skipping || bytes.length > this.#lineMaxBytes;
    return { bytes: tooLong ? new Uint8Array(0) : bytes, line, tooLong: tooLong && !this.#skipping ? 1 : 0 };
  }

  /** A hole of NUL bytes may be of any size, and is no record: what is before it is handed on with one of them, what is behind it is read next. */
  #overHole(bytes: Uint8Array, hole: number): ReadOn {
    let end = hole;
    while (end < bytes.length && bytes[end] === 0) end++;
    const known = this.#inHole && hole === 0;
    this.#inHole = end === bytes.length;
    this.#offset += end;
    const piece = bytes.subarray(0, known ? 0 : hole + 1);
    return { kind: 'lines', lines: { bytes: piece, line: this.#line, tooLong: 0 } };
  }

  async #lines(bytes: Uint8Array, end: number): Promise<ReadOn> {
    let from = 0;
    // The rest of a hole that was told already.
    if (this.#inHole) while (from < end && bytes[from] === 0) from++;
    this.#inHole = false;
    if (this.#skipping) {
      from = bytes.indexOf(10) + 1;
      this.#skipping = false;
      this.#line++;
    }
    const whole = bytes.subarray(from, end);
    const line = this.#line;
    this.#line += countLines(whole);
    this.#offset += end;
    if (this.#print.length < PRINT_BYTES) await this.#takePrint();
    return { kind: 'lines', lines: { bytes: whole, line, tooLong: 0 } };
  }

  async #takePrint(): Promise<void> {
    const head = await readAt(this.handle, 0, Math.min(PRINT_BYTES, this.#offset));
    this.#print = { length: head.length, crc: checksum(head) };
  }
}

/** Opens a file for reading; undefined where it is gone, or is no regular file. */
export async function openRegular(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** How many line ends there are. */
export function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

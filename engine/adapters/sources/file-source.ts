import type { FileHandle } from 'node:fs/promises';
import { stat } from 'node:fs/promises';
import { withoutHoles } from '../../ingest/index.ts';
import type { ClockPort, SourceBatch, SourceLoss, SourcePort, SourceStatus } from '../../runtime/index.ts';
import { readChunks } from '../file-chunks.ts';
import { checksum } from '../store/checksum.ts';
import { filesUnder, renamedPath } from './event-paths.ts';
import {
  beginsWith,
  countLines,
  type FilePosition,
  FollowedFile,
  openRegular,
  readAt,
  readPosition,
  savedPosition,
} from './followed-file.ts';

/** What to follow. */
export interface FileSourceOptions {
  readonly name: string;
  /** A file, or a folder whose files are followed, those in it at any depth included. */
  readonly path: string;
  /** Where a file is begun that stands there before the source has ever run. Files that appear later are read whole. */
  readonly from: 'start' | 'end';
  readonly pollMs: number;
  readonly lineMaxBytes: number;
  /** End when nothing more is there, instead of waiting for it. */
  readonly once?: boolean;
}

export const FILE_SOURCE_DEFAULTS = { from: 'start', pollMs: 500, lineMaxBytes: 1 << 20 } as const;

/** So many looks in a row a rotated file may have nothing new before it is let go. */
const QUIET_LOOKS_MAX = 5;

/**
 * Follows files as they grow, over rotation by renaming, by copying and truncating, and reused inodes; packed files are read once. A file is
 * known again by its inode and its first bytes, under any name. Half lines wait for their end. Replayable: what is there can be read again.
 */
export class FileSource implements SourcePort {
  readonly name: string;
  readonly delivery = 'replayable';
  readonly #options: FileSourceOptions;
  readonly #clock: ClockPort;
  /** By `dev:ino`. */
  readonly #open = new Map<string, FollowedFile>();
  /** By partition: what was read before and is not open. */
  readonly #saved = new Map<string, FilePosition>();
  readonly #losses = new Map<string, number>();
  #births = 0;
  #records = 0;
  #bytes = 0;
  #lastAt: number | undefined;
  #problem: string | undefined;

  constructor(options: FileSourceOptions, clock: ClockPort) {
    this.name = options.name;
    this.#options = options;
    this.#clock = clock;
  }

  async *open(
    positions: ReadonlyMap<string, string>,
    stop: AbortSignal,
  ): AsyncGenerator<SourceBatch, void, void> {
    for (const [partition, text] of positions) {
      const position = readPosition(text);
      if (position !== undefined) this.#saved.set(partition, position);
    }
    let first = positions.size === 0;
    try {
      while (!stop.aborted) {
        const begin = first && this.#options.from === 'end' ? 'end' : 'start';
        first = false;
        let busy = false;
        for await (const batch of this.#look(begin)) {
          busy = true;
          yield batch;
          if (stop.aborted) return;
        }
        if (!busy && this.#options.once === true) return;
        if (!busy) await this.#clock.sleep(this.#options.pollMs, stop);
      }
    } finally {
      await this.close();
    }
  }

  async acknowledge(): Promise<void> {}

  status(): SourceStatus {
    return {
      receivedRecords: this.#records,
      receivedBytes: this.#bytes,
      ...(this.#lastAt === undefined ? {} : { lastAt: this.#lastAt }),
      losses: [...this.#losses].map(([reason, count]): SourceLoss => ({ kind: 'rejected', reason, count })),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  async close(): Promise<void> {
    const files = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(files.map(({ handle }) => handle.close()));
  }

  /** One look at everything: new files are begun, known ones read on as far as they go. */
  async *#look(begin: 'start' | 'end'): AsyncGenerator<SourceBatch, void, void> {
    let found: readonly string[];
    try {
      found = await this.#paths();
      this.#problem =
        found.length === 0 && this.#open.size === 0 ? `${this.#options.path}: no file there yet` : undefined;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      return;
    }
    for (const file of this.#open.values()) file.rotated = true;
    for (const path of found) {
      try {
        yield* this.#meet(path, begin);
      } catch (error) {
        this.#problem = `${path}: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
    for (const file of [...this.#open.values()]) yield* this.#read(file);
  }

  /** Takes up a file that stands under a configured name, if it is not followed already. */
  async *#meet(path: string, begin: 'start' | 'end'): AsyncGenerator<SourceBatch, void, void> {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || !found.isFile()) return;
    const known = this.#open.get(`${found.dev}:${found.ino}`);
    if (known !== undefined) {
      known.rotated = false;
      known.path = path;
      return;
    }
    const handle = await openRegular(path);
    if (handle === undefined) return;
    const head = await readAt(handle, 0, 2);
    if (head[0] === 0x1f && head[1] === 0x8b) {
      await handle.close();
      yield* this.#unpack(path, found);
      return;
    }
    yield* this.#begin(path, { handle, found, begin });
  }

  async *#begin(
    path: string,
    given: {
      readonly handle: FileHandle;
      readonly found: { readonly dev: number; readonly ino: number; readonly size: number };
      readonly begin: 'start' | 'end';
    },
  ): AsyncGenerator<SourceBatch, void, void> {
    const { handle, found, begin } = given;
    const { dev, ino } = found;
    for (const [partition, saved] of this.#saved) {
      if (saved.ino !== ino || saved.dev !== dev || saved.offset > found.size) continue;
      if (!(await beginsWith(handle, saved.print))) continue;
      this.#saved.delete(partition);
      this.#follow(handle, partition, { ...saved, path });
      return;
    }
    let [offset, line] = [0, 1];
    if (begin === 'end') ({ offset, line } = await lastLineEnd(handle, found.size));
    const fresh: FilePosition = { path, dev, ino, offset, line, print: { length: 0, crc: 0 } };
    const partition = this.#newPartition(dev, ino);
    this.#follow(handle, partition, fresh);
    // Where it was begun must be known after a restart, though nothing has come yet.
    if (offset > 0)
      yield this.#batch(partition, { bytes: new Uint8Array(0), line, tooLong: 0, position: fresh });
  }

  #follow(handle: FileHandle, partition: string, position: FilePosition): void {
    const { lineMaxBytes } = this.#options;
    this.#open.set(
      `${position.dev}:${position.ino}`,
      new FollowedFile(handle, { partition, position, lineMaxBytes }),
    );
  }

  #newPartition(dev: number, ino: number): string {
    return `${dev}:${ino}:${this.#clock.nowMicros()}:${this.#births++}`;
  }

  async *#read(file: FollowedFile): AsyncGenerator<SourceBatch, void, void> {
    for (;;) {
      const step = await file.readOn();
      if (step.kind === 'lines') {
        file.quietLooks = 0;
        yield this.#batch(file.partition, { ...step.lines, position: file.position });
        continue;
      }
      if (step.kind === 'truncated') {
        // Its old life is over; what stands there now is another file in the same place.
        const again = await openRegular(file.path);
        await this.#letGo(file);
        yield this.#forget(file.partition, file.path);
        if (again === undefined) return;
        const { dev, ino, size } = await again.stat();
        yield* this.#begin(file.path, { handle: again, found: { dev, ino, size }, begin: 'start' });
        return;
      }
      if (file.rotated && ++file.quietLooks > QUIET_LOOKS_MAX) {
        const rest = await file.readRest();
        if (rest !== undefined) yield this.#batch(file.partition, { ...rest, position: file.position });
        await this.#letGo(file);
        // It may come back into sight under another name: a folder is followed, or it gets packed.
        this.#saved.set(file.partition, file.position);
      }
      return;
    }
  }

  async #letGo(file: FollowedFile): Promise<void> {
    this.#open.delete(`${file.dev}:${file.ino}`);
    await file.handle.close();
  }

  /** Reads a packed file once, from behind what was read of the same text before it was packed. */
  async *#unpack(
    path: string,
    found: { readonly dev: number; readonly ino: number },
  ): AsyncGenerator<SourceBatch, void, void> {
    const { dev, ino } = found;
    const whole = [...this.#saved].find(
      ([, saved]) => saved.done === true && saved.ino === ino && saved.dev === dev,
    );
    if (whole !== undefined) return;
    let before: readonly [string, FilePosition] | undefined;
    let [offset, line] = [0, 1];
    let rest: Uint8Array = new Uint8Array(0);
    // Of the text: how much has come, which is more than is held where a hole or a line that is too long was passed over.
    let come = 0;
    let skipping = false;
    let print: FilePosition['print'] = { length: 0, crc: 0 };
    let partition: string | undefined;
    const problems: string[] = [];
    for await (const chunk of readChunks(path, { report: ({ message }) => problems.push(message) })) {
      if (partition === undefined) {
        before = this.#sameText(chunk);
        partition = before?.[0] ?? this.#newPartition(dev, ino);
        if (before !== undefined) ({ print } = before[1]);
      }
      come += chunk.length;
      let bytes = rest.length === 0 ? chunk : joined(rest, chunk);
      if (skipping) {
        const newline = bytes.indexOf(10);
        if (newline < 0) continue;
        bytes = bytes.subarray(newline + 1);
        skipping = false;
        line++;
      }
      const end = bytes.lastIndexOf(10) + 1;
      offset = come - (bytes.length - end);
      rest = bytes.slice(end);
      if (rest.length > this.#options.lineMaxBytes) rest = withoutHoles(rest);
      if (rest.length > this.#options.lineMaxBytes) {
        this.#lose('too_large');
        rest = new Uint8Array(0);
        skipping = true;
      }
      const fresh = Math.min(end, Math.max(0, end - (offset - (before?.[1].offset ?? 0))));
      line += countLines(bytes.subarray(0, fresh));
      if (fresh === end) continue;
      const lines = bytes.subarray(fresh, end);
      const position: FilePosition = { path, dev, ino, offset, line: line + countLines(lines), print };
      yield this.#batch(partition, { bytes: lines, line, tooLong: 0, position });
      line = position.line;
    }
    if (problems.length > 0) this.#problem = problems.join('; ');
    const done: FilePosition = {
      path,
      dev,
      ino,
      offset: come,
      line: line + 1,
      print,
      done: true,
    };
    partition ??= this.#newPartition(dev, ino);
    this.#saved.set(partition, done);
    const unread = rest.length > 0 && offset >= (before?.[1].offset ?? 0);
    yield this.#batch(partition, {
      bytes: unread ? rest : new Uint8Array(0),
      line,
      tooLong: 0,
      position: done,
    });
  }

  /** The partition whose text begins like this one. */
  #sameText(head: Uint8Array): readonly [string, FilePosition] | undefined {
    for (const [partition, saved] of this.#saved) {
      const { length, crc } = saved.print;
      if (length >= 64 && head.length >= length && checksum(head.subarray(0, length)) === crc)
        return [partition, saved];
    }
    for (const file of this.#open.values()) {
      const { length, crc } = file.position.print;
      if (
        file.rotated &&
        length >= 64 &&
        head.length >= length &&
        checksum(head.subarray(0, length)) === crc
      ) {
        return [file.partition, file.position];
      }
    }
    return undefined;
  }

  #batch(
    partition: string,
    read: {
      readonly bytes: Uint8Array;
      readonly line: number;
      readonly tooLong: number;
      readonly position: FilePosition;
    },
  ): SourceBatch {
    const { bytes, line, position } = read;
    if (read.tooLong > 0) this.#lose('too_large');
    const receivedAt = this.#clock.nowMicros();
    this.#bytes += bytes.length;
    this.#records += countLines(bytes) + (bytes.length > 0 && bytes[bytes.length - 1] !== 10 ? 1 : 0);
    if (bytes.length > 0) this.#lastAt = receivedAt;
    return {
      source: this.name,
      bytes,
      file: position.path,
      line,
      receivedAt,
      partition,
      position: savedPosition(position),
      ...(read.tooLong > 0 ? { lost: [{ kind: 'rejected', reason: 'too_large', count: 1 }] } : {}),
    };
  }

  #forget(partition: string, file: string): SourceBatch {
    this.#saved.delete(partition);
    const receivedAt = this.#clock.nowMicros();
    return {
      source: this.name,
      bytes: new Uint8Array(0),
      file,
      line: 1,
      receivedAt,
      partition,
      position: '',
    };
  }

  #lose(reason: string): void {
    this.#losses.set(reason, (this.#losses.get(reason) ?? 0) + 1);
  }

  /** The files to follow, in the order of their names, and those that were followed before and have been renamed. */
  async #paths(): Promise<readonly string[]> {
    const { path } = this.#options;
    const found = await stat(path).catch(() => undefined);
    const paths = found?.isDirectory() ? await filesUnder(path) : found === undefined ? [] : [path];
    const known = new Set(paths);
    for (const saved of this.#saved.values()) {
      if (saved.done === true) continue;
      const renamed = await renamedPath(saved);
      if (renamed !== undefined) known.add(renamed);
    }
    return [...known].sort();
  }
}

/** The beginning of the line that is being written, so that following from the end never begins in the middle of one. */
async function lastLineEnd(handle: FileHandle, size: number): Promise<{ offset: number; line: number }> {
  let [offset, line] = [0, 1];
  for (let at = 0; at < size; at += 1 << 20) {
    const bytes = await readAt(handle, at, Math.min(1 << 20, size - at));
    const end = bytes.lastIndexOf(10) + 1;
    if (end > 0) offset = at + end;
    line += countLines(bytes);
  }
  return { offset, line };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

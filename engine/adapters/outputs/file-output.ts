import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import type { BodyFormat, Delivered, OutboxItem, OutputPort, RenderedDelivery } from '../../runtime/index.ts';
import { bodyHead, bodyText } from './body-text.ts';

/** Where to append, and when to begin a new file. */
export interface FileOutputOptions {
  readonly name: string;
  readonly path: string;
  readonly format: BodyFormat;
  readonly rotateSizeBytes: number;
  readonly keepFiles: number;
  readonly productVersion: string;
}

/**
 * Appends to a file, whole items or nothing, synced before they count as delivered. Past a size the file is renamed to `.1`, `.1` to `.2`, and
 * so on. A kill between the sync and its note in the outbox writes an item again: its key tells.
 */
export class FileOutput implements OutputPort {
  readonly name: string;
  readonly batchMax = 1000;
  readonly #options: FileOutputOptions;
  #handle: FileHandle | undefined;
  #size = 0;

  constructor(options: FileOutputOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(items: readonly OutboxItem[]): Promise<readonly Delivered[]> {
    // Where what is to be written begins; unknown, nothing may be cut off.
    let before: number | undefined;
    try {
      if (this.#handle === undefined || !(await this.#inPlace())) await this.#begin();
      if (this.#size > 0 && this.#size >= this.#options.rotateSizeBytes) await this.#rotate();
      before = this.#size;
      const text = this.#text(items);
      await this.#handle?.appendFile(text);
      await this.#handle?.datasync();
      this.#size += Buffer.byteLength(text);
      return items.map(() => ({ kind: 'done' }));
    } catch (error) {
      // A part may have been written: what stands behind the last whole item goes.
      if (before !== undefined) await this.#handle?.truncate(before).catch(() => undefined);
      await this.close();
      const reason = error instanceof Error ? error.message : String(error);
      return items.map(() => ({ kind: 'retry', reason }));
    }
  }

  render(items: readonly OutboxItem[]): readonly RenderedDelivery[] {
    return [
      {
        to: `append to ${this.#options.path}`,
        headers: [],
        body: new TextEncoder().encode(this.#text(items)),
      },
    ];
  }

  async close(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }

  #text(items: readonly OutboxItem[]): string {
    const { format, productVersion } = this.#options;
    const body = items.map((item) => bodyText(item, format, productVersion)).join('');
    return this.#size === 0 ? bodyHead(format, items) + body : body;
  }

  /** Whether the open file is still the one of that name: somebody else may rotate it, too. */
  async #inPlace(): Promise<boolean> {
    const [held, named] = await Promise.all([
      this.#handle?.stat(),
      stat(this.#options.path).catch(() => undefined),
    ]);
    return held !== undefined && named !== undefined && held.ino === named.ino && held.dev === named.dev;
  }

  async #begin(): Promise<void> {
    await this.close();
    this.#handle = await open(this.#options.path, 'a');
    this.#size = (await this.#handle.stat()).size;
  }

  async #rotate(): Promise<void> {
    const { path, keepFiles } = this.#options;
    await this.close();
    await rm(`${path}.${keepFiles}`, { force: true });
    for (let n = keepFiles - 1; n >= 1; n--)
      await rename(`${path}.${n}`, `${path}.${n + 1}`).catch(ignoreMissing);
    if (keepFiles > 0) await rename(path, `${path}.1`);
    else await rm(path);
    await this.#begin();
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

import { open } from 'node:fs/promises';
import type { Diagnostic } from '../diagnostic/index.ts';
import { errorCode, unwritable, unwritableStream } from './file-trouble.ts';

/** Where text goes. Writers wait for what `write` gives back, and stop when `open` turns false. */
export interface TextSink {
  /** False once the reader at the other end has gone (a closed pipe): further text is dropped, quietly. */
  readonly open: boolean;
  /** Takes text; a promise is given back where the writer must wait for the other end. */
  write(text: string): Promise<void> | undefined;
  /** Writes what is held back. */
  flush(): Promise<void>;
  /** Writes what is held back and closes; the finding (TT9006) where something could not be written. */
  close(): Promise<Diagnostic | undefined>;
}

const HELD_BYTES = 64 * 1024;

/** The one method of a stream or file that a sink needs: resolves when the bytes have been taken. */
type WriteAll = (text: string) => Promise<void>;

/**
 * A sink into a file, made anew. The file is opened at once; the finding (TT9006) where it cannot be.
 * Text is gathered to 64 Ki characters, so a line costs no system call.
 */
export async function fileSink(path: string): Promise<TextSink | Diagnostic> {
  try {
    const handle = await open(path, 'w');
    return bufferedSink(
      (thrown) => unwritable(path, thrown),
      async (text) => {
        await handle.writeFile(text);
      },
      () => handle.close(),
    );
  } catch (thrown) {
    return unwritable(path, thrown);
  }
}

/** A sink into a stream of the process, gathered likewise. The stream is not closed. `name` stands in findings. */
export function streamSink(stream: NodeJS.WritableStream, name: string): TextSink {
  let broken: Error | undefined;
  // A closed pipe is told to the write and to the stream; without a listener the second ends the process.
  const remember = (error: Error): void => {
    broken = error;
  };
  stream.on('error', remember);
  return bufferedSink(
    (thrown) => unwritableStream(name, thrown),
    (text) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) reject(broken);
        else stream.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    async () => undefined,
  );
}

function bufferedSink(
  findingOf: (thrown: unknown) => Diagnostic,
  writeAll: WriteAll,
  closeAll: () => Promise<void>,
): TextSink {
  let held = '';
  let open = true;
  let finding: Diagnostic | undefined;

  const fail = (thrown: unknown): void => {
    open = false;
    held = '';
    if (errorCode(thrown) !== 'EPIPE') finding ??= findingOf(thrown);
  };
  const flush = async (): Promise<void> => {
    const text = held;
    held = '';
    if (!open || text === '') return;
    try {
      await writeAll(text);
    } catch (thrown) {
      fail(thrown);
    }
  };
  let flushing: Promise<void> = Promise.resolve();

  return {
    get open(): boolean {
      return open;
    },
    write(text): Promise<void> | undefined {
      if (!open) return undefined;
      held += text;
      if (held.length < HELD_BYTES) return undefined;
      flushing = flushing.then(flush);
      return flushing;
    },
    flush(): Promise<void> {
      flushing = flushing.then(flush);
      return flushing;
    },
    async close(): Promise<Diagnostic | undefined> {
      await flushing.then(flush);
      try {
        await closeAll();
      } catch (thrown) {
        fail(thrown);
      }
      return finding;
    },
  };
}

import type { Diagnostic } from '../diagnostic/index.ts';

/** Where bytes come from. */
export interface FilesPort {
  /** The files that inputs (files, folders, `-`) name, in a fixed order. */
  listEventFiles(
    inputs: readonly string[],
  ): Promise<{ readonly files: readonly string[]; readonly diagnostics: readonly Diagnostic[] }>;
  /**
   * A file's bytes, unpacked, in pieces; trouble is reported and ends the sequence. A piece of `lent` memory is the receiver's only until it
   * asks for the next one; any other it may keep.
   */
  readChunks(
    path: string,
    options: {
      readonly report: (diagnostic: Diagnostic) => void;
      readonly progress?: (bytes: number) => void;
      readonly memory?: 'fresh' | 'lent';
    },
  ): AsyncIterable<Uint8Array>;
}

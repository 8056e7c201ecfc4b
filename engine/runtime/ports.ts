import type { Diagnostic } from '../diagnostic/index.ts';

/** Where bytes come from. */
export interface FilesPort {
  /** The files that inputs (files, folders, `-`) name, in a fixed order. */
  listEventFiles(
    inputs: readonly string[],
  ): Promise<{ readonly files: readonly string[]; readonly diagnostics: readonly Diagnostic[] }>;
  /** A file's bytes, unpacked, in pieces of fresh memory; trouble is reported and ends the sequence. */
  readChunks(
    path: string,
    options: {
      readonly report: (diagnostic: Diagnostic) => void;
      readonly progress?: (bytes: number) => void;
    },
  ): AsyncIterable<Uint8Array>;
}

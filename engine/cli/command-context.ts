import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** What each command gets from the program: the terminal, and whom to tell its exit code. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly end: (code: ExitCode) => void;
}

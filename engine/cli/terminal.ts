import { createColors } from 'picocolors';
import { type Palette, plainPalette } from '../diagnostic/index.ts';

/** The outside as a command sees it: two streams, their colours, and whether someone watches. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly outPalette: Palette;
  readonly errPalette: Palette;
  /** Whether progress may be drawn on standard error. */
  readonly watched: boolean;
  /** Writes to standard error, a line end added. */
  say(text: string): void;
  /** Writes to standard error as it is. */
  draw(text: string): void;
}

/**
 * The terminal of a process. Colours are on where a stream is a terminal that can show them; a non-empty NO_COLOR turns them off
 * (no-color.org) and a FORCE_COLOR other than 0 on, NO_COLOR winning.
 */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { stdin, stdout, stderr, env } = process;
  // Whoever read our messages may have gone; that is no reason to fail.
  stderr.on('error', () => undefined);
  return {
    stdin,
    stdout,
    outPalette: palette(wantsColour(stdout, env)),
    errPalette: palette(wantsColour(stderr, env)),
    watched: stderr.isTTY === true && env['TERM'] !== 'dumb' && !env['CI'],
    say: (text) => {
      stderr.write(`${text}\n`);
    },
    draw: (text) => {
      stderr.write(text);
    },
  };
}

function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

function palette(colours: boolean): Palette {
  if (!colours) return plainPalette;
  const { red, yellow, cyan, dim, bold } = createColors(true);
  return { error: (t) => bold(red(t)), warning: yellow, info: cyan, faint: dim, strong: bold };
}

import type { Terminal } from './terminal.ts';

/** A line on standard error that says how far long work is; it is wiped away at the end. */
export interface Progress {
  /** Says where things are; drawn at most ten times a second. */
  show(text: () => string): void;
  done(): void;
}

const EVERY_MS = 100;

/** Progress on a watched terminal; elsewhere nothing is drawn. */
export function progressOn(terminal: Terminal, now: () => number = () => performance.now()): Progress {
  if (!terminal.watched) return { show: () => undefined, done: () => undefined };
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn = false;
  return {
    show(text) {
      if (now() - drawnAt < EVERY_MS) return;
      drawnAt = now();
      drawn = true;
      terminal.draw(`\r\u001b[K${text()}`);
    },
    done() {
      if (drawn) terminal.draw('\r\u001b[K');
      drawn = false;
    },
  };
}

/** "1.5 MB" of bytes, in steps of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit] ?? ''}`;
}

/** "12,345". */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

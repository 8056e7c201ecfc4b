import type { Diagnostic } from './diagnostic.ts';

/** Colours a piece of a rendered diagnostic; the identity where output is not a terminal. */
export interface Palette {
  error(text: string): string;
  warning(text: string): string;
  info(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
}

/** No colours at all. */
export const plainPalette: Palette = {
  error: (text) => text,
  warning: (text) => text,
  info: (text) => text,
  faint: (text) => text,
  strong: (text) => text,
};

const EXCERPT_MAX = 160;

/**
 * Renders a finding as `file:line:col: severity CODE: message`, with the source line, a caret and the hint.
 * `source` is the text of the file, where it is at hand.
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  source?: string,
  palette: Palette = plainPalette,
): string {
  const { at, severity, code, message, hint, related } = diagnostic;
  const where = at ? `${at.file}:${at.line}:${at.column}: ` : '';
  const lines = [`${palette.strong(where)}${palette[severity](severity)} ${code}: ${message}`];
  if (at && source !== undefined) {
    const text = source.split(/\r?\n/, at.line)[at.line - 1];
    if (text !== undefined)
      lines.push(...excerpt(text, at.column, at.end?.line === at.line ? at.end.column : undefined, palette));
  }
  if (hint !== undefined) lines.push(`  ${palette.info('hint')}: ${hint}`);
  for (const other of related ?? []) {
    lines.push(
      `  ${palette.faint(`${other.at.file}:${other.at.line}:${other.at.column}: ${other.message}`)}`,
    );
  }
  return lines.join('\n');
}

function excerpt(line: string, column: number, endColumn: number | undefined, palette: Palette): string[] {
  const from = Math.max(0, column - 1 - Math.floor(EXCERPT_MAX / 2));
  const shown = line.slice(from, from + EXCERPT_MAX).replace(/\t/g, ' ');
  const width = Math.max(1, Math.min((endColumn ?? column + 1) - column, shown.length - (column - 1 - from)));
  return [`  | ${shown}`, `  | ${' '.repeat(column - 1 - from)}${palette.error('^'.repeat(width))}`];
}

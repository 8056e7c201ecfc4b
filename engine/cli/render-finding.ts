import { type Diagnostic, type Palette, renderDiagnostic } from '../diagnostic/index.ts';

/**
 * A finding for a terminal, with its source line where that is at hand. What rules and events hold can no more steer the terminal here than
 * in signals: control characters are made visible.
 */
export function renderFinding(
  finding: Diagnostic,
  sourceOf: (file: string) => string | undefined,
  palette: Palette,
): string {
  const { message, hint, at, ...rest } = finding;
  const safe: Diagnostic = {
    ...rest,
    message: visible(message),
    ...(hint === undefined ? {} : { hint: visible(hint) }),
    ...(at === undefined ? {} : { at: { ...at, file: visible(at.file) } }),
  };
  return renderDiagnostic(safe, at && sourceOf(at.file), palette);
}

/** Control characters made visible, line ends and tabs apart. */
export function visible(text: string): string {
  return text.replace(
    /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Text that is coloured already: characters that reverse the reading direction made visible; the rest was quoted where it was rendered. */
export function readable(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, visible);
}

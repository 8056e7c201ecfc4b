import { type Diagnostic, nearest } from '../diagnostic/index.ts';
import { CLI_CODES } from './errors.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { renderFinding } from './render-finding.ts';
import type { Terminal } from './terminal.ts';

/** A finding of the command line itself. */
export function refusal(code: keyof typeof CLI_CODES, message: string, hint?: string): Diagnostic {
  const { severity } = CLI_CODES[code];
  return { code, severity, message, ...(hint === undefined ? {} : { hint }) };
}

/** Says findings on standard error, with excerpts where the source is at hand, and gives the exit code that they ask for. */
export function refuse(
  terminal: Terminal,
  findings: readonly Diagnostic[],
  sourceOf: (file: string) => string | undefined = () => undefined,
): ExitCode {
  for (const finding of findings) {
    terminal.say(renderFinding(finding, sourceOf, terminal.errPalette));
  }
  const code = exitCodeFor(findings);
  return code === EXIT.clean ? EXIT.usage : code;
}

/** Whether what an option parser gave back is a finding. */
export function isDiagnostic(value: unknown): value is Diagnostic {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'severity' in value &&
    'message' in value
  );
}

/** The value where it is one of the choices; otherwise TT8003 with the choices and a "did you mean". */
export function oneOf<T extends string>(
  value: string,
  choices: readonly T[],
  option: string,
): T | Diagnostic {
  const found = choices.find((choice) => choice === value);
  return found ?? notAChoice(value, choices, option);
}

function notAChoice(value: string, choices: readonly string[], option: string): Diagnostic {
  const near = nearest(value, choices);
  const meant = near === undefined ? '' : `did you mean ${near}? `;
  return refusal('TT8003', `${option} is ${value}`, `${meant}values are ${choices.join(', ')}`);
}

/** A whole number from `least` on, or TT8003. */
export function wholeNumber(value: string, least: number, option: string): number | Diagnostic {
  const parsed = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (parsed >= least) return parsed;
  return refusal('TT8003', `${option} is ${value}`, `it must be a whole number from ${least} on`);
}

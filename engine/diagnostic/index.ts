/**
 * Floor 0 · diagnostics: what every other room reports trouble with.
 * Invariants: plain data, no I/O; a code is declared once, in the `errors.ts` of the room that raises it.
 * Deliberately absent: throwing. Expected trouble is a value.
 */
export { type CodeDeclaration, declareCodes } from './code.ts';
export {
  type Checked,
  compareDiagnostics,
  type Diagnostic,
  type DiagnosticSeverity,
  hasErrors,
  type Place,
} from './diagnostic.ts';
export { nearest } from './nearest.ts';
export { type Palette, plainPalette, renderDiagnostic } from './render.ts';

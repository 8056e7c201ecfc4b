import type { CodeDeclaration, Diagnostic, Place } from '../diagnostic/index.ts';

/** The way from a document's root to a value: keys of maps and indexes of lists. */
export type KeyPath = readonly (string | number)[];

/**
 * What of the value at a key path is meant: its key, the value itself, or a stretch of a text value or of the key (UTF-16 offsets,
 * end exclusive).
 */
export type PlacePart = 'key' | 'value' | { readonly from: number; readonly to: number; readonly of?: 'key' };

/**
 * Finds the place of a key path in the document it was read from; the nearest ancestor that exists where the path does not.
 * Cost: the first call parses the file again with positions (about 1 ms for a rule), later ones are look-ups.
 */
export type Locator = (path: KeyPath, part?: PlacePart) => Place;

/** A finding before its place is known. Findings are made by key path, because the fast reader keeps no positions. */
export interface Finding {
  readonly code: CodeDeclaration;
  readonly message: string;
  readonly path: KeyPath;
  readonly part?: PlacePart;
  readonly hint?: string;
}

/** A function that takes findings; what every check in this room reports to. */
export type Report = (finding: Finding) => void;

/** Gives findings their places. */
export function locateFindings(findings: readonly Finding[], locate: Locator): Diagnostic[] {
  return findings.map((finding) => diagnosticAt(finding, locate(finding.path, finding.part)));
}

/** A diagnostic of a declared code at a known place. */
export function diagnosticAt(
  finding: { readonly code: CodeDeclaration; readonly message: string; readonly hint?: string },
  at: Place,
  related: Diagnostic['related'] = undefined,
): Diagnostic {
  const { code, message, hint } = finding;
  return {
    code: code.code,
    severity: code.severity,
    message,
    at,
    ...(hint === undefined ? {} : { hint }),
    ...(related === undefined ? {} : { related }),
  };
}

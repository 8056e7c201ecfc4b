import { type Diagnostic, nearest, type Place } from '../diagnostic/index.ts';
import { LANGUAGE_CODES } from './errors.ts';
import { diagnosticAt, type KeyPath, type Locator, type PlacePart } from './finding.ts';
import { guardText } from './guard.ts';
import type { Limits } from './limits.ts';
import { type FastDocument, readFast } from './yaml-fast.ts';
import { type PreciseReading, placeOf, positionIn, readPrecise } from './yaml-precise.ts';

/** A file of rules: its path as given, and its text. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

/** A map as it was read. Keys are own properties only; ask with `Object.hasOwn` or `ownValue`. */
export type PlainMap = Readonly<Record<string, unknown>>;

/** One document of a file, with Sigma's legacy actions resolved. */
export interface RuleDocument {
  readonly file: string;
  readonly value: PlainMap;
  /** Where the document begins. */
  readonly source: Place;
  readonly locate: Locator;
  /** The line on which a list or map of the document begins. */
  readonly lineOf: (value: object) => number;
  /** Number, from 1, of the document among those that share an id inherited from a global or repeated one; 0 where it has its own. */
  readonly inherited: number;
}

/** Whether a value is a map. */
export function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own property of a map, or undefined. */
export function ownValue(map: PlainMap, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/**
 * Reads a file into documents. Reports TT1001 to TT1013. A file whose text or YAML is bad gives no document at all; a document that is no map
 * is left out.
 */
export function readDocuments(
  file: RuleFile,
  limits: Limits,
): { documents: RuleDocument[]; diagnostics: Diagnostic[] } {
  const text = file.text.startsWith('\ufeff') ? file.text.slice(1) : file.text;
  const refusal = guardText(text, limits);
  if (refusal !== undefined) {
    const at = { file: file.path, ...positionIn(text, refusal.offset) };
    return { documents: [], diagnostics: [diagnosticAt(refusal, at)] };
  }
  const reading = readFast(text, limits);
  if (!reading.ok) {
    const at = { file: file.path, line: reading.line, column: reading.column };
    return { documents: [], diagnostics: [diagnosticAt(reading, at)] };
  }
  const source: Source = {
    file: file.path,
    text,
    lineOf: reading.lineOf,
    positions: undefined,
  };
  const diagnostics: Diagnostic[] = [];
  const replaced = text.indexOf('\ufffd');
  if (replaced >= 0) {
    const at = { file: file.path, ...positionIn(text, replaced) };
    const message = 'some bytes of the file could not be read as UTF-8';
    diagnostics.push(
      diagnosticAt({ code: LANGUAGE_CODES.TT1013, message, hint: 'save the file as UTF-8' }, at),
    );
  }
  const documents = resolveActions(reading.documents, source, diagnostics);
  if (reading.documents.length === 0) {
    const message = 'the file holds no document';
    diagnostics.push(
      diagnosticAt({ code: LANGUAGE_CODES.TT1012, message }, { file: file.path, line: 1, column: 1 }),
    );
  }
  return { documents, diagnostics };
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lineOf: (value: object) => number | undefined;
  /** The reading with positions, once one was asked for; null where it failed. */
  positions: PreciseReading | null | undefined;
}

/** A document while legacy actions are resolved: its merged value, and the documents of the file that it is made of, own one first. */
interface Draft {
  readonly value: PlainMap;
  readonly parts: readonly number[];
}

/**
 * Sigma 1's `action`: a `global` document completes all that follow it until `reset`; `repeat` starts from the previous document. Maps merge
 * deeply, other values are replaced, as sigmac did.
 */
function resolveActions(
  read: readonly FastDocument[],
  source: Source,
  diagnostics: Diagnostic[],
): RuleDocument[] {
  const documents: RuleDocument[] = [];
  let global: Draft = { value: {}, parts: [] };
  let previous: Draft = { value: {}, parts: [] };
  let sharing = 0;
  for (const [index, { value, line }] of read.entries()) {
    const at = { file: source.file, line, column: 1 };
    if (!isPlainMap(value)) {
      const message = `a rule is a map of keys and values, but this document is ${Array.isArray(value) ? 'a list' : 'a single value'}`;
      diagnostics.push(diagnosticAt({ code: LANGUAGE_CODES.TT1009, message }, at));
      continue;
    }
    const action = ownValue(value, 'action');
    if (typeof action !== 'string' || !isMeantAsAction(action, value)) {
      const draft = merge(global, { value, parts: [index] });
      const inherits = ownValue(value, 'id') === undefined && ownValue(global.value, 'id') !== undefined;
      if (inherits) sharing++;
      documents.push(toDocument(draft, source, { at, inherited: inherits ? sharing : 0 }));
      previous = draft;
      continue;
    }
    const rest = { value: without(value, 'action'), parts: [index] };
    if (action === 'global') {
      global = merge(global, rest);
    } else if (action === 'reset') {
      global = { value: {}, parts: [] };
      sharing = 0;
    } else if (action === 'repeat') {
      const draft = merge(previous, rest);
      const inherits = ownValue(value, 'id') === undefined;
      if (inherits) sharing = Math.max(sharing, 1) + 1;
      documents.push(toDocument(draft, source, { at, inherited: inherits ? sharing : 0 }));
      previous = draft;
    } else {
      const locate = locatorOf(source, [index], at);
      const message = `there is no action '${action}'; the three are global, reset and repeat`;
      diagnostics.push(diagnosticAt({ code: LANGUAGE_CODES.TT1011, message }, locate(['action'], 'value')));
    }
  }
  return documents;
}

const ACTIONS = new Set(['global', 'reset', 'repeat']);

/** `action` may also be a free custom key of a rule; it is Sigma's where it says so, nearly says so, or nothing else is said. */
function isMeantAsAction(action: string, document: PlainMap): boolean {
  return ACTIONS.has(action) || nearest(action, ACTIONS) !== undefined || !('detection' in document);
}

function without(map: PlainMap, key: string): PlainMap {
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
}

function merge(base: Draft, own: Draft): Draft {
  if (base.parts.length === 0) return own;
  return { value: mergeMaps(base.value, own.value), parts: [...own.parts, ...base.parts] };
}

function mergeMaps(base: PlainMap, own: PlainMap): PlainMap {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(own)) {
    const before = merged.get(key);
    merged.set(key, isPlainMap(before) && isPlainMap(value) ? mergeMaps(before, value) : value);
  }
  return Object.fromEntries(merged);
}

function toDocument(
  draft: Draft,
  source: Source,
  { at, inherited }: { readonly at: Place; readonly inherited: number },
): RuleDocument {
  return {
    file: source.file,
    value: draft.value,
    source: at,
    locate: locatorOf(source, draft.parts, at),
    lineOf: (value) => source.lineOf(value) ?? at.line,
    inherited,
  };
}

/** A locator over the documents that a merged one is made of: the one that has most of the path knows best. */
function locatorOf(source: Source, parts: readonly number[], fallback: Place): Locator {
  return (path: KeyPath, part: PlacePart = 'value'): Place => {
    if (source.positions === undefined) source.positions = readPrecise(source.text) ?? null;
    if (source.positions === null) return fallback;
    let best: { readonly steps: number; readonly place: Place } | undefined;
    for (const document of parts) {
      const found = placeOf(source.positions, { file: source.file, document, path, part });
      if (found !== undefined && found.steps > (best?.steps ?? -1)) best = found;
    }
    return best?.place ?? fallback;
  };
}

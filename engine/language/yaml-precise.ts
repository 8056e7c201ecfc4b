import { Composer, type Document, isAlias, isMap, isScalar, isSeq, Lexer, type Node, Parser } from 'yaml';
import type { Place } from '../diagnostic/index.ts';
import type { KeyPath, PlacePart } from './finding.ts';
import { coreInteger } from './yaml-fast.ts';

/** A file read with positions. */
export interface PreciseReading {
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  readonly lineStarts: readonly number[];
}

/** Two levels of the parser's own stack stand for one level of YAML. */
const STACK_MAX = 256;

/**
 * Reads a file on the `yaml` package, which keeps the source range of every node. Only for texts that the fast reader has accepted;
 * undefined where the parser's stack nevertheless grows beyond its bound (the composer behind it is recursive).
 */
export function readPrecise(text: string): PreciseReading | undefined {
  const parser = new Parser();
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    prettyErrors: false,
    // The fast reader has seen to it, and this one would compare every key with every other.
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const documents: Document.Parsed[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composed(composer.next(token)));
    if (parser.stack.length > STACK_MAX) return undefined;
  }
  for (const token of parser.end()) documents.push(...composed(composer.next(token)));
  documents.push(...composed(composer.end()));
  return { text, documents: documents.filter(isFilled), lineStarts: lineStartsOf(text) };
}

/** Empty documents do not count, as in the fast reader, so that both number documents alike. */
function isFilled(document: Document.Parsed): boolean {
  const { contents } = document;
  return contents !== null && !(isScalar(contents) && contents.value === null);
}

// The composer's type knows partially parsed documents; with this input every document is whole.
function* composed(documents: Iterable<unknown>): Generator<Document.Parsed> {
  for (const document of documents) yield document as Document.Parsed;
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The plain values of the documents, as the fast reader gives them; a test holds the two against each other. */
export function preciseValues(reading: PreciseReading): unknown[] {
  return reading.documents.map((document) => plainValue(document.contents, document));
}

function plainValue(node: unknown, document: Document.Parsed): unknown {
  if (isAlias(node)) return plainValue(node.resolve(document), document);
  if (isScalar(node)) {
    const { value, source } = node;
    return typeof value === 'number' &&
      Number.isInteger(value) &&
      !Number.isSafeInteger(value) &&
      isInteger(source)
      ? coreInteger(source)
      : value;
  }
  if (isSeq(node)) return node.items.map((item) => plainValue(item, document));
  if (isMap(node)) {
    const map = {};
    for (const pair of node.items) {
      const key = keyText(plainValue(pair.key, document));
      const value = pair.value === null ? null : plainValue(pair.value, document);
      // Not by assignment: `__proto__` must become an own property.
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return map;
  }
  return null;
}

function isInteger(source: string | undefined): source is string {
  return source !== undefined && /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/.test(source);
}

function keyText(key: unknown): string {
  return String(key);
}

/** The node at a key path, or the last one on the way to it, with how many steps were found. */
interface Found {
  readonly steps: number;
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function walk(document: Document.Parsed, path: KeyPath): Found {
  let found: Found = { steps: 0, key: undefined, value: document.contents ?? undefined };
  for (const step of path) {
    const node = isAlias(found.value) ? found.value.resolve(document) : found.value;
    let next: Found | undefined;
    if (isMap(node)) {
      for (const pair of node.items) {
        if (keyText(plainValue(pair.key, document)) !== String(step)) continue;
        next = { steps: found.steps + 1, key: asNode(pair.key), value: asNode(pair.value) };
        break;
      }
    } else if (isSeq(node)) {
      const item = typeof step === 'number' ? asNode(node.items[step]) : undefined;
      if (item !== undefined) next = { steps: found.steps + 1, key: undefined, value: item };
    }
    if (next === undefined) break;
    found = next;
  }
  return found;
}

function asNode(value: unknown): Node | undefined {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : undefined;
}

/**
 * Finds a key path in one document of a reading. `steps` says how much of the path was there; the place is that of the deepest
 * part found, so that a missing key is shown at the map that lacks it.
 */
export function placeOf(
  reading: PreciseReading,
  target: {
    readonly file: string;
    readonly document: number;
    readonly path: KeyPath;
    readonly part: PlacePart;
  },
): { readonly steps: number; readonly place: Place } | undefined {
  const document = reading.documents[target.document];
  if (document === undefined) return undefined;
  const found = walk(document, target.path);
  const whole = found.steps === target.path.length;
  const range = rangeOf(reading.text, found, whole ? target.part : 'key');
  if (range === undefined) return undefined;
  return { steps: found.steps, place: placeAt(reading, target.file, range) };
}

function rangeOf(text: string, found: Found, part: PlacePart): readonly [number, number] | undefined {
  const key = found.key?.range ?? undefined;
  const value = found.value?.range ?? undefined;
  if (typeof part === 'object' && part.of === 'key' && key !== undefined)
    return stretchOf(text, found.key, part);
  if (part === 'key' || value === undefined) {
    if (key !== undefined) return [key[0], key[1]];
    return value === undefined ? undefined : firstLine(text, value[0], value[1]);
  }
  return part === 'value' ? firstLine(text, value[0], value[1]) : stretchOf(text, found.value, part);
}

function stretchOf(
  text: string,
  node: Node | undefined,
  part: { readonly from: number; readonly to: number },
): readonly [number, number] | undefined {
  const range = node?.range ?? undefined;
  if (range === undefined) return undefined;
  if (!isScalar(node) || typeof node.value !== 'string') return firstLine(text, range[0], range[1]);
  return stretch(text, { from: range[0], to: range[1], value: node.value }, part);
}

/** A range cut at its first line end, because a caret marks one line. */
function firstLine(text: string, from: number, to: number): readonly [number, number] {
  const end = text.indexOf('\n', from);
  const cut = end >= 0 && end < to ? end : to;
  let trimmed = cut;
  while (trimmed > from + 1 && /\s/.test(text.charAt(trimmed - 1))) trimmed--;
  return [from, trimmed];
}

/** Aligns a stretch of a scalar's value with its source, across quotes, escapes, folded lines and indentation. */
function stretch(
  text: string,
  scalar: { readonly from: number; readonly to: number; readonly value: string },
  part: { readonly from: number; readonly to: number },
): readonly [number, number] {
  const source = text.slice(scalar.from, scalar.to);
  const direct = source.indexOf(scalar.value);
  if (direct >= 0) return [scalar.from + direct + part.from, scalar.from + direct + part.to];
  if (source.startsWith('"') && !source.includes('\n')) {
    const offsets = quotedOffsets(source);
    const from = scalar.from + (offsets[part.from] ?? source.length - 1);
    return [from, Math.max(scalar.from + (offsets[part.to] ?? source.length - 1), from + 1)];
  }
  let at = 0;
  let start: number | undefined;
  for (let i = 0; i < scalar.value.length && at < source.length; i++) {
    const c = scalar.value.charAt(i);
    if (/\s/.test(c)) {
      if (i === part.to) break;
      while (at < source.length && !/\s/.test(source.charAt(at))) at++;
      while (at < source.length && /\s/.test(source.charAt(at))) at++;
      continue;
    }
    const next = source.indexOf(c, at);
    if (next < 0) break;
    if (i === part.from) start = next;
    if (i >= part.to) break;
    at = next + 1;
  }
  if (start === undefined) return firstLine(text, scalar.from, scalar.to);
  return [scalar.from + start, Math.max(scalar.from + at, scalar.from + start + 1)];
}

const ESCAPE_LENGTH: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

/** Where each character of a double-quoted text on one line stands in its source, escapes taken whole. */
function quotedOffsets(source: string): number[] {
  const offsets: number[] = [];
  for (let at = 1; at < source.length; ) {
    offsets.push(at);
    const escaped = source.charAt(at) === '\\' ? source.charAt(at + 1) : undefined;
    // A code point beyond the basic plane is two characters of the value.
    if (escaped === 'U' && Number.parseInt(source.slice(at + 2, at + 10), 16) > 0xffff) offsets.push(at);
    at += escaped === undefined ? 1 : (ESCAPE_LENGTH[escaped] ?? 2);
  }
  return offsets;
}

function placeAt(reading: PreciseReading, file: string, [from, to]: readonly [number, number]): Place {
  const start = position(reading.lineStarts, from);
  const end = position(reading.lineStarts, Math.max(to, from + 1));
  return { file, ...start, end };
}

/** Line and column, from 1, of an offset. */
export function position(lineStarts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}

/** The same from a text, for one-off use. */
export function positionIn(text: string, offset: number): { line: number; column: number } {
  return position(lineStartsOf(text.slice(0, offset)), offset);
}

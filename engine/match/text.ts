import type { GlobPart, GlobTest, TextTest } from '../model/index.ts';
import { foldText } from './fold.ts';

/**
 * The text of a scalar: a number is its decimal text as `String(n)` writes it, a boolean its lower-case name.
 * Null, absent values, arrays and objects have no text.
 */
export function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return undefined;
  }
}

/**
 * The test as a function of one value's text. Uncased tests fold both sides. Cost of a call: O(text) for a plain test,
 * O(text × pattern) at worst for a glob.
 */
export function compileText(test: TextTest | GlobTest): (text: string) => boolean {
  return test.kind === 'glob' ? compileGlob(test) : compilePlain(test);
}

/** An uncased glob as a function of a text that is folded already, for whoever asks many tests about one text. */
export function compileFoldedGlob(test: GlobTest): (folded: string) => boolean {
  return matcherOf(splitAtMany(test.parts, test.cased ? (text) => text : foldText));
}

/**
 * How many steps a glob takes a unit of text at worst: a stretch with `?` is tried at every place, literal texts are found natively.
 */
export function globWeight(test: GlobTest): number {
  const single = test.parts.some((part) => typeof part !== 'string' && part.wild === 'one');
  return single ? 2 + test.parts.length : 1 / 2;
}

function compilePlain(test: TextTest): (text: string) => boolean {
  const wanted = test.cased ? test.text : foldText(test.text);
  const prepare = test.cased ? (text: string): string => text : foldText;
  switch (test.shape) {
    case 'equals':
      return (text) => text.length === wanted.length && prepare(text) === wanted;
    case 'startswith':
      return (text) => text.length >= wanted.length && prepare(text).startsWith(wanted);
    case 'endswith':
      return (text) => text.length >= wanted.length && prepare(text).endsWith(wanted);
    case 'contains':
      return (text) => text.length >= wanted.length && prepare(text).includes(wanted);
  }
}

/** A stretch of a glob between two `*`: literal texts, and numbers of characters that may be any. */
type Segment = readonly (string | number)[];

/**
 * A glob is anchored at both ends; `?` is exactly one character (a code point; a lone surrogate counts as one).
 * The stretches between `*` are looked for from the left, each at its first place, which is enough because a stretch has
 * a fixed number of characters; so nothing is ever tried twice at one place.
 */
function compileGlob(test: GlobTest): (text: string) => boolean {
  const matches = compileFoldedGlob(test);
  return test.cased ? matches : (text) => matches(foldText(text));
}

function matcherOf(segments: readonly Segment[]): (subject: string) => boolean {
  const first = segments[0] ?? [];
  const last = segments.at(-1) ?? [];
  const middle = segments.slice(1, -1);
  return (subject) => {
    if (segments.length === 1) return matchForward(first, subject, 0) === subject.length;
    let at = matchForward(first, subject, 0);
    if (at < 0) return false;
    for (const segment of middle) {
      at = findForward(segment, subject, at);
      if (at < 0) return false;
    }
    return matchBackward(last, subject) >= at;
  };
}

function splitAtMany(parts: readonly GlobPart[], prepare: (text: string) => string): Segment[] {
  const segments: (string | number)[][] = [[]];
  for (const part of parts) {
    const segment = segments.at(-1) ?? [];
    const before = segment.at(-1);
    if (typeof part === 'string') {
      if (part === '') continue;
      if (typeof before === 'string') segment[segment.length - 1] = before + prepare(part);
      else segment.push(prepare(part));
    } else if (part.wild === 'many') segments.push([]);
    else if (typeof before === 'number') segment[segment.length - 1] = before + 1;
    else segment.push(1);
  }
  return segments;
}

/** Where the stretch, begun at `at`, ends; -1 where it does not fit. */
function matchForward(segment: Segment, text: string, from: number): number {
  let at = from;
  for (const piece of segment) {
    if (typeof piece === 'string') {
      if (!text.startsWith(piece, at)) return -1;
      at += piece.length;
      continue;
    }
    for (let n = 0; n < piece; n++) {
      if (at >= text.length) return -1;
      at += isPair(text, at) ? 2 : 1;
    }
  }
  return at;
}

/** Where the stretch, ended at the end of the text, begins; -1 where it does not fit. */
function matchBackward(segment: Segment, text: string): number {
  let at = text.length;
  for (let i = segment.length - 1; i >= 0; i--) {
    const piece = segment[i] ?? '';
    if (typeof piece === 'string') {
      if (!text.endsWith(piece, at) || at < piece.length) return -1;
      at -= piece.length;
      continue;
    }
    for (let n = 0; n < piece; n++) {
      if (at <= 0) return -1;
      at -= at >= 2 && isPair(text, at - 2) ? 2 : 1;
    }
  }
  return at;
}

/** The end of the stretch's first place at or after `from`; -1 where there is none. */
function findForward(segment: Segment, text: string, from: number): number {
  const lead = segment[0];
  if (lead === undefined) return from;
  if (segment.length === 1 && typeof lead === 'string') {
    const at = text.indexOf(lead, from);
    return at < 0 ? -1 : at + lead.length;
  }
  for (let at = from; at <= text.length; at++) {
    if (typeof lead === 'string') {
      at = text.indexOf(lead, at);
      if (at < 0) return -1;
    } else if (at > 0 && isPair(text, at - 1)) continue;
    const end = matchForward(segment, text, at);
    if (end >= 0) return end;
  }
  return -1;
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

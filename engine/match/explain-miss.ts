import { nearest } from '../diagnostic/index.ts';
import type { ExpressionTest, FieldTest, GlobTest, TextTest } from '../model/index.ts';
import { numericValue } from './compare.ts';
import { comparisonSign, quote, showValue } from './explain-words.ts';
import { compileExpression } from './expression/compile.ts';
import { foldText } from './fold.ts';
import { fieldValues, type ReferenceEvent } from './reference.ts';
import { compileText, scalarText } from './text.ts';
import { timePart } from './time-part.ts';

/**
 * Why a test does not hold: the field is not there, is null, has a value of another type, a value that differs only in case, another
 * value, or is there though it should not be.
 */
export type MissReason = 'absent' | 'null' | 'type' | 'case' | 'value' | 'present';

/** Why one test does not hold for one event. */
export interface Miss {
  readonly reason: MissReason;
  /** What keeps the test from holding, in a clause. */
  readonly text: string;
  /** How near it came, 0–1, for picking the nearest of many. */
  readonly nearness: number;
}

/** Texts are compared at most so far, so that an explanation never takes long. */
const COMPARED_MAX = 4096;
const NAMES_MAX = 4000;
/** Nearer than any other value. */
const CASE_NEARNESS = 0.995;
/** A shorter piece of a text than this, or than a quarter of it, says nothing. */
const PIECE_MIN = 3;

/** Why a field's test does not hold, said of its nearest value; the test is known not to hold. */
export function explainMiss(field: string, test: FieldTest, event: ReferenceEvent): Miss {
  const value = event.fields.get(field);
  if (test.kind === 'null') return { reason: 'present', text: 'the field has a value', nearness: 0 };
  if (value === undefined) return absent(field, event);
  const misses = fieldValues(value).map((member) => explainValue(test, member, event));
  if (misses.length === 0) return { reason: 'value', text: 'the array is empty', nearness: 0 };
  return misses.reduce((best, miss) => (miss.nearness > best.nearness ? miss : best));
}

/** Why a keyword is nowhere, said of the string that comes nearest. */
export function explainKeywordMiss(
  test: TextTest | GlobTest | ExpressionTest,
  strings: readonly string[],
): Miss {
  const misses = strings.map((text) => explainText(test, text));
  const best = misses.reduce<Miss | undefined>(
    (a, b) => (a === undefined || b.nearness > a.nearness ? b : a),
    undefined,
  );
  if (best === undefined || best.nearness === 0) {
    return { reason: 'value', text: `in none of the event's ${strings.length} strings`, nearness: 0 };
  }
  return { ...best, text: `in none of the event's ${strings.length} strings; nearest: ${best.text}` };
}

function absent(field: string, event: ReferenceEvent): Miss {
  const near = nearest(field, namesOf(event.raw));
  return {
    reason: 'absent',
    text:
      near === undefined || near === field
        ? 'the event has no such field'
        : `the event has no such field; it has ${near}`,
    nearness: 0,
  };
}

/** The names of all members of a record, as paths and alone, for a "did you mean". */
function namesOf(value: unknown, prefix = '', into = new Set<string>(), depth = 0): Set<string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || depth > 8) return into;
  for (const [name, member] of Object.entries(value)) {
    if (into.size > NAMES_MAX) break;
    into.add(prefix + name);
    namesOf(member, `${prefix}${name}.`, into, depth + 1);
  }
  return into;
}

function explainValue(test: FieldTest, value: unknown, event: ReferenceEvent): Miss {
  if (value === null) return { reason: 'null', text: 'the field is null', nearness: 0 };
  const text = scalarText(value);
  if (text === undefined)
    return { reason: 'type', text: `it is ${showValue(value)}, not a single value`, nearness: 0 };
  switch (test.kind) {
    case 'text':
    case 'glob':
    case 'expression':
      return explainText(test, text);
    case 'cidr':
      return /^[\d.]+$|:/.test(text)
        ? { reason: 'value', text: 'the address is outside the network', nearness: 0.2 }
        : { reason: 'type', text: 'it is not an address', nearness: 0 };
    case 'compare': {
      const number = numericValue(value);
      return number === undefined
        ? { reason: 'type', text: 'it is not a decimal number', nearness: 0 }
        : {
            reason: 'value',
            text: `${number} is not ${comparisonSign(test.op)} ${test.value}`,
            nearness: 0.2,
          };
    }
    case 'time_part': {
      const part = timePart(value, test.part);
      return part === undefined
        ? { reason: 'type', text: 'it is not a date and time', nearness: 0 }
        : {
            reason: 'value',
            text: `its ${test.part} is ${part}, not ${comparisonSign(test.op)} ${test.value}`,
            nearness: 0.2,
          };
    }
    case 'fieldref':
      return explainReference(test, text, event);
    case 'set':
      return { reason: 'value', text: `it is not in ${test.set}`, nearness: 0 };
    default:
      return { reason: 'value', text: 'it has another value', nearness: 0 };
  }
}

function explainReference(
  test: Extract<FieldTest, { kind: 'fieldref' }>,
  text: string,
  event: ReferenceEvent,
): Miss {
  const others = fieldValues(event.fields.get(test.other))
    .map(scalarText)
    .filter((other) => other !== undefined);
  if (others.length === 0) return { reason: 'absent', text: `the event has no ${test.other}`, nearness: 0 };
  const misses = others.map((other) =>
    explainText({ kind: 'text', shape: test.shape, text: other, cased: test.cased }, text),
  );
  const best = misses.reduce((a, b) => (b.nearness > a.nearness ? b : a));
  return {
    ...best,
    text: `${test.other} is ${others
      .slice(0, 3)
      .map((o) => quote(o, 60))
      .join(', ')}; ${best.text}`,
  };
}

function explainText(test: TextTest | GlobTest | ExpressionTest, text: string): Miss {
  if (test.kind === 'expression') return explainExpression(test, text);
  if (test.cased && compileText({ ...test, cased: false })(text)) {
    return { reason: 'case', text: 'it differs only in case', nearness: CASE_NEARNESS };
  }
  return test.kind === 'glob' ? explainGlob(test, text) : explainPlain(test, text);
}

function explainExpression(test: ExpressionTest, text: string): Miss {
  const { value } = compileExpression(test);
  if (value === undefined) return { reason: 'value', text: 'the expression does not compile', nearness: 0 };
  if (!test.ignoreCase && compileExpression({ ...test, ignoreCase: true }).value?.test(text)) {
    return { reason: 'case', text: 'it differs only in case', nearness: CASE_NEARNESS };
  }
  const folded = foldText(text);
  const missing = value.required.find((clause) => !clause.some((literal) => folded.includes(literal)));
  const present = value.required.filter((clause) =>
    clause.some((literal) => folded.includes(literal)),
  ).length;
  const nearness = value.required.length === 0 ? 0.1 : (0.9 * present) / value.required.length;
  if (missing === undefined)
    return { reason: 'value', text: 'the expression matches nowhere in it', nearness };
  const literals = missing
    .slice(0, 4)
    .map((literal) => quote(literal, 40))
    .join(' or ');
  return {
    reason: 'value',
    text: `every match holds ${literals}${missing.length > 4 ? ' or …' : ''}, which it lacks`,
    nearness,
  };
}

function explainPlain(test: TextTest, text: string): Miss {
  const fold = test.cased ? (t: string): string => t : foldText;
  const found = fold(text.slice(0, COMPARED_MAX));
  const wanted = fold(test.text);
  switch (test.shape) {
    case 'equals':
    case 'startswith': {
      const same = commonPrefix(found, wanted);
      return {
        reason: 'value',
        text: prefixWords(same, { text, wanted: test.text, shape: test.shape }),
        nearness: share(same, wanted),
      };
    }
    case 'endswith': {
      const end = fold(text.slice(-COMPARED_MAX));
      const same = commonSuffix(end, wanted);
      const words =
        same === 0
          ? `it ends in ${quote(text.slice(-Math.max(1, Math.min(24, wanted.length))), 24)}`
          : `only ${quote(test.text.slice(-same), 40)} of the end is the same`;
      return { reason: 'value', text: words, nearness: share(same, wanted) };
    }
    case 'contains': {
      const { at, length } = longestPiece(wanted, found);
      if (length < PIECE_MIN || length * 4 < wanted.length)
        return { reason: 'value', text: 'nothing of it is there', nearness: 0 };
      return {
        reason: 'value',
        text: `only ${quote(test.text.slice(at, at + length), 60)} of it is there`,
        nearness: share(length, wanted),
      };
    }
  }
}

function prefixWords(
  same: number,
  {
    text,
    wanted,
    shape,
  }: { readonly text: string; readonly wanted: string; readonly shape: 'equals' | 'startswith' },
): string {
  if (same === 0) return 'it has another value';
  const kept = quote(wanted.slice(0, same), 40);
  if (same === text.length) return `it ends after ${kept}`;
  if (same === wanted.length && shape === 'equals')
    return `it goes on after ${kept} with ${quote(text.slice(same), 24)}`;
  return `the same up to ${kept}, then ${quote(text.slice(same), 24)} instead of ${quote(wanted.slice(same), 24)}`;
}

/** Names the first piece that is not where it should be, the pieces before it taken at their first places. */
function explainGlob(test: GlobTest, text: string): Miss {
  const fold = test.cased ? (t: string): string => t : foldText;
  const subject = fold(text);
  const literals = test.parts.filter((part) => typeof part === 'string' && part !== '');
  let at = 0;
  let done = 0;
  for (const literal of literals) {
    const wanted = fold(String(literal));
    const place = subject.indexOf(wanted, at);
    if (place < 0) {
      const where = subject.includes(wanted)
        ? 'is there, but not behind what must come before it'
        : 'is not there';
      return {
        reason: 'value',
        text: `${quote(String(literal), 40)} ${where}`,
        nearness: (0.9 * done) / literals.length,
      };
    }
    at = place + wanted.length;
    done++;
  }
  return { reason: 'value', text: 'all pieces are there, but not in their places', nearness: 0.9 };
}

function share(same: number, wanted: string): number {
  return wanted.length === 0 ? 0 : Math.min(0.99, same / wanted.length);
}

function commonPrefix(a: string, b: string): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}

function commonSuffix(a: string, b: string): number {
  let n = 0;
  while (n < a.length && n < b.length && a.at(-1 - n) === b.at(-1 - n)) n++;
  return n;
}

/** The longest stretch of `wanted` that lies in `found`, its place in `wanted`; the first of equals. Cost: O(wanted × found). */
function longestPiece(wanted: string, found: string): { readonly at: number; readonly length: number } {
  let at = 0;
  let length = 0;
  for (let from = 0; from < wanted.length; from++) {
    while (from + length < wanted.length && found.includes(wanted.slice(from, from + length + 1))) {
      length++;
      at = from;
    }
  }
  return { at, length };
}

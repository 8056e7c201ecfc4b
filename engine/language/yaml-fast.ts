import { loadAll, Schema, type State, Type, YAMLException } from 'js-yaml';
import type { CodeDeclaration } from '../diagnostic/index.ts';
import { LANGUAGE_CODES } from './errors.ts';
import { mayHoldAliases } from './guard.ts';
import type { Limits } from './limits.ts';

/** What the fast reader gives for each document of a file that is not empty. */
export interface FastDocument {
  readonly value: unknown;
  /** Line of the document's first value, from 1. */
  readonly line: number;
}

/** A file read without positions, or the first thing that is wrong with it. */
export type FastReading =
  | {
      readonly ok: true;
      readonly documents: readonly FastDocument[];
      /** The line, from 1, on which a list or map of the file begins. */
      lineOf(value: object): number | undefined;
    }
  | {
      readonly ok: false;
      readonly code: CodeDeclaration;
      readonly message: string;
      readonly hint?: string;
      readonly line: number;
      readonly column: number;
    };

const isDigitLike = /^[-+.0-9]/;
const INTEGER = /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;
const FLOAT =
  /^(?:[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+)|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/**
 * The number that a plain scalar of the YAML 1.2 core schema stands for. An integer beyond 2^53 stays the text of its digits,
 * because ids of that size are compared as text and must not lose their last digits.
 */
export function coreInteger(source: string): number | string {
  const value = source.startsWith('0o')
    ? Number.parseInt(source.slice(2), 8)
    : source.startsWith('0x')
      ? Number.parseInt(source.slice(2), 16)
      : Number.parseInt(source, 10);
  if (Number.isSafeInteger(value)) return value;
  return /^[-+]?[0-9]+$/.test(source) ? source.replace(/^\+/, '') : source;
}

function coreFloat(source: string): number {
  const lower = source.toLowerCase();
  if (lower.endsWith('.nan')) return Number.NaN;
  if (lower.endsWith('.inf'))
    return source.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number.parseFloat(source);
}

// Exactly the scalars of YAML 1.2's core schema, section 10.3.2; js-yaml's own schema also reads 0b11, 0x-1 and the like.
const CORE = new Schema({
  implicit: [
    new Type('tag:yaml.org,2002:null', {
      kind: 'scalar',
      resolve: (data: string | null) => data === null || /^(?:~|[Nn]ull|NULL|)$/.test(data),
      construct: () => null,
    }),
    new Type('tag:yaml.org,2002:bool', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/.test(data),
      construct: (data: string) => data.startsWith('t') || data.startsWith('T'),
    }),
    new Type('tag:yaml.org,2002:int', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && isDigitLike.test(data) && INTEGER.test(data),
      construct: coreInteger,
    }),
    new Type('tag:yaml.org,2002:float', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && isDigitLike.test(data) && FLOAT.test(data),
      construct: coreFloat,
    }),
  ],
  explicit: [
    new Type('tag:yaml.org,2002:str', { kind: 'scalar', construct: (data: string | null) => data ?? '' }),
    new Type('tag:yaml.org,2002:seq', { kind: 'sequence', construct: (data: unknown) => data ?? [] }),
    new Type('tag:yaml.org,2002:map', { kind: 'mapping', construct: (data: unknown) => data ?? {} }),
  ],
});

/**
 * Reads a file on js-yaml, values and lines only, eight times faster than with positions. Depth is counted while it parses.
 * Reports TT1002, TT1004, TT1005, TT1006, TT1007 and TT1010.
 */
export function readFast(text: string, limits: Limits): FastReading {
  const lines = new Map<object, number>();
  const roots: number[] = [];
  const opened: number[] = [];
  const listener = (event: 'open' | 'close', state: State): void => {
    if (event === 'open') {
      if (opened.length === 0) roots.push(state.line + 1);
      opened.push(state.line + 1);
      return;
    }
    const line = opened.pop() ?? 0;
    const result: unknown = state.result;
    if (typeof result === 'object' && result !== null && !lines.has(result)) lines.set(result, line);
  };
  let values: unknown[];
  try {
    const options = { schema: CORE, listener, maxDepth: limits.depthMax };
    values = loadAll(text, null, options);
  } catch (error) {
    return failure(error, limits);
  }
  if (values.length > limits.documentsMax) {
    const message = `the file holds ${values.length} documents; the limit is ${limits.documentsMax}`;
    return {
      ok: false,
      code: LANGUAGE_CODES.TT1010,
      message,
      line: roots[limits.documentsMax] ?? 1,
      column: 1,
    };
  }
  const documents = values
    .map((value, i) => ({ value, line: roots[i] ?? 1 }))
    .filter(({ value }) => value !== null && value !== undefined);
  if (mayHoldAliases(text)) {
    const swollen = documents.find((document) => !isBounded(document.value, limits));
    if (swollen !== undefined) {
      const message = 'once its aliases are expanded the document is too big, or contains itself';
      const hint = 'write the values out; a rule needs few aliases or none';
      return { ok: false, code: LANGUAGE_CODES.TT1006, message, hint, line: swollen.line, column: 1 };
    }
  }
  return { ok: true, documents, lineOf: (value) => lines.get(value) };
}

function failure(error: unknown, limits: Limits): FastReading {
  // Anything else than the parser's own exception is a broken parser; its stack overflow cannot happen under `maxDepth`.
  if (!(error instanceof YAMLException)) throw error;
  const { reason, mark } = error;
  const at = { line: (mark?.line ?? 0) + 1, column: (mark?.column ?? 0) + 1 };
  if (reason.includes('maxDepth')) {
    const message = `lists and maps nest more than ${limits.depthMax} deep here`;
    return {
      ok: false,
      code: LANGUAGE_CODES.TT1002,
      message,
      hint: 'a rule needs fewer than ten levels',
      ...at,
    };
  }
  if (reason.startsWith('duplicated mapping key')) {
    const message = 'this key stands twice in the same map';
    const hint = 'remove one, or give the field a list of values';
    return { ok: false, code: LANGUAGE_CODES.TT1005, message, hint, ...at };
  }
  const tag = /tag !<?(.*?)>?$/.exec(reason);
  if (tag !== null && reason.includes('unknown')) {
    const message = `the tag ${shortTag(tag[1] ?? '')} is not one that rules have`;
    return { ok: false, code: LANGUAGE_CODES.TT1007, message, hint: 'write the value without a tag', ...at };
  }
  const alias = /unidentified alias "(.*)"/.exec(reason);
  if (alias !== null) {
    const message = `*${alias[1]} would be an alias, but there is no anchor &${alias[1]}`;
    const hint = 'put the value in single quotes if the * is a wildcard';
    return { ok: false, code: LANGUAGE_CODES.TT1004, message, hint, ...at };
  }
  return { ok: false, code: LANGUAGE_CODES.TT1004, message: `not valid YAML: ${reason}`, ...at };
}

function shortTag(tag: string): string {
  return tag.startsWith('tag:yaml.org,2002:') ? `!!${tag.slice('tag:yaml.org,2002:'.length)}` : tag;
}

/** Whether a value is a tree of at most so many values, walked with an explicit stack. */
function isBounded(root: unknown, limits: Limits): boolean {
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  let count = 0;
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (++count > limits.valuesMax || top.depth > limits.depthMax) return false;
    if (typeof top.value !== 'object' || top.value === null) continue;
    const depth = top.depth + 1;
    for (const value of Object.values(top.value)) {
      if (stack.length > limits.valuesMax) return false;
      stack.push({ value, depth });
    }
  }
  return true;
}

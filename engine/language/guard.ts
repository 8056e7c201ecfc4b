import type { CodeDeclaration } from '../diagnostic/index.ts';
import { LANGUAGE_CODES } from './errors.ts';
import type { Limits } from './limits.ts';

/** Why a text must not reach a parser, and the offset at which that shows. */
export interface Refusal {
  readonly code: CodeDeclaration;
  readonly message: string;
  readonly hint: string;
  readonly offset: number;
}

/**
 * Looks at the raw text of a rule file before any parser does: size, line length, control characters, half surrogates, runs of
 * indicators, depth of flow collections, anchors and aliases. It is the first of three fences. The others stand in the readers:
 * the fast one counts real depth while it parses, the precise one is never given a text that the fast one has not accepted. This
 * one must therefore be cheap and good at saying what is wrong; it need not be exact.
 * Cost: linear, a few native passes; no recursion.
 */
export function guardText(text: string, limits: Limits): Refusal | undefined {
  return (
    checkSize(text, limits) ??
    checkCharacters(text) ??
    checkLines(text, limits) ??
    checkIndicatorRuns(text, limits) ??
    checkFlowDepth(text, limits) ??
    checkAliases(text, limits)
  );
}

function checkSize(text: string, limits: Limits): Refusal | undefined {
  if (text.length <= limits.fileLengthMax) return undefined;
  return {
    code: LANGUAGE_CODES.TT1001,
    message: `the file has ${text.length} characters; the limit is ${limits.fileLengthMax}`,
    hint: 'split the file into several rule files',
    offset: 0,
  };
}

// Tab, line feed and carriage return are the only control characters that YAML allows in a text.
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose.
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function checkCharacters(text: string): Refusal | undefined {
  const offset = text.search(FORBIDDEN);
  if (offset < 0) return undefined;
  const unit = text.charCodeAt(offset);
  const name = `U+${unit.toString(16).toUpperCase().padStart(4, '0')}`;
  const what =
    unit >= 0xd800 && unit <= 0xdfff ? `half of a surrogate pair (${name})` : `the character ${name}`;
  return {
    code: LANGUAGE_CODES.TT1003,
    message: `a rule file must be plain text, but this one holds ${what}`,
    hint: 'save the file as UTF-8 text; inside double quotes such a character can be written as an escape, e.g. "\\x00"',
    offset,
  };
}

function checkLines(text: string, limits: Limits): Refusal | undefined {
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    if (end - start > limits.lineLengthMax) {
      return {
        code: LANGUAGE_CODES.TT1008,
        message: `the line has ${end - start} characters; the limit is ${limits.lineLengthMax}`,
        hint: 'break the line, or keep large data in a file of its own',
        offset: start,
      };
    }
    start = end + 1;
  }
  return undefined;
}

function checkIndicatorRuns(text: string, limits: Limits): Refusal | undefined {
  const run = /[-?:][ \t]+(?:[-?:][ \t]+)+/g;
  for (let found = run.exec(text); found !== null; found = run.exec(text)) {
    const count = found[0].replace(/[ \t]/g, '').length;
    if (count > limits.indicatorRunMax) return tooDeep(count, limits.indicatorRunMax, found.index);
  }
  return undefined;
}

function tooDeep(depth: number, limit: number, offset: number): Refusal {
  return {
    code: LANGUAGE_CODES.TT1002,
    message: `lists and maps nest at least ${depth} deep here; the limit is ${limit}`,
    hint: 'a rule needs fewer than ten levels; if the brackets belong to a text, put it in single quotes',
    offset,
  };
}

const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const HASH = 0x23;

/** Counts brackets outside quotes and comments. A quote or bracket counts only where a token can start. */
function checkFlowDepth(text: string, limits: Limits): Refusal | undefined {
  if (!hasMoreThan(text, limits.depthMax)) return undefined;
  let depth = 0;
  let quote = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quote !== 0) {
      if (c === BACKSLASH && quote === DOUBLE_QUOTE) i++;
      else if (c === quote) quote = 0;
      continue;
    }
    if (c === OPEN_BRACKET || c === OPEN_BRACE) {
      if (startsToken(text, i)) depth++;
      if (depth > limits.depthMax) return tooDeep(depth, limits.depthMax, i);
    } else if (c === CLOSE_BRACKET || c === CLOSE_BRACE) {
      if (depth > 0) depth--;
    } else if (c === DOUBLE_QUOTE || c === SINGLE_QUOTE) {
      if (startsToken(text, i)) quote = c;
    } else if (c === HASH && (i === 0 || isSpace(text.charCodeAt(i - 1)))) {
      const end = text.indexOf('\n', i);
      i = end < 0 ? text.length : end;
    }
  }
  return undefined;
}

function hasMoreThan(text: string, count: number): boolean {
  const opener = /[[{]/g;
  for (let i = 0; i <= count; i++) if (!opener.test(text)) return false;
  return true;
}

function startsToken(text: string, index: number): boolean {
  if (index === 0) return true;
  const before = text.charCodeAt(index - 1);
  return (
    isSpace(before) || before === OPEN_BRACKET || before === OPEN_BRACE || before === 0x2c || before === 0x3a
  );
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === LINE_FEED || unit === 0x0d;
}

/** A place where an anchor could stand. Readers of such a text measure it once its aliases are expanded. */
const ANCHOR = /(?:^|[\s[{,:-])&[^\s,[\]{}]/m;

/** Whether the text may hold anchors, so that a value may be bigger than its text. */
export function mayHoldAliases(text: string): boolean {
  return text.includes('&') && ANCHOR.test(text);
}

function checkAliases(text: string, limits: Limits): Refusal | undefined {
  if (!mayHoldAliases(text)) return undefined;
  const mark = /(?:^|[\s[{,:-])[&*][^\s,[\]{}&*]/gm;
  let count = 0;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    count++;
    if (count <= limits.aliasesMax) continue;
    return {
      code: LANGUAGE_CODES.TT1006,
      message: `the file holds more than ${limits.aliasesMax} anchors and aliases`,
      hint: 'write the values out; a rule needs few aliases or none',
      offset: found.index,
    };
  }
  return undefined;
}

/** The first place where a text stops being JSON, and what is wrong there. */
export interface JsonFault {
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
  readonly message: string;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Finds the first fault of a text that `JSON.parse` refused, for the one sample that is shown. The engines' own messages differ between
 * versions and tell the place as prose. Iterative, so that no depth can overflow it; O(length).
 */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ('}' | ']')[] = [];
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const fault = (message: string): JsonFault => ({
    offset: at,
    message:
      at >= text.length ? `the text ends, where ${message}` : `found ${shown(text, at)}, where ${message}`,
  });
  let expect: 'value' | 'first' | 'key' | 'more' = 'value';
  for (;;) {
    skip(SPACE);
    const closer = open.at(-1);
    if (expect === 'more') {
      if (closer === undefined) return at < text.length ? fault('the record should end') : undefined;
      if (text[at] === closer) {
        open.pop();
        at++;
      } else if (text[at] === ',') {
        at++;
        expect = closer === '}' ? 'key' : 'value';
      } else return fault(`',' or '${closer}' should stand`);
      continue;
    }
    if (expect === 'first' && text[at] === closer) {
      open.pop();
      at++;
      expect = 'more';
      continue;
    }
    if (closer === '}' && (expect === 'first' || expect === 'key')) {
      if (text[at] !== '"') return fault('a key in double quotes should stand');
      const end = skipString(text, at);
      if (typeof end === 'object') return end;
      at = end;
      skip(SPACE);
      if (text[at] !== ':') return fault("':' should stand");
      at++;
      expect = 'value';
      continue;
    }
    if (text[at] === '{' || text[at] === '[') {
      open.push(text[at] === '{' ? '}' : ']');
      at++;
      expect = 'first';
      continue;
    }
    if (text[at] === '"') {
      const end = skipString(text, at);
      if (typeof end === 'object') return end;
      at = end;
    } else if (!skip(NUMBER) && !skip(WORD)) return fault('a value should stand');
    expect = 'more';
  }
}

/** The end of the string that opens at `start`, or what is wrong in it. A plain loop: long texts would exhaust a pattern's stack. */
function skipString(text: string, start: number): number | JsonFault {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code < 32) {
      return { offset: at, message: `found ${shown(text, at)} inside a string, where it must be escaped` };
    }
    if (code !== BACKSLASH) continue;
    const known = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at, at + 6))?.[0];
    if (known === undefined) {
      return { offset: at, message: `'${text.slice(at, at + 2)}' is no escape that JSON knows` };
    }
    at += known.length - 1;
  }
  return { offset: start, message: 'this string is never closed' };
}

function shown(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  if (code < 32 || code === 127)
    return `the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `'${String.fromCodePoint(code)}'`;
}

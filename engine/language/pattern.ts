import type { FieldTest, GlobPart, GlobTest, TextTest } from '../model/index.ts';

const MANY: GlobPart = { wild: 'many' };
const ONE: GlobPart = { wild: 'one' };

/**
 * Reads a Sigma text: `*` and `?` are wildcards; a backslash before `*`, `?` or a backslash makes that character plain, before anything
 * else it is itself (Sigma specification 2.1, "Escaping"). Runs of `*` become one.
 */
export function parsePattern(text: string): GlobPart[] {
  if (!/[*?\\]/.test(text)) return text === '' ? [] : [text];
  const parts: GlobPart[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '\\') {
      const next = text.charAt(i + 1);
      if (next === '\\' || next === '*' || next === '?') i++;
      literal += next === '*' || next === '?' ? next : '\\';
    } else if (c === '*' || c === '?') {
      if (literal !== '') parts.push(literal);
      literal = '';
      if (c === '?') parts.push(ONE);
      else if (!isMany(parts.at(-1))) parts.push(MANY);
    } else {
      literal += c;
    }
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

/** The text that `parsePattern` reads to these parts. */
export function printPattern(parts: readonly GlobPart[]): string {
  return parts
    .map((part) =>
      typeof part === 'string' ? part.replace(/[\\*?]/g, '\\$&') : part.wild === 'many' ? '*' : '?',
    )
    .join('');
}

/** Whether a part is the wildcard `*`. */
export function isMany(part: GlobPart | undefined): boolean {
  return typeof part === 'object' && part.wild === 'many';
}

/** Whether a pattern has wildcards. */
export function hasWildcards(parts: readonly GlobPart[]): boolean {
  return parts.some((part) => typeof part !== 'string');
}

/** The pattern with `*` in front, unless it is there. */
export function openStart(parts: readonly GlobPart[]): readonly GlobPart[] {
  return isMany(parts[0]) ? parts : [MANY, ...parts];
}

/** The pattern with `*` behind, unless it is there. */
export function openEnd(parts: readonly GlobPart[]): readonly GlobPart[] {
  return isMany(parts.at(-1)) ? parts : [...parts, MANY];
}

/** Joins neighbouring texts and runs of `*`, so that equal patterns look equal. */
export function tidyPattern(parts: readonly GlobPart[]): GlobPart[] {
  const tidy: GlobPart[] = [];
  for (const part of parts) {
    const last = tidy.at(-1);
    if (typeof part === 'string' && typeof last === 'string') tidy[tidy.length - 1] = last + part;
    else if (part !== '' && !(isMany(part) && isMany(last))) tidy.push(part);
  }
  return tidy;
}

/** The cheapest test that means the pattern: a plain text with a shape where `*` stands at its edges only, else a glob. */
export function patternTest(parts: readonly GlobPart[], cased: boolean): TextTest | GlobTest {
  const first = parts[0];
  const second = parts[1];
  if (parts.length === 0) return { kind: 'text', shape: 'equals', text: '', cased };
  if (parts.length === 1) {
    if (typeof first === 'string') return { kind: 'text', shape: 'equals', text: first, cased };
    if (isMany(first)) return { kind: 'text', shape: 'contains', text: '', cased };
  }
  if (parts.length === 2) {
    if (typeof first === 'string' && isMany(second))
      return { kind: 'text', shape: 'startswith', text: first, cased };
    if (isMany(first) && typeof second === 'string')
      return { kind: 'text', shape: 'endswith', text: second, cased };
  }
  if (parts.length === 3 && isMany(first) && typeof second === 'string' && isMany(parts[2])) {
    return { kind: 'text', shape: 'contains', text: second, cased };
  }
  return { kind: 'glob', parts, cased };
}

/** The text of a number or boolean in a rule: its decimal text, its lower-case name. */
export function scalarText(value: number | boolean): string {
  return Object.is(value, -0) ? '0' : String(value);
}

/** Whether a test holds for every value that has a text. */
export function holdsForAnyText(test: FieldTest): boolean {
  return test.kind === 'text' && test.shape === 'contains' && test.text === '';
}

/** Whether a name fits a pattern in which `*` stands for anything; greedy from the left, so linear in the name for each piece. */
export function fitsName(pattern: string, name: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return name === head;
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}

/** A template of a log message, ready to match: literals with names between them. */
export interface Template {
  readonly literals: readonly string[];
  /** What stands between two literals; an empty name is passed over. */
  readonly names: readonly string[];
  readonly from: 'left' | 'right';
}

/** Messages longer than this are not looked at. */
export const TEMPLATE_TEXT_MAX = 8192;

/**
 * Reads `Failed {method} for {user} from {src_ip}`: text with names in braces, `{}` for what does not matter. Two names side by side would be ambiguous; the
 * first of them is then empty.
 */
export function parseTemplate(text: string, from: 'left' | 'right'): Template {
  const literals: string[] = [];
  const names: string[] = [];
  let at = 0;
  for (const match of text.matchAll(/\{([\w.-]*)\}/g)) {
    literals.push(text.slice(at, match.index));
    names.push(match[1] ?? '');
    at = match.index + match[0].length;
  }
  literals.push(text.slice(at));
  return { literals, names, from };
}

/**
 * The values of a template's names in a message, or undefined where it does not fit. The first literal must begin the message and the last one end it. Those
 * between are looked for from the left, or from the right: whoever chooses a value at the left of a message (a user name at a logon) can then not
 * forge what the program wrote after it. Linear in the message for each literal.
 */
export function matchTemplate(
  { literals, names, from }: Template,
  text: string,
): ReadonlyMap<string, string> | undefined {
  const first = literals[0] ?? '';
  const last = literals.at(-1) ?? '';
  if (literals.length === 1) return text === first ? new Map() : undefined;
  if (text.length > TEMPLATE_TEXT_MAX || !text.startsWith(first) || !text.endsWith(last)) return undefined;
  const end = text.length - last.length;
  if (end < first.length) return undefined;
  const places = from === 'left' ? fromLeft(literals, text, end) : fromRight(literals, text, end);
  if (places === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [i, name] of names.entries()) {
    const start = (places[i] ?? 0) + (literals[i] ?? '').length;
    if (name !== '') values.set(name, text.slice(start, places[i + 1]));
  }
  return values;
}

/** Where each literal stands, the middle ones as far left as they go; undefined where one is missing. */
function fromLeft(literals: readonly string[], text: string, end: number): number[] | undefined {
  const places = [0];
  let at = (literals[0] ?? '').length;
  for (const literal of literals.slice(1, -1)) {
    const found = text.indexOf(literal, at);
    if (found < 0 || found + literal.length > end) return undefined;
    places.push(found);
    at = found + literal.length;
  }
  return [...places, end];
}

/** … as far right as they go. */
function fromRight(literals: readonly string[], text: string, end: number): number[] | undefined {
  const places = [end];
  const least = (literals[0] ?? '').length;
  let at = end;
  for (const literal of literals.slice(1, -1).reverse()) {
    const found = text.lastIndexOf(literal, at - literal.length);
    if (at - literal.length < 0 || found < least) return undefined;
    places.push(found);
    at = found;
  }
  return [0, ...places.reverse()];
}

/** A payload read as members; names are as the sender wrote them. */
export interface SyslogPayload {
  readonly form: 'json' | 'cef' | 'leef' | 'pairs';
  readonly members: ReadonlyMap<string, unknown>;
}

/** Members past this number are left in the text, which the record keeps whole. */
const MEMBERS_MAX = 1024;
/** A text of pairs has at least so many, so that a sentence with a `=` in it stays a sentence. */
const PAIRS_MIN = 3;

/**
 * Reads what devices put into a syslog message: a JSON object (`@cee:` before it or not), CEF, LEEF, or `key=value` pairs that make up the
 * whole text. Undefined where it is plain text. Never throws; linear in the length.
 */
export function readPayload(text: string): SyslogPayload | undefined {
  const trimmed = text.trim();
  const json = trimmed.startsWith('@cee:') ? trimmed.slice(5).trimStart() : trimmed;
  if (json.startsWith('{')) {
    const members = jsonMembers(json);
    if (members !== undefined) return { form: 'json', members };
  }
  // Some senders leave the program's name before it.
  const cef = /^(?:[\w.-]{1,64} ?: ?)?CEF:(?=\d)/.exec(trimmed);
  if (cef !== null) {
    const members = cefMembers(trimmed.slice(cef[0].length));
    if (members !== undefined) return { form: 'cef', members };
  }
  const leef = /^LEEF:(?=\d)/.exec(trimmed);
  if (leef !== null) {
    const members = leefMembers(trimmed.slice(leef[0].length));
    if (members !== undefined) return { form: 'leef', members };
  }
  const pairs = pairMembers(trimmed);
  return pairs === undefined ? undefined : { form: 'pairs', members: pairs };
}

function jsonMembers(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return new Map(Object.entries(value));
  } catch {
    return undefined;
  }
}

const CEF_HEAD = [
  'cefVersion',
  'deviceVendor',
  'deviceProduct',
  'deviceVersion',
  'deviceEventClassId',
  'name',
  'severity',
];

/** ArcSight's CEF: seven heads parted by `|`, then pairs whose values may hold blanks. Labels of custom fields name them. */
function cefMembers(text: string): ReadonlyMap<string, unknown> | undefined {
  const { parts, rest } = heads(text, CEF_HEAD.length);
  if (parts.length < CEF_HEAD.length) return undefined;
  const members = new Map<string, unknown>(CEF_HEAD.map((name, i) => [name, parts[i] ?? '']));
  const extension = cefExtension(rest);
  for (const [key, value] of extension) put(members, key, value);
  for (const [key, label] of extension) {
    if (!key.endsWith('Label') || label === '') continue;
    const value = extension.find(([name]) => name === key.slice(0, -5))?.[1];
    if (value !== undefined && !members.has(label)) put(members, label, value);
  }
  return members;
}

/** Parts up to so many unescaped bars, with `\|` and `\\` undone, and what is left. */
function heads(text: string, count: number): { readonly parts: readonly string[]; readonly rest: string } {
  const parts: string[] = [];
  let at = 0;
  let part = '';
  while (at < text.length && parts.length < count) {
    const character = text[at] ?? '';
    if (character === '\\' && (text[at + 1] === '|' || text[at + 1] === '\\')) part += text[++at] ?? '';
    else if (character === '|') {
      parts.push(part);
      part = '';
    } else part += character;
    at++;
  }
  // A message without an extension may leave out the last bar.
  if (parts.length === count - 1 && at >= text.length) parts.push(part);
  return { parts, rest: text.slice(at) };
}

const CEF_KEY = /(?:^|\s)([A-Za-z0-9_.[\]-]{1,128})=/g;

function cefExtension(text: string): readonly (readonly [key: string, value: string])[] {
  const keys: { readonly key: string; readonly begin: number; readonly value: number }[] = [];
  for (const found of text.matchAll(CEF_KEY)) {
    if (keys.length === MEMBERS_MAX) break;
    keys.push({ key: found[1] ?? '', begin: found.index, value: found.index + found[0].length });
  }
  return keys.map(({ key, value }, i) => [key, unescaped(text.slice(value, keys[i + 1]?.begin).trim())]);
}

function unescaped(value: string): string {
  return value.includes('\\')
    ? value.replace(/\\([=\\|nr])/g, (_, what: string) => (what === 'n' ? '\n' : what === 'r' ? '\r' : what))
    : value;
}

const LEEF_HEAD = ['leefVersion', 'deviceVendor', 'deviceProduct', 'deviceVersion', 'eventId'];

/** QRadar's LEEF 1.0 (parted by tabs) and 2.0 (which names what parts its pairs, as a character or as `x` and its number). */
function leefMembers(text: string): ReadonlyMap<string, unknown> | undefined {
  const { parts, rest } = heads(text, LEEF_HEAD.length);
  if (parts.length < LEEF_HEAD.length) return undefined;
  const members = new Map<string, unknown>(LEEF_HEAD.map((name, i) => [name, parts[i] ?? '']));
  const custom = text.startsWith('2') ? /^(?:0?x([0-9a-fA-F]{1,4})|([^|]?))\|/.exec(rest) : null;
  const parter =
    custom?.[1] === undefined ? custom?.[2] || '\t' : String.fromCharCode(Number.parseInt(custom[1], 16));
  const body = custom === null ? rest : rest.slice(custom[0].length);
  for (const pair of body.split(parter, MEMBERS_MAX)) {
    const equals = pair.indexOf('=');
    if (equals > 0) put(members, pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
  }
  return members;
}

const PAIR =
  /([A-Za-z_@][\w.@/-]{0,127})=(?:"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|([^\s"',;]*))(?:[\s,;]+|$)/y;

function pairMembers(text: string): ReadonlyMap<string, unknown> | undefined {
  const members = new Map<string, unknown>();
  let at = 0;
  let count = 0;
  while (at < text.length && count < MEMBERS_MAX) {
    PAIR.lastIndex = at;
    const found = PAIR.exec(text);
    if (found === null) return undefined;
    const [whole, key = '', double, single, plain] = found;
    const quoted = double ?? single;
    put(members, key, quoted === undefined ? (plain ?? '') : quoted.replace(/\\(["'\\])/g, '$1'));
    at += whole.length;
    count++;
  }
  return count < PAIRS_MIN ? undefined : members;
}

/** A name that comes again holds a list. */
function put(members: Map<string, unknown>, key: string, value: string): void {
  const before = members.get(key);
  if (before === undefined) members.set(key, value);
  else if (Array.isArray(before)) before.push(value);
  else members.set(key, [before, value]);
}

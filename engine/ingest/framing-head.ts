/** Names under which an envelope holds its records as a list. */
const WRAPPER_KEYS: ReadonlySet<string> = new Set([
  'Records',
  'records',
  'value',
  'events',
  'Events',
  'items',
]);

/** Other members of an envelope that may stand before the list; a member of any other name makes the object a record. */
const ENVELOPE_KEYS: ReadonlySet<string> = new Set([
  'kind',
  'apiVersion',
  'metadata',
  'etag',
  'count',
  'Count',
  'total',
  'NextToken',
  'nextToken',
  'nextPageToken',
  'nextLink',
  'next',
]);

/** The longest key that is compared with the names of envelopes. */
export const ENVELOPE_KEY_MAX = 64;

/** Whether a list under this key of a top-level object holds the records, given that only envelope members stand before it. */
export function isWrapperKey(key: string): boolean {
  return WRAPPER_KEYS.has(key);
}

/** Whether a member of this name may stand before the list of records. */
export function isEnvelopeKey(key: string): boolean {
  return WRAPPER_KEYS.has(key) || ENVELOPE_KEYS.has(key) || key.startsWith('@odata.');
}

/** How the bytes of a file stand for characters. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** The encoding that a file's first bytes show: by byte-order mark, or by where the zero byte of its first bracket lies. */
export function detectEncoding(head: Uint8Array): Encoding {
  const [a, b] = head;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if ((a === OPEN_BRACE || a === OPEN_BRACKET) && b === 0) return 'utf-16le';
  if (a === 0 && (b === OPEN_BRACE || b === OPEN_BRACKET)) return 'utf-16be';
  return 'utf-8';
}

const QUOTE = 34;
const BACKSLASH = 92;
const NEWLINE = 10;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** A place in a small table, by a key's first letter and its length. */
function envelopeAt(first: number, length: number): number {
  return (first & 127) * (ENVELOPE_KEY_MAX + 1) + length;
}

/** 1 where some envelope's name has that first letter and length: of nearly all keys it is seen at once that they are none. */
const ENVELOPES = ((): Uint8Array => {
  const table = new Uint8Array(128 * (ENVELOPE_KEY_MAX + 1));
  for (const key of [...WRAPPER_KEYS, ...ENVELOPE_KEYS]) table[envelopeAt(key.charCodeAt(0), key.length)] = 1;
  // `@odata.` may go on.
  for (let length = 0; length <= ENVELOPE_KEY_MAX; length++) table[envelopeAt(0x40, length)] = 1;
  return table;
})();

/**
 * How a file holds its records, told by its first bytes (64 KiB are plenty). `ndjson`: UTF-8, a record a line, so that it may be cut at
 * newlines. `json`: anything else (one value, a list, an envelope, pretty-printed values, UTF-16): only a `Framer` can cut it.
 */
export function detectFraming(head: Uint8Array): 'ndjson' | 'json' {
  if (detectEncoding(head) !== 'utf-8') return 'json';
  let at = skipBlank(head, 0);
  const first = head[at];
  // evtx_dump heads each of its records, which go over many lines, with `Record N`.
  if (first === 0x52 && /^Record \d+\r?\n\{\r?\n/.test(asciiOf(head, at))) return 'json';
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return 'ndjson';
  const many = mayHoldMany(head, at, head.length);
  const end = endOfValue(head, at);
  if (end === 'newline-inside') return !many && breaksAtNewline(head, at) ? 'ndjson' : 'json';
  if (end === 'open') return many ? 'json' : 'ndjson';
  at = end;
  while (at < head.length && head[at] !== NEWLINE && isBlank(head[at] ?? 0)) at++;
  // A first line of several values (`{}{}`, `{},{}`) is no line of NDJSON; a list or envelope alone in its file is a JSON file.
  if (at < head.length && head[at] !== NEWLINE)
    return head[at] === 0x2c || head[at] === OPEN_BRACE ? 'json' : 'ndjson';
  return many && skipBlank(head, at) >= head.length ? 'json' : 'ndjson';
}

/**
 * Whether a line could hold more than one record: a list, or an object whose first key is an envelope's. True is a suspicion, which a
 * `Framer` settles; false is certain. Cost: the line's first key.
 */
export function mayHoldMany(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && isBlank(bytes[at] ?? 0)) at++;
  if (bytes[at] === OPEN_BRACKET) return true;
  if (bytes[at] !== OPEN_BRACE) return false;
  at++;
  while (at < end && isBlank(bytes[at] ?? 0)) at++;
  if (bytes[at] !== QUOTE) return false;
  at++;
  const from = at;
  for (; at < end && at - from <= ENVELOPE_KEY_MAX; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH) return true;
    if (byte !== QUOTE) continue;
    if (ENVELOPES[envelopeAt(bytes[from] ?? 0, at - from)] === 0) return false;
    return isEnvelopeKey(String.fromCharCode(...bytes.subarray(from, at)));
  }
  return false;
}

/** What JSON can go on with behind a value, and what it cannot end a line with unless it goes on. */
const GOES_ON = ',}]:';
const ASKS_FOR_MORE = '{[,:';

/**
 * Whether the object that begins at `start` and is open at the end of its line cannot be JSON laid out over lines: behind a line that ends in a
 * value, the next one must begin with a comma or a closing bracket. It is then a record of NDJSON that was cut off, and the next line is a
 * record of its own.
 */
function breaksAtNewline(head: Uint8Array, start: number): boolean {
  const newline = head.indexOf(NEWLINE, start);
  let last = newline;
  while (last > start && isBlank(head[last] ?? 0)) last--;
  const next = skipBlank(head, newline);
  if (next >= head.length) return false;
  return (
    !ASKS_FOR_MORE.includes(String.fromCharCode(head[last] ?? 0)) &&
    !GOES_ON.includes(String.fromCharCode(head[next] ?? 0))
  );
}

function endOfValue(head: Uint8Array, start: number): number | 'open' | 'newline-inside' {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < head.length; at++) {
    const byte = head[at] ?? 0;
    if (byte === NEWLINE) return 'newline-inside';
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return 'open';
}

function asciiOf(head: Uint8Array, start: number): string {
  return String.fromCharCode(...head.subarray(start, start + 64));
}

function skipBlank(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && isBlank(bytes[at] ?? 0)) at++;
  return at;
}

/**
 * What is skipped between records besides JSON's white space: the bytes of a UTF-8 byte-order mark, NUL (a log file truncated under its
 * writer has a hole of zeros) and the record separator of RFC 7464.
 */
export function isBlank(byte: number): boolean {
  return (
    byte === 32 ||
    byte === 9 ||
    byte === 10 ||
    byte === 13 ||
    byte === 0 ||
    byte === 0x1e ||
    byte === 0xef ||
    byte === 0xbb ||
    byte === 0xbf
  );
}

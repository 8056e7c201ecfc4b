/*
 * The one writing in which values of feeds and of events are compared. Each function gives undefined for what is no such value.
 */

/** A name in lower case without the final dot and a leading `*.`: at least two labels, the last not a number (RFC 1035, 2.3.1; underscores and non-ASCII are let through). */
export function normaliseDomain(text: string): string | undefined {
  let name = lowered(text);
  if (name.endsWith('.')) name = name.slice(0, -1);
  if (name.startsWith('*.')) name = name.slice(2);
  const length = name.length;
  if (length < 3 || length > 253) return undefined;
  let label = 0;
  let dots = 0;
  let numeric = true;
  for (let i = 0; i < length; i++) {
    const unit = name.charCodeAt(i);
    if (unit === 0x2e) {
      if (label === 0) return undefined;
      label = 0;
      dots++;
      numeric = true;
      continue;
    }
    const digit = unit >= 0x30 && unit <= 0x39;
    const letter = (unit >= 0x61 && unit <= 0x7a) || unit === 0x2d || unit === 0x5f || unit > 0xa0;
    if (!digit && !letter) return undefined;
    if (!digit) numeric = false;
    if (++label > 63) return undefined;
  }
  return dots === 0 || label === 0 || numeric ? undefined : name;
}

/** Most names are in lower case already, and a new text costs more than a look at the old one. */
function lowered(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if ((unit >= 0x41 && unit <= 0x5a) || unit > 0x7f) return text.toLowerCase();
  }
  return text;
}

/** MD5, SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512 in lower-case hex. */
export function normaliseHash(text: string): string | undefined {
  switch (text.length) {
    case 32:
    case 40:
    case 56:
    case 64:
    case 96:
    case 128:
      return hexOf(text);
    default:
      return undefined;
  }
}

/** The text in lower case where it is all hexadecimal digits; itself where it is in lower case already. */
function hexOf(text: string): string | undefined {
  let upper = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if ((unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x66)) continue;
    if (unit < 0x41 || unit > 0x46) return undefined;
    upper = true;
  }
  return upper ? text.toLowerCase() : text;
}

/** An address of a mailbox in lower case; most providers take no notice of case in the first part. */
export function normaliseEmail(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > 64 || /[\s<>]/.test(text)) return undefined;
  const host = normaliseDomain(text.slice(at + 1));
  return host === undefined ? undefined : `${text.slice(0, at).toLowerCase()}@${host}`;
}

/** A URL taken apart for comparing. */
export interface NormalUrl {
  /** Lower case, without port; an IPv6 address without its brackets. */
  readonly host: string;
  /** Host, port unless 80 or 443, path and query: no scheme, user or fragment. */
  readonly text: string;
  /** Where in `text` the path begins, and where the query begins (the end of `text` where there is none). */
  readonly pathAt: number;
  readonly queryAt: number;
}

/**
 * The normal form of RFC 3986, 6.2.2 and 6.2.3, where it can be had without asking the server: case of the host, escapes of what needs none,
 * dot segments, default ports, an empty path. The scheme is left out, since the same page is mostly served by both.
 */
export function normaliseUrl(text: string): NormalUrl | undefined {
  const scheme = text.indexOf('://');
  if (scheme >= 0 && !isScheme(text, scheme)) return undefined;
  const from = scheme < 0 ? 0 : scheme + 3;
  let end = from;
  while (end < text.length && !isAuthorityEnd(text.charCodeAt(end))) end++;
  const user = text.lastIndexOf('@', end - 1);
  const authority = text.slice(user >= from ? user + 1 : from, end);
  const place = hostOf(authority);
  if (place === undefined) return undefined;
  const hash = text.indexOf('#', end);
  const rest = hash < 0 ? text.slice(end) : text.slice(end, hash);
  const mark = rest.indexOf('?');
  const path = normalPath(mark < 0 ? rest : rest.slice(0, mark));
  const query = mark < 0 || mark === rest.length - 1 ? '' : unescaped(rest.slice(mark));
  const pathAt = place.authority.length;
  return { host: place.host, text: place.authority + path + query, pathAt, queryAt: pathAt + path.length };
}

/** Where the parts of a URL stand in its text. */
export interface UrlMarks {
  /** The host is `text[host, path)`, the path `text[path, query)`, the query what is behind it; the end of the text where there is none. */
  host: number;
  path: number;
  query: number;
}

/**
 * Marks the parts of a URL whose text is in its normal form already, but for the scheme: as nearly all are that logs hold. False where it may
 * not be (user, port, escapes, dot segments, upper case in the host, an address as host), which says nothing about whether it is one. One pass, no
 * new text.
 */
export function markUrl(text: string, into: UrlMarks): boolean {
  let from = 0;
  if (text.startsWith('http://')) from = 7;
  else if (text.startsWith('https://')) from = 8;
  const { length } = text;
  let at = from;
  let dots = 0;
  let label = 0;
  let numeric = true;
  for (; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x2f) break;
    if (unit === 0x2e) {
      if (label === 0) return false;
      dots++;
      label = 0;
      numeric = true;
      continue;
    }
    const digit = unit >= 0x30 && unit <= 0x39;
    if (!digit && !((unit >= 0x61 && unit <= 0x7a) || unit === 0x2d || unit === 0x5f)) return false;
    if (!digit) numeric = false;
    if (++label > 63) return false;
  }
  // No path, or no name: the long way says what it is.
  if (at === length || dots === 0 || label === 0 || numeric || at - from > 253) return false;
  into.host = from;
  into.path = at;
  let query = -1;
  let before = 0;
  for (; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x25 || unit === 0x23 || unit === 0x5c) return false;
    if (query < 0) {
      if (unit === 0x3f) query = at;
      else if (unit === 0x2e && before === 0x2f) return false;
    }
    before = unit;
  }
  if (query === length - 1) return false;
  into.query = query < 0 ? length : query;
  return true;
}

function isScheme(text: string, length: number): boolean {
  if (length < 2 || length > 16) return false;
  if (length <= 5 && (text.startsWith('http://') || text.startsWith('https://'))) return true;
  return /^[a-z][a-z0-9+.-]*$/i.test(text.slice(0, length));
}

function isAuthorityEnd(unit: number): boolean {
  return unit === 0x2f || unit === 0x3f || unit === 0x23 || unit === 0x5c;
}

function hostOf(authority: string): { readonly host: string; readonly authority: string } | undefined {
  const bracketed = authority.startsWith('[') ? /^\[([0-9a-f:.]+)\](?::(\d*))?$/i.exec(authority) : null;
  const colon = bracketed === null ? authority.indexOf(':') : -1;
  const port = bracketed === null ? (colon < 0 ? '' : authority.slice(colon + 1)) : (bracketed[2] ?? '');
  if (port !== '' && !/^\d{1,5}$/.test(port)) return undefined;
  const suffix = port === '' || port === '80' || port === '443' ? '' : `:${port}`;
  if (bracketed !== null) {
    const host = (bracketed[1] ?? '').toLowerCase();
    return { host, authority: `[${host}]${suffix}` };
  }
  const name = lowered(colon < 0 ? authority : authority.slice(0, colon));
  const host = name.endsWith('.') ? name.slice(0, -1) : name;
  if (normaliseDomain(host) === undefined && !isV4(host)) return undefined;
  return { host, authority: host + suffix };
}

function isV4(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);
}

function normalPath(raw: string): string {
  if (raw === '') return '/';
  const path = unescaped(raw.includes('\\') ? raw.replaceAll('\\', '/') : raw);
  return path.includes('/.') ? withoutDots(path) : path;
}

/** RFC 3986, 5.2.4. */
function withoutDots(path: string): string {
  const out: string[] = [];
  const parts = path.split('/').slice(1);
  parts.forEach((part, i) => {
    const last = i === parts.length - 1;
    if (part === '..') out.pop();
    else if (part !== '.') out.push(part);
    if (last && (part === '..' || part === '.')) out.push('');
  });
  return `/${out.join('/')}`;
}

function unescaped(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%[0-9a-f]{2}/gi, (triple) => {
    const letter = String.fromCharCode(Number.parseInt(triple.slice(1), 16));
    return /[a-z0-9\-._~]/i.test(letter) ? letter : triple.toUpperCase();
  });
}

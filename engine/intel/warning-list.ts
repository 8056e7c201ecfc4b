import { parseNetwork } from '../match/index.ts';
import type { Indicator } from './indicator.ts';
import { normaliseDomain, normaliseEmail, normaliseHash, normaliseUrl } from './normal-form.ts';
import { RangeRows, type RangeTable, rangeOf } from './range-table.ts';

/** Values that no feed may call bad: addresses and networks, domains (`.name` for all below it too), URLs, hashes, e-mail addresses. */
export interface WarningList {
  readonly name: string;
  readonly values: readonly string[];
}

/** What is private, reserved or for documentation: IANA special-purpose address registries (RFC 6890 and its updates). */
const RESERVED: readonly string[] = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4', '::/128', '::1/128', '64:ff9b:1::/48', '100::/64', '2001:db8::/32'],
  ...['3fff::/20', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
];

/** The digests of no bytes: MD5, SHA-1, SHA-256. */
const EMPTY_FILE: readonly string[] = [
  'd41d8cd98f00b204e9800998ecf8427e',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
];

/** The lists that always hold. */
export const BUILT_IN_WARNINGS: readonly WarningList[] = [
  { name: 'reserved addresses', values: RESERVED },
  { name: 'empty file', values: EMPTY_FILE },
];

/** Warning lists, compiled. */
export class Warnings {
  readonly #exact = new Map<string, string>();
  /** Domains that may not be named, since a listed one is the same or lies below. */
  readonly #covering = new Map<string, string>();
  /** Domains below which nothing may be named. */
  readonly #below = new Map<string, string>();
  readonly #ranges: readonly { readonly name: string; readonly v4: RangeTable; readonly v6: RangeTable }[];
  /** Values that are none of these; a list that cannot be read must be seen. */
  readonly unread: readonly { readonly list: string; readonly value: string }[];

  constructor(lists: readonly WarningList[]) {
    const unread: { list: string; value: string }[] = [];
    this.#ranges = [...BUILT_IN_WARNINGS, ...lists].map(({ name, values }) => {
      const rows = { v4: new RangeRows(1), v6: new RangeRows(4) };
      for (const value of values) {
        const network = parseNetwork(value.trim());
        if (network !== undefined) (network.v4 ? rows.v4 : rows.v6).add(rangeOf(network), 0);
        else if (!this.#addText(name, value.trim())) unread.push({ list: name, value });
      }
      return { name, v4: rows.v4.table(first), v6: rows.v6.table(first) };
    });
    this.unread = unread;
  }

  /** The list that speaks against an indicator. A network is refused where it touches a listed one; a domain where it would match one. */
  against({ type, value }: Indicator): string | undefined {
    switch (type) {
      case 'ip':
      case 'cidr':
        return this.#againstNetwork(value);
      case 'domain':
        return this.#againstDomain(normaliseDomain(value));
      case 'url': {
        const url = normaliseUrl(value);
        if (url === undefined) return undefined;
        // A page on a listed host may well be bad; the whole host is what the list protects.
        const whole = url.queryAt === url.pathAt + 1 && url.text.length === url.queryAt;
        const list = this.#exact.get(`url ${url.text}`);
        return (
          list ??
          (whole
            ? (this.#againstDomain(url.host) ?? this.#againstNetwork(url.host))
            : this.#againstReserved(url.host))
        );
      }
      case 'hash':
        return this.#exact.get(`hash ${normaliseHash(value) ?? ''}`);
      case 'email':
        return this.#exact.get(`email ${normaliseEmail(value) ?? ''}`);
      default:
        return type satisfies never;
    }
  }

  #addText(name: string, value: string): boolean {
    const hash = normaliseHash(value);
    if (hash !== undefined) return Boolean(this.#exact.set(`hash ${hash}`, name));
    const email = normaliseEmail(value);
    if (email !== undefined) return Boolean(this.#exact.set(`email ${email}`, name));
    const domain = normaliseDomain(value.startsWith('.') ? value.slice(1) : value);
    if (domain !== undefined) {
      if (value.startsWith('.')) this.#below.set(domain, name);
      for (const parent of parents(domain)) if (!this.#covering.has(parent)) this.#covering.set(parent, name);
      return true;
    }
    const url = normaliseUrl(value);
    if (url === undefined) return false;
    this.#exact.set(`url ${url.text}`, name);
    return true;
  }

  #againstDomain(domain: string | undefined): string | undefined {
    if (domain === undefined) return undefined;
    const covering = this.#covering.get(domain);
    if (covering !== undefined) return covering;
    for (const parent of parents(domain)) {
      const below = this.#below.get(parent);
      if (below !== undefined) return below;
    }
    return undefined;
  }

  #againstNetwork(text: string): string | undefined {
    return this.#overlapping(text, this.#ranges);
  }

  #againstReserved(text: string): string | undefined {
    return this.#overlapping(text, this.#ranges.slice(0, 1));
  }

  #overlapping(
    text: string,
    lists: readonly { readonly name: string; readonly v4: RangeTable; readonly v6: RangeTable }[],
  ): string | undefined {
    const network = parseNetwork(text);
    if (network === undefined) return undefined;
    const range = rangeOf(network);
    return lists.find(({ v4, v6 }) => (network.v4 ? v4 : v6).overlaps(range))?.name;
  }
}

function first(notes: readonly number[]): readonly number[] {
  return notes.slice(0, 1);
}

/** The name and every name above it, the last label included. */
function parents(domain: string): readonly string[] {
  const labels = domain.split('.');
  return labels.map((_, i) => labels.slice(i).join('.'));
}

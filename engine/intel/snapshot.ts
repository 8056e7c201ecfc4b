import { parseAddress } from '../match/index.ts';
import {
  type Decay,
  type EventTime,
  type IndicatorMatch,
  type IndicatorType,
  sha256,
} from '../model/index.ts';
import { DECAY_DEFAULTS, decayed } from './decay.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';
import { type FingerprintParts, FingerprintTable } from './fingerprint-table.ts';
import { HostFilter, LISTED } from './host-filter.ts';
import {
  markUrl,
  type NormalUrl,
  normaliseDomain,
  normaliseEmail,
  normaliseHash,
  normaliseUrl,
  type UrlMarks,
} from './normal-form.ts';
import { type Note, Notes } from './notes.ts';
import { type RangeParts, RangeTable } from './range-table.ts';

/** What can be asked for: networks are found by an address in them. */
export type ObservableType = Exclude<IndicatorType, 'cidr'>;

/** How an indicator met an observable: the same value, a domain above it, the host of a URL, a folder of its path, a network around it. */
export type MatchedBy = IndicatorMatch['by'];

/** An indicator of a feed that an observable meets, whatever the time. */
export interface Candidate {
  readonly type: IndicatorType;
  /** The indicator's value in its normal form. */
  readonly value: string;
  readonly by: MatchedBy;
  /** What is noted of it, by number. */
  readonly note: number;
}

/** An indicator that holds of an observable at a time. */
export type IntelMatch = Omit<IndicatorMatch, 'field' | 'observed'>;

/** What decides how much an indicator is still believed. */
export interface Believed {
  readonly type: IndicatorType;
  readonly source: string;
  readonly confidence: number;
  readonly lastSeen?: EventTime | undefined;
  readonly validUntil?: EventTime | undefined;
}

/** What holds for all indicators of one feed. */
export interface SourceSettings {
  readonly decay: Partial<Readonly<Record<IndicatorType, Decay>>>;
  /** 0–100: what has less left does not match. */
  readonly minConfidence: number;
}

/** A snapshot as plain data: threads can share its arrays. */
export interface SnapshotParts {
  readonly texts: FingerprintParts;
  /** Bits of the filter of hosts of which some page is listed. */
  readonly hosts: Uint32Array;
  readonly v4: RangeParts;
  readonly v6: RangeParts;
  readonly notes: readonly Note[];
  readonly decay: Readonly<Record<IndicatorType, Decay>>;
  readonly sources: Readonly<Record<string, SourceSettings>>;
  readonly digest: string;
}

/** Kinds of texts in the table; a URL is exact, or stands for all below its folder. */
export const KIND = { domain: 1, url: 2, prefix: 3, hash: 4, email: 5 } as const;
const NOTHING: readonly Candidate[] = [];
const NO_MATCH: readonly IntelMatch[] = [];

/** The tables of a snapshot. */
export interface Tables {
  readonly texts: FingerprintTable;
  readonly v4: RangeTable;
  readonly v6: RangeTable;
  readonly notes: Notes;
}

/** A part of a text to be looked up. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly type: IndicatorType;
  readonly kind: number;
  readonly by: MatchedBy;
}

/** Indicators, ready to be asked for. Immutable: a new state of the feeds is a new snapshot, and swapping one reference is the swap. */
export class IntelSnapshot {
  readonly size: number;
  /** What its tables take; notes are a handful of objects besides. */
  readonly bytes: number;
  /** SHA-256 over what it holds: independent of the order of the rows. */
  readonly digest: string;
  readonly #parts: SnapshotParts;
  readonly #tables: Tables;
  readonly #hosts: HostFilter;
  readonly #marks: UrlMarks = { host: 0, path: 0, query: 0 };
  readonly #print: Fingerprint = { high: 0, low: 0 };
  readonly #groups = new Uint16Array(8);
  readonly #one = new Uint32Array(1);
  readonly #four = new Uint32Array(4);

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
    this.#tables = {
      texts: new FingerprintTable(parts.texts),
      v4: new RangeTable(1, parts.v4),
      v6: new RangeTable(4, parts.v6),
      notes: new Notes(parts.notes),
    };
    const { texts, v4, v6 } = this.#tables;
    this.size = texts.size + v4.size + v6.size;
    this.#hosts = new HostFilter(parts.hosts);
    this.bytes = texts.bytes + v4.bytes + v6.bytes + this.#hosts.bytes;
    this.digest = parts.digest;
  }

  /** A snapshot without an indicator. */
  static empty(): IntelSnapshot {
    const none = { words: new Uint32Array(0), notes: new Uint32Array(0) };
    return new IntelSnapshot({
      texts: { rows: new Int32Array(0), starts: new Uint32Array(3) },
      hosts: new Uint32Array(1),
      v4: none,
      v6: none,
      notes: [],
      decay: DECAY_DEFAULTS,
      sources: {},
      digest: sha256(''),
    });
  }

  /**
   * As plain data for another thread, which makes a snapshot of it again. Its arrays lie in shared memory where the platform has some, so
   * that they are held once, however many threads ask.
   */
  shared(): SnapshotParts {
    const { texts, v4, v6, hosts } = this.#parts;
    return {
      ...this.#parts,
      hosts: sharedWords(hosts),
      texts: { rows: sharedInts(texts.rows), starts: sharedWords(texts.starts) },
      v4: { words: sharedWords(v4.words), notes: sharedWords(v4.notes) },
      v6: { words: sharedWords(v6.words), notes: sharedWords(v6.notes) },
    };
  }

  /**
   * What holds of an observable at an event's time: expired indicators and those without confidence left say nothing. A value that is none of
   * its type has no match. One probe for a hash; one for each label of a domain; for a URL one for each folder and what its host costs.
   */
  match(type: ObservableType, value: string, at: EventTime): readonly IntelMatch[] {
    const candidates = this.candidates(type, value);
    if (candidates.length === 0) return NO_MATCH;
    return candidates.flatMap((candidate) => {
      const score = this.scoreOf(candidate, at);
      return score === undefined ? [] : [this.matchOf(candidate, score)];
    });
  }

  /** The indicators that an observable meets, whatever the time. What it costs is said at `match`. */
  candidates(type: ObservableType, value: string): readonly Candidate[] {
    switch (type) {
      case 'ip':
        return this.#address(value, undefined);
      case 'domain':
        return this.#domain(normaliseDomain(value), 'exact');
      case 'hash':
        return this.#text('hash', normaliseHash(value), { kind: KIND.hash, by: 'exact' });
      case 'email':
        return this.#text('email', normaliseEmail(value), { kind: KIND.email, by: 'exact' });
      case 'url': {
        if (markUrl(value, this.#marks)) return this.#marked(value, this.#marks);
        const url = normaliseUrl(value);
        return url === undefined ? NOTHING : this.#url(url);
      }
      default:
        return type satisfies never;
    }
  }

  /** The feed that a candidate comes from. */
  sourceOf({ note }: Candidate): string {
    return this.#tables.notes.at(note).source;
  }

  /** What confidence is left in a candidate at a time, 0–100; undefined where it does not hold any more, or too little is left. */
  scoreOf(candidate: Candidate, now: EventTime): number | undefined {
    return this.scoreAs({ ...this.#tables.notes.at(candidate.note), type: candidate.type }, now);
  }

  /** The same of an indicator that need not be listed: by what its feed says of the lifetime of such ones. */
  scoreAs({ type, source, confidence, lastSeen, validUntil }: Believed, now: EventTime): number | undefined {
    if (validUntil !== undefined && now >= validUntil) return undefined;
    const settings = Object.hasOwn(this.#parts.sources, source) ? this.#parts.sources[source] : undefined;
    const decay = settings?.decay[type] ?? this.#parts.decay[type];
    const score = lastSeen === undefined ? confidence : decayed(confidence, { lastSeen, now }, decay);
    return score <= 0 || score < (settings?.minConfidence ?? 0) ? undefined : score;
  }

  /** A candidate that holds, with all that is known of it. */
  matchOf({ type, value, by, note }: Candidate, score: number): IntelMatch {
    const { source, confidence, lastSeen, validUntil } = this.#tables.notes.at(note);
    return {
      id: indicatorId(type, value, source),
      type,
      value,
      by,
      source,
      confidence,
      score,
      ...(lastSeen === undefined ? {} : { lastSeen }),
      ...(validUntil === undefined ? {} : { validUntil }),
      digest: this.digest,
    };
  }

  #text(
    type: IndicatorType,
    text: string | undefined,
    how: { readonly kind: number; readonly by: MatchedBy },
  ): readonly Candidate[] {
    if (text === undefined) return NOTHING;
    const { texts } = this.#tables;
    let row = texts.find(text, how.kind);
    if (row < 0) return NOTHING;
    const found: Candidate[] = [];
    do {
      found.push({ type, value: text, by: how.by, note: texts.noteAt(row) });
      row++;
    } while (texts.isSame(row));
    return found;
  }

  #domain(name: string | undefined, whole: MatchedBy): readonly Candidate[] {
    return name === undefined ? NOTHING : this.#names(name, { host: 0, path: name.length }, whole);
  }

  /** A URL whose parts are marked: none of them becomes a text before it is found. */
  #marked(text: string, { host, path, query }: UrlMarks): readonly Candidate[] {
    const print = this.#print;
    fingerprint(text, KIND.domain, print, host, path);
    let found = NOTHING;
    const add = (more: readonly Candidate[]): void => {
      if (more.length > 0) found = found.length === 0 ? more : [...found, ...more];
    };
    if (this.#hosts.mayHave(print, LISTED.page)) {
      add(this.#part(text, { from: host, to: text.length, type: 'url', kind: KIND.url, by: 'exact' }));
      // A page that is listed without a query is meant with any.
      if (query < text.length)
        add(this.#part(text, { from: host, to: query, type: 'url', kind: KIND.url, by: 'prefix' }));
    }
    if (this.#hosts.mayHave(print, LISTED.folder)) {
      for (
        let slash = text.lastIndexOf('/', query - 1);
        slash >= path;
        slash = text.lastIndexOf('/', slash - 1)
      ) {
        const to = slash + 1;
        const by = to === text.length ? 'exact' : slash === path ? 'host' : 'prefix';
        add(this.#part(text, { from: host, to, type: 'url', kind: KIND.prefix, by }));
      }
    }
    add(this.#names(text, { host, path }, 'host'));
    return found;
  }

  /** The name in `text[host, path)`, and each above it but the last label. */
  #names(
    text: string,
    { host, path }: Pick<UrlMarks, 'host' | 'path'>,
    whole: MatchedBy,
  ): readonly Candidate[] {
    let found = NOTHING;
    const print = this.#print;
    for (let from = host; ; ) {
      const dot = text.indexOf('.', from);
      // The last label alone is never an indicator.
      if (dot < 0 || dot >= path) return found;
      fingerprint(text, KIND.domain, print, from, path);
      if (this.#hosts.mayHave(print, LISTED.name)) {
        const by = from === host ? whole : 'parent';
        const here = this.#part(text, { from, to: path, type: 'domain', kind: KIND.domain, by });
        if (here.length > 0) found = [...found, ...here];
      }
      from = dot + 1;
    }
  }

  #part(text: string, at: Part): readonly Candidate[] {
    const { texts } = this.#tables;
    let row = texts.findIn(text, at.kind, at.from, at.to);
    if (row < 0) return NOTHING;
    const value = text.slice(at.from, at.to);
    const found: Candidate[] = [];
    do {
      found.push({ type: at.type, value, by: at.by, note: texts.noteAt(row) });
      row++;
    } while (texts.isSame(row));
    return found;
  }

  #url(url: NormalUrl): readonly Candidate[] {
    const { text, pathAt, queryAt } = url;
    let found = this.#text('url', text, { kind: KIND.url, by: 'exact' });
    const add = (more: readonly Candidate[]): void => {
      if (more.length > 0) found = [...found, ...more];
    };
    // A page that is listed without a query is meant with any.
    if (queryAt < text.length) {
      add(this.#text('url', text.slice(0, queryAt), { kind: KIND.url, by: 'prefix' }));
    }
    for (
      let slash = text.lastIndexOf('/', queryAt - 1);
      slash >= pathAt;
      slash = text.lastIndexOf('/', slash - 1)
    ) {
      const folder = text.slice(0, slash + 1);
      const by = folder === text ? 'exact' : slash === pathAt ? 'host' : 'prefix';
      add(this.#text('url', folder, { kind: KIND.prefix, by }));
    }
    // The host is in its normal form already; only one that ends in a digit or holds a colon can be an address.
    const last = url.host.charCodeAt(url.host.length - 1);
    if ((last >= 0x30 && last <= 0x39) || url.host.includes(':')) add(this.#address(url.host, 'host'));
    add(this.#domain(normaliseDomain(url.host), 'host'));
    return found;
  }

  #address(text: string, host: MatchedBy | undefined): readonly Candidate[] {
    const groups = this.#groups;
    const family = parseAddress(text, groups);
    if (family === 0) return NOTHING;
    const table = family === 4 ? this.#tables.v4 : this.#tables.v6;
    const words = family === 4 ? this.#one : this.#four;
    for (let i = 0; i < words.length; i++) {
      const group = family === 4 ? 6 : i * 2;
      words[i] = ((groups[group] ?? 0) << 16) | (groups[group + 1] ?? 0);
    }
    let row = table.find(words);
    if (row < 0) return NOTHING;
    const found: Candidate[] = [];
    for (; row >= 0; row = table.around(row)) {
      const value = table.textAt(row);
      const network = value.includes('/');
      const by = host ?? (network ? 'network' : 'exact');
      found.push({ type: network ? 'cidr' : 'ip', value, by, note: table.noteAt(row) });
    }
    return found;
  }
}

/** The id of an indicator: the same wherever the same feed says the same of the same value. */
export function indicatorId(type: IndicatorType, value: string, source: string): string {
  return sha256(JSON.stringify([type, value, source])).slice(0, 32);
}

function sharedInts(of: Int32Array): Int32Array {
  if (typeof SharedArrayBuffer === 'undefined') return of;
  if (of.buffer instanceof SharedArrayBuffer) return of;
  const into = new Int32Array(new SharedArrayBuffer(of.byteLength));
  into.set(of);
  return into;
}

function sharedWords(of: Uint32Array): Uint32Array {
  if (typeof SharedArrayBuffer === 'undefined') return of;
  if (of.buffer instanceof SharedArrayBuffer) return of;
  const into = new Uint32Array(new SharedArrayBuffer(of.byteLength));
  into.set(of);
  return into;
}

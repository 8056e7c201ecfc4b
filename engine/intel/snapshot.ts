import { parseAddress, parseNetwork } from '../match/index.ts';
import { type Digest, type EventTime, sha256 } from '../model/index.ts';
import { DECAY_DEFAULTS, type Decay, decayed } from './decay.ts';
import { FingerprintRows, type FingerprintTable } from './fingerprint-table.ts';
import type { FeedSink, Indicator, IndicatorType } from './indicator.ts';
import {
  type NormalUrl,
  normaliseDomain,
  normaliseEmail,
  normaliseHash,
  normaliseUrl,
} from './normal-form.ts';
import { Notes } from './notes.ts';
import { RangeRows, type RangeTable, rangeOf } from './range-table.ts';
import { type WarningList, Warnings } from './warning-list.ts';

/** What can be asked for: networks are found by an address in them. */
export type ObservableType = Exclude<IndicatorType, 'cidr'>;

/** How an indicator met an observable: the same value, a domain above it, the host of a URL, a folder of its path, a network around it. */
export type MatchedBy = 'exact' | 'parent' | 'host' | 'prefix' | 'network';

/** An indicator that holds of an observable at a time. */
export interface IntelMatch {
  /** SHA-256 of type, value and source, 32 hex digits: the same in every snapshot that has the indicator. */
  readonly id: string;
  readonly type: IndicatorType;
  /** The indicator's value in its normal form. */
  readonly value: string;
  readonly by: MatchedBy;
  readonly source: string;
  /** 0–100: what the feed gave, and what is left of it at the time asked for. */
  readonly confidence: number;
  readonly score: number;
  readonly lastSeen: EventTime;
  readonly validUntil: EventTime | undefined;
  /** The digest of the snapshot. */
  readonly digest: string;
}

/** Why an indicator is not in the snapshot. */
export interface Refused {
  readonly indicator: Indicator;
  /** `malformed`, or the name of the warning list. */
  readonly reason: string;
}

/** What became of the rows. */
export interface SnapshotReport {
  /** taken = refused + the rows that stand + those another row of the same value and source displaced or revoked. */
  readonly taken: number;
  readonly refused: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly samples: readonly Refused[];
  readonly held: number;
  readonly merged: number;
  /** Values of warning lists that are no value. */
  readonly unreadWarnings: readonly { readonly list: string; readonly value: string }[];
}

/** What a snapshot is made with. */
export interface SnapshotOptions {
  /** Stands for `lastSeen` where a feed gives none. */
  readonly loadedAt: EventTime;
  readonly warnings?: readonly WarningList[];
  readonly decay?: Partial<Record<IndicatorType, Decay>>;
  /** A faster SHA-256 where there is one. */
  readonly digest?: Digest;
}

const SAMPLES_MAX = 100;
/** Kinds of texts in the table; a URL is exact, or stands for all below its folder. */
const KIND = { domain: 1, url: 2, prefix: 3, hash: 4, email: 5 } as const;
const NOTHING: readonly IntelMatch[] = [];

/** Takes indicators one by one and makes a snapshot of them. */
export class SnapshotBuilder implements FeedSink {
  readonly #options: SnapshotOptions;
  readonly #warnings: Warnings;
  readonly #texts = new FingerprintRows();
  readonly #v4 = new RangeRows(1);
  readonly #v6 = new RangeRows(4);
  readonly #notes = new Notes();
  readonly #refused = new Map<string, number>();
  readonly #samples: Refused[] = [];
  #taken = 0;

  constructor(options: SnapshotOptions) {
    this.#options = options;
    this.#warnings = new Warnings(options.warnings ?? []);
  }

  /** Takes an indicator, or refuses it and counts why. O(1). */
  indicator(indicator: Indicator): void {
    this.#taken++;
    const list = this.#warnings.against(indicator);
    const reason = list ?? (this.#add(indicator) ? undefined : 'malformed');
    if (reason === undefined) return;
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    if (this.#samples.length < SAMPLES_MAX) this.#samples.push({ indicator, reason });
  }

  /** The snapshot; the builder is empty then. O(n). */
  build(): { readonly snapshot: IntelSnapshot; readonly report: SnapshotReport } {
    const settle = (numbers: readonly number[]): readonly number[] => this.#notes.settle(numbers);
    const snapshot = new IntelSnapshot(
      {
        texts: this.#texts.table(settle),
        v4: this.#v4.table(settle),
        v6: this.#v6.table(settle),
        notes: this.#notes,
      },
      this.#options,
    );
    const refused = [...this.#refused.values()].reduce((sum, count) => sum + count, 0);
    const report: SnapshotReport = {
      taken: this.#taken,
      refused: Object.fromEntries([...this.#refused].sort(([a], [b]) => (a < b ? -1 : 1))),
      samples: this.#samples,
      held: snapshot.size,
      merged: this.#taken - refused - snapshot.size,
      unreadWarnings: this.#warnings.unread,
    };
    return { snapshot, report };
  }

  #add(indicator: Indicator): boolean {
    const { type, value } = indicator;
    switch (type) {
      case 'ip':
      case 'cidr': {
        const network = parseNetwork(value);
        if (network === undefined) return false;
        (network.v4 ? this.#v4 : this.#v6).add(rangeOf(network), this.#note(indicator));
        return true;
      }
      case 'domain':
        return this.#addText(indicator, normaliseDomain(value), KIND.domain);
      case 'hash':
        return this.#addText(indicator, normaliseHash(value), KIND.hash);
      case 'email':
        return this.#addText(indicator, normaliseEmail(value), KIND.email);
      case 'url': {
        const url = normaliseUrl(value);
        const folder = url?.queryAt === url?.text.length && url?.text.endsWith('/') === true;
        return this.#addText(indicator, url?.text, folder ? KIND.prefix : KIND.url);
      }
      default:
        return type satisfies never;
    }
  }

  #addText(indicator: Indicator, text: string | undefined, kind: number): boolean {
    if (text === undefined) return false;
    this.#texts.add(text, kind, this.#note(indicator));
    return true;
  }

  #note(indicator: Indicator): number {
    return this.#notes.numberOf(indicator, this.#options.loadedAt);
  }
}

interface Tables {
  readonly texts: FingerprintTable;
  readonly v4: RangeTable;
  readonly v6: RangeTable;
  readonly notes: Notes;
}

/** Indicators, ready to be asked for. Immutable: a new state of the feeds is a new snapshot, and swapping one reference is the swap. */
export class IntelSnapshot {
  readonly size: number;
  /** What its tables take; notes are a handful of objects besides. */
  readonly bytes: number;
  /** SHA-256 over what it holds: independent of the order of the rows. */
  readonly digest: string;
  readonly #tables: Tables;
  readonly #decay: Readonly<Record<IndicatorType, Decay>>;
  readonly #groups = new Uint16Array(8);
  readonly #one = new Uint32Array(1);
  readonly #four = new Uint32Array(4);

  constructor(tables: Tables, options: SnapshotOptions) {
    this.#tables = tables;
    this.#decay = { ...DECAY_DEFAULTS, ...options.decay };
    this.size = tables.texts.size + tables.v4.size + tables.v6.size;
    this.bytes = tables.texts.bytes + tables.v4.bytes + tables.v6.bytes;
    this.digest = digestOf(tables, this.#decay, options.digest ?? sha256);
  }

  /**
   * What holds of an observable at an event's time: expired indicators and those without confidence left say nothing. A value that is none of
   * its type has no match. One probe for a hash; one for each label of a domain; for a URL one for each folder and what its host costs.
   */
  match(type: ObservableType, value: string, at: EventTime): readonly IntelMatch[] {
    switch (type) {
      case 'ip':
        return this.#address(value, { at, by: undefined });
      case 'domain':
        return this.#domain(normaliseDomain(value), { at, host: false });
      case 'hash':
        return this.#text('hash', normaliseHash(value), { kind: KIND.hash, by: 'exact', at });
      case 'email':
        return this.#text('email', normaliseEmail(value), { kind: KIND.email, by: 'exact', at });
      case 'url': {
        const url = normaliseUrl(value);
        return url === undefined ? NOTHING : this.#url(url, at);
      }
      default:
        return type satisfies never;
    }
  }

  #text(
    type: IndicatorType,
    text: string | undefined,
    how: { readonly kind: number; readonly by: MatchedBy; readonly at: EventTime },
  ): readonly IntelMatch[] {
    if (text === undefined) return NOTHING;
    const { texts } = this.#tables;
    let row = texts.find(text, how.kind);
    if (row < 0) return NOTHING;
    const found: IntelMatch[] = [];
    do {
      const match = this.#matchOf({ type, value: text, by: how.by }, texts.noteAt(row), how.at);
      if (match !== undefined) found.push(match);
      row++;
    } while (texts.isSame(row));
    return found;
  }

  #domain(
    name: string | undefined,
    how: { readonly at: EventTime; readonly host: boolean },
  ): readonly IntelMatch[] {
    if (name === undefined) return NOTHING;
    let found = NOTHING;
    for (let from = 0; ; ) {
      const dot = name.indexOf('.', from);
      // The last label alone is never an indicator.
      if (dot < 0) return found;
      const by = from > 0 ? 'parent' : how.host ? 'host' : 'exact';
      const here = this.#text('domain', from === 0 ? name : name.slice(from), {
        kind: KIND.domain,
        by,
        at: how.at,
      });
      if (here.length > 0) found = [...found, ...here];
      from = dot + 1;
    }
  }

  #url(url: NormalUrl, at: EventTime): readonly IntelMatch[] {
    const { text, pathAt, queryAt } = url;
    const found: IntelMatch[] = [];
    found.push(...this.#text('url', text, { kind: KIND.url, by: 'exact', at }));
    // A page that is listed without a query is meant with any.
    if (queryAt < text.length) {
      found.push(...this.#text('url', text.slice(0, queryAt), { kind: KIND.url, by: 'prefix', at }));
    }
    for (
      let slash = text.lastIndexOf('/', queryAt - 1);
      slash >= pathAt;
      slash = text.lastIndexOf('/', slash - 1)
    ) {
      const folder = text.slice(0, slash + 1);
      const by = folder === text ? 'exact' : slash === pathAt ? 'host' : 'prefix';
      found.push(...this.#text('url', folder, { kind: KIND.prefix, by, at }));
    }
    found.push(...this.#domain(normaliseDomain(url.host), { at, host: true }));
    found.push(...this.#address(url.host, { at, by: 'host' }));
    return found.length === 0 ? NOTHING : found;
  }

  #address(
    text: string,
    how: { readonly at: EventTime; readonly by: MatchedBy | undefined },
  ): readonly IntelMatch[] {
    const groups = this.#groups;
    const family = parseAddress(text, groups);
    if (family === 0) return NOTHING;
    const table = family === 4 ? this.#tables.v4 : this.#tables.v6;
    const words = family === 4 ? this.#one : this.#four;
    for (let i = 0; i < words.length; i++) {
      const group = family === 4 ? 6 : i * 2;
      words[i] = ((groups[group] ?? 0) << 16) | (groups[group + 1] ?? 0);
    }
    const found: IntelMatch[] = [];
    for (let row = table.find(words); row >= 0; row = table.around(row)) {
      const value = table.textAt(row);
      const network = value.includes('/');
      const by = how.by ?? (network ? 'network' : 'exact');
      const match = this.#matchOf({ type: network ? 'cidr' : 'ip', value, by }, table.noteAt(row), how.at);
      if (match !== undefined) found.push(match);
    }
    return found.length === 0 ? NOTHING : found;
  }

  #matchOf(
    what: { readonly type: IndicatorType; readonly value: string; readonly by: MatchedBy },
    number: number,
    now: EventTime,
  ): IntelMatch | undefined {
    const { source, confidence, lastSeen, validUntil } = this.#tables.notes.at(number);
    if (validUntil !== undefined && now >= validUntil) return undefined;
    const score = decayed(confidence, { lastSeen, now }, this.#decay[what.type]);
    if (score <= 0) return undefined;
    const id = sha256(JSON.stringify([what.type, what.value, source])).slice(0, 32);
    return { id, ...what, source, confidence, score, lastSeen, validUntil, digest: this.digest };
  }
}

/** Over the rows in their order, each with what is noted of it rather than with the note's number, which depends on the order of the feed. */
function digestOf(tables: Tables, decay: Readonly<Record<IndicatorType, Decay>>, digest: Digest): string {
  const { notes } = tables;
  const order = Array.from({ length: notes.size }, (_, number) => number);
  const texts = order.map((number) => JSON.stringify(notes.at(number)));
  order.sort((a, b) => ((texts[a] ?? '') < (texts[b] ?? '') ? -1 : 1));
  // Only notes that some row has: what displaced or revoked rows said must not count.
  const ranks = new Uint32Array(notes.size);
  const used = new Uint8Array(notes.size);
  const parts = [tables.texts, tables.v4, tables.v6];
  for (const part of parts) for (let row = 0; row < part.size; row++) used[part.noteAt(row)] = 1;
  const said = order.filter((number) => used[number] === 1);
  said.forEach((number, rank) => {
    ranks[number] = rank;
  });
  const sums = parts.map((part) => digest(part.content((number) => ranks[number] ?? 0)));
  return digest(JSON.stringify([sums, said.map((number) => texts[number]), decay]));
}

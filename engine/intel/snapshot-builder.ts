import { parseNetwork } from '../match/index.ts';
import {
  canonicalJson,
  type Decay,
  type Digest,
  type EventTime,
  type IndicatorType,
  sha256,
} from '../model/index.ts';
import { DECAY_DEFAULTS } from './decay.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';
import { FingerprintRows } from './fingerprint-table.ts';
import { HostRows, LISTED, type Listed } from './host-filter.ts';
import type { FeedSink, Indicator } from './indicator.ts';
import { normaliseDomain, normaliseEmail, normaliseHash, normaliseUrl } from './normal-form.ts';
import { Notes } from './notes.ts';
import { RangeRows, rangeOf } from './range-table.ts';
import { IntelSnapshot, KIND, type SnapshotParts, type SourceSettings, type Tables } from './snapshot.ts';
import { type WarningList, Warnings } from './warning-list.ts';

/** Why an indicator is not in the snapshot. */
export interface Refused {
  readonly indicator: Indicator;
  /** `malformed`, or the name of the warning list. */
  readonly reason: string;
}

/** What became of the rows of a feed. */
export interface FeedCounts {
  readonly taken: number;
  readonly refused: number;
  readonly held: number;
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
  /** The same by feed. */
  readonly feeds: Readonly<Record<string, FeedCounts>>;
  /** Values of warning lists that are no value. */
  readonly unreadWarnings: readonly { readonly list: string; readonly value: string }[];
}

/** What a snapshot is made with. */
export interface SnapshotOptions {
  /** Stands for `lastSeen` where a feed gives none; without it such indicators do not decay. */
  readonly loadedAt?: EventTime;
  /** Hold for every feed. */
  readonly warnings?: readonly WarningList[];
  readonly decay?: Partial<Readonly<Record<IndicatorType, Decay>>>;
  /** By feed, what holds for its indicators. */
  readonly sources?: Readonly<Record<string, SourceSettings>>;
  /** By feed, what only it may not call bad. */
  readonly sourceWarnings?: Readonly<Record<string, readonly WarningList[]>>;
  /** A faster SHA-256 where there is one. */
  readonly digest?: Digest;
}

const SAMPLES_MAX = 100;

/** Takes indicators one by one and makes a snapshot of them. */
export class SnapshotBuilder implements FeedSink {
  readonly #options: SnapshotOptions;
  readonly #warnings: Warnings;
  readonly #own: ReadonlyMap<string, Warnings>;
  readonly #texts = new FingerprintRows();
  readonly #hosts = new HostRows();
  readonly #print: Fingerprint = { high: 0, low: 0 };
  readonly #v4 = new RangeRows(1);
  readonly #v6 = new RangeRows(4);
  readonly #notes = new Notes();
  readonly #refused = new Map<string, number>();
  readonly #samples: Refused[] = [];
  readonly #bySource = new Map<string, { taken: number; refused: number; held: number }>();
  #taken = 0;

  constructor(options: SnapshotOptions) {
    this.#options = options;
    this.#warnings = new Warnings(options.warnings ?? []);
    this.#own = new Map(
      Object.entries(options.sourceWarnings ?? {})
        .filter(([, lists]) => lists.length > 0)
        .map(([source, lists]) => [source, new Warnings(lists)]),
    );
  }

  /** Takes an indicator, or refuses it and counts why. O(1). */
  indicator(indicator: Indicator): void {
    this.#taken++;
    const counts = this.#countsOf(indicator.source);
    counts.taken++;
    const list = this.#warnings.against(indicator) ?? this.#own.get(indicator.source)?.against(indicator);
    const reason = list ?? (this.#add(indicator) ? undefined : 'malformed');
    if (reason === undefined) return;
    counts.refused++;
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    if (this.#samples.length < SAMPLES_MAX) this.#samples.push({ indicator, reason });
  }

  /** The snapshot; the builder is empty then. O(n). */
  build(): { readonly snapshot: IntelSnapshot; readonly report: SnapshotReport } {
    const settle = (numbers: readonly number[]): readonly number[] => this.#notes.settle(numbers);
    const tables: Tables = {
      texts: this.#texts.table(settle),
      v4: this.#v4.table(settle),
      v6: this.#v6.table(settle),
      notes: this.#notes,
    };
    const decay = { ...DECAY_DEFAULTS, ...this.#options.decay };
    const sources = this.#options.sources ?? {};
    const snapshot = new IntelSnapshot({
      texts: tables.texts.parts,
      hosts: this.#hosts.bits(),
      v4: tables.v4.parts,
      v6: tables.v6.parts,
      notes: tables.notes.all,
      decay,
      sources,
      digest: digestOf(tables, { decay, sources }, this.#options.digest ?? sha256),
    });
    for (const part of [tables.texts, tables.v4, tables.v6]) {
      for (let row = 0; row < part.size; row++)
        this.#countsOf(tables.notes.at(part.noteAt(row)).source).held++;
    }
    const refused = [...this.#refused.values()].reduce((sum, count) => sum + count, 0);
    const report: SnapshotReport = {
      taken: this.#taken,
      refused: Object.fromEntries([...this.#refused].sort(([a], [b]) => (a < b ? -1 : 1))),
      samples: this.#samples,
      held: snapshot.size,
      merged: this.#taken - refused - snapshot.size,
      feeds: Object.fromEntries([...this.#bySource].sort(([a], [b]) => (a < b ? -1 : 1))),
      unreadWarnings: [this.#warnings, ...this.#own.values()].flatMap(({ unread }) => unread),
    };
    return { snapshot, report };
  }

  #countsOf(source: string): { taken: number; refused: number; held: number } {
    let counts = this.#bySource.get(source);
    if (counts === undefined) {
      counts = { taken: 0, refused: 0, held: 0 };
      this.#bySource.set(source, counts);
    }
    return counts;
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
      case 'domain': {
        const name = normaliseDomain(value);
        if (name !== undefined) this.#noteHost(name, LISTED.name);
        return this.#addText(indicator, name, KIND.domain);
      }
      case 'hash':
        return this.#addText(indicator, normaliseHash(value), KIND.hash);
      case 'email':
        return this.#addText(indicator, normaliseEmail(value), KIND.email);
      case 'url': {
        const url = normaliseUrl(value);
        const folder = url?.queryAt === url?.text.length && url?.text.endsWith('/') === true;
        if (url !== undefined) this.#noteHost(url.host, folder ? LISTED.folder : LISTED.page);
        return this.#addText(indicator, url?.text, folder ? KIND.prefix : KIND.url);
      }
      default:
        return type satisfies never;
    }
  }

  #noteHost(name: string, what: Listed): void {
    fingerprint(name, KIND.domain, this.#print);
    this.#hosts.add(this.#print, what);
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

/** Over the rows in their order, each with what is noted of it rather than with the note's number, which depends on the order of the feed. */
function digestOf(
  tables: Tables,
  settings: Pick<SnapshotParts, 'decay' | 'sources'>,
  digest: Digest,
): string {
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
  return digest(canonicalJson([sums, said.map((number) => texts[number]), settings]));
}

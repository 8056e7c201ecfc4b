import type { Logsource } from './logsource.ts';
import type { RuleMeta } from './rule.ts';
import type { RuleTest } from './rule-test.ts';
import type { Duration, EventTime } from './time.ts';

/** What an indicator of threat intelligence is about. */
export const INDICATOR_TYPES = ['ip', 'cidr', 'domain', 'url', 'hash', 'email'] as const;
export type IndicatorType = (typeof INDICATOR_TYPES)[number];

/** How a feed is written. */
export const FEED_FORMATS = ['plain', 'csv', 'json', 'stix', 'misp'] as const;
export type FeedFormat = (typeof FEED_FORMATS)[number];

/** How the confidence in an indicator falls. */
export interface Decay {
  /** From last seen to nothing. */
  readonly lifetime: Duration;
  /** The greater, the steeper at first: 1 is a straight line. */
  readonly speed: number;
}

/** Where a feed comes from: a file beside its document, a URL, or a collection of a TAXII 2.1 server. */
export type FeedOrigin =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'taxii'; readonly url: string; readonly collection: string };

/** Which columns of a table, or keys of JSON objects (a dot goes inwards), hold what. */
export interface FeedMapping {
  /** JSON: where the list is; the whole document where absent. */
  readonly list?: string;
  readonly value: string;
  readonly type?: string;
  readonly confidence?: string;
  readonly lastSeen?: string;
  readonly validUntil?: string;
  /** CSV: the header where the file has none. */
  readonly header?: readonly string[];
  /** CSV: a comma where absent. */
  readonly delimiter?: string;
}

/** Values that no feed may call bad; those of files are read with the feed. */
export interface FeedWarnings {
  readonly name: string;
  readonly values: readonly string[];
  readonly file?: string;
}

/** A source of threat intelligence, and the rule that fires on events with something it lists. */
export interface FeedRule {
  readonly kind: 'feed';
  readonly meta: RuleMeta;
  /** Which events its own rule looks at. */
  readonly logsource: Logsource;
  /** By what `|intel:` names it, and what its indicators carry: the document's name, else its id. */
  readonly name: string;
  readonly origin: FeedOrigin;
  readonly format: FeedFormat;
  readonly mapping?: FeedMapping;
  /** The type of every row; told by the shape of the value where absent. */
  readonly type?: IndicatorType;
  /** 0–100 where a row states none. */
  readonly confidence: number;
  /** 0–100: what has less left at the event's time does not match. */
  readonly minConfidence: number;
  readonly decay: Partial<Readonly<Record<IndicatorType, Decay>>>;
  /** A cron expression; the daemon reads the feed then. */
  readonly refresh: string;
  /** Each reading is put off by up to so long, so that a thousand installations do not ask at once. */
  readonly jitter: Duration;
  /** A feed that could not be read for so long is stale, which is told. */
  readonly staleAfter: Duration;
  readonly warnings: readonly FeedWarnings[];
  /** The fields its own rule looks into; empty where only other rules ask. */
  readonly fields: readonly string[];
  readonly tests: readonly RuleTest[];
}

/** An indicator that holds of a value of an event. */
export interface IndicatorMatch {
  /** SHA-256 of type, value and feed, 32 hex digits: the same in every snapshot that has the indicator. */
  readonly id: string;
  readonly type: IndicatorType;
  /** The indicator's value in its normal form. */
  readonly value: string;
  /** The same value, a domain above it, the host of a URL, a folder of its path, or a network around it. */
  readonly by: 'exact' | 'parent' | 'host' | 'prefix' | 'network';
  /** The feed's name. */
  readonly source: string;
  /** 0–100: what the feed gave, and what was left of it at the event's time. */
  readonly confidence: number;
  readonly score: number;
  readonly lastSeen?: EventTime;
  readonly validUntil?: EventTime;
  /** The digest of the feeds as they were when it matched. */
  readonly digest: string;
  /** The field it was found in, and what stood there. */
  readonly field: string;
  readonly observed: string;
}

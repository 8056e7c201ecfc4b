/**
 * Floor 3 · intel: what feeds say is bad, held so that an event can be asked against millions of indicators.
 *
 * Invariants: no I/O, no clock; a snapshot is immutable and a function of its feeds and the time of loading, whatever the order of the rows;
 * what a feed may not say (warning lists, reserved addresses) never enters; a hit is confirmed before it is one.
 *
 * Deliberately absent: fetching feeds, schedules, keeping the last good one (adapters, runtime); asking events (pipeline).
 */
export { DECAY_DEFAULTS, decayed } from './decay.ts';
export {
  type Derivation,
  type Derived,
  Enrichment,
  type EnrichmentParts,
  together,
} from './enrich/enrichment.ts';
export type { GeoRecord } from './enrich/geo.ts';
export { Directory, type Identity } from './enrich/identity.ts';
export {
  ASSET_WEIGHT,
  type Asset,
  CRITICALITIES,
  type Criticality,
  Inventory,
  patternOf,
} from './enrich/inventory.ts';
export { MmdbReader, type MmdbValue } from './enrich/mmdb.ts';
export { INTEL_CODES, type IntelCode } from './errors.ts';
export { matchedFields } from './feed-fields.ts';
export { type FeedSink, type Indicator, refang, typeOf } from './indicator.ts';
export { type Observable, observablesOf } from './observable.ts';
export { readFeedText } from './read-feed.ts';
export { type CsvColumns, readCsv } from './readers/csv.ts';
export { type JsonKeys, readJson } from './readers/json.ts';
export { readMisp } from './readers/misp.ts';
export { readPlain } from './readers/plain.ts';
export type { FeedOptions, FeedReading } from './readers/reading.ts';
export { readStix } from './readers/stix.ts';
export {
  type Candidate,
  type IntelMatch,
  IntelSnapshot,
  indicatorId,
  type MatchedBy,
  type ObservableType,
  type SnapshotParts,
  type SourceSettings,
} from './snapshot.ts';
export {
  type FeedCounts,
  type Refused,
  SnapshotBuilder,
  type SnapshotOptions,
  type SnapshotReport,
} from './snapshot-builder.ts';
export { type StixRules, stixRules } from './stix-rules.ts';
export { BUILT_IN_WARNINGS, type WarningList } from './warning-list.ts';

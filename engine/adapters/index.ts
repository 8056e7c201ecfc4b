/**
 * Floor 7 · adapters: all I/O that the command line and the daemon do, one file each.
 * Invariants: expected trouble of the outside (missing files, damaged gzip, a full disk) is a Diagnostic and never a throw; readers are
 * pulled and writers push back, so that memory stays bounded; an order that users see never depends on the operating system.
 * Deliberately absent: what bytes mean (`ingest`), and what is done with them (`runtime`).
 */
export { cefFormat } from './cef.ts';
export { freeBytes } from './disk-space.ts';
export { type DocumentCache, defaultCacheFolder, openDocumentCache } from './document-cache.ts';
export { ecsFormat } from './ecs.ts';
export { type GeoFiles, readGeoFiles } from './enrich/geo-files.ts';
export { ADAPTER_CODES } from './errors.ts';
export { listEventFiles, STANDARD_INPUT } from './event-files.ts';
export { type CopyNote, FeedStore, isStale } from './feeds/feed-store.ts';
export {
  type FeedAccess,
  type FeedFetch,
  type FetchPorts,
  fetchFeed,
  NO_ACCESS,
} from './feeds/fetch-feed.ts';
export { type GetOptions, type Got, httpGet } from './feeds/http-get.ts';
export {
  type FeedCopies,
  type FeedCopy,
  type LoadedFeed,
  type LoadedFeeds,
  loadFeeds,
} from './feeds/load-feeds.ts';
export { CHUNK_BYTES, type ChunkOptions, readChunks } from './file-chunks.ts';
export { errorCode, reasonOf, unreadable, unwritable } from './file-trouble.ts';
export { type FileWatch, watchFiles } from './file-watch.ts';
export { gitCommit } from './git-head.ts';
export { readGitRules } from './git-rules.ts';
export { graphvizFormat, graphvizGraph } from './graphviz.ts';
export { htmlFormat } from './html-report.ts';
export { type IncidentTextFrom, incidentText } from './incident-text.ts';
export { readLearnedFiles, writeLearnedFiles } from './learned-files.ts';
export { leefFormat } from './leef.ts';
export { type LogOptions, openLog } from './log.ts';
export { MASK, type Masker, maskerOf } from './log-mask.ts';
export { markdownFormat, markdownText } from './markdown-report.ts';
export { mermaidFormat, mermaidGraph } from './mermaid.ts';
export { PrometheusMetrics } from './metrics.ts';
export { ocsfFormat } from './ocsf.ts';
export { AlertmanagerOutput, type AlertmanagerOutputOptions } from './outputs/alertmanager-output.ts';
export { ChatOutput, type ChatOutputOptions } from './outputs/chat-output.ts';
export { FileOutput, type FileOutputOptions } from './outputs/file-output.ts';
export { HeartbeatOutput, type HeartbeatOutputOptions } from './outputs/heartbeat-output.ts';
export { StdoutOutput, type StdoutOutputOptions } from './outputs/stdout-output.ts';
export { SyslogOutput, type SyslogOutputOptions } from './outputs/syslog-output.ts';
export { WebhookOutput, type WebhookOutputOptions } from './outputs/webhook-output.ts';
export { printable } from './printable.ts';
export { connectProblem, listenProblem } from './reachability.ts';
export { RULE_FILE_BYTES_MAX, type RuleText, readRuleFiles } from './rule-files.ts';
export { isSchedule, type Scheduled, schedule } from './schedule.ts';
export { csvFormat } from './signal-csv.ts';
export type { SignalFormat } from './signal-format.ts';
export { jsonFormat } from './signal-json.ts';
export { ndjsonFormat } from './signal-ndjson.ts';
export { prettyFormat } from './signal-pretty.ts';
export { FILE_SOURCE_DEFAULTS, FileSource, type FileSourceOptions } from './sources/file-source.ts';
export { bulkBody, hecBody, jsonBody, rawBody } from './sources/http-bodies.ts';
export { HTTP_RECEIVER_DEFAULTS, HttpReceiver, type HttpReceiverOptions } from './sources/http-receiver.ts';
export {
  type Receiver,
  SPOOL_LIMITS,
  SpooledSource,
  type SpooledSourceOptions,
} from './sources/spooled-source.ts';
export { StdinSource, type StdinSourceOptions } from './sources/stdin-source.ts';
export { SyslogFramer } from './sources/syslog-frames.ts';
export {
  SYSLOG_RECEIVER_DEFAULTS,
  SyslogReceiver,
  type SyslogReceiverOptions,
} from './sources/syslog-receiver.ts';
export { stixFormat } from './stix.ts';
export { backUp, type Restored, restore } from './store/backup.ts';
export { BALLAST_BYTES, Ballast } from './store/ballast.ts';
export { DatabaseTrouble } from './store/database.ts';
export { LAYOUT_VERSION, LaterLayout } from './store/layout.ts';
export { Spool, type SpooledBatch, type SpoolLimits, SpoolRefusal } from './store/spool.ts';
export { examineState, ForeignDatabase, type StateSummary } from './store/state-examination.ts';
export { StateInUse, StateLock, whileLocked } from './store/state-lock.ts';
export { changeStore, EarlierLayout, openStore, readStore } from './store/store.ts';
export { systemClock } from './system-clock.ts';
export { fileSink, streamSink, type TextSink } from './text-sink.ts';
export {
  joinedLists,
  parseValueFile,
  readValueFiles,
  readValueLists,
  type ValueLists,
  type ValueReading,
} from './value-lists.ts';
export { readYamlFile, type YamlDocument } from './yaml-file.ts';

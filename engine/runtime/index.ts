/**
 * Floor 6 · runtime: the loop around the core, its ports and its threads.
 * Invariants: signals leave in the order of events whatever the number of threads; memory does not grow with the input.
 * Deliberately absent: files and terminals (adapters), options and exit codes (cli).
 */

export { answerAside, aside } from './aside.ts';
export { newTally, type ObservedRecord, type ScanTally, scanFramed, scanLines } from './chunk-scan.ts';
export { API_LISTEN, API_ROLES, type ApiConfig, type ApiRole, type ApiToken } from './config/api-config.ts';
export { type BodyTemplate, fillTemplate, readTemplate } from './config/body-template.ts';
export {
  BODY_FORMATS,
  type BodyFormat,
  type DaemonConfig,
  type EnrichConfig,
  type LogsourceConfig,
  type OutputConfig,
  type SourceConfig,
} from './config/config.ts';
export { CONFIG_SCHEMA, type ConfigSchema } from './config/config-schema.ts';
export { LOG_FORMATS, type LogConfig, type LogFormat } from './config/log-config.ts';
export { type ConfigPorts, readConfig } from './config/read-config.ts';
export { readEnrichBlock } from './config/read-enrich.ts';
export { secretsOf } from './config/secrets.ts';
export type { ClockPort } from './daemon/clock-port.ts';
export { Daemon } from './daemon/daemon.ts';
export {
  type BallastPort,
  DAEMON_LIMITS,
  type DaemonLimits,
  type DaemonParts,
  type Decide,
  FAULT_POINTS,
  type FaultPoint,
  type Route,
  type RulesChange,
} from './daemon/daemon-parts.ts';
export { detectBatch } from './daemon/detect-batch.ts';
export type { Detected, DetectorPort, DetectTask } from './daemon/detection.ts';
export { DetectorGenerations, type PreparedDetector } from './daemon/detector-generations.ts';
export { DetectorPool, type PoolNotices, type PoolOptions } from './daemon/detector-pool.ts';
export {
  DISPATCH_LIMITS,
  Dispatcher,
  type DispatchLimits,
  type DispatchPorts,
  type OutputStatus,
} from './daemon/dispatcher.ts';
export {
  ENGINE_TROUBLES,
  type EngineTrouble,
  type EngineTroubleKind,
  engineRule,
  engineSignal,
} from './daemon/engine-trouble.ts';
export { EngineWatch, type Looked, type WatchLimits, type WatchPorts } from './daemon/engine-watch.ts';
export { forgetOld, whereThereIsRoom } from './daemon/forget-old.ts';
export { JournaledStages, type LiveStages, type Recovery, type StagesMaker } from './daemon/journal.ts';
export { deliverEach } from './daemon/lanes.ts';
export { LOG_LEVELS, type LogFields, type LogLevel, type LogPort } from './daemon/log-port.ts';
export {
  OBSERVED_LIMITS,
  type ObservedLimits,
  ObservedMemory,
  type ObservedStats,
  type RememberedRecord,
} from './daemon/observed-memory.ts';
export type { Delivered, OutboxItem, OutputPort, RenderedDelivery } from './daemon/output-port.ts';
export {
  dropPoison,
  keepPoison,
  POISON_RECORDS_MAX,
  type PoisonRecord,
  type PoisonReport,
  poisonRecords,
  poisonReport,
} from './daemon/poison.ts';
export { type PoisonOutcome, tryPoisonAgain } from './daemon/poison-again.ts';
export {
  DELIVERY_CLASSES,
  type DeliveryClass,
  type SourceBatch,
  type SourceLoss,
  type SourcePort,
  type SourceStatus,
} from './daemon/source-port.ts';
export type {
  AuditEvent,
  Checkpoint,
  Commit,
  DeadLetter,
  EntityCount,
  KeptValue,
  Ledger,
  OutboxEntry,
  Page,
  QueueStatus,
  RevisionQuery,
  StateRow,
  StoredChange,
  StoredRevision,
  StoreOpening,
  StorePort,
} from './daemon/store-port.ts';
export { isFull } from './daemon/store-port.ts';
export { RUNTIME_CODES, unknownSchemas } from './errors.ts';
export { hashSeed } from './hash-seed.ts';
export type { MetricFamily, MetricSample } from './metric.ts';
export { nativeDigest } from './native-digest.ts';
export type { FilesPort } from './ports.ts';
export { CANARY_LIMITS, type CanaryLimits, jumpOf, tryOut } from './reload/canary.ts';
export {
  type BadFile,
  type ComposePorts,
  composeRules,
  type KeptFiles,
  type PieceChange,
  type RefusedVersion,
  type RuleReading,
} from './reload/compose.ts';
export {
  type Examined,
  type ExaminerPorts,
  type ListedRule,
  type LiveRules,
  liveRules,
  RuleExaminer,
} from './reload/examiner.ts';
export { serveExaminations } from './reload/examiner-service.ts';
export { type ExaminerPort, ExaminerThread } from './reload/examiner-thread.ts';
export { keptValues, readKept } from './reload/kept-files.ts';
export { PROBATION_LIMITS, Probation, type ProbationLimits } from './reload/probation.ts';
export { RecentEvents } from './reload/recent-events.ts';
export { changedRules, Reloader, type ReloadOutcome, type ReloadPorts } from './reload/reloader.ts';
export { type MeasuredCosts, RuleCosts } from './rule-cost.ts';
export { RuleTally } from './rule-tally.ts';
export {
  type DetectionPool,
  type ScanOptions,
  type ScanPorts,
  type ScanProgress,
  type ScanReport,
  scan,
} from './scan.ts';
export {
  isMuted,
  quietly,
  type Silence,
  type SilenceMatch,
  Silences,
  silencer,
  unsilence,
} from './silences.ts';
export { WorkerPool } from './worker-pool.ts';

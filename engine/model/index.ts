/**
 * Floor 1 · the nouns: one a file, readonly data and functions on them.
 * Invariants: no I/O, no clock, no classes with identity; ids and hashes are deterministic.
 * Deliberately absent: anything that knows YAML, JSON bytes or how a rule is run.
 */
export {
  ALERT_STATES,
  type Alert,
  type AlertState,
  type CaseNote,
  type ScoreTerm,
  SEVERITIES,
  type Severity,
  type Technique,
  VERDICTS,
  type Verdict,
} from './alert.ts';
export type { Adjustment, Assessment, SeverityFacts, VerdictCounts } from './assessment.ts';
export {
  type AttackTags,
  attackTags,
  TACTICS,
  type Tactic,
  tacticRank,
  tacticsOfTechnique,
  tacticTitle,
  technique,
} from './attack.ts';
export {
  BASELINE_SCOPES,
  type BaselineFeature,
  type BaselineRule,
  type BaselineScope,
  type ExcludedInterval,
  type FalseAlarmBudget,
  FEATURE_KINDS,
  type FeatureBody,
  type FeatureKind,
  FIGURES,
  type Figure,
} from './baseline.ts';
export { canonicalJson } from './canonical.ts';
export { alertFromRecord, type CaseReading, incidentFromRecord, timeFrom } from './case-reading.ts';
export { alertRecord, incidentRecord, ruleRecord } from './case-record.ts';
export {
  type Bound,
  CORRELATION_TYPES,
  type CorrelationBody,
  type CorrelationFilter,
  type CorrelationLimits,
  type CorrelationRule,
  type CorrelationType,
  type CorrelationWindow,
  type CounterEvidence,
  MEASURE_TYPES,
  type MeasureType,
  type Presence,
  type RuleReference,
  type SequenceStep,
  type StepField,
  type StepJoin,
  type StepTest,
} from './correlation.ts';
export { type Changes, type Decision, isPolicy, type StandingDecision } from './decision.ts';
export {
  ENTITY_ROLES,
  ENTITY_TYPES,
  type Entity,
  type EntityRole,
  type EntitySpec,
  type EntityType,
} from './entity.ts';
export type { Event, EventPlace, FieldView, Scalar } from './event.ts';
export type {
  Comparison,
  Expression,
  ExpressionTest,
  FieldTest,
  GlobPart,
  GlobTest,
  TextShape,
  TextTest,
  TimePart,
} from './expression.ts';
export {
  type Decay,
  FEED_FORMATS,
  type FeedFormat,
  type FeedMapping,
  type FeedOrigin,
  type FeedRule,
  type FeedWarnings,
  INDICATOR_TYPES,
  type IndicatorMatch,
  type IndicatorType,
} from './feed.ts';
export { Heap } from './heap.ts';
export {
  INCIDENT_STATES,
  type Incident,
  type IncidentCounter,
  type IncidentLink,
  type IncidentMember,
  type IncidentStage,
  type IncidentState,
  LINK_KINDS,
  type LinkKind,
  type RefusedLink,
  type StoryLine,
} from './incident.ts';
export {
  type AlertSelector,
  INCIDENT_SHAPES,
  type IncidentShape,
  type IncidentTemplate,
  type JoinKey,
  type TemplateCounter,
  type TemplatePart,
} from './incident-template.ts';
export { LEVELS, type Level, STATUSES, type Status } from './level.ts';
export { ANY_LOGSOURCE, type EventLogsource, type Logsource, logsourceApplies } from './logsource.ts';
export { OUTPUT_SCHEMA } from './output-schema.ts';
export {
  POLICY_SUBJECTS,
  type PolicyCase,
  type PolicyCondition,
  type PolicyEffect,
  type PolicyRule,
  type PolicySubject,
  type PolicyTest,
} from './policy.ts';
export type { AskedFact, Decided, PolicyGrounds } from './policy-grounds.ts';
export {
  type DetectionRule,
  type FilterRule,
  RULE_KINDS,
  RULE_MODES,
  type RuleKind,
  type RuleMeta,
  type RuleMode,
  type Suppression,
} from './rule.ts';
export type {
  ExpectedAlert,
  ExpectedIncident,
  ExpectedSignal,
  GivenItem,
  RuleTest,
  TestExpectation,
} from './rule-test.ts';
export { type Digest, sha256, sha256Id } from './sha256.ts';
export {
  type BaselineDetail,
  type CorrelationDetail,
  ENGINE_TAG,
  type EventRef,
  type FeatureDetail,
  type RuleRef,
  type Signal,
  type SignalPart,
} from './signal.ts';
export {
  type Duration,
  duration,
  type EventTime,
  eventTime,
  formatDuration,
  formatTime,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  parseDuration,
  TIME_MAX,
} from './time.ts';

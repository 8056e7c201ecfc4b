/**
 * Floor 2 · ingest: from bytes to records, from records to normalised events with their class and entities.
 * Invariants: pure; bad input is counted and sampled, never thrown; `resolvePath` is the one meaning of field access, and whatever is
 * faster is bound to it by a test; own properties only; every limit has a name.
 * Deliberately absent: files, decompression, YAML, the clock, and anything that knows rules.
 */
export {
  ALERT_NAME_MAX,
  type AlertDocument,
  type ReadAlert,
  readAlert,
  type SeverityDocument,
} from './alert-spec.ts';
export { EMBEDDED_JSON_MAX } from './base64.ts';
export { type CsvDocument, CsvReader, type CsvRow, csvMapping } from './csv.ts';
export {
  type Decoded,
  type DecodedRecord,
  decodeRecord,
  decodeText,
  notUtf8,
  type RecordPlace,
} from './decode.ts';
export {
  DEFAULT_ENTITIES,
  ENTITIES_MAX,
  type EntitySource,
  entitiesOf,
  entityOf,
} from './entities.ts';
export { INGEST_CODES } from './errors.ts';
export { DISCRIMINATOR_LENGTH_MAX, type EventClass } from './event-class.ts';
export {
  type Framed,
  RECORD_LIMITS,
  REFUSED_HEAD_BYTES,
  type RecordLimits,
  recordTooLarge,
} from './framed.ts';
export { FRAMING_HEAD_BYTES, Framer, frameAll } from './framing.ts';
export { detectEncoding, detectFraming, type Encoding, isBlank, mayHoldMany } from './framing-head.ts';
export { holeInFile, type LinePart, partsBetweenHoles, withoutHoles } from './holes.ts';
export { lift, needsLift } from './lift.ts';
export {
  asksForText,
  type ClassDocument,
  clauseHolds,
  type DetectClause,
  type DiscriminatorDocument,
  type EntityDocument,
  type FieldTable,
  type LiftDocument,
  type LogsourceDocument,
  type Mapping,
  type MappingDocument,
  mappingApplies,
  type VocabularyDocument,
} from './mapping.ts';
export { type Locator, parseMapping } from './mapping-parse.ts';
export { mappingJsonSchema } from './mapping-shape.ts';
export { MAPPINGS, VOCABULARIES } from './mappings/all.ts';
export {
  contentId,
  EVENT_ID_DIGITS,
  fieldsOf,
  idOf,
  type NormalisedEvent,
  type NormaliseOptions,
  normalise,
  normaliseAs,
  timeOf,
} from './normalise.ts';
export { firstPresent, LOOK_DEPTH_MAX, resolvePath, textOf } from './path.ts';
export { RecordMemory } from './record-memory.ts';
export { ProblemTally, problemDiagnostic, type RecordProblem } from './record-problem.ts';
export { recordReader } from './record-reader.ts';
export { refusedHead } from './refused-head.ts';
export { CLASSES_MAX, createSchemas, Schemas, type SchemasOptions } from './schemas.ts';
export { SlotFields, type SlotSource } from './slot-fields.ts';
export {
  RESOLVE_ALWAYS,
  RESOLVE_NEVER,
  SLOT_ABSENT,
  SLOT_ARRAY,
  SLOT_FALSE,
  SLOT_NULL,
  SLOT_NUMBER,
  SLOT_OBJECT,
  SLOT_RESOLVE,
  SLOT_STRING,
  SLOT_TRUE,
} from './slot-kind.ts';
export { type RecordBuffer, SlotScanner, type SlotScanStatus } from './slot-scanner.ts';
export type { SyslogContext } from './syslog/syslog-message.ts';
export { syslogRecord } from './syslog/syslog-record.ts';
export { decodeUnits, decodeUnitsInto } from './text-units.ts';
export { type ParsedTime, parseTime } from './time.ts';
export { expandLine } from './value-cutter.ts';

import type { EventLogsource } from './logsource.ts';
import type { EventTime } from './time.ts';

/** A scalar as JSON has them. */
export type Scalar = string | number | boolean | null;

/** Reads fields of one record by Sigma name or raw path; undefined is "absent", arrays and objects come as they are. */
export interface FieldView {
  get(field: string): unknown;
}

/** One normalised log record. */
export interface Event {
  /** Deterministic: the record's own unique id where its schema has one, else a SHA-256 over its bytes (hex, 32 digits). */
  readonly id: string;
  /** When it happened. */
  readonly time: EventTime;
  /** Nanoseconds below the microsecond, 0–999. */
  readonly timeNs: number;
  /** When it was received; equals `time` in `scan`. */
  readonly observedAt: EventTime;
  readonly logsource: EventLogsource;
  /** Id of the mapping that recognised it; `unknown` where none did. */
  readonly schema: string;
  readonly fields: FieldView;
  /** The record itself, as parsed. */
  readonly raw: unknown;
}

/** Where an event was read: the file as given, and the line from 1. */
export interface EventPlace {
  readonly file: string;
  readonly line: number;
}

import type { DocumentKind } from '../kinds/kind.ts';
import { BASELINE_SCHEMA } from './baseline.ts';
import { CORRELATION_SCHEMA } from './correlation.ts';
import { DETECTION_SCHEMA } from './detection.ts';
import { FEED_SCHEMA } from './feed.ts';
import { FILTER_SCHEMA } from './filter.ts';
import { INCIDENT_SCHEMA } from './incident.ts';
import type { JsonSchema } from './json-schema.ts';
import { OVERLAY_SCHEMA } from './overlay.ts';
import { POLICY_SCHEMA } from './policy.ts';
import { TEST_FILE_SCHEMA } from './test.ts';

/** Everything that has a schema: the kinds of document, and test files. */
export type SchemaKind = DocumentKind | 'test';

/** The JSON Schema (2020-12) of every kind. A kind that gets a schema of its own gets a file here, and its line in this table. */
export const SCHEMAS: Readonly<Record<SchemaKind, JsonSchema>> = {
  detection: DETECTION_SCHEMA,
  filter: FILTER_SCHEMA,
  overlay: OVERLAY_SCHEMA,
  test: TEST_FILE_SCHEMA,
  correlation: CORRELATION_SCHEMA,
  baseline: BASELINE_SCHEMA,
  incident: INCIDENT_SCHEMA,
  policy: POLICY_SCHEMA,
  feed: FEED_SCHEMA,
};

import type { JsonSchema } from './json-schema.ts';
import { SCHEMAS, type SchemaKind } from './kinds.ts';

/** The JSON Schema (2020-12, with descriptions) of every kind of document and of test files, for editors and for `telltale schema`. */
export function ruleSchemas(): Readonly<Record<SchemaKind, JsonSchema>> {
  return SCHEMAS;
}

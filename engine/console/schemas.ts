import { OUTPUT_SCHEMA } from '../model/index.ts';
import type { Schema } from './route.ts';

/** Parts of the API's schemas that several routes use. */

/** Some text, described. */
export function text(description: string, max = 500): Schema {
  return { type: 'string', minLength: 1, maxLength: max, description };
}

/** One of some texts. */
export function choice(description: string, of: readonly string[]): Schema {
  return { type: 'string', enum: [...of], description };
}

/** Several of some texts, joined by commas in a query. */
export function choices(description: string, of: readonly string[]): Schema {
  const items = { type: 'string', enum: [...of] };
  return { type: 'array', items, minItems: 1, maxItems: of.length, description };
}

/** A time of the calendar, ISO 8601; a date alone is its midnight in UTC. */
export function time(description: string): Schema {
  const pattern =
    '^\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:\\d{2}))?$';
  return { type: 'string', pattern, description: `${description} ISO 8601.` };
}

/** An object of these members and no others. */
export function object(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: 'object',
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  };
}

/** A page of a listing. */
export function page(items: Schema): Schema {
  const next = { type: 'string', description: 'The `after` of the next page; absent at the end.' };
  return object({ items: { type: 'array', items } }, { next });
}

/** What a listing can be asked. */
export const PAGING: Readonly<Record<string, Schema>> = {
  after: { type: 'string', maxLength: 600, description: 'The `next` of the page before.' },
  limit: { type: 'integer', minimum: 1, maximum: 500, description: 'Items of the page. Default 50.' },
};

/** Items of a page where nothing else is asked. */
export const PAGE_DEFAULT = 50;

/** A map whose members are not fixed. */
export const ANYTHING: Schema = { type: 'object', additionalProperties: true };

/** How alerts and incidents look in an answer: as in the lines of an output. */
export const ALERT: Schema = ofKind('alert');
export const INCIDENT: Schema = ofKind('incident');

function ofKind(kind: string): Schema {
  const { oneOf } = OUTPUT_SCHEMA;
  for (const one of Array.isArray(oneOf) ? oneOf : []) {
    if (one?.properties?.kind?.const === kind) return one;
  }
  throw new Error(`the output's schema has no ${kind}`);
}

import { CONDITION, SELECTIONS } from './detection.ts';
import type { JsonSchema } from './json-schema.ts';
import { kindSchema, LOGSOURCE_SCHEMA } from './meta.ts';

export const FILTER_SCHEMA: JsonSchema = kindSchema({
  name: 'filter',
  description: 'A Sigma filter: selections that are ANDed, as written, to the rules it names.',
  required: ['title', 'logsource', 'filter'],
  properties: {
    logsource: LOGSOURCE_SCHEMA,
    filter: {
      description: 'The rules, and the selections and condition that are ANDed to each.',
      type: 'object',
      required: ['rules', 'condition'],
      properties: {
        rules: {
          description: 'Ids or names of rules, or `any`.',
          type: ['array', 'string'],
          items: { type: ['string', 'number'] },
          minItems: 1,
        },
        condition: CONDITION,
      },
      additionalProperties: SELECTIONS,
    },
  },
});

import type { JsonSchema } from './json-schema.ts';
import { kindSchema, LOGSOURCE_SCHEMA } from './meta.ts';

/** A block of selections and their condition: names are free, so that all but the shape is checked when it is compiled. */
export const SELECTIONS: JsonSchema = {
  description:
    'A selection: a map of fields (all must hold), a list of such maps (one must hold), or a list of keywords looked for anywhere in the event.',
  type: ['object', 'array', 'string', 'number', 'null'],
};

export const CONDITION: JsonSchema = {
  description:
    'How the selections are joined: and, or, not, parentheses, `1 of name_*`, `all of them`. A list of conditions is joined by or.',
  type: ['string', 'array', 'number', 'null'],
};

export const DETECTION_SCHEMA: JsonSchema = kindSchema({
  name: 'detection',
  description: 'A Sigma detection: what one event must look like.',
  required: ['title', 'logsource', 'detection'],
  properties: {
    logsource: LOGSOURCE_SCHEMA,
    detection: {
      description: 'Named selections and the condition that joins them.',
      type: 'object',
      required: ['condition'],
      properties: {
        condition: CONDITION,
        timeframe: {
          description: "Sigma 1's time span of an aggregation; without effect in a detection.",
          type: ['string', 'null'],
        },
      },
      additionalProperties: SELECTIONS,
    },
  },
});

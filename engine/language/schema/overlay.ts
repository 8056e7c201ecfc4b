import { LEVELS, STATUSES } from '../../model/index.ts';
import { CONDITION, SELECTIONS } from './detection.ts';
import { DIALECT, type JsonSchema } from './json-schema.ts';
import { LOGSOURCE_SCHEMA, META_PROPERTIES } from './meta.ts';

/** Keys at the top of an overlay: it describes itself and carries the block, nothing else. */
const ABOUT = ['title', 'description', 'author', 'owner', 'date', 'modified', 'references'] as const;

export const OVERLAY_SCHEMA: JsonSchema = {
  $schema: DIALECT,
  $id: 'urn:telltale:schema:overlay',
  title: 'Telltale overlay',
  description:
    'Changes rules without copying them. Overlays apply in the order of file and line; a later one wins.',
  type: 'object',
  required: ['overlay'],
  additionalProperties: false,
  properties: {
    ...Object.fromEntries(ABOUT.map((key) => [key, META_PROPERTIES[key] ?? {}])),
    overlay: {
      description:
        'Which rules (each of `rules`, `tags`, `logsource` that is there must fit), and what changes.',
      type: 'object',
      additionalProperties: false,
      properties: {
        rules: {
          description: 'Ids or names of rules, or `any`.',
          type: ['array', 'string', 'number'],
          items: { type: ['string', 'number'] },
          minItems: 1,
        },
        tags: {
          description: 'Tags of which a rule must have one; `*` stands for anything.',
          type: ['array', 'string'],
          items: { type: 'string' },
          minItems: 1,
        },
        logsource: LOGSOURCE_SCHEMA,
        level: { description: 'The level that the rules get.', enum: [...LEVELS] },
        confidence: {
          description: 'The confidence that the rules get, from 0 to 1.',
          type: 'number',
          minimum: 0,
          maximum: 1,
        },
        status: { description: 'The status that the rules get.', enum: [...STATUSES] },
        enabled: {
          description: 'False takes the rules out; true brings back what an earlier overlay took out.',
          type: 'boolean',
        },
        filter: {
          description: 'Selections and a condition that are ANDed, as written, to the rules.',
          type: 'object',
          required: ['condition'],
          properties: { condition: CONDITION },
          additionalProperties: SELECTIONS,
        },
      },
    },
  },
};

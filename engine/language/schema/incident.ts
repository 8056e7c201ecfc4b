import { ENTITY_TYPES, INCIDENT_SHAPES, LEVELS, SEVERITIES } from '../../model/index.ts';
import type { JsonSchema } from './json-schema.ts';
import { kindSchema, TIME_SPAN_DESCRIPTION } from './meta.ts';

const SPAN = (description: string): JsonSchema => ({
  description: `${description} ${TIME_SPAN_DESCRIPTION}`,
  type: 'string',
});

const TEXTS = (description: string): JsonSchema => ({
  description,
  type: ['string', 'array'],
  items: { type: ['string', 'number'] },
  minItems: 1,
});

/** What an alert must be to count; every key written must hold. */
const SELECTOR: { readonly [key: string]: JsonSchema } = {
  rules: TEXTS('Ids or names of rules, of which it must come from one.'),
  tags: TEXTS('Tags, of which it must have one; `*` stands for anything.'),
  tactics: TEXTS('ATT&CK tactics by short name, of which it must have one.'),
  techniques: TEXTS('ATT&CK techniques, of which it must have one; T1059 takes T1059.001 too.'),
  titles: TEXTS('Titles, of which it must have one, for alerts of other products; `*` stands for anything.'),
  entities: {
    description: 'Entity types that it must name, all of them.',
    type: 'array',
    items: { enum: [...ENTITY_TYPES] },
    minItems: 1,
  },
  level: { description: 'At least this level.', enum: [...LEVELS] },
};

export const INCIDENT_SCHEMA: JsonSchema = kindSchema({
  name: 'incident',
  description:
    'The shape of an incident: which alerts make it, how they hang together, and what to say about it.',
  required: ['title', 'incident'],
  properties: {
    incident: {
      description: 'The shape. Every key that has no effect on it is an error.',
      type: 'object',
      required: ['shape', 'timespan', 'join'],
      additionalProperties: false,
      properties: {
        shape: {
          description:
            'same_entity: parts of several sources about one entity; sequence: one part after the other; theme: parts around a service, joined by any of several keys; kill_chain: tactics in order on one resource; shared_process: one process, file or hash on several hosts.',
          enum: [...INCIDENT_SHAPES],
        },
        timespan: SPAN('From the first alert to the last.'),
        join: {
          description:
            'What the alerts share: entity types (`user`, `host`, `ip/source`). Of a list any one is enough; a list inside the list must be shared as a whole.',
          type: ['string', 'array'],
          items: { type: ['string', 'array'], items: { type: 'string' }, minItems: 1 },
          minItems: 1,
        },
        parts: {
          description: 'Which alerts make the incident. An alert counts for the first part that it fits.',
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['name'],
            additionalProperties: false,
            properties: {
              name: {
                description: 'What the title and the story call it: letters, digits and underscores.',
                type: 'string',
                pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
              },
              ...SELECTOR,
              times: { description: 'So many signals make it; 1 where absent.', type: 'integer', minimum: 1 },
              optional: { description: 'The shape holds without it.', type: 'boolean' },
              within: SPAN('Of a sequence: at most this long after the part before it.'),
            },
          },
        },
        min_parts: {
          description: 'So many parts are enough; all that are not optional where absent.',
          type: 'integer',
          minimum: 1,
        },
        min_tactics: {
          description: '`kill_chain`: so many tactics in order; 3 where absent.',
          type: 'integer',
          minimum: 2,
        },
        min_hosts: {
          description: '`shared_process`: on so many hosts; 2 where absent.',
          type: 'integer',
          minimum: 2,
        },
        min_sources: {
          description: '`same_entity`: from so many different rules; 2 where absent.',
          type: 'integer',
          minimum: 1,
        },
        counter: {
          description: 'What speaks against it: alerts about the same entity, near in time.',
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['within', 'reason'],
            additionalProperties: false,
            properties: {
              ...SELECTOR,
              within: SPAN('How near: before the first or after the last alert.'),
              factor: {
                description: 'What the confidence is multiplied by; 0 (where absent) is a veto.',
                type: 'number',
                minimum: 0,
                maximum: 1,
              },
              reason: { description: 'Why it speaks against it.', type: 'string', pattern: '\\S' },
            },
          },
        },
        severity: {
          description: 'The least that its severity is; `medium` where absent.',
          enum: [...SEVERITIES],
        },
        title: {
          description:
            'A title with values: {{user}}, {{host}} (any entity type), {{part.count}}, {{part.title}}, {{part.first}}, {{part.last}}, {{part.user}} …',
          type: 'string',
          pattern: '\\S',
        },
        story: {
          description: 'What happened, in plain words, with the same values.',
          type: 'string',
          pattern: '\\S',
        },
      },
    },
  },
});

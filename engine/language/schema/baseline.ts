import { BASELINE_SCOPES, ENTITY_ROLES, ENTITY_TYPES, FEATURE_KINDS, FIGURES } from '../../model/index.ts';
import { CONDITION, SELECTIONS } from './detection.ts';
import type { JsonSchema } from './json-schema.ts';
import { kindSchema, LOGSOURCE_SCHEMA, TIME_SPAN_DESCRIPTION } from './meta.ts';

const SPAN = (description: string): JsonSchema => ({
  description: `${description} ${TIME_SPAN_DESCRIPTION}`,
  type: 'string',
});
const FIELD = (description: string): JsonSchema => ({ description, type: 'string', pattern: '\\S' });
const FIELDS = (description: string): JsonSchema => ({
  description,
  type: ['string', 'array'],
  items: { type: 'string' },
  minItems: 1,
});
const SHARE = (description: string): JsonSchema => ({ description, type: 'number', minimum: 0, maximum: 1 });
const WHOLE = (description: string): JsonSchema => ({ description, type: 'integer', minimum: 1 });

const FEATURE: JsonSchema = {
  type: 'object',
  required: ['name', 'kind'],
  additionalProperties: false,
  properties: {
    name: FIELD('What the feature is called in signals and files.'),
    kind: { description: 'What is learnt, and what is odd about it.', enum: [...FEATURE_KINDS] },
    weight: { description: 'Multiplies its surprise; 1 where absent.', type: 'number', minimum: 0 },
    field: FIELD('The field whose values are learnt.'),
    scopes: {
      description: 'With whom a new value is compared. The entity and everybody where absent.',
      type: 'array',
      items: { enum: [...BASELINE_SCOPES] },
      minItems: 1,
    },
    forget: SPAN('A value not seen for so long is new again.'),
    window: SPAN('The length of the windows in which figures are taken.'),
    season: {
      description: 'Whether figures are compared with those of the same time of the week.',
      enum: ['hour_of_week', 'none'],
    },
    half_life: SPAN('In so long, what was learnt loses half its weight.'),
    latitude: FIELD('The field with the latitude in degrees.'),
    longitude: FIELD('The field with the longitude in degrees.'),
    speed: {
      description: 'The greatest speed that can be, in km/h; 900 where absent.',
      type: 'number',
      minimum: 1,
    },
    distance: {
      description: 'Below so many km it is no travel; 500 where absent.',
      type: 'number',
      minimum: 0,
    },
    of: { description: 'Which figure.', enum: [...FIGURES] },
    contacts: {
      description: 'Intervals before a rhythm is judged; 10 where absent.',
      type: 'integer',
      minimum: 4,
    },
    gap: SPAN('A session ends after so long without an event.'),
    by: FIELDS('One series for each value of these fields.'),
  },
};

export const BASELINE_SCHEMA: JsonSchema = kindSchema({
  name: 'baseline',
  description: 'What is normal, per entity, and how far off is odd.',
  required: ['title', 'baseline'],
  properties: {
    logsource: LOGSOURCE_SCHEMA,
    baseline: {
      description:
        'Whose normal is learnt, from which events, by which features, at which price in false alarms.',
      type: 'object',
      required: ['entity', 'select', 'features'],
      additionalProperties: false,
      properties: {
        entity: {
          description: 'Whose normal is learnt.',
          type: 'object',
          required: ['type', 'key'],
          additionalProperties: false,
          properties: {
            type: { description: 'What the entity is.', enum: [...ENTITY_TYPES] },
            role: { description: 'The part it plays; `actor` where absent.', enum: [...ENTITY_ROLES] },
            key: FIELDS('The fields whose values together name it.'),
            ttl: SPAN('Forgotten after so long without an event.'),
            max: WHOLE('Entities held at most; 100,000 where absent.'),
            overflow: {
              description: 'Beyond, the least recent are folded into their peers and counted.',
              enum: ['peers'],
            },
          },
        },
        select: {
          description: 'Which events are looked at: selections and a condition, as in a detection.',
          type: 'object',
          required: ['condition'],
          properties: { condition: CONDITION },
          additionalProperties: SELECTIONS,
        },
        features: {
          description: 'What is learnt of each entity.',
          type: 'array',
          items: FEATURE,
          minItems: 1,
        },
        peers: {
          description: 'Who is compared with whom.',
          type: 'object',
          required: ['by'],
          additionalProperties: false,
          properties: {
            by: FIELDS('The fields whose values name the group.'),
            min: WHOLE('A smaller group is not compared with; 8 where absent.'),
          },
        },
        learn: {
          description: 'When enough is known, and what is not learnt from.',
          type: 'object',
          additionalProperties: false,
          properties: {
            from: SPAN('How much of the past is learnt from, and how long the rule stays silent at most.'),
            min_events: WHOLE('An entity is silent before so many events; 50 where absent.'),
            min_days: WHOLE('… and before so many days with any; 5 where absent.'),
            exclude: {
              description: 'Intervals that are judged and not learnt: incidents, migrations, holidays.',
              type: 'array',
              items: { type: 'string' },
            },
          },
        },
        guard: {
          description: 'What keeps an attacker from teaching the baseline.',
          type: 'object',
          additionalProperties: false,
          properties: {
            admit: {
              description: 'When a new value becomes normal: whichever comes first.',
              type: 'object',
              additionalProperties: false,
              properties: {
                days: WHOLE('Seen on so many days; 2 where absent.'),
                or_peers: WHOLE('Used by so many peers; 2 where absent.'),
                or_after: SPAN('So long after it was first seen; 14 days where absent.'),
              },
            },
            winsorise: {
              description:
                'A figure beyond this quantile of its past counts as that quantile; 0.999 where absent.',
              type: 'number',
              minimum: 0.5,
              maximum: 1,
            },
            day_cap: SHARE('No day counts for more than this share of what is known; 0.1 where absent.'),
            max_drift: {
              description:
                'A level may rise by this share in a month before that itself is odd; 0.25 where absent.',
              type: 'number',
              minimum: 0.01,
            },
          },
        },
        false_alarms: {
          description: 'What the rule may spend in false alarms.',
          type: 'object',
          additionalProperties: false,
          properties: {
            budget: { description: 'So many a time: 2/day, 1/week.', type: 'string' },
            scope: {
              description: 'For the whole deployment, or for each entity.',
              enum: ['tenant', 'entity'],
            },
          },
        },
        mode: {
          description: '`shadow`: scored and counted, reaches nobody. `live` where absent.',
          enum: ['shadow', 'live'],
        },
      },
    },
  },
});

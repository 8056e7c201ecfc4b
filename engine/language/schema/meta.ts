import { ENTITY_ROLES, ENTITY_TYPES, LEVELS, RULE_MODES, STATUSES } from '../../model/index.ts';
import { DIALECT, type JsonSchema } from './json-schema.ts';
import { TESTS_SCHEMA } from './test.ts';

function textList(description: string): JsonSchema {
  return { description, type: ['array', 'string', 'null'], items: { type: ['string', 'number'] } };
}

function text(description: string): JsonSchema {
  return { description, type: ['string', 'null'] };
}

/** A time span in Sigma's notation; `checkSpan` says more exactly what is wrong with one. */
export const TIME_SPAN_DESCRIPTION =
  'A number and a unit: 30s, 5m, 1h, 7d, 2w; also ms, us and sums such as 1h30m.';

/** `logsource:` of detections, filters and overlays. Further keys are Sigma's free elements. */
export const LOGSOURCE_SCHEMA: JsonSchema = {
  description: 'The logs that the rule is meant for. An event whose source contradicts it is not looked at.',
  type: 'object',
  properties: {
    product: {
      description: 'The product that writes the logs, e.g. windows, linux, aws.',
      type: ['string', 'null'],
    },
    category: {
      description: 'What kind of event it is, whoever writes it, e.g. process_creation.',
      type: ['string', 'null'],
    },
    service: {
      description: 'One log of the product, e.g. security, sshd, cloudtrail.',
      type: ['string', 'null'],
    },
    definition: { description: 'What must be configured so that these logs are written; for people only.' },
  },
};

/** The keys that every rule may have, whatever its kind: Sigma's, then ours. */
export const META_PROPERTIES: { readonly [key: string]: JsonSchema } = {
  title: { description: 'What the rule finds, in a few words.', type: 'string', pattern: '\\S' },
  id: { description: 'A unique id, best a random UUID. Never reuse one.', type: ['string', 'number'] },
  name: {
    description: 'A unique short name by which other rules refer to this one.',
    type: 'string',
    pattern: '\\S',
  },
  related: {
    description: 'Other rules that this one comes from, replaces or resembles.',
    type: ['array', 'null'],
    items: {
      type: 'object',
      required: ['id', 'type'],
      additionalProperties: false,
      properties: {
        id: { description: 'The id of the other rule.', type: ['string', 'number'] },
        type: {
          description: 'How it is related.',
          enum: ['derived', 'obsolete', 'obsoletes', 'merged', 'renamed', 'similar', 'correlation'],
        },
      },
    },
  },
  taxonomy: text('The taxonomy of the field names, where it is not that of Sigma.'),
  status: { description: 'How far the rule is tested.', enum: [...STATUSES] },
  description: text('What the rule finds and why that matters.'),
  license: text('The licence as an SPDX id.'),
  author: text('Who wrote the rule.'),
  references: textList('Where the knowledge comes from.'),
  date: text('When the rule was made: year-month-day.'),
  modified: text('When the rule last changed: year-month-day.'),
  fields: textList('Fields that help whoever handles the alert.'),
  falsepositives: textList('Known harmless causes.'),
  level: { description: 'How bad it is if the finding is true. `medium` where absent.', enum: [...LEVELS] },
  tags: textList('Tags with a namespace, e.g. attack.execution, attack.t1059.001, cve.2024-1234.'),
  scope: textList('The scope that the rule is meant for.'),
  action: { description: "Sigma 1's way of sharing keys between the documents of a file.", type: 'string' },
  version: { description: 'Counts the revisions of the rule, from 1.', type: 'integer', minimum: 1 },
  confidence: {
    description:
      'How likely a firing is malicious, from 0 to 1. Where absent it follows from level and status.',
    type: 'number',
    minimum: 0,
    maximum: 1,
  },
  owner: text('Who looks after the rule.'),
  entities: {
    description:
      'Which fields name which entity, in which role. Where absent, well-known field names decide.',
    type: 'array',
    items: {
      type: 'object',
      required: ['type', 'fields'],
      additionalProperties: false,
      properties: {
        type: { description: 'What the entity is.', enum: [...ENTITY_TYPES] },
        role: { description: 'The part it plays; `actor` where absent.', enum: [...ENTITY_ROLES] },
        fields: {
          description: 'The fields that name it; each one present gives an entity.',
          type: ['string', 'array'],
          items: { type: 'string' },
          minItems: 1,
        },
      },
    },
  },
  remediation: textList('What to do about a true finding, step by step.'),
  suppress: {
    description: 'Keep quiet about repeats.',
    type: 'object',
    required: ['by', 'for'],
    additionalProperties: false,
    properties: {
      by: {
        description: 'The fields whose values tell one repeat from another.',
        type: ['string', 'array'],
        items: { type: 'string' },
      },
      for: { description: `How long. ${TIME_SPAN_DESCRIPTION}`, type: 'string' },
      unless: {
        description: 'Not where the level of the rule, or the severity of the alert, reaches this.',
        enum: [...LEVELS],
      },
    },
  },
  mode: {
    description:
      'With `shadow`, alerts of the rule are kept and counted, and reach nobody; `live` where absent.',
    enum: [...RULE_MODES],
  },
  tests: TESTS_SCHEMA,
};

/** The schema of a kind: the common keys, the key of its block, and what it requires. Other top-level keys are free, as in Sigma. */
export function kindSchema(kind: {
  readonly name: string;
  readonly description: string;
  readonly required: readonly string[];
  readonly properties: { readonly [key: string]: JsonSchema };
}): JsonSchema {
  return {
    $schema: DIALECT,
    $id: `urn:telltale:schema:${kind.name}`,
    title: `Telltale ${kind.name}`,
    description: kind.description,
    type: 'object',
    required: kind.required,
    properties: { ...META_PROPERTIES, ...kind.properties },
  };
}

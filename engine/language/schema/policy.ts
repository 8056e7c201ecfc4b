import { ALERT_STATES, INCIDENT_STATES, POLICY_SUBJECTS, SEVERITIES, VERDICTS } from '../../model/index.ts';
import type { JsonSchema } from './json-schema.ts';
import { kindSchema, TIME_SPAN_DESCRIPTION } from './meta.ts';

const CONDITION_REF = { $ref: '#/$defs/policy_condition' };

const FACT: { readonly [key: string]: JsonSchema } = {
  fact: {
    description:
      'What is looked at: alert, incident, case (either), time, asset, intel, history or baseline; a path may follow after a dot.',
    type: 'string',
    pattern: '\\S',
  },
  path: {
    description: 'Names of properties joined by dots, from the fact inwards; lists are stepped through.',
    type: 'string',
    pattern: '\\S',
  },
  params: { description: 'What the source of the fact is asked with, e.g. {entity: host}.', type: 'object' },
};

/** A condition of json-rules-engine: all, any, not, or a test of a fact. Exactly one form; the reader says which are mixed. */
const CONDITION: JsonSchema = {
  description: 'all, any or not over conditions, or one test: fact, operator and value.',
  type: 'object',
  additionalProperties: false,
  properties: {
    all: { description: 'Every one of these holds.', type: 'array', minItems: 1, items: CONDITION_REF },
    any: { description: 'At least one of these holds.', type: 'array', minItems: 1, items: CONDITION_REF },
    not: { description: 'This does not hold.', ...CONDITION_REF },
    ...FACT,
    operator: {
      description: 'How the fact is compared: equal, in, atLeast, cidr, matchesEntity, olderThan …',
      type: 'string',
    },
    value: { description: 'What it is compared with; {fact: …} for another fact.' },
  },
};

const DECIDE: JsonSchema = {
  description: 'What is decided where the condition holds.',
  type: 'object',
  additionalProperties: false,
  properties: {
    severity: {
      description: 'Bounds of the severity.',
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        floor: { description: 'At least this.', enum: [...SEVERITIES] },
        ceiling: { description: 'At most this.', enum: [...SEVERITIES] },
      },
    },
    confidence: {
      description: 'What happens to the confidence: exactly one of multiply, set and cap.',
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
      properties: {
        multiply: { description: 'Multiply by this.', type: 'number', minimum: 0, maximum: 10 },
        set: { description: 'Set to this, from 0 to 1.', type: 'number', minimum: 0, maximum: 1 },
        cap: { description: 'At most this, from 0 to 1.', type: 'number', minimum: 0, maximum: 1 },
      },
    },
    suppress: {
      description:
        'Mute: it is kept and counted, outputs do not see it. Somebody answers for it, and it ends.',
      type: 'object',
      required: ['owner', 'reason'],
      additionalProperties: false,
      properties: {
        owner: { description: 'Who answers for it.', type: 'string', pattern: '\\S' },
        reason: { description: 'Why it is muted.', type: 'string', pattern: '\\S' },
        until: {
          description: 'The day or time (UTC, ISO 8601) at which the policy stops muting.',
          type: 'string',
        },
        for: {
          description: `How long after the decision each case stays muted. ${TIME_SPAN_DESCRIPTION}`,
          type: 'string',
        },
      },
    },
    tags: {
      description: 'Tags that are added.',
      type: 'array',
      minItems: 1,
      items: { type: 'string' },
    },
    assign: { description: 'The person or team that it is assigned to.', type: 'string', pattern: '\\S' },
    state: {
      description: 'The state it moves to.',
      enum: [...new Set([...ALERT_STATES, ...INCIDENT_STATES])].filter(
        (state) => !['candidate', 'redirected', 'retracted'].includes(state),
      ),
    },
    verdict: { description: 'What it is found to be.', enum: [...VERDICTS] },
    escalate: {
      description: '`incident`: into an incident of its own; `none`: out of the one it is in.',
      enum: ['incident', 'none'],
    },
    route: {
      description: 'Names of the outputs that see it. What a name stands for is configured by the operator.',
      type: 'array',
      minItems: 1,
      items: { type: 'string' },
    },
  },
};

const TESTS: JsonSchema = {
  description: 'Tests of the policy: a case and facts, and what must be decided.',
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'given', 'expect'],
    additionalProperties: false,
    properties: {
      name: { description: 'A sentence about behaviour.', type: 'string', pattern: '\\S' },
      given: {
        description: 'What is decided about: exactly one of `alert` and `incident`, and facts.',
        type: 'object',
        additionalProperties: false,
        properties: {
          alert: {
            description: 'Members of an alert; those left out have plain values.',
            type: 'object',
          },
          incident: {
            description: 'Members of an incident; those left out have plain values.',
            type: 'object',
          },
          facts: {
            description: 'Values of facts by name, or by name and parameters: history(of: rule).',
            type: 'object',
          },
          failing: {
            description: 'Names of facts that cannot be had.',
            type: 'array',
            items: { type: 'string' },
          },
          at: { description: 'When it is decided (UTC, ISO 8601).', type: 'string' },
        },
      },
      expect: {
        description: 'What must be decided.',
        type: 'object',
        required: ['decisions'],
        additionalProperties: false,
        properties: {
          decisions: {
            description: 'How many decisions: 0 or 1; or a list with what the decision must hold.',
            type: ['integer', 'array'],
            minimum: 0,
            maximum: 1,
            maxItems: 1,
            items: DECIDE,
          },
          withheld: {
            description: 'Whether the decision is withheld because a fact could not be had.',
            type: 'boolean',
          },
        },
      },
    },
  },
};

/** The schema of documents with a `policy:` block. */
export const POLICY_SCHEMA: JsonSchema = {
  ...kindSchema({
    name: 'policy',
    description:
      'What is decided about an alert or incident: severity, suppression, tags, routing, escalation.',
    required: ['title', 'policy'],
    properties: {
      policy: {
        description: 'Condition and decision.',
        type: 'object',
        required: ['applies', 'when', 'decide'],
        additionalProperties: false,
        properties: {
          applies: {
            description: 'What it is about: alerts, incidents or both.',
            enum: [...POLICY_SUBJECTS],
          },
          priority: {
            description:
              'From 1 to 1000; where two policies disagree, the higher one prevails. 100 where absent.',
            type: 'integer',
            minimum: 1,
            maximum: 1000,
          },
          when: { description: 'The condition: all, any, not, or one test.', ...CONDITION_REF },
          decide: DECIDE,
        },
      },
      tests: TESTS,
    },
  }),
  $defs: { policy_condition: CONDITION },
};

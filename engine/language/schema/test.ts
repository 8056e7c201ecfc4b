import { SEVERITIES } from '../../model/index.ts';
import { DIALECT, type JsonSchema } from './json-schema.ts';

const SPAN = 'A number and a unit: 30s, 5m, 1h, 7d.';

const GIVEN: JsonSchema = {
  description: 'Something that arrives: exactly one of `event`, `raw`, `file`, `signal` and `alert`.',
  type: 'object',
  additionalProperties: false,
  properties: {
    event: {
      description: "An event: its fields by Sigma name, of the rule's own logsource.",
      type: 'object',
    },
    raw: { description: 'A record as a source would send it; it is decoded and normalised.' },
    file: { description: 'A file of recorded lines, relative to the rule file.', type: 'string' },
    signal: { description: 'The firing of the rule of this id or name.', type: 'string' },
    alert: {
      description: 'An alert of another product, for templates.',
      type: 'object',
      required: ['title'],
      additionalProperties: false,
      properties: {
        title: { description: 'Its title.', type: 'string' },
        tags: { description: 'Its tags.', type: 'array', items: { type: 'string' } },
        level: { description: 'Its level; `medium` where absent.', type: 'string' },
        confidence: {
          description: 'Its confidence; 0.5 where absent.',
          type: 'number',
          minimum: 0,
          maximum: 1,
        },
      },
    },
    entities: {
      description: 'With `signal` or `alert`: entities it names, as `type:value` or `type/role:value`.',
      type: 'array',
      items: { type: 'string', pattern: ':' },
    },
    fields: { description: 'With `signal`: the values that it carries.', type: 'object' },
    at: { description: `Event time after the start of the test. ${SPAN}`, type: 'string' },
    repeat: { description: 'How many times; 1 where absent.', type: 'integer', minimum: 1 },
    every: { description: `Time between repeats. ${SPAN}`, type: 'string' },
    vary: {
      description: 'Values that change from repeat to repeat: for each field a list, or a template with {n}.',
      type: 'object',
    },
    delivered: {
      description: `Arrival after the start of the test, where it differs from \`at\`. ${SPAN}`,
      type: 'string',
    },
    copies: { description: 'How many copies are delivered; 1 where absent.', type: 'integer', minimum: 1 },
    restart: { description: 'Whether the engine is restarted before this item arrives.', type: 'boolean' },
  },
};

const EXPECTED_SIGNAL: JsonSchema = {
  description: 'A signal that must be there; only what is written is compared.',
  type: 'object',
  additionalProperties: false,
  properties: {
    rule: { description: 'Id or name of the rule that fires.', type: 'string' },
    at: { description: `Its time after the start of the test. ${SPAN}`, type: 'string' },
    group: { description: 'Its group-by values.', type: 'object' },
    count: { description: 'How many such signals there are.', type: 'integer', minimum: 0 },
    evidence: { description: 'How many events it rests on.', type: 'integer', minimum: 0 },
    entities: {
      description: 'Entities that it names, as `type:value`.',
      type: 'array',
      items: { type: 'string' },
    },
  },
};

const EXPECTED_ALERT: JsonSchema = {
  description: 'An alert that must be there in its last revision; only what is written is compared.',
  type: 'object',
  additionalProperties: false,
  properties: {
    severity: { description: 'Its severity.', enum: [...SEVERITIES] },
    count: { description: 'How many signals are in it.', type: 'integer', minimum: 0 },
    suppressed: { description: 'Whether it is muted.', type: 'boolean' },
    entities: {
      description: 'Entities that it names, as `type:value`.',
      type: 'array',
      items: { type: 'string' },
    },
    remediation: { description: 'A text in one of its steps, filled in.', type: 'string' },
  },
};

const EXPECTED_INCIDENT: JsonSchema = {
  description: 'An incident that must be there at the end; only what is written is compared.',
  type: 'object',
  additionalProperties: false,
  properties: {
    title: { description: 'Its title, filled in.', type: 'string' },
    severity: { description: 'Its severity.', type: 'string' },
    state: { description: 'Where it stands in its life.', type: 'string' },
    alerts: { description: 'How many alerts it holds.', type: 'integer', minimum: 0 },
    parts: { description: 'Parts of the template that it holds.', type: 'array', items: { type: 'string' } },
    stages: {
      description: 'Its ATT&CK tactics by short name, in order.',
      type: 'array',
      items: { type: 'string' },
    },
    entities: {
      description: 'Entities that it names, as `type:value`.',
      type: 'array',
      items: { type: 'string' },
    },
    story: { description: 'A text that stands in its story.', type: 'string' },
  },
};

/** `tests:` of a rule or of a test file. */
export const TESTS_SCHEMA: JsonSchema = {
  description: 'Tests of the rule: what arrives, and what must come out.',
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'given', 'expect'],
    additionalProperties: false,
    properties: {
      name: { description: 'A sentence about behaviour.', type: 'string', pattern: '\\S' },
      given: { description: 'What arrives.', type: 'array', items: GIVEN },
      expect: {
        description: 'What must come out.',
        type: 'object',
        minProperties: 1,
        additionalProperties: false,
        properties: {
          incidents: {
            description:
              'How many incidents of the template there are at the end (0: none), or a list of those that must be there.',
            type: ['integer', 'array'],
            minimum: 0,
            items: EXPECTED_INCIDENT,
          },
          alerts: {
            description:
              'How many alerts the signals of the rule make (0: none), or a list of alerts that must be there.',
            type: ['integer', 'array'],
            minimum: 0,
            items: EXPECTED_ALERT,
          },
          signals: {
            description:
              'How many signals the rule gives (0: it stays silent), or a list of signals that must be there.',
            type: ['integer', 'array'],
            minimum: 0,
            items: EXPECTED_SIGNAL,
          },
        },
      },
    },
  },
};

/** A test file beside a rule. */
export const TEST_FILE_SCHEMA: JsonSchema = {
  $schema: DIALECT,
  $id: 'urn:telltale:schema:test',
  title: 'Telltale test file',
  description: 'Tests that stand beside a rule, in `<rule>.test.yml`.',
  type: 'object',
  required: ['tests'],
  additionalProperties: false,
  properties: {
    rule: {
      description: 'Id or name of the rule; the rule in `<rule>.yml` beside it where absent.',
      type: ['string', 'number'],
    },
    tests: TESTS_SCHEMA,
  },
};

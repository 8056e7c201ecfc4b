// Long because it is a table: one schema for every key of a correlation.
import { CORRELATION_TYPES } from '../../model/index.ts';
import type { JsonSchema } from './json-schema.ts';
import { kindSchema, TIME_SPAN_DESCRIPTION } from './meta.ts';

const RULE: JsonSchema = { type: ['string', 'number'] };
const SPAN = (description: string): JsonSchema => ({
  description: `${description} ${TIME_SPAN_DESCRIPTION}`,
  type: 'string',
});
const FIELDS = (description: string): JsonSchema => ({
  description,
  type: ['string', 'array'],
  items: { type: 'string' },
  minItems: 1,
});
const BOUNDS: { readonly [key: string]: JsonSchema } = {
  gt: { description: 'The figure is greater than this.', type: 'number' },
  gte: { description: 'The figure is at least this.', type: 'number' },
  lt: { description: 'The figure is less than this; decided when the window closes.', type: 'number' },
  lte: { description: 'The figure is at most this; decided when the window closes.', type: 'number' },
  eq: { description: 'The figure is exactly this; decided when the window closes.', type: 'number' },
  neq: { description: 'The figure is anything but this; decided when the window closes.', type: 'number' },
};

const COMPARISONS: JsonSchema = {
  description: 'Comparisons of the field, all of which must hold.',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: Object.fromEntries(
    Object.keys(BOUNDS).map((op) => [
      op,
      { description: 'A constant, or `step.field`.', type: ['string', 'number', 'boolean'] },
    ]),
  ),
};

const STEP: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    rule: { ...RULE, description: 'Id or name of the rule that must fire.' },
    absent: { ...RULE, description: 'Id or name of a rule that must not fire.' },
    as: {
      description: 'What `join` and `where` call this step; the rule as written where absent.',
      type: 'string',
      pattern: '\\S',
    },
    times: {
      description: 'How often it must fire, or on how many distinct values of a field.',
      type: ['integer', 'object'],
      minimum: 1,
      required: ['min'],
      additionalProperties: false,
      properties: {
        min: { description: 'At least so many.', type: 'integer', minimum: 1 },
        distinct: { description: 'Count distinct values of this field, not firings.', type: 'string' },
      },
    },
    within: SPAN(
      'The step is complete less than this after the one before it; of an absence at an end: how long it must stay away.',
    ),
    after: SPAN('The step is complete at least this long after the one before it.'),
    where: {
      description:
        'Tests: a field, and per comparison a constant or `step.field` of an earlier step. Of a list of such maps one must hold.',
      examples: ['{ host: { neq: first.host } }', '[{ host: { neq: first.host } }, { size: { gt: 1000 } }]'],
      type: ['object', 'array'],
      minItems: 1,
      items: {
        description: 'Tests, all of which must hold.',
        type: 'object',
        additionalProperties: COMPARISONS,
      },
      additionalProperties: COMPARISONS,
    },
  },
};

export const CORRELATION_SCHEMA: JsonSchema = kindSchema({
  name: 'correlation',
  description: 'Firings of other rules that belong together in time and by their values.',
  required: ['title', 'correlation'],
  properties: {
    generate: { description: 'The rules listed also alert by themselves.', type: 'boolean' },
    correlation: {
      description: 'What belongs together. Every key that has no effect on the type is an error.',
      type: 'object',
      required: ['type', 'timespan'],
      additionalProperties: false,
      properties: {
        type: { description: 'What is asked of the firings.', enum: [...CORRELATION_TYPES] },
        rules: {
          description: 'Ids or names of the rules listened to.',
          type: ['array', 'string', 'number'],
          items: RULE,
          minItems: 1,
        },
        'group-by': {
          description: 'Fields (or aliases) whose values must be the same. All in one group where absent.',
          type: ['array', 'string'],
          items: { type: 'string' },
        },
        aliases: {
          description: 'For each name the field that stands for it in each rule.',
          type: 'object',
          additionalProperties: {
            description: 'By id or name of a rule, its own field.',
            type: 'object',
            additionalProperties: { description: 'The field of that rule.', type: 'string' },
          },
        },
        timespan: SPAN('Length of the window.'),
        condition: {
          description:
            'Bounds of the figure; for `temporal` also a condition over rule names, e.g. `a and (b or c) and not d`, `2 of [a, b, c]`.',
          type: ['object', 'string'],
          additionalProperties: false,
          minProperties: 1,
          properties: {
            ...BOUNDS,
            field: FIELDS('The field whose values count; several make tuples (`value_count`, `first_seen`).'),
            percentile: {
              description: 'Which percentile, 0 to 100.',
              type: 'number',
              minimum: 0,
              maximum: 100,
            },
            min_events: {
              description: 'Silent below so many firings in the window.',
              type: 'integer',
              minimum: 1,
            },
          },
        },
        generate: { description: 'The rules listed also alert by themselves.', type: 'boolean' },
        window: {
          description: 'sliding (where absent), tumbling, `hop: <span>` or `session: <gap>`.',
          type: ['string', 'object'],
          additionalProperties: false,
          properties: {
            hop: SPAN('A window of `timespan` begins every so often.'),
            session: SPAN('The window lasts until so long without a firing, at most `timespan`.'),
          },
        },
        emit: {
          description:
            'How often it fires: once per window and group (where absent), on every firing, with updates, or when the window closes.',
          enum: ['once', 'every', 'update', 'at_close'],
        },
        on_null: {
          description:
            'A firing without a group-by field is skipped and counted, or gets a group of its own.',
          enum: ['skip', 'group'],
        },
        ties: {
          description:
            'Whether firings of one instant may follow each other. In a sequence: whether a step that is needed once may share the instant of the step before it.',
          enum: ['strict', 'allow'],
        },
        same_event: { description: 'Whether one event may stand for two rules.', enum: ['forbid', 'allow'] },
        cased: {
          description: 'Compare group, join and counted values exactly, not by case folding.',
          type: 'boolean',
        },
        lateness: SPAN("How much longer than the sources' lateness the rule waits for late events."),
        late: {
          description:
            'What comes later still is counted and dropped, or put in its place, so that what was said is revised or taken back.',
          enum: ['drop', 'revise'],
        },
        revise_for: SPAN(
          'With late: revise, how much later than the lateness that still is; a timespan by default.',
        ),
        after_match: {
          description: 'What a match leaves of its group: everything, or nothing.',
          enum: ['keep', 'reset'],
        },
        state_on_edit: {
          description: 'What an edit of the rule does to its state.',
          enum: ['keep', 'replay', 'reset'],
        },
        suppress: {
          description:
            'Quiet about a group for so long after a signal, unless the new match has a rule the last had not.',
          type: 'object',
          required: ['for'],
          additionalProperties: false,
          properties: {
            for: SPAN('How long.'),
            by: FIELDS('Group-by names that tell one repeat from another; all where absent.'),
          },
        },
        counter: {
          description:
            'Counter-evidence: rules whose firing shortly before a match in the same group speaks against it.',
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['rule', 'within'],
            additionalProperties: false,
            properties: {
              rule: { ...RULE, description: 'Id or name of the rule.' },
              within: SPAN('How long before the match it counts.'),
              effect: {
                description: 'It drops the match (where absent), or lowers its score.',
                enum: ['veto', 'lower'],
              },
              factor: {
                description: 'With `lower`: what the score is multiplied by.',
                type: 'number',
                minimum: 0,
                maximum: 1,
              },
              alive: {
                description: 'It counts only while this rule fired so recently.',
                type: 'object',
                required: ['rule', 'within'],
                additionalProperties: false,
                properties: {
                  rule: { ...RULE, description: 'Id or name of the rule.' },
                  within: SPAN('How recently.'),
                },
              },
            },
          },
        },
        limits: {
          description: "Bounds of the rule's state.",
          type: 'object',
          additionalProperties: false,
          properties: {
            groups: { description: 'Groups (or runs) held at once.', type: 'integer', minimum: 1 },
            samples: { description: 'Firings held in one group.', type: 'integer', minimum: 1 },
            evidence: { description: 'Firings listed as evidence.', type: 'integer', minimum: 1 },
          },
        },
        steps: { description: 'The steps of a sequence, in order.', type: 'array', minItems: 1, items: STEP },
        join: {
          description: 'Fields of steps that must be equal: `a.User = b.User`.',
          type: ['array', 'string'],
          items: { type: 'string' },
          minItems: 1,
        },
        until: {
          description: 'Rules that end every run of their group.',
          type: ['array', 'string', 'number'],
          items: RULE,
          minItems: 1,
        },
        weights: {
          description:
            'A weight for each rule: `temporal` compares the sum of those present, `risk` multiplies shares.',
          type: 'object',
          minProperties: 1,
          additionalProperties: { description: 'The weight of that rule.', type: 'number' },
        },
        warmup: SPAN('`first_seen`: silent until the group has been watched so long.'),
        half_life: SPAN('`risk`: a share counts half after so long.'),
        min_tactics: {
          description: '`risk`: ATT&CK tactics that must be involved.',
          type: 'integer',
          minimum: 1,
        },
        min_sources: {
          description: '`risk`: sources of events that must be involved.',
          type: 'integer',
          minimum: 1,
        },
      },
    },
  },
});

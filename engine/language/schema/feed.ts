import { FEED_FORMATS, INDICATOR_TYPES } from '../../model/index.ts';
import type { JsonSchema } from './json-schema.ts';
import { kindSchema, LOGSOURCE_SCHEMA, TIME_SPAN_DESCRIPTION } from './meta.ts';

const NAME = (description: string): JsonSchema => ({ description, type: 'string', pattern: '\\S' });
const SPAN = (description: string): JsonSchema => NAME(`${description} ${TIME_SPAN_DESCRIPTION}`);
const PERCENT = (description: string): JsonSchema => ({
  description,
  type: 'number',
  minimum: 0,
  maximum: 100,
});

function byType(description: string, value: JsonSchema): JsonSchema {
  const properties = Object.fromEntries(
    INDICATOR_TYPES.map((type) => [type, { description: `For indicators of type ${type}.`, ...value }]),
  );
  return {
    description,
    type: ['object', String(value['type'])],
    additionalProperties: false,
    properties,
    minProperties: 1,
  };
}

/** The schema of documents with a `feed:` block. */
export const FEED_SCHEMA: JsonSchema = kindSchema({
  name: 'feed',
  description: 'A source of threat intelligence, and the rule that fires where an event holds what it lists.',
  required: ['title', 'feed'],
  properties: {
    logsource: LOGSOURCE_SCHEMA,
    feed: {
      description: 'Where the feed comes from, how it is written, and what is done with it.',
      type: 'object',
      additionalProperties: false,
      properties: {
        file: NAME('A file, named from the folder of this document; it cannot lie outside.'),
        url: NAME('An address (https or http) that the daemon fetches it from.'),
        taxii: {
          description: 'A collection of a TAXII 2.1 server.',
          type: 'object',
          required: ['url', 'collection'],
          additionalProperties: false,
          properties: {
            url: NAME('The API root.'),
            collection: NAME('The id of the collection.'),
          },
        },
        format: { description: 'How it is written. `stix` for TAXII.', enum: [...FEED_FORMATS] },
        mapping: {
          description: 'csv and json: which columns or keys hold what; a dot goes into an object.',
          type: 'object',
          required: ['value'],
          additionalProperties: false,
          properties: {
            list: NAME('json: where the list is.'),
            value: NAME('The indicator.'),
            type: NAME('Its type, in any widespread word: ip-dst, sha256_hash, domain …'),
            confidence: NAME('From 0 to 100, or high, medium, low.'),
            last_seen: NAME('When the feed last saw it.'),
            valid_until: NAME('When it ends to be valid.'),
            header: {
              description: 'csv: the names of the columns, where the file does not say them.',
              type: 'array',
              items: { type: 'string' },
              minItems: 1,
            },
            delimiter: { description: 'csv: what parts the cells; a comma where absent.', type: 'string' },
          },
        },
        type: {
          description: 'What every row is; told by the shape of the value where absent.',
          enum: [...INDICATOR_TYPES],
        },
        confidence: PERCENT('The confidence in a row that states none, from 0 to 100; 50 where absent.'),
        min_confidence: PERCENT(
          'What has less left at the time of the event does not match; 1 where absent.',
        ),
        lifetime: byType(
          `From last seen to no confidence, for all types or by type. ${TIME_SPAN_DESCRIPTION}`,
          { type: 'string' },
        ),
        decay: byType(
          'How steeply confidence falls at first, for all types or by type: 1 is a straight line, 2 and more fall early.',
          { type: 'number', minimum: 0.1, maximum: 20 },
        ),
        refresh: NAME(
          'When the daemon reads it again: a cron expression of five fields; hourly where absent.',
        ),
        jitter: SPAN('Each reading is put off by up to so long; 5m where absent.'),
        stale_after: SPAN('An alert tells that the feed could not be read for so long; 3d where absent.'),
        warning_lists: {
          description:
            'What the feed may not call bad. Reserved addresses and the empty file are always refused.',
          type: 'array',
          items: {
            type: 'object',
            required: ['name'],
            additionalProperties: false,
            properties: {
              name: NAME('What the list is called in reports.'),
              values: {
                description:
                  'Addresses, networks, domains (`.example.com` for all below it too), URLs, hashes, e-mail addresses.',
                type: 'array',
                items: { type: 'string' },
              },
              file: NAME(
                'A file with one value a line, or a warning list of MISP (JSON), named from the folder of this document.',
              ),
            },
          },
        },
        match: {
          description:
            "What the feed's own rule looks at: `all` (fields that usually hold what it lists), `none` (only other rules ask, by `|intel`), or a list of fields.",
          type: ['string', 'array'],
          items: { type: 'string', pattern: '\\S' },
          minItems: 1,
        },
      },
    },
  },
});

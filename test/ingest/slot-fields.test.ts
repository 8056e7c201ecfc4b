import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createSchemas,
  entitiesOf,
  type NormalisedEvent,
  needsLift,
  normalise,
  resolvePath,
  type Schemas,
  SlotFields,
} from '../../engine/ingest/index.ts';
import { eventTime } from '../../engine/model/index.ts';
import { CASES } from './records.ts';

/** What is read from the bytes is what the general way reads from the parsed record. */

const SCHEMAS = builtIn();
const OWN = [{ type: 'file', role: 'target', fields: ['CommandLine', 'extra', 'a.b'] } as const];
const FIELDS = [
  'CommandLine',
  'Image',
  'EventID',
  'User',
  'extra',
  'a.b',
  'missing',
  'Channel',
  'm.*.n',
  '*.o',
];

function builtIn(): Schemas {
  const { value } = createSchemas();
  if (value === undefined) throw new Error('the built-in mappings do not link');
  return value;
}

/** One for all records, as in a scan, where each record's class brings paths that are new to the others. */
let shared: SlotFields | undefined;

function both(line: string): { readonly fast: unknown; readonly general: unknown } | undefined {
  const bytes = new TextEncoder().encode(`  ${line}`);
  const text = Buffer.from(bytes).toString('latin1');
  const record: unknown = JSON.parse(line);
  const event: NormalisedEvent = normalise(record, SCHEMAS, { observedAt: eventTime(0), source: line });
  const mapping = SCHEMAS.recognise((path) => resolvePath(record, path));
  if (mapping !== undefined && needsLift(mapping, (path) => resolvePath(record, path))) return undefined;
  const source = {
    buffer: { bytes, text },
    start: 0,
    end: bytes.length,
    eventClass: event.class,
    record: () => record,
  };
  if (shared === undefined) shared = new SlotFields(source);
  else shared.begin(source);
  const fields = shared;
  const time = fields.time();
  const all = { entities: event.class.entities, fields: event.fields };
  return {
    fast: {
      time: time?.time ?? 0,
      ns: time?.timeNs ?? 0,
      id: fields.id() ?? event.id,
      entities: fields.entities(event.class.entities),
      own: fields.entities(OWN),
      fields: FIELDS.map((field) => fields.get(field)),
    },
    general: {
      time: event.time,
      ns: event.timeNs,
      id: event.id,
      entities: entitiesOf(all),
      own: entitiesOf(all, OWN),
      fields: FIELDS.map((field) => event.fields.get(field)),
    },
  };
}

describe('fields read from slots', () => {
  test('are those of the parsed record, for a record of every mapping', () => {
    let read = 0;
    for (const { given } of [...CASES, ...CASES]) {
      const found = both(JSON.stringify(given));
      if (found === undefined) continue;
      read++;
      expect(found.fast).toEqual(found.general);
    }
    expect(read).toBeGreaterThan(CASES.length);
  });

  const cases: readonly { readonly name: string; readonly line: string }[] = [
    {
      name: 'escapes',
      line: '{"Channel":"Security","EventID":4624,"User":"CORP\\\\Al\\u0069ce","extra":"a\\tb"}',
    },
    {
      name: 'letters beyond ASCII',
      line: '{"Channel":"Security","EventID":1,"User":"Zoë","Image":"C:\\\\é.exe"}',
    },
    { name: 'lists', line: '{"User":["alice","Bob",null,{"a":1},3],"extra":[]}' },
    { name: 'numbers, truth values and null', line: '{"User":12.50,"extra":true,"Image":null,"a.b":1e400}' },
    { name: 'paths through lists', line: '{"a":[{"b":"x"},{"b":["y","z"]}]}' },
    { name: 'a star that is a key', line: '{"m":{"*":{"n":1},"y":{"n":"two"}},"*":{"o":3}}' },
    { name: 'keys that hold dots', line: '{"a":{"b":"inner"},"a.b":"outer"}' },
    { name: 'a repeated object', line: '{"a":{"b":"first"},"a":{"c":"second"}}' },
    { name: 'a repeated key', line: '{"User":"first","User":"second"}' },
    { name: 'an escaped key', line: '{"Us\\u0065r":"alice"}' },
    { name: 'a text that is a view of its buffer', line: '{"User":"someone-with-a-long-name@corp.example"}' },
  ];
  test.each(cases)('are those of the parsed record: $name', ({ line }) => {
    for (let again = 0; again < 3; again++) {
      const found = both(line);
      expect(found?.fast).toEqual(found?.general);
    }
  });

  test('are those of the parsed record, whatever it holds', () => {
    const key = fc.constantFrom(
      'User',
      'Image',
      'Hashes',
      'a',
      'b',
      'a.b',
      'EventID',
      'Channel',
      'SourceIp',
      'UtcTime',
      'Event',
      'System',
      'EventData',
    );
    const scalar = fc.oneof(
      fc.constantFrom(
        'Security',
        'CORP\\Bob',
        'é',
        '10.0.0.1',
        '2026-04-20T10:00:35.64Z',
        'MD5=0123456789abcdef0123456789abcdef',
        '',
        '-',
        1,
        4688,
        -0.5,
        true,
        null,
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        scalar,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 6 }), (record) => {
        const found = both(JSON.stringify(record));
        if (found !== undefined) expect(found.fast).toEqual(found.general);
      }),
      { numRuns: 3000 },
    );
  });
});

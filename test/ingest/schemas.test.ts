import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CLASSES_MAX,
  clauseHolds,
  createSchemas,
  type DetectClause,
  decodeText,
  lift,
  MAPPINGS,
  type Mapping,
  type MappingDocument,
  needsLift,
  normalise,
  resolvePath,
  type Schemas,
} from '../../engine/ingest/index.ts';
import { eventTime } from '../../engine/model/index.ts';

function schemas(extra: readonly MappingDocument[] = []): Schemas {
  const made = createSchemas({ extra });
  if (made.value === undefined) throw new Error('no schemas');
  return made.value;
}

function mapping(id: string): Mapping {
  const found = schemas().mappings.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no mapping ${id}`);
  return found;
}

describe('a clause of detection', () => {
  const table: readonly {
    name: string;
    clause: DetectClause;
    holds: readonly unknown[];
    not: readonly unknown[];
  }[] = [
    {
      name: 'alone it wants a value',
      clause: { path: 'a' },
      holds: [0, '', false, [], {}],
      not: [undefined, null],
    },
    {
      name: 'absent wants none',
      clause: { path: 'a', absent: true },
      holds: [undefined, null],
      not: [0, '', []],
    },
    { name: 'a scalar', clause: { path: 'a', is: 'scalar' }, holds: ['x', 1, false], not: [[], {}, null] },
    { name: 'an object', clause: { path: 'a', is: 'object' }, holds: [{}], not: [[], 'x', null, undefined] },
    { name: 'a list', clause: { path: 'a', is: 'array' }, holds: [[]], not: [{}, 'x'] },
    {
      name: 'one of some texts',
      clause: { path: 'a', equals: ['1', 'x'] },
      holds: [1, '1', 'x'],
      not: ['X', 2, ['x'], {}, null],
    },
    {
      name: 'a beginning',
      clause: { path: 'a', startswith: ['ab', 'c'] },
      holds: ['abc', 'c'],
      not: ['bc', ['abc']],
    },
    { name: 'an end', clause: { path: 'a', endswith: ['.com'] }, holds: ['x.com'], not: ['x.COM', null] },
    {
      name: 'all that it names',
      clause: { path: 'a', startswith: ['a'], endswith: ['z'] },
      holds: ['az'],
      not: ['a', 'z'],
    },
  ];
  for (const { name, clause, holds, not } of table) {
    test(name, () => {
      for (const value of holds) expect([value, clauseHolds(clause, value)]).toEqual([value, true]);
      for (const value of not) expect([value, clauseHolds(clause, value)]).toEqual([value, false]);
    });
  }
});

describe('classes', () => {
  test('the same inputs give the same class while it is cached', () => {
    const using = schemas();
    const flat = mapping('windows-flat');
    const first = using.classOf(flat, ['Security', '4688', undefined]);
    expect(using.classOf(flat, ['Security', '4688', undefined])).toBe(first);
    expect(using.classOf(flat, ['Security', '4624', undefined])).not.toBe(first);
    expect(first.constants).toEqual(
      new Map([
        ['Channel', 'Security'],
        ['EventID', '4688'],
      ]),
    );
  });

  test('a text that tells nothing falls into the class of none', () => {
    const using = schemas();
    const flat = mapping('windows-flat');
    const none = using.classOf(flat, ['Security', '4688', undefined]);
    expect(using.classOf(flat, ['Security', '4688', 'AUDIT_SUCCESS'])).toBe(none);
    expect(using.classOf(flat, ['x'.repeat(300), '1', undefined])).toBe(
      using.classOf(flat, [undefined, '1', undefined]),
    );
  });

  test('keys are unique to schema and texts', () => {
    const using = schemas();
    const keys = new Set<string>();
    for (const channel of ['Security', 'System', undefined, 'null', '"']) {
      for (const id of ['1', '2', undefined, 'null'])
        keys.add(using.classOf(mapping('windows-flat'), [channel, id, undefined]).key);
    }
    expect(keys.size).toBe(20);
  });

  test('a flood of texts does not push out a class that is in use, and the cache stays bounded', () => {
    const using = schemas();
    const flat = mapping('windows-flat');
    const kept = using.classOf(flat, ['Security', '4688', undefined]);
    const early = using.classOf(flat, ['Security', 'early', undefined]);
    for (let i = 0; i < CLASSES_MAX * 2 + 10; i++) {
      using.classOf(flat, ['flood', String(i), undefined]);
      if (i % 100 === 0) expect(using.classOf(flat, ['Security', '4688', undefined])).toBe(kept);
    }
    // What nobody asked for again is gone: the cache does not grow with what an attacker sends.
    expect(using.classOf(flat, ['Security', 'early', undefined])).not.toBe(early);
  });

  test("paths of a field are tried in the mapping's order, under its native names", () => {
    const using = schemas();
    const creation = using.classOf(mapping('windows-nested'), ['Security', '4688', undefined]);
    expect(creation.paths('Image').slice(0, 2)).toEqual([
      'Event.EventData.NewProcessName',
      'Event.System.NewProcessName',
    ]);
    expect(creation.paths('EventID')).toEqual(['Event.System.EventID.#text', 'Event.System.EventID']);
    expect(using.classOf(mapping('windows-flat'), ['Security', '4624', undefined]).paths('Image')).toEqual([
      'Image',
    ]);
    expect(using.classOf(undefined, []).paths('a.b')).toEqual(['a.b']);
    expect(creation.paths('constructor')).toEqual([
      'Event.EventData.constructor',
      'Event.System.constructor',
      'constructor',
    ]);
  });

  test('what constants promise holds for every event of the class', () => {
    const using = schemas();
    const value = fc.oneof(
      fc.constantFrom('Security', 4688, '4688', null, true, 1.5),
      fc.constant([]),
      fc.constant(['Security']),
      fc.constant({ '#text': 4688 }),
      fc.constant({ '#text': null }),
    );
    fc.assert(
      fc.property(value, value, value, (Channel, EventID, EventType) => {
        for (const record of [
          { Channel, EventID, EventType },
          { Event: { System: { Channel, EventID }, EventData: { EventType } } },
        ]) {
          const event = normalise(record, using, { observedAt: eventTime(0) });
          for (const [field, text] of event.class.constants)
            expect(String(event.fields.get(field))).toBe(text);
        }
      }),
    );
  });
});

describe("a user's mappings", () => {
  const own: MappingDocument = {
    mapping: 'my-app',
    title: 'My application',
    detect: [[{ path: 'app', equals: ['mine'] }]],
    logsource: { products: ['linux'], services: ['sshd'] },
    fields: { User: ['who'] },
    time: ['when'],
  };

  test('come before ours', () => {
    const event = normalise({ app: 'mine', who: 'bob', Channel: 'Security', EventID: 1 }, schemas([own]), {
      observedAt: eventTime(5),
    });
    expect([event.schema, event.fields.get('User'), event.time, event.timed]).toEqual([
      'my-app',
      'bob',
      5,
      false,
    ]);
  });

  test('take the place of ours with the same id', () => {
    const using = schemas([{ ...own, mapping: 'windows-flat' }]);
    expect(using.mappings.filter((one) => one.id === 'windows-flat')).toHaveLength(1);
    expect(using.mappings).toHaveLength(MAPPINGS.length);
  });

  test('two of one id are reported, and the first counts', () => {
    const made = createSchemas({ extra: [own, { ...own, title: 'Again' }] });
    expect(made.diagnostics.map((one) => one.code)).toEqual(['TT2014']);
    expect(made.value?.mappings.find((one) => one.id === 'my-app')?.title).toBe('My application');
  });

  test('may use our vocabulary', () => {
    const shaped: MappingDocument = {
      mapping: 'odd',
      title: 'Odd',
      vocabulary: 'windows',
      detect: [[{ path: 'ch' }]],
      discriminators: [
        { name: 'channel', paths: ['ch'], field: 'Channel' },
        { name: 'event_id', paths: ['id'], field: 'EventID' },
      ],
      paths: { Channel: ['ch'], EventID: ['id'] },
      lookup: ['data.{}'],
      time: ['t'],
    };
    const event = normalise({ ch: 'Security', id: 4688, data: { NewProcessName: 'x' } }, schemas([shaped]), {
      observedAt: eventTime(0),
    });
    expect(event.logsource.categories).toEqual(['process_creation']);
    expect(event.fields.get('Image')).toBe('x');
    expect(event.class.constants.get('EventID')).toBe('4688');
  });
});

describe('events of no known schema', () => {
  test('are looked at by every rule, unless told otherwise', () => {
    expect(schemas().unknown.logsource.any).toBe(true);
    const told = createSchemas({ unknownLogsource: { product: 'Linux', service: 'sshd' } }).value;
    expect(told?.unknown.logsource).toEqual({ products: ['linux'], categories: [], services: ['sshd'] });
  });
});

describe('lifting', () => {
  test('what needs no lift is the record itself', () => {
    const record = { Event: { System: { Channel: 'Security', EventID: 1 }, EventData: { a: 1 } } };
    expect(needsLift(mapping('windows-nested'), (path) => resolvePath(record, path))).toBe(false);
    expect(lift(record, mapping('windows-nested'))).toBe(record);
  });

  test('members that are there stay, and the record is not changed', () => {
    const record = {
      Event: {
        System: {},
        EventData: {
          Image: 'real',
          Data: [
            { '@Name': 'Image', '#text': 'fake' },
            { '@Name': '__proto__', '#text': 'x' },
          ],
        },
      },
    };
    const before = JSON.stringify(record);
    const lifted = lift(record, mapping('windows-nested'));
    expect(resolvePath(lifted, 'Event.EventData.Image')).toBe('real');
    expect(resolvePath(lifted, 'Event.EventData.__proto__')).toBe('x');
    expect(Object.getPrototypeOf((lifted as typeof record).Event.EventData)).toBe(Object.prototype);
    expect(JSON.stringify(record)).toBe(before);
  });

  test('the insertion strings of a classic event become one list', () => {
    const record = {
      winlog: { channel: 'Application', event_data: { param1: 'a', param2: 'b', param4: 'd' } },
    };
    const lifted = lift(record, mapping('windows-winlogbeat'));
    expect(resolvePath(lifted, 'winlog.event_data.Data')).toEqual(['a', 'b']);
    expect(resolvePath(lifted, 'winlog.event_data.param4')).toBe('d');
  });

  test('repeated names give a list; an empty element gives an empty text', () => {
    const record = {
      Event: {
        System: {},
        EventData: { Data: [{ Name: 'a', '#text': '1' }, { Name: 'a', '#text': '2' }, { Name: 'b' }] },
      },
    };
    const lifted = lift(record, mapping('windows-nested'));
    expect(resolvePath(lifted, 'Event.EventData.a')).toEqual(['1', '2']);
    expect(resolvePath(lifted, 'Event.EventData.b')).toBe('');
  });

  test('a flood of pairs of one name costs no more than its length', () => {
    const Data = Array.from({ length: 300_000 }, () => ({ Name: 'a', '#text': 'x' }));
    const lifted = lift({ Event: { System: {}, EventData: { Data } } }, mapping('windows-nested'));
    expect(resolvePath(lifted, 'Event.EventData.a')).toHaveLength(300_000);
  });

  test('a text of JSON that nests beyond what is looked at stays a text', () => {
    const deep = `{"eventName":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const lifted = lift({ CloudTrailEvent: deep, EventSource: 'x' }, mapping('aws-cloudtrail-lookup'));
    expect(resolvePath(lifted, 'eventName')).toBeUndefined();
  });

  test('a text that is no JSON stays a text', () => {
    const record = { CloudTrailEvent: '{oops', EventSource: 'x' };
    expect(resolvePath(lift(record, mapping('aws-cloudtrail-lookup')), 'CloudTrailEvent')).toBe('{oops');
  });
});

describe('laws', () => {
  const loose = fc.json({ maxDepth: 4 });

  test('no record makes recognising or normalising throw, and the id depends on the bytes alone', () => {
    const using = schemas();
    const names = fc.constantFrom(
      'Channel',
      'EventID',
      'EventData',
      'Event',
      'System',
      'winlog',
      'channel',
      'event',
      'category',
      'protoPayload',
      'properties',
      'type',
      'a0',
      'ts',
      'query',
      'detail',
      'UserData',
      'Data',
      'process',
      'args',
      'class_uid',
      'metadata',
    );
    const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
      v: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('x', 1, null, '{"a":1}', '[1]', 'audit('),
        fc.dictionary(names, tie('v'), { maxKeys: 4 }),
        fc.array(tie('v'), { maxLength: 3 }),
      ),
    })).v;
    fc.assert(
      fc.property(fc.dictionary(names, value, { maxKeys: 5 }), (record) => {
        const once = normalise(record, using, { observedAt: eventTime(0) });
        const again = normalise(structuredClone(record), using, { observedAt: eventTime(0) });
        expect(again.id).toBe(once.id);
        expect(again.class).toBe(once.class);
        for (const field of ['Image', 'EventID', 'User', 'CommandLine'])
          expect(again.fields.get(field)).toEqual(once.fields.get(field));
      }),
      { numRuns: 2000 },
    );
  });

  test('any JSON text can be decoded and normalised', () => {
    const using = schemas();
    fc.assert(
      fc.property(loose, (text) => {
        const decoded = decodeText(text);
        if (decoded.kind === 'record')
          normalise(decoded.value, using, { observedAt: eventTime(0), source: text });
      }),
    );
  });
});

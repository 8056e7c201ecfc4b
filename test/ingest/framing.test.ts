import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeRecord,
  detectFraming,
  type Framed,
  Framer,
  frameAll,
  mayHoldMany,
  RECORD_LIMITS,
} from '../../engine/ingest/index.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** `line:column text` of each record, `line:column !code` of each problem. */
function shown(framed: readonly Framed[]): string[] {
  return framed.map((one) =>
    one.kind === 'record'
      ? `${one.line}:${one.column} ${new TextDecoder().decode(one.bytes)}`
      : `${one.problem.line}:${one.problem.column} !${one.problem.declaration.code}`,
  );
}

describe('cutting a file into records', () => {
  const table: readonly { name: string; given: string; expect: readonly string[] }[] = [
    { name: 'a line is a record', given: '{"a":1}\n{"b":2}\n', expect: ['1:1 {"a":1}', '2:1 {"b":2}'] },
    {
      name: 'the last line needs no newline',
      given: '{"a":1}\n{"b":2}',
      expect: ['1:1 {"a":1}', '2:1 {"b":2}'],
    },
    {
      name: 'carriage returns and empty lines are no records but count as lines',
      given: '{"a":1}\r\n\r\n \n{"b":2}\r\n',
      expect: ['1:1 {"a":1}', '4:1 {"b":2}'],
    },
    {
      name: 'a byte-order mark is skipped',
      given: '\uFEFF{"a":1}\n{"b":2}',
      expect: ['1:4 {"a":1}', '2:1 {"b":2}'],
    },
    {
      name: 'a hole of zeros, as a truncated log has it, is told once and skipped',
      given: `{"a":1}\n${'\0'.repeat(100)}{"b":2}\n`,
      expect: ['1:1 {"a":1}', '2:1 !TT2008', '2:101 {"b":2}'],
    },
    {
      name: 'a hole inside a line parts what was torn from what was written later',
      given: `{"a":1}\n{"b":"x${'\0'.repeat(100)}{"c":3}\n{"d":4}\n`,
      expect: ['1:1 {"a":1}', '2:1 {"b":"x', '2:8 !TT2008', '2:108 {"c":3}', '3:1 {"d":4}'],
    },
    {
      name: 'a hole between and inside values laid out over lines leaves the others',
      given: `[\n {\n  "a": 1\n },\n\0\0\n {\n  "b": "x\0\0{"c":3},\n {"d": 4}\n]\n`,
      expect: [
        '2:2 {\n  "a": 1\n }',
        '5:1 !TT2008',
        '7:10 !TT2008',
        '7:10 !TT2001',
        '7:12 {"c":3}',
        '8:2 {"d": 4}',
      ],
    },
    {
      name: 'a broken line stays a record of its own, for the decoder to judge',
      given: '{"a":1}\n{"a":\n{"b":2}\n',
      expect: ['1:1 {"a":1}', '2:1 {"a":', '3:1 {"b":2}'],
    },
    {
      name: 'a list in one line gives its elements',
      given: '[{"a":1},{"b":[{}]}]\n',
      expect: ['1:2 {"a":1}', '1:10 {"b":[{}]}'],
    },
    {
      name: 'a pretty-printed list gives each element at its own line',
      given: '[\n  {\n    "a": 1\n  },\n  {"b": 2}\n]\n',
      expect: ['2:3 {\n    "a": 1\n  }', '5:3 {"b": 2}'],
    },
    { name: 'an empty list gives nothing', given: '[]', expect: [] },
    { name: 'an empty file gives nothing', given: '', expect: [] },
    { name: 'white space alone gives nothing', given: ' \n\n', expect: [] },
    {
      name: 'Records is an envelope',
      given: '{"Records":[{"a":1},\n{"b":2}]}',
      expect: ['1:13 {"a":1}', '2:1 {"b":2}'],
    },
    { name: 'records is an envelope', given: '{"records": [{"a":1}]}', expect: ['1:14 {"a":1}'] },
    {
      name: 'value is an envelope behind its context, whatever follows it',
      given: '{"@odata.context":"x","value":[{"a":1}],"@odata.nextLink":"]}"}\n',
      expect: ['1:32 {"a":1}'],
    },
    {
      name: 'events and Events are envelopes',
      given: '{"events":[{"a":1}]}\n{"Events":[{"b":1}]}\n',
      expect: ['1:12 {"a":1}', '2:12 {"b":1}'],
    },
    {
      name: 'a list of audit events is an envelope behind kind, version and metadata',
      given:
        '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{"a":[1]},"items":[{"kind":"Event"}]}',
      expect: ['1:82 {"kind":"Event"}'],
    },
    {
      name: 'an envelope without records gives nothing',
      given: '{"Records":[]}\n{"a":1}\n',
      expect: ['2:1 {"a":1}'],
    },
    {
      name: 'a pretty-printed envelope gives its records',
      given: '{\n  "Records": [\n    {\n      "a": 1\n    }\n  ]\n}\n',
      expect: ['3:5 {\n      "a": 1\n    }'],
    },
    {
      name: 'an object whose list stands behind a member of its own is a record',
      given: '{"id":7,"events":[{"a":1}]}\n',
      expect: ['1:1 {"id":7,"events":[{"a":1}]}'],
    },
    {
      name: 'an object whose list holds no objects is a record',
      given: '{"value":[1,2]}\n{"events":["x"]}\n',
      expect: ['1:1 {"value":[1,2]}', '2:1 {"events":["x"]}'],
    },
    {
      name: 'an object whose member is no list is a record',
      given: '{"value":{"a":1}}\n{"kind":"Event","level":"x"}\n',
      expect: ['1:1 {"value":{"a":1}}', '2:1 {"kind":"Event","level":"x"}'],
    },
    { name: 'one object a file is a record', given: '{\n "a": 1\n}', expect: ['1:1 {\n "a": 1\n}'] },
    {
      name: 'pretty-printed objects one after another are records',
      given: '{\n "a": {"b": "}"}\n}\n{\n "c": "\\"{"\n}',
      expect: ['1:1 {\n "a": {"b": "}"}\n}', '4:1 {\n "c": "\\"{"\n}'],
    },
    {
      name: 'objects on one line, with or without commas, are records',
      given: '{"a":1}{"b":2},{"c":3}\n',
      expect: ['1:1 {"a":1}', '1:8 {"b":2}', '1:16 {"c":3}'],
    },
    {
      name: 'lines that are lists give all their elements',
      given: '[{"a":1}]\n[{"b":2},{"c":3}]\n',
      expect: ['1:2 {"a":1}', '2:2 {"b":2}', '2:10 {"c":3}'],
    },
    {
      name: 'scalars in a list are problems of their own',
      given: '[1,"]",{"a":1},null]',
      expect: ['1:2 !TT2004', '1:4 !TT2004', '1:8 {"a":1}', '1:16 !TT2004'],
    },
    {
      name: 'a list that is cut off gives what is whole and says so',
      given: '[\n{"a":1},\n{"b":',
      expect: ['2:1 {"a":1}', '3:1 !TT2005'],
    },
    {
      name: 'a list that is never closed says so',
      given: '[\n{"a":1},\n',
      expect: ['2:1 {"a":1}', '3:1 !TT2005'],
    },
    {
      name: 'after a bracket of the wrong kind, reading goes on at the next record of the list',
      given: '[\n  {\n    "a": [1}\n  },\n  {\n    "b": 2\n  }\n]',
      expect: ['3:12 !TT2001', '5:3 {\n    "b": 2\n  }'],
    },
    {
      name: 'after a string that is never closed, reading goes on at the next object',
      given: '{\n "a": "x\n}\n{\n "b": 2\n}\n',
      expect: ['2:9 !TT2001', '4:1 {\n "b": 2\n}'],
    },
    {
      name: 'prose between objects is one problem a line',
      given: '{\n"a":1\n}\nnot json at all\n{"b":2}\n',
      expect: ['1:1 {\n"a":1\n}', '4:1 !TT2004', '5:1 {"b":2}'],
    },
    {
      name: 'the headings of evtx_dump are none',
      given: 'Record 1\n{\n  "a": 1\n}\nRecord 2\n{\n  "b": 2\n}\n',
      expect: ['2:1 {\n  "a": 1\n}', '6:1 {\n  "b": 2\n}'],
    },
    {
      name: 'prose at the end is one problem',
      given: '{\n"a":1\n}\nthe end',
      expect: ['1:1 {\n"a":1\n}', '4:1 !TT2004'],
    },
    {
      name: 'a bracket too many is a problem',
      given: '{\n"a":1\n}\n}\n{"b":2}\n',
      expect: ['1:1 {\n"a":1\n}', '4:1 !TT2001', '5:1 {"b":2}'],
    },
  ];
  for (const { name, given, expect: expected } of table) {
    test(name, () => expect(shown(frameAll(given))).toEqual(expected));
  }

  test('a record over the size limit is skipped with its place, and the next one is read', () => {
    const limits = { ...RECORD_LIMITS, recordSizeMaxBytes: 10 };
    expect(shown(frameAll('{"a":1}\n{"a":"xxxxxxxxx"}\n{"b":2}\n', limits))).toEqual([
      '1:1 {"a":1}',
      '2:1 !TT2002',
      '3:1 {"b":2}',
    ]);
    expect(shown(frameAll('[{"a":1},\n{"a":"xxxxxxxxx"},\n{"b":2}]', limits))).toEqual([
      '1:2 {"a":1}',
      '2:1 !TT2002',
      '3:1 {"b":2}',
    ]);
  });

  test('a line of 50 MiB in small chunks is refused without being held', () => {
    const framer = new Framer();
    const chunk = new Uint8Array(1 << 20).fill(0x78);
    const found: Framed[] = [...framer.push(encode('{"a":1}\n{"big":"'))];
    for (let i = 0; i < 50; i++) found.push(...framer.push(chunk));
    found.push(...framer.push(encode('"}\n{"b":2}\n')), ...framer.end());
    expect(shown(found)).toEqual(['1:1 {"a":1}', '2:1 !TT2002', '3:1 {"b":2}']);
  });

  test('UTF-16, with or without a mark, either way round, reads as its UTF-8 form', () => {
    const text = '[\r\n{"a":"ü😀"},\r\n{"b":2}]';
    const units = (mark: string, little: boolean) => {
      const bytes = new Uint8Array((mark + text).length * 2);
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < mark.length + text.length; i++)
        view.setUint16(i * 2, (mark + text).charCodeAt(i), little);
      return bytes;
    };
    for (const mark of ['\uFEFF', '']) {
      for (const little of [true, false]) {
        expect(shown(frameAll(units(mark, little)))).toEqual(['2:1 {"a":"ü😀"}', '3:1 {"b":2}']);
      }
    }
  });

  test('start and end are the offsets of the record in the file', () => {
    const text = '[ {"a":1},\n {"b":"ü"} ]';
    const bytes = encode(text);
    for (const one of frameAll(bytes)) {
      if (one.kind === 'record') expect(bytes.slice(one.start, one.end)).toEqual(one.bytes.slice());
    }
    const lines = encode('{"a":1}\n\n [{"b":2},{"c":3}]\n{"d":4}');
    const cut = frameAll(lines).filter((one) => one.kind === 'record');
    expect(cut).toHaveLength(4);
    for (const one of cut) expect(lines.slice(one.start, one.end)).toEqual(one.bytes.slice());
  });
});

describe('telling the framing from the first bytes', () => {
  const table: readonly { name: string; given: string; expect: 'ndjson' | 'json' }[] = [
    { name: 'objects on lines', given: '{"a":1}\n{"b":2}', expect: 'ndjson' },
    { name: 'a line longer than the head', given: `{"a":"${'x'.repeat(100)}`, expect: 'ndjson' },
    { name: 'an envelope longer than the head', given: '{"Records":[{"a":1},', expect: 'json' },
    { name: 'a list longer than the head', given: '[{"a":1},', expect: 'json' },
    { name: 'a pretty-printed object', given: '{\n "a": 1\n}', expect: 'json' },
    { name: 'one list alone', given: '[{"a":1}]\n', expect: 'json' },
    { name: 'lists on lines', given: '[{"a":1}]\n[{"a":1}]\n', expect: 'ndjson' },
    { name: 'prose', given: 'hello\n{"a":1}', expect: 'ndjson' },
    { name: 'nothing', given: '', expect: 'ndjson' },
    { name: 'objects side by side', given: '{"a":1}{"b":2}', expect: 'json' },
    { name: 'a broken first line', given: '{"a":1} oops\n{"a":1}\n', expect: 'ndjson' },
  ];
  for (const { name, given, expect: expected } of table) {
    test(name, () => expect(detectFraming(encode(given))).toBe(expected));
  }

  test('only a list or an envelope can hold many records', () => {
    const may = (text: string) => mayHoldMany(encode(text), 0, encode(text).length);
    expect([may('[{}]'), may(' [1]'), may('{"Records":[]}'), may('{"kind":"Event"}')]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([may('{"a":1}'), may(''), may('{}'), may('7'), may('{"eventVersion":"1.08"')]).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

const json = fc.json({ maxDepth: 4 });
const record = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1, maxKeys: 4 })
  .map((fields) => ({ x: 0, ...fields }));

function chunked(bytes: Uint8Array, sizes: readonly number[]): Framed[] {
  const framer = new Framer();
  const out: Framed[] = [];
  const copy = (framed: readonly Framed[]) => {
    for (const one of framed) out.push(one.kind === 'record' ? { ...one, bytes: one.bytes.slice() } : one);
  };
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    copy(framer.push(bytes.subarray(at, at + size)));
    at += size;
  }
  copy(framer.end());
  return out;
}

describe('laws of framing', () => {
  const layouts: readonly { name: string; lay: (records: readonly unknown[]) => string }[] = [
    { name: 'lines', lay: (records) => records.map((one) => `${JSON.stringify(one)}\n`).join('') },
    { name: 'a list', lay: (records) => JSON.stringify(records) },
    { name: 'a pretty-printed list', lay: (records) => JSON.stringify(records, undefined, 2) },
    { name: 'an envelope', lay: (records) => JSON.stringify({ Records: records, more: '[{' }) },
    {
      name: 'a pretty-printed envelope',
      lay: (records) => JSON.stringify({ kind: 'x', items: records }, undefined, '\t'),
    },
    {
      name: 'pretty-printed objects',
      lay: (records) => records.map((one) => JSON.stringify(one, undefined, 2)).join('\n'),
    },
  ];
  for (const { name, lay } of layouts) {
    test(`what is laid out as ${name} comes out again, whatever the chunks`, () => {
      fc.assert(
        fc.property(
          fc.array(record, { minLength: 1, maxLength: 6 }),
          fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
          (records, sizes) => {
            const bytes = encode(lay(records));
            const whole = frameAll(bytes);
            const values = whole
              .map((one) => (one.kind === 'record' ? decodeRecord(one.bytes) : one))
              .map((one) => (one.kind === 'record' ? one.value : one));
            expect(values).toEqual(JSON.parse(JSON.stringify(records)));
            expect(shown(chunked(bytes, sizes))).toEqual(shown(whole));
          },
        ),
        { numRuns: 200 },
      );
    });
  }

  test('chunks never matter and nothing is thrown, whatever the bytes', () => {
    const hostile = fc.array(
      fc.oneof(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          '"',
          '\\',
          '\n',
          ',',
          ':',
          ' ',
          '"Records":[',
          '{"a":1}',
          '\0',
          '\uFEFF',
          'x',
        ),
        json,
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(hostile, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (parts, sizes) => {
        const bytes = encode(parts.join(''));
        expect(shown(chunked(bytes, sizes))).toEqual(shown(frameAll(bytes)));
        for (const one of frameAll(bytes)) if (one.kind === 'record') decodeRecord(one.bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test('mayHoldMany is never false for a line that holds more or less than one record', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          record.map((one) => JSON.stringify(one)),
          fc.array(record).map((all) => JSON.stringify({ value: all })),
        ),
        (text) => {
          const bytes = encode(text);
          if (mayHoldMany(bytes, 0, bytes.length)) return;
          const found = frameAll(`${text}\n`);
          expect(
            found.map((one) => (one.kind === 'record' ? new TextDecoder().decode(one.bytes) : 'problem')),
          ).toEqual([text.trim()]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

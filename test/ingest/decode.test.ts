import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeRecord,
  decodeText,
  frameAll,
  INGEST_CODES,
  ProblemTally,
  RECORD_LIMITS,
} from '../../engine/ingest/index.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** `value` as JSON, or `line:column code message`. */
function shown(input: Uint8Array | string, limits = RECORD_LIMITS): string {
  const decoded =
    typeof input === 'string'
      ? decodeText(input, { line: 7, column: 1 }, limits)
      : decodeRecord(input, { line: 7, column: 1 }, limits);
  if (decoded.kind === 'empty') return 'empty';
  if (decoded.kind === 'problem') {
    const { line, column, declaration, message } = decoded.problem;
    return `${line}:${column} ${declaration.code} ${message}`;
  }
  const warned =
    decoded.warning === undefined
      ? ''
      : ` (${decoded.warning.line}:${decoded.warning.column} ${decoded.warning.declaration.code})`;
  return `${JSON.stringify(decoded.value)}${warned}`;
}

describe('decoding a record', () => {
  const table: readonly { name: string; given: Uint8Array | string; expect: string }[] = [
    { name: 'an object', given: '{"a":1}', expect: '{"a":1}' },
    { name: 'white space, marks and zeros around it', given: '\uFEFF \0{"a":1}\r\n\0', expect: '{"a":1}' },
    { name: 'nothing', given: ' \r\n\0', expect: 'empty' },
    { name: 'of repeated keys the last counts', given: '{"a":1,"a":2}', expect: '{"a":2}' },
    {
      name: '__proto__ is a key like any other',
      given: '{"__proto__":{"x":1}}',
      expect: '{"__proto__":{"x":1}}',
    },
    {
      name: 'malformed UTF-8 is replaced, and said',
      given: bytes('{"a":"x\xff"}'),
      expect: '{"a":"x\uFFFD"} (7:8 TT2006)',
    },
    {
      name: 'a replacement character that was written is nothing to say',
      given: '{"a":"\uFFFD"}',
      expect: '{"a":"\uFFFD"}',
    },
    { name: 'half a surrogate pair as an escape', given: '{"a":"\\ud800"}', expect: '{"a":"\\ud800"}' },
    {
      name: 'a comma too many',
      given: '{"a":1,,"b":2}',
      expect: "7:8 TT2001 the record is not JSON: found ',', where a key in double quotes should stand",
    },
    {
      name: 'a comma before the end',
      given: '{"a":1,}',
      expect: "7:8 TT2001 the record is not JSON: found '}', where a key in double quotes should stand",
    },
    {
      name: 'a comma that lacks',
      given: '{"a":1 "b":2}',
      expect: "7:8 TT2001 the record is not JSON: found '\"', where ',' or '}' should stand",
    },
    {
      name: 'an end that lacks',
      given: '{"a":[1',
      expect: "7:8 TT2001 the record is not JSON: the text ends, where ',' or ']' should stand",
    },
    {
      name: 'a string that is never closed',
      given: '{"a":"x',
      expect: '7:6 TT2001 the record is not JSON: this string is never closed',
    },
    {
      name: 'a control character in a string',
      given: '{"a":"x\0"}',
      expect:
        '7:8 TT2001 the record is not JSON: found the control character U+0000 inside a string, where it must be escaped',
    },
    {
      name: 'an escape that is none',
      given: '{"a":"\\x41"}',
      expect: "7:7 TT2001 the record is not JSON: '\\x' is no escape that JSON knows",
    },
    {
      name: 'a single quote',
      given: "{'a':1}",
      expect: "7:2 TT2001 the record is not JSON: found ''', where a key in double quotes should stand",
    },
    {
      name: 'a colon that lacks',
      given: '{"a" 1}',
      expect: "7:6 TT2001 the record is not JSON: found '1', where ':' should stand",
    },
    {
      name: 'a word that is none',
      given: '{"a":nil}',
      expect: "7:6 TT2001 the record is not JSON: found 'n', where a value should stand",
    },
    {
      name: 'something behind it',
      given: '{"a":1} x',
      expect: "7:9 TT2001 the record is not JSON: found 'x', where the record should end",
    },
    {
      name: 'a leading zero',
      given: '{"a":01}',
      expect: "7:7 TT2001 the record is not JSON: found '1', where ',' or '}' should stand",
    },
    {
      name: 'a fault on a later line',
      given: '{\n  "a": 1\n  "b": 2\n}',
      expect: "9:3 TT2001 the record is not JSON: found '\"', where ',' or '}' should stand",
    },
    { name: 'a number', given: '42', expect: '7:1 TT2004 the record is a number, not an object' },
    { name: 'a list', given: '[{}]', expect: '7:1 TT2004 the record is a list, not an object' },
    { name: 'null', given: 'null', expect: '7:1 TT2004 the record is null, not an object' },
  ];
  for (const { name, given, expect: expected } of table)
    test(name, () => expect(shown(given)).toBe(expected));

  test('a number beyond doubles is infinite', () => {
    const decoded = decodeText('{"a":1e999,"b":-1e999,"c":1e-999}');
    expect(decoded.kind === 'record' ? decoded.value : undefined).toEqual({
      a: Number.POSITIVE_INFINITY,
      b: Number.NEGATIVE_INFINITY,
      c: 0,
    });
  });

  test('__proto__ never becomes the prototype', () => {
    const decoded = decodeText('{"__proto__":{"polluted":1}}');
    if (decoded.kind !== 'record') throw new Error('not decoded');
    expect(Object.getPrototypeOf(decoded.value)).toBe(Object.prototype);
    expect(Object.hasOwn(decoded.value, '__proto__')).toBe(true);
    expect('polluted' in decoded.value).toBe(false);
  });

  test('a depth of 100,000 is refused, whatever it is made of', () => {
    const depth = 100_000;
    expect(shown(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toMatch(/^7:1 TT2003/);
    expect(shown(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).toMatch(/^7:1 TT2003/);
    expect(shown(`{"a":${'['.repeat(depth)}`)).toMatch(/^7:1 TT2003/);
    const allowed = RECORD_LIMITS.recordDepthMax - 1;
    expect(shown(`{"a":${'['.repeat(allowed)}${']'.repeat(allowed)}}`)).toMatch(/^\{"a"/);
    expect(shown(`{"a":${'['.repeat(allowed + 1)}${']'.repeat(allowed + 1)}}`)).toMatch(/^7:1 TT2003/);
  });

  test('more values than a record may have are refused before they are parsed; texts do not count', () => {
    const { recordValuesMax } = RECORD_LIMITS;
    const list = (count: number) => `{"a":[${Array.from({ length: count }, () => '1').join(',')}]}`;
    const keys = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join(',')}}`;
    // The record, the list and the commas between its elements.
    expect(shown(list(recordValuesMax - 1))).toMatch(/^\{"a"/);
    expect(shown(list(recordValuesMax))).toMatch(/^7:1 TT2007/);
    expect(shown(keys(recordValuesMax))).toMatch(/^\{"k0"/);
    expect(shown(keys(recordValuesMax + 1))).toMatch(/^7:1 TT2007/);
    expect(shown(`{"a":${'{},'.repeat(50_000)}1}`)).toMatch(/^7:1 TT2007/);
    expect(shown(`{"a":"${',[{'.repeat(50_000)}"}`)).toMatch(/^\{"a"/);
  });

  test('brackets in texts do not count as depth', () => {
    expect(shown(`{"a":"${'['.repeat(5000)}\\"${'{'.repeat(5000)}"}`)).toMatch(/^\{"a"/);
  });

  test('it says no exactly where JSON.parse does, and always with a place', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"a"',
        '"',
        ':',
        ',',
        '1',
        '-',
        '.5',
        'e3',
        'true',
        'null',
        '\\',
        '\\u0041',
        ' ',
        '\n',
        '\t',
        '\x01',
        'ü',
      ),
      { maxLength: 14 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          pieces.map((all) => `{"k":${all.join('')}}`),
          fc.json(),
        ),
        (text) => {
          let fine = true;
          try {
            JSON.parse(text);
          } catch {
            fine = false;
          }
          const decoded = decodeText(text);
          const refused = decoded.kind === 'problem' && decoded.problem.declaration === INGEST_CODES.TT2001;
          expect(refused).toBe(!fine);
          if (decoded.kind === 'problem')
            expect(decoded.problem.message).not.toContain('it cannot be parsed');
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('no bytes at all make it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => void decodeRecord(raw)));
  });
});

test('a tally counts all and keeps the first of each code', () => {
  const tally = new ProblemTally('x.ndjson');
  for (const framed of frameAll('{"a":1}\n{"a"\n7\n{"b"\n')) {
    if (framed.kind === 'problem') tally.note(framed.problem);
    else {
      const decoded = decodeRecord(framed.bytes, framed);
      if (decoded.kind === 'problem') tally.note(decoded.problem);
    }
  }
  expect([...tally.counts]).toEqual([
    ['TT2001', 2],
    ['TT2004', 1],
  ]);
  expect(tally.samples.map((one) => `${one.at?.file}:${one.at?.line}:${one.at?.column} ${one.code}`)).toEqual(
    ['x.ndjson:2:5 TT2001', 'x.ndjson:3:1 TT2004'],
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTime } from '../../engine/ingest/index.ts';
import { formatTime } from '../../engine/model/index.ts';

const shown = (value: unknown): string | undefined => {
  const parsed = parseTime(value);
  return parsed === undefined ? undefined : formatTime(parsed.time, parsed.timeNs);
};

describe('reading the time of an event', () => {
  const table: readonly { name: string; given: unknown; expect: string | undefined }[] = [
    { name: 'ISO in UTC', given: '2023-08-15T09:53:59Z', expect: '2023-08-15T09:53:59.000Z' },
    { name: 'ISO with milliseconds', given: '2023-08-15T09:53:59.757Z', expect: '2023-08-15T09:53:59.757Z' },
    { name: 'ISO with one digit', given: '2023-08-15T09:53:59.7Z', expect: '2023-08-15T09:53:59.700Z' },
    {
      name: 'ISO with microseconds',
      given: '2023-08-15T09:53:59.757123Z',
      expect: '2023-08-15T09:53:59.757123Z',
    },
    {
      name: "ISO with .NET's seven digits",
      given: '2023-08-15T09:53:59.7571234Z',
      expect: '2023-08-15T09:53:59.757123400Z',
    },
    {
      name: 'ISO with nanoseconds',
      given: '2023-08-15T09:53:59.757123456Z',
      expect: '2023-08-15T09:53:59.757123456Z',
    },
    {
      name: 'ISO beyond nanoseconds',
      given: '2023-08-15T09:53:59.757123456789Z',
      expect: '2023-08-15T09:53:59.757123456Z',
    },
    { name: 'ISO with a zone ahead', given: '2023-08-15T09:53:59+02:00', expect: '2023-08-15T07:53:59.000Z' },
    {
      name: 'ISO with a zone behind, without a colon',
      given: '2023-08-15T09:53:59.5-0530',
      expect: '2023-08-15T15:23:59.500Z',
    },
    { name: 'ISO with a zone of hours', given: '2023-08-15T09:53:59+02', expect: '2023-08-15T07:53:59.000Z' },
    { name: "Sysmon's UtcTime", given: '2023-08-16 04:53:48.446', expect: '2023-08-16T04:53:48.446Z' },
    {
      name: 'a comma before the fraction',
      given: '2023-08-16 04:53:48,446',
      expect: '2023-08-16T04:53:48.446Z',
    },
    { name: 'UTC as a word', given: '2023-08-16 04:53:48.446 UTC', expect: '2023-08-16T04:53:48.446Z' },
    { name: 'minutes only', given: '2023-08-16 04:53', expect: '2023-08-16T04:53:00.000Z' },
    { name: 'a day', given: '2023-08-16', expect: '2023-08-16T00:00:00.000Z' },
    {
      name: 'the 29th of a leap February',
      given: '2024-02-29T23:59:59Z',
      expect: '2024-02-29T23:59:59.000Z',
    },
    { name: 'no 29th of another February', given: '2023-02-29T00:00:00Z', expect: undefined },
    { name: 'no 29th in 1900', given: '1900-02-29T00:00:00Z', expect: undefined },
    { name: 'a leap second', given: '2016-12-31T23:59:60Z', expect: '2017-01-01T00:00:00.000Z' },
    { name: 'no hour 24', given: '2023-08-16T24:00:00Z', expect: undefined },
    { name: 'no month 13', given: '2023-13-01T00:00:00Z', expect: undefined },
    {
      name: 'before 1970',
      given: '1969-12-31T23:59:59.999999999Z',
      expect: '1969-12-31T23:59:59.999999999Z',
    },
    { name: 'never, as Windows writes it', given: '1601-01-01T00:00:00.0000000Z', expect: undefined },
    { name: ".NET's JSON", given: '/Date(1692161628446)/', expect: '2023-08-16T04:53:48.446Z' },
    {
      name: ".NET's JSON with a zone",
      given: '/Date(1692161628446+0200)/',
      expect: '2023-08-16T04:53:48.446Z',
    },
    { name: 'seconds', given: 1692161628, expect: '2023-08-16T04:53:48.000Z' },
    { name: 'seconds with a fraction', given: 1692161628.446123, expect: '2023-08-16T04:53:48.446123Z' },
    { name: 'seconds as text', given: '1692161628.446123789', expect: '2023-08-16T04:53:48.446123789Z' },
    { name: 'milliseconds', given: 1692161628446, expect: '2023-08-16T04:53:48.446Z' },
    {
      name: 'milliseconds as text with a fraction',
      given: '1692161628446.25',
      expect: '2023-08-16T04:53:48.446250Z',
    },
    { name: 'microseconds', given: 1692161628446123, expect: '2023-08-16T04:53:48.446123Z' },
    { name: 'nanoseconds as text', given: '1692161628446123789', expect: '2023-08-16T04:53:48.446123789Z' },
    { name: 'a FILETIME', given: '133366352284461234', expect: '2023-08-16T04:53:48.446123400Z' },
    { name: 'RFC 5322', given: 'Wed, 16 Aug 2023 04:53:48 +0000', expect: '2023-08-16T04:53:48.000Z' },
    { name: 'RFC 7231', given: 'Wed, 16 Aug 2023 04:53:48 GMT', expect: '2023-08-16T04:53:48.000Z' },
    { name: 'common log format', given: '16/Aug/2023:04:53:48 +0200', expect: '2023-08-16T02:53:48.000Z' },
    { name: 'asctime', given: 'Wed Aug 16 04:53:48 2023', expect: '2023-08-16T04:53:48.000Z' },
    {
      name: "Zeek's and Cisco's month first",
      given: 'Aug 16 2023 04:53:48.446 UTC',
      expect: '2023-08-16T04:53:48.446Z',
    },
    { name: 'syslog without a year tells nothing', given: 'Aug 16 04:53:48', expect: undefined },
    { name: 'American, morning', given: '8/16/2023 4:53:48 AM', expect: '2023-08-16T04:53:48.000Z' },
    { name: 'American, midnight', given: '8/16/2023 12:00:00 AM', expect: '2023-08-16T00:00:00.000Z' },
    { name: 'American, noon', given: '8/16/2023 12:30 PM', expect: '2023-08-16T12:30:00.000Z' },
    {
      name: 'day or month first without a mark: not guessed',
      given: '08/09/2023 04:53:48',
      expect: undefined,
    },
    { name: 'auditd', given: 'audit(1692161628.446:1234)', expect: '2023-08-16T04:53:48.446Z' },
    {
      name: 'auditd before a long message',
      given: `audit(1692161628.446:1234): ${'x'.repeat(300)}`,
      expect: '2023-08-16T04:53:48.446Z',
    },
    { name: 'zero is 1970', given: 0, expect: '1970-01-01T00:00:00.000Z' },
    { name: 'beyond the range', given: '9999-12-31T23:59:59Z', expect: undefined },
    { name: 'infinite', given: Number.POSITIVE_INFINITY, expect: undefined },
    { name: 'not a number', given: Number.NaN, expect: undefined },
    { name: 'empty', given: '', expect: undefined },
    { name: 'prose', given: 'yesterday', expect: undefined },
    { name: 'a truth', given: true, expect: undefined },
    { name: 'null', given: null, expect: undefined },
    { name: 'a list', given: ['2023-08-16'], expect: undefined },
  ];
  for (const { name, given, expect: expected } of table)
    test(name, () => expect(shown(given)).toBe(expected));

  test('what is printed reads back as the same instant', () => {
    const micros = fc.integer({ min: -5_000_000_000_000_000, max: 9_000_000_000_000_000 });
    fc.assert(
      fc.property(micros, fc.integer({ min: 0, max: 999 }), (time, timeNs) => {
        const text = formatTime(time as Parameters<typeof formatTime>[0], timeNs);
        expect(parseTime(text)).toEqual({ time, timeNs });
      }),
    );
  });

  test('agrees with the platform on every text that both read', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1700-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
        (date) => {
          expect(parseTime(date.toISOString())?.time).toBe(date.getTime() * 1000);
          expect(parseTime(date.toUTCString())?.time).toBe(Math.floor(date.getTime() / 1000) * 1_000_000);
        },
      ),
    );
  });

  test('nothing is thrown, and what comes out is whole', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.string(), fc.stringMatching(/^[0-9T:.,Z+ /-]{1,30}$/), fc.double()),
        (value) => {
          const parsed = parseTime(value);
          if (parsed === undefined) return;
          expect(Number.isSafeInteger(parsed.time)).toBe(true);
          expect(Number.isInteger(parsed.timeNs) && parsed.timeNs >= 0 && parsed.timeNs <= 999).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

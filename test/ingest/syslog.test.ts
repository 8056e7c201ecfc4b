import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSchemas, normalise, syslogRecord } from '../../engine/ingest/index.ts';
import { eventTime } from '../../engine/model/index.ts';
import '../support/seed.ts';

/** 2026-03-01T12:00:00Z. */
const NOON = Date.UTC(2026, 2, 1, 12) * 1000;
const read = (text: string, more: { readonly offsetMinutes?: number; readonly receivedAt?: number } = {}) =>
  JSON.parse(syslogRecord(text, { receivedAt: NOON, offsetMinutes: 0, ...more }));

describe('syslog as devices write it', () => {
  const cases: readonly { readonly name: string; readonly given: string; readonly expect: object }[] = [
    {
      name: 'RFC 5424 with structured data, escapes and a byte order mark',
      given:
        '<165>1 2026-03-01T11:59:58.003+02:00 web1.example.net nginx 8710 ID47 [a@1 x="1" y="q\\"\\]\\\\z"][b@2] \uFEFFhello',
      expect: {
        facility: 'local4',
        severity: 'notice',
        host: 'web1.example.net',
        program: 'nginx',
        procid: '8710',
        msgid: 'ID47',
        structured: { 'a@1': { x: '1', y: 'q"]\\z' }, 'b@2': {} },
        message: 'hello',
        form: 'rfc5424',
        '@timestamp': '2026-03-01T09:59:58.003Z',
      },
    },
    {
      name: 'RFC 5424 with nothing but nil values',
      given: '<13>1 - - - - - -',
      expect: { facility: 'user', severity: 'notice', message: '', form: 'rfc5424' },
    },
    {
      name: 'RFC 3164 from sshd',
      given: '<38>Mar  1 11:59:59 bastion sshd[991]: Failed password for root from 203.0.113.9 port 52 ssh2',
      expect: {
        facility: 'auth',
        severity: 'info',
        host: 'bastion',
        program: 'sshd',
        procid: '991',
        message: 'Failed password for root from 203.0.113.9 port 52 ssh2',
        form: 'rfc3164',
        '@timestamp': '2026-03-01T11:59:59.000Z',
      },
    },
    {
      name: 'a traditional priority with an ISO time, as rsyslog forwards it',
      given: '<30>2026-03-01T11:59:59.123456+00:00 db1 systemd[1]: Started.',
      expect: {
        facility: 'daemon',
        severity: 'info',
        host: 'db1',
        program: 'systemd',
        procid: '1',
        message: 'Started.',
        form: 'rfc3164',
        '@timestamp': '2026-03-01T11:59:59.123456Z',
      },
    },
    {
      name: 'IOS: sequence number, a clock that is not set, no host and no tag',
      given: '<189>4711: *Mar  1 11:00:00.250: %SYS-5-CONFIG_I: Configured from console by admin',
      expect: {
        facility: 'local7',
        severity: 'notice',
        message: '%SYS-5-CONFIG_I: Configured from console by admin',
        form: 'rfc3164',
        '@timestamp': '2026-03-01T11:00:00.250Z',
      },
    },
    {
      name: 'ASA: the year in the time',
      given: '<166>Feb 28 2026 23:00:00 fw1 : %ASA-6-302013: Built outbound TCP connection',
      expect: {
        facility: 'local4',
        severity: 'info',
        host: 'fw1',
        message: '%ASA-6-302013: Built outbound TCP connection',
        form: 'rfc3164',
        '@timestamp': '2026-02-28T23:00:00.000Z',
      },
    },
    {
      name: 'a tag alone behind the priority',
      given: '<14>myapp: started',
      expect: { facility: 'user', severity: 'info', program: 'myapp', message: 'started', form: 'rfc3164' },
    },
    { name: 'no header at all', given: 'just words', expect: { message: 'just words', form: 'bare' } },
    {
      name: 'a priority that is none',
      given: '<999>words here',
      expect: { message: 'words here', form: 'bare' },
    },
    {
      name: 'JSON behind a header, with the CEE cookie',
      given:
        '<30>Mar  1 11:59:59 h app: @cee: {"EventID":1,"time":"2026-03-01T00:00:00Z","__proto__":{"x":1}}',
      expect: JSON.parse(
        '{"EventID":1,"time":"2026-03-01T00:00:00Z","__proto__":{"x":1},"host":"h","@syslog":{"facility":"daemon","severity":"info","host":"h","program":"app","form":"rfc3164","payload":"json"}}',
      ),
    },
  ];
  for (const { name, given, expect: expected } of cases) {
    test(name, () => {
      expect(read(given)).toEqual(expected);
    });
  }

  test('a time without a year is the latest that is not in the future, over New Year and with a zone', () => {
    const january = Date.UTC(2026, 0, 1, 0, 5) * 1000;
    const time = (text: string, more: Parameters<typeof read>[1]) => read(text, more)['@timestamp'];
    expect(time('<13>Dec 31 23:59:59 h a: x', { receivedAt: january })).toBe('2025-12-31T23:59:59.000Z');
    expect(time('<13>Jan  1 02:00:00 h a: x', { receivedAt: january })).toBe('2026-01-01T02:00:00.000Z');
    expect(time('<13>Feb 29 02:00:00 h a: x', { receivedAt: january })).toBe('2024-02-29T02:00:00.000Z');
    expect(time('<13>Jan  1 02:00:00 h a: x', { receivedAt: january, offsetMinutes: 120 })).toBe(
      '2026-01-01T00:00:00.000Z',
    );
  });
});

describe('what devices put into syslog', () => {
  test('CEF: escapes, blanks in values, labels of custom fields, a key twice', () => {
    const record = read(
      String.raw`<134>Mar  1 11:59:59 fw CEF:0|Security\|Co|threat\\manager|1.0|100|worm stopped|10|src=10.0.0.1 dst=2.1.2.2 act=blocked msg=a \= b c=\nd cs1Label=Policy Name cs1=deny all spt=1232 spt=9`,
    );
    expect(record).toMatchObject({
      cefVersion: '0',
      deviceVendor: 'Security|Co',
      deviceProduct: 'threat\\manager',
      deviceEventClassId: '100',
      name: 'worm stopped',
      severity: '10',
      src: '10.0.0.1',
      act: 'blocked',
      msg: 'a = b',
      c: '\nd',
      cs1: 'deny all',
      'Policy Name': 'deny all',
      spt: ['1232', '9'],
      host: 'fw',
      '@timestamp': '2026-03-01T11:59:59.000Z',
    });
  });

  test('LEEF 1 by tabs, LEEF 2 by what it names', () => {
    expect(read('<13>1 - h - - - - LEEF:1.0|V|P|3|login|usrName=a b\tsrc=10.0.0.1')).toMatchObject({
      deviceVendor: 'V',
      eventId: 'login',
      usrName: 'a b',
      src: '10.0.0.1',
    });
    expect(read('<13>LEEF:2.0|V|P|3|login|^|usrName=a b^src=10.0.0.1')).toMatchObject({ usrName: 'a b' });
    expect(read('<13>LEEF:2.0|V|P|3|login|x7C|usrName=a b|src=10.0.0.1')).toMatchObject({ src: '10.0.0.1' });
  });

  test('pairs that are the whole text are members; a sentence with a few stays a sentence', () => {
    const record = read(
      '<189>date=2026-03-01 time=10:00:00 devname="FGT \\"60\\"" devid=F1 logid=0000000013 type=traffic srcip=10.1.1.1 dstip=8.8.8.8 action=deny',
    );
    expect(record).toMatchObject({ devname: 'FGT "60"', logid: '0000000013', srcip: '10.1.1.1' });
    expect(read('<13>app: user=a failed with code=7 and more=1')).toMatchObject({
      message: 'user=a failed with code=7 and more=1',
    });
  });

  test('records are recognised by the mappings: sshd, Cisco, FortiGate and CEF', () => {
    const schemas = createSchemas().value;
    if (schemas === undefined) throw new Error('no schemas');
    const schemaOf = (text: string) =>
      normalise(read(text), schemas, { observedAt: eventTime(0) }).class.schema;
    expect(
      schemaOf('<38>Mar  1 11:59:59 h sshd[9]: Failed password for root from 203.0.113.9 port 52 ssh2'),
    ).toBe('syslog');
    expect(schemaOf('<189>7: Mar  1 11:00:00: %SYS-5-CONFIG_I: Configured')).toBe('cisco-syslog');
    expect(schemaOf('<189>logid=0000000013 type=traffic devid=F1 srcip=10.1.1.1')).toBe('fortigate');
    expect(schemaOf('<13>CEF:0|Fortinet|Fortigate|7|13|traffic|3|src=10.0.0.1 dst=8.8.8.8 act=deny')).toBe(
      'cef',
    );
  });
});

describe('hostile syslog', () => {
  test('whatever comes is one line of JSON, and nothing throws', () => {
    const word = fc.constantFrom(
      '<13>',
      '1 ',
      'Mar  1 11:00:00 ',
      'CEF:0|a|b|c|d|e|f|',
      'LEEF:2.0|a|b|c|d|',
      '[a b="',
      '\\"',
      ']',
      'k=v ',
      '=',
      '|',
      '{"a":',
      '}',
      '\n',
      '\u0000',
      '\ud800',
      '__proto__=1 ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 12 }), (parts) => {
        const line = syslogRecord(parts.join(''), { receivedAt: NOON, offsetMinutes: 0 });
        expect(line).not.toContain('\n');
        expect(typeof JSON.parse(line)).toBe('object');
      }),
      { numRuns: 3000 },
    );
  });

  test('long texts that almost fit cost no more than their length', () => {
    const hostile = [
      `<13>1 - - - - - [a ${'x="1" '.repeat(10_000)}`,
      `<13>${'a=b '.repeat(15_000)}"`,
      `<13>CEF:0|${'\\|'.repeat(30_000)}`,
      `<13>CEF:0|a|b|c|d|e|f|${'k=v '.repeat(15_000)}`,
      `<13>a="${'\\'.repeat(60_000)}`,
      `<13>${' '.repeat(60_000)}x`,
    ];
    for (const text of hostile) {
      const began = performance.now();
      syslogRecord(text, { receivedAt: NOON, offsetMinutes: 0 });
      expect(performance.now() - began).toBeLessThan(250);
    }
  });
});

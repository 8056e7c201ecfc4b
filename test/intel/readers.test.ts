import { describe, expect, it } from 'vitest';
import { INTEL_CODES } from '../../engine/intel/errors.ts';
import {
  type CsvColumns,
  type FeedReading,
  type FeedSink,
  type Indicator,
  type JsonKeys,
  readCsv,
  readJson,
  readMisp,
  readPlain,
  readStix,
} from '../../engine/intel/index.ts';
import { formatTime } from '../../engine/model/index.ts';

const options = { source: 'feed', file: 'feed.txt', confidence: 70 };

function taken(read: (sink: FeedSink) => FeedReading) {
  const rows: string[] = [];
  const indicator = ({ type, value, confidence, lastSeen, validUntil, revoked }: Indicator): void => {
    const times = [lastSeen, validUntil].map((time) => (time === undefined ? '-' : formatTime(time)));
    rows.push([type, value, confidence, ...times, ...(revoked ? ['revoked'] : [])].join(' '));
  };
  const reading = read({ indicator });
  return {
    rows,
    bad: reading.bad,
    places: reading.diagnostics.map((d) => `${d.code} ${d.at?.line}`),
    reading,
  };
}

const plain = (text: string) => taken((sink) => readPlain(text, sink, options));
const csv = (text: string, columns: CsvColumns) =>
  taken((sink) => readCsv(text, sink, { ...options, columns }));
const json = (value: unknown, keys: JsonKeys) =>
  taken((sink) => readJson(JSON.stringify(value), sink, { ...options, keys }));
const stix = (patterns: readonly unknown[]) =>
  taken((sink) => readStix(JSON.stringify({ type: 'bundle', objects: patterns }), sink, options));

describe('plain lists', () => {
  it('tells types by shape, mends what is broken up, passes over comments, and places what is none', () => {
    const text =
      '\ufeff# list\r\n45.9.148.10\r\n45.9.0.0/16 ; SBL1\r\n\r\nhxxp://bad[.]example.net/x\r\nbad[.]example.net # C2\r\n' +
      'what is this\r\n0.0.0.0 a.example.net b.example.net\r\n127.0.0.1 localhost\r\neve@example.net\r\nd41d8cd98f00b204e9800998ecf8427f';
    const { rows, bad, places } = plain(text);
    expect(rows.map((row) => row.replace(' 70 - -', ''))).toEqual([
      'ip 45.9.148.10',
      'cidr 45.9.0.0/16',
      'url http://bad.example.net/x',
      'domain bad.example.net',
      'domain a.example.net',
      'domain b.example.net',
      'email eve@example.net',
      'hash d41d8cd98f00b204e9800998ecf8427f',
    ]);
    expect([bad, places]).toEqual([1, ['TT6601 7']]);
  });

  it('counts every bad row and places the first hundred', () => {
    const { bad, places } = plain('?\n'.repeat(250));
    expect([bad, places.length]).toEqual([250, 100]);
  });
});

describe('tables', () => {
  it('reads a header in a comment, quoted cells, ports and times', () => {
    const text =
      '# made by hand\n# "first_seen_utc","ioc_value","ioc_type","confidence_level"\n' +
      '"2026-11-20 10:00:00", "45.9.148.10:443", "ip:port", "75"\n"2026-11-20 10:00:00","a,b","domain","75"\n' +
      '"2026-11-20 10:00:00","bad.example.net","domain","none"\n"x","y","mutex","1"\n';
    const { rows, places } = csv(text, {
      value: 'ioc_value',
      type: 'ioc_type',
      confidence: 'confidence_level',
      lastSeen: 'first_seen_utc',
    });
    expect(rows).toEqual([
      'ip 45.9.148.10 75 2026-11-20T10:00:00.000Z -',
      'domain bad.example.net 70 2026-11-20T10:00:00.000Z -',
    ]);
    expect(places).toEqual(['TT6601 4', 'TT6601 6']);
  });

  it('names the column that was meant', () => {
    const { reading } = csv('ioc;kind\nx;y\n', { value: 'iocs', delimiter: ';' });
    expect(reading.diagnostics[0]?.hint).toContain('did you mean ioc?');
  });
});

describe('JSON', () => {
  it('reads objects below a key', () => {
    const { rows, places } = json(
      { data: [{ i: { v: 'bad.example.net' }, until: '2027-01-01', c: 'high' }, { i: 1 }] },
      { list: 'data', value: 'i.v', validUntil: 'until', confidence: 'c' },
    );
    expect(rows).toEqual(['domain bad.example.net 85 - 2027-01-01T00:00:00.000Z']);
    expect(places).toEqual(['TT6601 1']);
  });

  it('reads an object of lists, and texts', () => {
    expect(json({ 1: [{ ioc: '45.9.148.10' }], 2: ['bad.example.net'] }, { value: 'ioc' }).rows).toHaveLength(
      2,
    );
  });
});

describe('STIX', () => {
  const rows: readonly { readonly given: string; readonly expect: readonly string[] }[] = [
    { given: "[ipv4-addr:value = '45.9.148.10']", expect: ['ip 45.9.148.10'] },
    { given: "[ipv4-addr:value ISSUBSET '45.9.0.0/16']", expect: ['cidr 45.9.0.0/16'] },
    { given: "[url:value='http://bad.example.net/it\\'s']", expect: ["url http://bad.example.net/it's"] },
    {
      given: `[file:hashes.'SHA-256' = '${'ab'.repeat(32)}' OR file:hashes.MD5 = '${'cd'.repeat(16)}']`,
      expect: [`hash ${'ab'.repeat(32)}`, `hash ${'cd'.repeat(16)}`],
    },
    {
      given: "[domain-name:value IN ('a.example.net', 'b.example.net')]",
      expect: ['domain a.example.net', 'domain b.example.net'],
    },
    { given: "[domain-name:value != 'a.example.net']", expect: [] },
    { given: "[domain-name:value LIKE '%.example.net']", expect: [] },
    { given: "[process:name = 'x.exe']", expect: [] },
    {
      given: "[url:value = 'http://a.example.net/'] FOLLOWEDBY [url:value = 'http://b.example.net/']",
      expect: [],
    },
    { given: "[url:value = 'http://a.example.net/'] WITHIN 5 SECONDS", expect: [] },
    {
      given: "[domain-name:value = 'a.example.net'] OR [ipv4-addr:value = '45.9.148.10']",
      expect: ['domain a.example.net', 'ip 45.9.148.10'],
    },
    { given: "[domain-name:value = 'a.example.net'] OR [process:name = 'x.exe']", expect: [] },
    { given: '[domain-name:value = ', expect: [] },
  ];
  for (const row of rows) {
    it(row.given, () => {
      const { rows: found, places } = stix([{ type: 'indicator', pattern_type: 'stix', pattern: row.given }]);
      expect(found.map((one) => one.replace(' 70 - -', ''))).toEqual(row.expect);
      // What can be read and asks for more than one value is a rule; the rest is no pattern.
      const code = row.given.endsWith('= ') ? 'TT6602 1' : 'TT6605 1';
      expect(places).toEqual(row.expect.length === 0 ? [code] : []);
    });
  }

  it('keeps times, confidence and revocation', () => {
    const pattern = "[domain-name:value = 'bad.example.net']";
    const said = {
      modified: '2026-11-20T00:00:00.000Z',
      valid_until: '2026-12-01T00:00:00Z',
      confidence: 15,
      revoked: true,
    };
    expect(
      stix([{ type: 'malware' }, { type: 'indicator', pattern_type: 'stix', pattern, ...said }]).rows,
    ).toEqual(['domain bad.example.net 15 2026-11-20T00:00:00.000Z 2026-12-01T00:00:00.000Z revoked']);
  });
});

describe('MISP', () => {
  it('reads attributes for detection, of objects and composite types too', () => {
    const attribute = (type: string, value: string, more: object = {}) => ({
      type,
      value,
      to_ids: true,
      timestamp: '1763632800',
      ...more,
    });
    const event = {
      Event: {
        Attribute: [
          attribute('ip-dst|port', '45.9.148.10|443'),
          attribute('comment', 'no observable'),
          attribute('domain', 'context.example.net', { to_ids: false }),
          attribute('domain', 'gone.example.net', { deleted: true }),
          attribute('md5', 'short'),
        ],
        Object: [{ Attribute: [attribute('filename|sha256', `x.exe|${'ab'.repeat(32)}`)] }],
      },
    };
    const { rows, places } = taken((sink) => readMisp(JSON.stringify({ response: [event] }), sink, options));
    expect(rows).toEqual([
      'ip 45.9.148.10 70 2025-11-20T10:00:00.000Z -',
      'domain gone.example.net 70 2025-11-20T10:00:00.000Z - revoked',
      `hash ${'ab'.repeat(32)} 70 2025-11-20T10:00:00.000Z -`,
    ]);
    expect(places).toEqual(['TT6601 1']);
  });

  it('says what is no event', () => {
    expect(taken((sink) => readMisp('{"a":1}', sink, options)).places).toEqual(['TT6603 1']);
  });
});

describe('the codes of this room', () => {
  for (const { code, failing, fixed } of Object.values(INTEL_CODES)) {
    it(`${code} is raised by its failing example and gone in the fixed one`, () => {
      const codes = (text: string): readonly string[] => {
        const read = text.startsWith('{')
          ? taken((sink) => readStix(text, sink, options))
          : code === 'TT6604'
            ? csv(text, { value: 'value' })
            : plain(text);
        return read.reading.diagnostics.map((d) => d.code);
      };
      expect(codes(failing)).toEqual([code]);
      expect(codes(fixed)).toEqual([]);
    });
  }
});

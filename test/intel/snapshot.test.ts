import '../support/seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decayed,
  type Indicator,
  type ObservableType,
  SnapshotBuilder,
  type SnapshotOptions,
} from '../../engine/intel/index.ts';
import { compileCidr } from '../../engine/match/index.ts';
import { duration, type EventTime, eventTime, type IndicatorType } from '../../engine/model/index.ts';

const DAY = 86_400_000_000;
const at = (days: number): EventTime => eventTime(20_000 * DAY + days * DAY);
const from = (type: IndicatorType, value: string, more: Partial<Indicator> = {}): Indicator => ({
  type,
  value,
  source: 'feed',
  confidence: 80,
  ...more,
});

function snapshotOf(indicators: readonly Indicator[], options: Partial<SnapshotOptions> = {}) {
  const builder = new SnapshotBuilder({ loadedAt: at(0), ...options });
  for (const one of indicators) builder.indicator(one);
  return builder.build();
}

describe('what an indicator matches', () => {
  const { snapshot } = snapshotOf([
    from('ip', '45.9.148.10'),
    from('cidr', '45.9.0.0/16'),
    from('cidr', '45.0.0.0/9'),
    from('ip', '2a01:4f8::1'),
    from('cidr', '2a01:4f8::/32'),
    from('domain', 'Bad.Example.NET.'),
    from('url', 'hTTp://Files.example.net:80/a/./x/../b?q=%41#top'),
    from('url', 'http://pages.example.net/kit/'),
    from('url', 'https://whole.example.net'),
    from('url', 'http://pages.example.net/one.php'),
    from('hash', 'AABBCCDDEEFF00112233445566778899'),
    from('email', 'Eve@Example.net'),
  ]);
  const rows: readonly {
    readonly name: string;
    readonly given: readonly [ObservableType, string];
    readonly expect: readonly string[];
  }[] = [
    {
      name: 'an address, and the networks around it from the narrowest on',
      given: ['ip', '45.9.148.10'],
      expect: ['exact 45.9.148.10', 'network 45.9.0.0/16', 'network 45.0.0.0/9'],
    },
    {
      name: 'an address of the outer network only',
      given: ['ip', '45.10.0.1'],
      expect: ['network 45.0.0.0/9'],
    },
    { name: 'no address beyond the networks', given: ['ip', '45.128.0.0'], expect: [] },
    {
      name: 'an IPv4 address inside an IPv6 one',
      given: ['ip', '::ffff:45.10.0.1'],
      expect: ['network 45.0.0.0/9'],
    },
    {
      name: 'an IPv6 address',
      given: ['ip', '2a01:04f8:0::1'],
      expect: ['exact 2a01:4f8::1', 'network 2a01:4f8::/32'],
    },
    { name: 'no IPv6 address beyond', given: ['ip', '2a01:4f9::1'], expect: [] },
    { name: 'a domain in any case', given: ['domain', 'BAD.example.net'], expect: ['exact bad.example.net'] },
    { name: 'a name below it', given: ['domain', 'a.b.bad.example.net'], expect: ['parent bad.example.net'] },
    { name: 'no name that only ends so', given: ['domain', 'notbad.example.net'], expect: [] },
    { name: 'no name above it', given: ['domain', 'example.net'], expect: [] },
    {
      name: 'a URL in its normal form',
      given: ['url', 'https://files.example.net/a/b?q=A'],
      expect: ['exact files.example.net/a/b?q=A'],
    },
    { name: 'no URL with another query', given: ['url', 'http://files.example.net/a/b?q=B'], expect: [] },
    {
      name: 'a URL below a listed folder',
      given: ['url', 'http://pages.example.net/kit/login/x.html?u=1'],
      expect: ['prefix pages.example.net/kit/'],
    },
    { name: 'no folder that only begins so', given: ['url', 'http://pages.example.net/kitten'], expect: [] },
    {
      name: 'any URL of a listed host',
      given: ['url', 'http://whole.example.net/x'],
      expect: ['host whole.example.net/'],
    },
    {
      name: 'a page with any query where it is listed without',
      given: ['url', 'http://pages.example.net/one.php?a'],
      expect: ['prefix pages.example.net/one.php'],
    },
    {
      name: 'a URL on a listed domain',
      given: ['url', 'http://u:p@bad.example.net:8080/x'],
      expect: ['host bad.example.net'],
    },
    { name: 'a URL on a listed network', given: ['url', 'http://45.10.0.1/x'], expect: ['host 45.0.0.0/9'] },
    {
      name: 'a hash in any case',
      given: ['hash', 'aabbccddeeff00112233445566778899'],
      expect: ['exact aabbccddeeff00112233445566778899'],
    },
    { name: 'an e-mail address', given: ['email', 'eve@example.NET'], expect: ['exact eve@example.net'] },
    { name: 'nothing for what is no value', given: ['ip', '45.9.148'], expect: [] },
  ];
  for (const row of rows) {
    it(row.name, () => {
      expect(snapshot.match(...row.given, at(0)).map(({ by, value }) => `${by} ${value}`)).toEqual(
        row.expect,
      );
    });
  }
});

describe('time', () => {
  it('decays from the base to nothing over the lifetime', () => {
    const decay = { lifetime: duration(100 * DAY), speed: 2 };
    const score = (days: number): number => decayed(80, { lastSeen: at(0), now: at(days) }, decay);
    expect([score(-5), score(0), score(25), score(100), score(200)]).toEqual([80, 80, 40, 0, 0]);
  });

  it('matches until the indicator has no confidence left', () => {
    const { snapshot } = snapshotOf([from('ip', '45.9.148.10', { lastSeen: at(-10) })]);
    expect(snapshot.match('ip', '45.9.148.10', at(19))).toHaveLength(1);
    expect(snapshot.match('ip', '45.9.148.10', at(20))).toEqual([]);
  });

  it('says nothing from validUntil on', () => {
    const { snapshot } = snapshotOf([from('domain', 'bad.example.net', { validUntil: at(2) })]);
    expect(snapshot.match('domain', 'bad.example.net', eventTime(at(2) - 1))).toHaveLength(1);
    expect(snapshot.match('domain', 'bad.example.net', at(2))).toEqual([]);
  });

  it('lets go what its feed takes back, and of that feed only', () => {
    const { snapshot, report } = snapshotOf([
      from('domain', 'bad.example.net', { lastSeen: at(-3) }),
      from('domain', 'bad.example.net', { lastSeen: at(-2), revoked: true }),
      from('domain', 'bad.example.net', { source: 'other' }),
    ]);
    expect(snapshot.match('domain', 'bad.example.net', at(0)).map(({ source }) => source)).toEqual(['other']);
    expect(report).toMatchObject({ taken: 3, held: 1, merged: 2 });
  });
});

describe('a value that is stated and taken back at the same time', () => {
  const stated = from('domain', 'bad.example.net', { lastSeen: at(-1) });
  const back = from('domain', 'bad.example.net', { lastSeen: at(-1), revoked: true });
  for (const rows of [
    [stated, back],
    [back, stated],
  ]) {
    it(`is gone where the rows are ${rows.map((row) => (row.revoked ? 'revoked' : 'stated')).join(', ')}`, () => {
      expect(snapshotOf(rows).snapshot.size).toBe(0);
    });
  }
});

describe('what is refused', () => {
  const warnings = [
    { name: 'known good', values: ['www.example.org', '.cdn.example', '8.8.8.8', 'good@example.org'] },
  ];
  const rows: readonly { readonly given: Indicator; readonly expect: string | undefined }[] = [
    { given: from('ip', '10.1.2.3'), expect: 'reserved addresses' },
    { given: from('cidr', '0.0.0.0/0'), expect: 'reserved addresses' },
    { given: from('cidr', '::/0'), expect: 'reserved addresses' },
    { given: from('ip', 'fe80::1'), expect: 'reserved addresses' },
    { given: from('url', 'http://192.168.1.1/x.sh'), expect: 'reserved addresses' },
    { given: from('cidr', '8.8.0.0/16'), expect: 'known good' },
    { given: from('ip', '8.8.4.4'), expect: undefined },
    { given: from('domain', 'example.org'), expect: 'known good' },
    { given: from('domain', 'evil.example.org'), expect: undefined },
    { given: from('domain', 'a.b.cdn.example'), expect: 'known good' },
    { given: from('url', 'https://www.example.org/'), expect: 'known good' },
    { given: from('url', 'https://www.example.org/malware.exe'), expect: undefined },
    { given: from('email', 'Good@example.org'), expect: 'known good' },
    { given: from('hash', 'd41d8cd98f00b204e9800998ecf8427e'), expect: 'empty file' },
    { given: from('domain', 'com'), expect: 'malformed' },
    { given: from('ip', '01.2.3.4'), expect: 'malformed' },
  ];
  for (const row of rows) {
    it(`${row.given.type} ${row.given.value}: ${row.expect ?? 'taken'}`, () => {
      const { snapshot, report } = snapshotOf([row.given], { warnings });
      expect(report.refused).toEqual(row.expect === undefined ? {} : { [row.expect]: 1 });
      expect(snapshot.size).toBe(row.expect === undefined ? 1 : 0);
    });
  }

  it('says which entries of a warning list are no values', () => {
    expect(snapshotOf([], { warnings: [{ name: 'w', values: ['???'] }] }).report.unreadWarnings).toEqual([
      { list: 'w', value: '???' },
    ]);
  });
});

const label = fc.constantFrom('a', 'b', 'c', 'example', 'net', 'org');
const domain = fc.array(label, { minLength: 2, maxLength: 5 }).map((labels) => labels.join('.'));
const address = fc
  .tuple(fc.constantFrom(44, 45), fc.nat(3), fc.nat(3), fc.nat(255))
  .map((octets) => octets.join('.'));
const network = fc.tuple(address, fc.integer({ min: 8, max: 32 })).map(([text, bits]) => `${text}/${bits}`);

describe('laws', () => {
  it('an address is found in exactly the networks that hold it', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(network, { maxLength: 40 }),
        fc.array(address, { maxLength: 20 }),
        (networks, asked) => {
          const { snapshot } = snapshotOf(networks.map((value) => from('cidr', value, { source: value })));
          for (const one of asked) {
            const holding = networks.filter((value) => compileCidr(value).value?.contains(one));
            expect(
              snapshot
                .match('ip', one, at(0))
                .map(({ source }) => source)
                .sort(),
            ).toEqual(holding.sort());
          }
        },
      ),
    );
  });

  it('a domain is found by exactly the indicators that are it or stand above it', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(domain, { maxLength: 40 }),
        fc.array(domain, { maxLength: 20 }),
        (listed, asked) => {
          const { snapshot } = snapshotOf(listed.map((value) => from('domain', value)));
          for (const one of asked) {
            const above = listed.filter((value) => one === value || one.endsWith(`.${value}`));
            expect(
              snapshot
                .match('domain', one, at(0))
                .map(({ value }) => value)
                .sort(),
            ).toEqual(above.sort());
          }
        },
      ),
    );
  });

  it('the order of the rows changes neither digest nor matches', () => {
    const row = fc
      .record({
        value: domain,
        source: fc.constantFrom('x', 'y'),
        confidence: fc.constantFrom(10, 90),
        day: fc.nat(3),
        revoked: fc.boolean(),
      })
      .map(({ value, source, confidence, day, revoked }) =>
        from('domain', value, { source, confidence, lastSeen: at(-day), revoked }),
      );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
        const one = snapshotOf(rows).snapshot;
        const other = snapshotOf([...rows].reverse()).snapshot;
        expect(other.digest).toBe(one.digest);
        for (const { value } of rows) {
          expect(other.match('domain', value, at(0))).toEqual(one.match('domain', value, at(0)));
        }
      }),
    );
  });

  it('of fifty thousand values each is found, and none of as many others', () => {
    const { snapshot } = snapshotOf(
      Array.from({ length: 50_000 }, (_, i) => from('domain', `h${i}.example.net`)),
    );
    let found = 0;
    let wrong = 0;
    for (let i = 0; i < 50_000; i++) {
      found += snapshot.match('domain', `h${i}.example.net`, at(0)).length;
      wrong += snapshot.match('domain', `h${i + 50_000}.example.net`, at(0)).length;
    }
    expect([found, wrong]).toEqual([50_000, 0]);
    // A row, and two bytes of the filter for each name.
    expect(snapshot.bytes / snapshot.size).toBeLessThan(19);
  });
});

describe('a URL in its normal form', () => {
  const label = fc.constantFrom('a', 'bad', 'x-1', '9', 'co', 'A', '', 'b_c');
  const segment = fc.constantFrom('', 'k', 'kit', '.', '..', 'x.php', '%41', 'a b', 'Q', '.x');
  const url = fc
    .tuple(
      fc.constantFrom('http://', 'https://', '', 'ftp://', 'HTTP://', 'http:'),
      fc.array(label, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', ':80', ':8080', '.', ':'),
      fc.array(segment, { maxLength: 4 }),
      fc.constantFrom('', '?', '?a', '?a/b', '?%41', '\\x', '?x?'),
    )
    .map(([scheme, labels, port, path, query]) => {
      const rest = path.length === 0 ? '' : `/${path.join('/')}`;
      return `${scheme}${labels.join('.')}${port}${rest}${query}`;
    });

  it('finds by its marks what it finds taken apart', () => {
    fc.assert(
      fc.property(
        fc.array(url, { minLength: 1, maxLength: 12 }),
        fc.array(url, { maxLength: 12 }),
        (listed, asked) => {
          const domains = listed
            .slice(0, 2)
            .map((one) => from('domain', one.replace(/^https?:\/\//, '').split('/')[0] ?? ''));
          const { snapshot } = snapshotOf([...listed.map((one) => from('url', one)), ...domains]);
          for (const one of [...listed, ...asked]) {
            // A fragment is left out, and is what the short way does not take.
            expect(snapshot.match('url', one, at(1)), one).toEqual(
              snapshot.match('url', `${one}#top`, at(1)),
            );
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

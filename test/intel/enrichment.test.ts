import '../support/seed.ts';
import fc from 'fast-check';
import { Reader } from 'maxmind';
import { describe, expect, test } from 'vitest';
import { Enrichment, MmdbReader } from '../../engine/intel/index.ts';
import { writeMmdb } from '../support/mmdb.ts';

const CITY = {
  '45.9.148.0/24': {
    country: { iso_code: 'NL', names: { en: 'Netherlands' } },
    continent: { code: 'EU' },
    city: { names: { en: 'Utrecht' } },
    location: { latitude: 52.25, longitude: 5.5 },
  },
  '8.8.0.0/16': { country_code: 'US' },
};
const ASN = {
  '45.9.0.0/16': {
    autonomous_system_number: 49981,
    autonomous_system_organization: 'A network of examples with a name of more than twenty-nine letters',
  },
};

const enrichment = new Enrichment({
  geo: [writeMmdb(CITY), writeMmdb(ASN, { recordBits: 28 })],
  identities: [
    { user: 'ana', aliases: ['ana.k@corp.example', '1017'], department: 'sales', role: 'clerk' },
    { user: 'ben', department: 'sales', role: 'clerk', peers: 'night shift', manager: 'ana' },
  ],
  assets: [
    { type: 'host', match: 'srv-db', criticality: 'crown_jewel', owner: 'dba', tags: ['pci', 'sql'] },
    { type: 'host', match: 'srv-*', criticality: 'low' },
    { type: 'ip', match: '10.9.0.0/16', criticality: 'none' },
  ],
});

const derived = (event: Readonly<Record<string, unknown>>, field: string, subject?: string[]): unknown =>
  enrichment.view({ get: (name) => event[name] }, subject).get(field);

describe('a field that an event lacks', () => {
  test.each([
    ['a country of an ECS address', { 'source.ip': '45.9.148.7' }, 'source.geo.country_iso_code', 'NL'],
    ['its place', { 'source.ip': '45.9.148.7' }, 'source.geo.location.lat', 52.25],
    ['its network', { 'source.ip': '45.9.148.7' }, 'source.as.number', 49981],
    [
      'a network that only one database knows',
      { 'source.ip': '45.9.1.1' },
      'source.geo.country_iso_code',
      undefined,
    ],
    ['a flat country', { src_ip: '8.8.4.4' }, 'src_country', 'US'],
    ['a flat network', { src_ip: '45.9.148.7' }, 'src_asn', 49981],
    ['beneath the field itself', { sourceIPAddress: '45.9.148.7' }, 'sourceIPAddress.as.number', 49981],
    ['IPv6 that embeds IPv4', { 'source.ip': '::ffff:8.8.8.8' }, 'source.geo.country_iso_code', 'US'],
    [
      'of what is no address',
      { 'source.ip': 'cloudtrail.example' },
      'source.geo.country_iso_code',
      undefined,
    ],
    [
      'several addresses',
      { 'source.ip': ['8.8.8.8', '45.9.148.7', '8.8.4.4'] },
      'source.geo.country_iso_code',
      ['US', 'NL'],
    ],
    [
      'what the event says stands',
      { 'source.ip': '8.8.8.8', 'source.geo.country_iso_code': 'XX' },
      'source.geo.country_iso_code',
      'XX',
    ],
    ['a department', { 'user.name': 'CORP\\Ana' }, 'user.department', 'sales'],
    ['by an alias', { 'user.email': 'Ana.K@corp.example' }, 'user.role', 'clerk'],
    ['peers by department and role', { 'user.name': 'ana' }, 'user.peers', 'sales / clerk'],
    ['peers by name', { 'user.name': 'ben@corp.example' }, 'user.peers', 'night shift'],
    ['nobody', { 'user.name': 'zoe' }, 'user.department', undefined],
    ['the dearest asset', { 'host.name': 'SRV-DB' }, 'host.asset.criticality', 'crown_jewel'],
    ['its tags', { 'host.name': 'srv-db' }, 'host.asset.tags', ['pci', 'sql']],
    ['a network of assets', { 'host.ip': '10.9.3.4' }, 'host.asset.criticality', 'none'],
    ['a name that asks for nothing', { 'source.ip': '8.8.8.8' }, 'source.port', undefined],
  ])('%s', (_, event, field, expected) => {
    expect(derived(event, field)).toEqual(expected);
  });

  test('bare names are about the subject, and without one nothing', () => {
    expect(derived({ actor: 'ben' }, 'department', ['actor'])).toBe('sales');
    expect(derived({ actor: 'ben' }, 'department')).toBeUndefined();
  });
});

test('an entity is worth what the dearest asset of its name is', () => {
  const worth = (type: 'host' | 'user', value: string): number | undefined =>
    enrichment.worthOf({ type, value, role: 'target' })?.weight;
  expect([
    worth('host', 'srv-db'),
    worth('host', 'srv-web'),
    worth('host', 'pc'),
    worth('user', 'srv-db'),
  ]).toEqual([1.5, 0.8, undefined, undefined]);
});

describe('a database of addresses', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const network = fc.record({
    address: fc.tuple(fc.integer({ min: 1, max: 9 }), octet, octet, octet),
    bits: fc.constantFrom(8, 12, 16, 20, 24, 31, 32),
  });

  test.each([
    24, 28, 32,
  ] as const)('of %i bits a record is read as the maxmind package reads it', (recordBits) => {
    fc.assert(
      fc.property(
        fc.array(network, { minLength: 1, maxLength: 20 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), octet, octet, octet), { maxLength: 20 }),
        fc.constantFrom(4 as const, 6 as const),
        (networks, probes, ipVersion) => {
          const records = networks.map(({ address, bits }, i) => [
            `${address.join('.')}/${bits}`,
            { n: i, on: i % 2 === 0, at: i / 3, list: [i, `x${i}`] },
          ]);
          const bytes = writeMmdb(Object.fromEntries(records), { recordBits, ipVersion });
          const ours = new MmdbReader(bytes);
          const theirs = new Reader(Buffer.from(bytes));
          for (const probe of [...probes, ...networks.map(({ address }) => address)]) {
            const expected = theirs.get(probe.join('.')) ?? undefined;
            expect(plain(ours.get(Uint8Array.from(probe)))).toEqual(expected);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['a text', new TextEncoder().encode('no database')],
    ['one cut in its tree', writeMmdb(CITY).slice(400)],
  ])('that is %s is refused', (_, bytes) => {
    expect(() => new MmdbReader(bytes)).toThrow(RangeError);
  });
});

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createSchemas,
  DEFAULT_ENTITIES,
  ENTITIES_MAX,
  entitiesOf,
  entityOf,
  normalise,
} from '../../engine/ingest/index.ts';
import { ENTITY_TYPES, type EntityType, eventTime } from '../../engine/model/index.ts';

const view = (fields: Readonly<Record<string, unknown>>) => ({
  entities: DEFAULT_ENTITIES,
  fields: { get: (field: string) => fields[field] },
});
const found = (fields: Readonly<Record<string, unknown>>) =>
  entitiesOf(view(fields)).map(({ type, role, value }) => `${type} ${role} ${value}`);

describe('the value of an entity', () => {
  const table: readonly { name: string; type: EntityType; given: string; expect: string | undefined }[] = [
    { name: 'a user loses its domain and its case', type: 'user', given: 'CORP\\Alice', expect: 'alice' },
    {
      name: 'a principal name stays whole',
      type: 'user',
      given: 'Alice@Corp.Example',
      expect: 'alice@corp.example',
    },
    { name: 'a Kerberos realm is left out', type: 'user', given: 'Alice@CORP.EXAMPLE', expect: 'alice' },
    { name: 'also behind a machine', type: 'user', given: 'WS1$@CORP.EXAMPLE', expect: 'ws1$' },
    { name: 'a name that is only a realm stays', type: 'user', given: '@CORP', expect: '@corp' },
    {
      name: 'SYSTEM is nobody in particular',
      type: 'user',
      given: 'NT AUTHORITY\\SYSTEM',
      expect: undefined,
    },
    { name: 'neither is a window manager', type: 'user', given: 'DWM-3', expect: undefined },
    { name: 'a machine account is somebody', type: 'user', given: 'CORP\\WS1$', expect: 'ws1$' },
    {
      name: 'of a distinguished name the first part names the user',
      type: 'user',
      given: 'CN=Weber\\, Mia,OU=Staff,DC=contoso,DC=example',
      expect: 'weber, mia',
    },
    { name: 'a dash is nobody', type: 'user', given: '-', expect: undefined },
    { name: 'blanks around are trimmed', type: 'user', given: '  bob ', expect: 'bob' },
    {
      name: 'a host in lower case, without its root dot',
      type: 'host',
      given: 'WS1.Corp.Example.',
      expect: 'ws1.corp.example',
    },
    { name: 'a host without leading backslashes', type: 'host', given: '\\\\WS1', expect: 'ws1' },
    { name: 'localhost is everywhere', type: 'host', given: 'localhost', expect: undefined },
    { name: 'an address', type: 'ip', given: '203.0.113.7', expect: '203.0.113.7' },
    { name: 'a mapped address', type: 'ip', given: '::ffff:203.0.113.7', expect: '203.0.113.7' },
    { name: 'an address with a port', type: 'ip', given: '203.0.113.7:443', expect: '203.0.113.7' },
    {
      name: 'a bracketed address with a port',
      type: 'ip',
      given: '[2001:DB8::1]:443',
      expect: '2001:db8::1',
    },
    { name: 'loopback joins nothing', type: 'ip', given: '127.0.0.1', expect: undefined },
    { name: 'nor does loopback of version 6', type: 'ip', given: '::1', expect: undefined },
    { name: 'nor does the unspecified address', type: 'ip', given: '0.0.0.0', expect: undefined },
    { name: 'nor does a link-local one', type: 'ip', given: 'fe80::1%eth0', expect: undefined },
    {
      name: "a service's name is no address",
      type: 'ip',
      given: 'cloudtrail.amazonaws.com',
      expect: undefined,
    },
    {
      name: 'a GUID without braces',
      type: 'process',
      given: '{0197231E-F943-69E5-A527-000000000800}',
      expect: '0197231e-f943-69e5-a527-000000000800',
    },
    {
      name: 'a GUID of zeros is none',
      type: 'session',
      given: '{00000000-0000-0000-0000-000000000000}',
      expect: undefined,
    },
    { name: 'a path keeps its case', type: 'file', given: 'C:\\X.exe', expect: 'C:\\X.exe' },
    { name: 'a domain', type: 'domain', given: 'Evil.Example.', expect: 'evil.example' },
    { name: 'a placeholder', type: 'file', given: 'N/A', expect: undefined },
    { name: 'a text beyond the limit', type: 'file', given: 'x'.repeat(1025), expect: undefined },
  ];
  for (const { name, type, given, expect: expected } of table)
    test(name, () => expect(entityOf(type, given)).toBe(expected));
});

describe('the entities of an event', () => {
  test('a text of hashes gives each digest but the import hash', () => {
    const md5 = 'A'.repeat(32);
    const sha = 'B'.repeat(64);
    expect(found({ Hashes: `MD5=${md5},SHA256=${sha},IMPHASH=${'C'.repeat(32)}` })).toEqual([
      `hash actor ${md5.toLowerCase()}`,
      `hash actor ${sha.toLowerCase()}`,
    ]);
    expect(found({ sha256: sha })).toEqual([`hash actor ${sha.toLowerCase()}`]);
    expect(found({ Hashes: 'MD5=00000000000000000000000000000000' })).toEqual([]);
  });

  test("a text of Defender's paths gives its files, without what is inside an archive", () => {
    const specs = [{ type: 'file', role: 'target', fields: ['Path'] }] as const;
    const given =
      'containerfile:_C:\\a.zip; file:_C:\\a.zip->b.exe; file:_C:\\c.exe; process:_pid:42,ProcessStart:1';
    expect(entitiesOf(view({ Path: given }), specs).map(({ value }) => value)).toEqual([
      'C:\\a.zip',
      'C:\\c.exe',
    ]);
  });

  test('lists give their members, and repeats are dropped', () => {
    expect(
      found({ SourceIp: ['203.0.113.7', '203.0.113.8', '203.0.113.7', null, {}], src_ip: '203.0.113.7' }),
    ).toEqual(['ip source 203.0.113.7', 'ip source 203.0.113.8']);
  });

  test('objects and null name nobody', () =>
    expect(found({ User: { name: 'x' }, Computer: null })).toEqual([]));

  test('there are at most so many', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    expect(found({ SourceIp: many, DestinationIp: many }).length).toBe(ENTITIES_MAX);
  });

  test("given specs take the place of the mapping's", () => {
    const specs = [{ type: 'user', role: 'target', fields: ['who'] }] as const;
    expect(entitiesOf(view({ who: 'Bob', User: 'alice' }), specs)).toEqual([
      { type: 'user', role: 'target', value: 'bob' },
    ]);
  });

  test('nothing is thrown, and naming is stable: the value of a value is itself', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ENTITY_TYPES),
        fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.domain()),
        (type, text) => {
          const value = entityOf(type, text);
          if (value === undefined || type === 'user') return;
          expect(entityOf(type, value)).toBe(value);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test('the entities of a Microsoft alert are told apart by their type, as a list and as its text', () => {
  const schemas = createSchemas().value;
  if (schemas === undefined) throw new Error('no schemas');
  const Entities = [
    { $id: '1', Type: 'file', Name: 'invoice.exe', Directory: 'C:\\Users\\a' },
    { $id: '2', Type: 'host', HostName: 'WS1' },
    { $id: '3', Type: 'account', Name: 'a.meyer' },
    { $id: '4', Type: 'filehash', Algorithm: 'SHA256', Value: 'AB'.repeat(32) },
    { $id: '5', Type: 'ip', Address: '203.0.113.7' },
    { $id: '6', Type: 'process', Name: 'no-account' },
  ];
  for (const given of [Entities, JSON.stringify(Entities)]) {
    const event = normalise(
      { AlertName: 'Malware', AlertSeverity: 'High', ProductName: 'Defender', Entities: given },
      schemas,
      { observedAt: eventTime(0) },
    );
    const entities = entitiesOf({ entities: event.class.entities, fields: event.fields });
    expect(entities.map(({ type, value }) => `${type} ${value}`).sort()).toEqual([
      'file invoice.exe',
      `hash ${'ab'.repeat(32)}`,
      'host ws1',
      'ip 203.0.113.7',
      'user a.meyer',
    ]);
  }
});

import { describe, expect, test } from 'vitest';
import { createSchemas, entitiesOf, normalise } from '../../engine/ingest/index.ts';
import { eventTime } from '../../engine/model/index.ts';

const schemas = createSchemas().value;

function read(record: unknown) {
  if (schemas === undefined) throw new Error('no schemas');
  const event = normalise(record, schemas, { observedAt: eventTime(0) });
  return {
    event,
    entities: entitiesOf({ entities: event.class.entities, fields: event.fields }).map(
      ({ type, role, value }) => `${role} ${type} ${value}`,
    ),
  };
}

const journal = (program: string, MESSAGE: string) => ({
  MESSAGE,
  SYSLOG_IDENTIFIER: program,
  __REALTIME_TIMESTAMP: '1767609600000000',
});

describe('messages of the logon programs', () => {
  const cases: { name: string; program: string; message: string; fields: Record<string, string> }[] = [
    {
      name: 'an accepted logon',
      program: 'sshd',
      message: 'Accepted publickey for ada from 203.0.113.9 port 51234 ssh2: ED25519 SHA256:abc',
      fields: {
        user: 'ada',
        src_ip: '203.0.113.9',
        src_port: '51234',
        method: 'publickey',
        outcome: 'success',
      },
    },
    {
      name: 'a failed one',
      program: 'sshd',
      message: 'Failed password for root from 203.0.113.9 port 51234 ssh2',
      fields: { user: 'root', src_ip: '203.0.113.9', outcome: 'failure' },
    },
    {
      name: 'a failed one whose user name pretends to be the rest of the message',
      program: 'sshd',
      message:
        'Failed password for invalid user x from 10.0.0.1 port 1 ssh2 from 203.0.113.9 port 51234 ssh2',
      fields: {
        user: 'x from 10.0.0.1 port 1 ssh2',
        src_ip: '203.0.113.9',
        src_port: '51234',
        outcome: 'failure',
      },
    },
    {
      name: 'an invalid user',
      program: 'sshd-session',
      message: 'Invalid user oracle from 2001:db8::7 port 40000',
      fields: { user: 'oracle', src_ip: '2001:db8::7', outcome: 'failure' },
    },
    {
      name: 'a failure that PAM tells of',
      program: 'sshd',
      message:
        'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root',
      fields: { pam_user: 'root', pam_rhost: '203.0.113.9', service: 'sshd', outcome: 'failure' },
    },
    {
      name: 'a command of sudo',
      program: 'sudo',
      message: '     ada : TTY=pts/0 ; PWD=/home/ada ; USER=#-1 ; COMMAND=/bin/sh -c a ; USER=b',
      fields: { sudo_user: 'ada', USER: '#-1', COMMAND: '/bin/sh -c a ; USER=b', outcome: 'success' },
    },
    {
      name: 'a refused command of sudo',
      program: 'sudo',
      message: 'eve : user NOT in sudoers ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/cat /etc/shadow',
      fields: {
        sudo_user: 'eve',
        reason: 'user NOT in sudoers',
        COMMAND: '/bin/cat /etc/shadow',
        outcome: 'failure',
      },
    },
  ];
  for (const { name, program, message, fields } of cases) {
    test(`${name}, in the journal and in syslog`, () => {
      for (const record of [
        journal(program, message),
        { program, message, host: 'web1', timestamp: '2026-01-05T10:00:00Z' },
      ]) {
        const { event } = read(record);
        for (const [field, value] of Object.entries(fields))
          expect([field, event.fields.get(field)]).toEqual([field, value]);
      }
    });
  }

  test('name who, on whom and from where', () => {
    expect(read(journal('sshd', cases[1]?.message ?? '')).entities).toEqual([
      'target user root',
      'source ip 203.0.113.9',
    ]);
    expect(read(journal('sudo', cases[5]?.message ?? '')).entities).toContain('actor user ada');
  });

  test('of other forms are left as they are', () => {
    const { event } = read(journal('sshd', 'Server listening on 0.0.0.0 port 22.'));
    expect([event.fields.get('user'), event.fields.get('message')]).toEqual([
      undefined,
      'Server listening on 0.0.0.0 port 22.',
    ]);
  });
});

describe('derived fields', () => {
  const cases: { name: string; record: object; field: string; value: unknown }[] = [
    {
      name: 'the extension of an address',
      record: { _path: 'http', ts: 1, uri: '/a/b.PHP?x=1.txt' },
      field: 'c-uri-extension',
      value: 'php',
    },
    {
      name: 'no extension',
      record: { _path: 'http', ts: 1, uri: '/a.b/c' },
      field: 'c-uri-extension',
      value: undefined,
    },
    {
      name: 'the length of a query',
      record: { _path: 'dns', ts: 1, query: 'a.example.com' },
      field: 'query_length',
      value: 13,
    },
    {
      name: 'the parent domain',
      record: { _path: 'dns', ts: 1, query: 'x.y.Example.com.' },
      field: 'parent_domain',
      value: 'example.com',
    },
    {
      name: 'the parent domain below a registry of a country',
      record: { _path: 'dns', ts: 1, query: 'x.example.co.uk' },
      field: 'parent_domain',
      value: 'example.co.uk',
    },
    {
      name: 'the parent domain of an address',
      record: { _path: 'dns', ts: 1, query: '10.0.0.1' },
      field: 'parent_domain',
      value: undefined,
    },
  ];
  for (const { name, record, field, value } of cases)
    test(name, () => expect(read(record).event.fields.get(field)).toBe(value));
});

test('the audit system\'s "no login" is no user', () => {
  expect(
    read({ type: 'SYSCALL', msg: 'audit(1700000000.1:1)', auid: '4294967295', AUID: 'unset', exe: '/bin/a' })
      .entities,
  ).toEqual(['actor file /bin/a']);
});

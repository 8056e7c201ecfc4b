import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';
import { FOREIGN_ALERTS, SCANNER_CSV, SCANNER_MAPPING } from '../support/foreign-alerts.ts';

/** A rule that fires on nothing here: nothing of ours speaks. */
const SILENT = `title: Nothing of ours speaks
id: 0f1e2d3c-1111-4222-8333-944455566677
logsource: {category: process_creation, product: windows}
detection: {s: {Image|endswith: '\\never.exe'}, condition: s}
level: low
`;

interface Told {
  readonly kind: string;
  readonly title: string;
  readonly severity: string;
  readonly tactics?: readonly string[];
  readonly entities: readonly { readonly type: string; readonly role: string; readonly value: string }[];
  readonly alerts?: readonly { readonly title: string; readonly role: string }[];
}

const folder = makeFolder();
let told: readonly Told[] = [];

beforeAll(async () => {
  const path = (name: string, text: string): string => {
    const file = join(folder.path, name);
    writeFileSync(file, text);
    return file;
  };
  const run = await telltale([
    'scan',
    path('alerts.ndjson', `${FOREIGN_ALERTS.map((record) => JSON.stringify(record)).join('\n')}\n`),
    path('scanner.csv', SCANNER_CSV),
    '--mapping',
    path('scanner.mapping.yml', SCANNER_MAPPING),
    '--rules',
    path('silent.yml', SILENT),
    '--format',
    'ndjson',
    '--emit',
    'alerts,incidents',
  ]);
  told = run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Told => JSON.parse(line));
});
afterAll(() => folder.remove());

describe('alerts of other products, with no rule of ours', () => {
  test.each([
    {
      name: 'Wazuh',
      title: 'Host-based anomaly detection event (rootcheck): rootkit detected.',
      severity: 'high',
      tactics: ['defense-evasion'],
      entities: ['host:target:web01'],
    },
    {
      name: 'Suricata',
      title: 'ET WEB_SERVER Possible Webshell Access',
      severity: 'high',
      tactics: ['persistence'],
      entities: ['ip:target:10.0.0.5', 'ip:source:203.0.113.9', 'domain:target:shop.example.com'],
    },
    {
      name: 'Microsoft Defender',
      title: 'Suspicious execution of hidden file',
      severity: 'high',
      tactics: ['defense-evasion'],
      entities: ['host:target:pc07', 'user:actor:alice'],
    },
    {
      name: 'GuardDuty',
      title: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom',
      severity: 'medium',
      tactics: [],
      entities: ['key:actor:AKIAIOSFODNN7EXAMPLE', 'user:actor:deployer', 'ip:source:203.0.113.9'],
    },
    {
      name: 'Falco',
      title: 'Terminal shell in container',
      severity: 'low',
      tactics: ['execution'],
      entities: ['container:target:3ad7b26ded6d', 'user:actor:root', 'host:target:node1'],
    },
    {
      name: 'an OCSF finding',
      title: 'LSASS memory read',
      severity: 'high',
      tactics: ['credential-access'],
      entities: ['host:target:pc07'],
    },
    {
      name: 'CSV by a mapping',
      title: 'Remote code execution in shop plugin',
      severity: 'high',
      tactics: [],
      entities: ['host:target:web01'],
    },
  ])('$name: name, severity, tactics and entities are its own', ({ title, severity, tactics, entities }) => {
    const alert = told.find((one) => one.kind === 'alert' && one.title === title);
    expect(alert).toMatchObject({ severity, tactics });
    const named = alert?.entities.map(({ type, role, value }) => `${type}:${role}:${value}`);
    expect(named).toEqual(expect.arrayContaining(entities));
  });

  test('what several products saw of one machine is one incident, and what is elsewhere is not in it', () => {
    const incidents = told.filter(({ kind }) => kind === 'incident');
    const titles = incidents.map(({ alerts }) =>
      alerts?.filter(({ role }) => role === 'evidence').map(({ title }) => title),
    );
    const web = titles.find((some) => some?.includes('ET WEB_SERVER Possible Webshell Access'));
    expect(web).toEqual(
      expect.arrayContaining([
        'sshd: brute force trying to get access to the system. Authentication failed.',
        'Host-based anomaly detection event (rootcheck): rootkit detected.',
      ]),
    );
    expect(web).not.toContain('LSASS memory read');
    expect(web).not.toContain('Terminal shell in container');
  });

  test('a file of one record after another file of one record: nothing stands in front of them in memory', async () => {
    const files = ['Terminal shell in container', 'GetCallerIdentity'].map((mark, i) => {
      const record = FOREIGN_ALERTS.find((one) => JSON.stringify(one).includes(mark));
      const file = join(folder.path, `single-${i}.ndjson`);
      writeFileSync(file, `${JSON.stringify(record)}\n`);
      return file;
    });
    const run = await telltale([
      'scan',
      ...files,
      '--rules',
      join(folder.path, 'silent.yml'),
      '--emit',
      'alerts',
    ]);
    expect(run.stderr).toContain('2 events in 2 files, 2 signals');
    expect(run.code).toBe(0);
  });
});

import { describe, expect, test } from 'vitest';
import { createSchemas, normalise, readAlert } from '../../engine/ingest/index.ts';
import { eventTime } from '../../engine/model/index.ts';
import { CASES } from './records.ts';

const schemas = createSchemas().value;

/** What a record says as an alert of another product; undefined where it is none. */
function alertOf(record: unknown): unknown {
  if (schemas === undefined) throw new Error('no schemas');
  const { class: eventClass } = normalise(record, schemas, { observedAt: eventTime(0) });
  return eventClass.alert === undefined
    ? undefined
    : { product: eventClass.alert.product, ...readAlert(eventClass.alert, record) };
}

function recordOf(schema: string): Readonly<Record<string, unknown>> {
  const given = CASES.find((one) => one.schema === schema)?.given;
  if (typeof given !== 'object' || given === null) throw new Error(`no record of ${schema}`);
  return { ...given };
}

describe('alerts of other products', () => {
  const eve = { timestamp: '2026-04-20T10:00:35.646+0000', src_ip: '10.0.0.1', flow_id: 1 };
  const cases: readonly { readonly name: string; readonly given: unknown; readonly expect: unknown }[] = [
    {
      name: 'Wazuh: level by thresholds, techniques and tactics as tags, its own rule id',
      given: recordOf('wazuh'),
      expect: {
        product: 'wazuh',
        name: 'sshd: brute force',
        id: '5712',
        level: 'medium',
        tags: ['attack.t1110', 'attack.credential-access'],
      },
    },
    {
      name: 'Wazuh: below the first threshold it is informational',
      given: { ...recordOf('wazuh'), rule: { level: 3, description: 'login' } },
      expect: { product: 'wazuh', name: 'login', level: 'informational', tags: [] },
    },
    {
      name: 'Suricata: the priority 1 is high',
      given: {
        ...eve,
        event_type: 'alert',
        alert: { signature: 'ET MALWARE beacon', signature_id: 2_030_000, severity: 1, category: 'Malware' },
      },
      expect: { product: 'suricata', name: 'ET MALWARE beacon', id: '2030000', level: 'high', tags: [] },
    },
    { name: 'Suricata: a flow is no alert', given: { ...eve, event_type: 'flow' }, expect: undefined },
    {
      name: 'Microsoft Graph: severity by its name, a category written as one word',
      given: recordOf('microsoft-alert'),
      expect: {
        product: 'microsoft',
        name: 'Suspicious execution of hidden file',
        level: 'medium',
        tags: ['attack.t1564.001', 'attack.defense-evasion'],
      },
    },
    {
      name: 'GuardDuty: severity by number',
      given: recordOf('aws-guardduty'),
      expect: {
        product: 'guardduty',
        name: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller',
        level: 'medium',
        tags: [],
      },
    },
    {
      name: 'GuardDuty by way of EventBridge',
      given: { 'detail-type': 'GuardDuty Finding', detail: { type: 'A:B/C', severity: 9.1, confidence: 70 } },
      expect: { product: 'guardduty', name: 'A:B/C', level: 'critical', confidence: 0.7, tags: [] },
    },
    {
      name: 'Falco: priority, tags with a prefix',
      given: recordOf('falco'),
      expect: {
        product: 'falco',
        name: 'Terminal shell in container',
        level: 'low',
        tags: ['container', 'attack.execution', 'attack.t1059'],
      },
    },
    {
      name: 'OCSF: a detection finding',
      given: {
        class_uid: 2004,
        metadata: { version: '1.5.0' },
        activity_id: 1,
        severity_id: 4,
        confidence_score: 80,
        finding_info: {
          title: 'Odd process',
          analytic: { uid: 'r-1' },
          attacks: [{ tactic: { uid: 'TA0002' }, technique: { uid: 'T1059' } }],
        },
      },
      expect: {
        product: 'ocsf',
        name: 'Odd process',
        id: 'r-1',
        level: 'high',
        confidence: 0.8,
        tags: ['attack.t1059', 'attack.execution'],
      },
    },
    {
      name: 'OCSF: a process activity is no alert',
      given: { class_uid: 1007, metadata: { version: '1.5.0' }, activity_id: 1, severity_id: 4 },
      expect: undefined,
    },
  ];
  for (const { name, given, expect: wanted } of cases) {
    test(name, () => expect(alertOf(given)).toEqual(wanted));
  }

  test('the paths of a group are its names, an absent one is null', () => {
    const read = readAlert({ name: ['n'], group: ['host', 'gone'] }, { n: 'x', host: 'h' });
    expect(read?.group).toEqual([
      ['host', 'h'],
      ['gone', null],
    ]);
  });

  test('a record without a name is no alert', () => {
    expect(readAlert({ name: ['n'] }, { n: ' ' })).toBeUndefined();
    expect(readAlert({ name: ['n'] }, { n: { deep: 1 } })).toBeUndefined();
  });
});

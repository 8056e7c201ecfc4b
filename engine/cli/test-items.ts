import {
  type Alert,
  alertRecord,
  eventTime,
  type Incident,
  incidentRecord,
  type RuleRef,
} from '../model/index.ts';
import type { OutboxItem } from '../runtime/index.ts';

const ID = '0'.repeat(32);
const NOTE = 'A test of this output. Nothing has happened.';
const RULE: RuleRef = {
  kind: 'detection',
  id: 'engine.output_test',
  name: 'output_test',
  title: 'Test of an output',
  version: 1,
  level: 'informational',
  confidence: 0,
  tags: ['telltale.test'],
  hash: '0'.repeat(64),
};

/** An alert and an incident that say that they are a test, at the time that is now. */
export function testItems(): readonly OutboxItem[] {
  const now = eventTime(Date.now() * 1000);
  const common = {
    id: ID,
    revision: 1,
    state: 'open',
    severity: 'informational',
    confidence: 0,
    score: 0,
    firstSeen: now,
    lastSeen: now,
    entities: [{ type: 'host', value: 'test.example', role: 'target' }],
    remediation: ['Nothing is to be done.'],
    tags: RULE.tags,
    terms: [],
    notes: [{ at: now, by: 'engine', text: NOTE }],
  } as const;
  const alert: Alert = {
    ...common,
    key: 'engine.output_test',
    rule: RULE,
    title: RULE.title,
    description: NOTE,
    group: [],
    count: 1,
    level: RULE.level,
    tactics: [],
    techniques: [],
    entitiesTotal: 1,
    signals: [],
    evidence: [],
    evidenceTotal: 0,
    values: [],
  };
  const incident: Incident = {
    ...common,
    title: RULE.title,
    stages: [],
    members: [],
    membersTotal: 0,
    links: [],
    refused: [],
    counter: [],
    story: [{ time: now, text: NOTE, alerts: [] }],
    next: [],
    approximations: [],
    linked: [],
    change: 'test',
  };
  return [
    itemOf('alert', JSON.stringify(alertRecord(alert)), 1),
    itemOf('incident', JSON.stringify(incidentRecord(incident)), 2),
  ];
}

function itemOf(kind: 'alert' | 'incident', body: string, sequence: number): OutboxItem {
  return { sequence, kind, id: ID, revision: 1, key: `${kind}:${ID}:1`, lane: ID, body, attempts: 0 };
}

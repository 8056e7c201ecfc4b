import type { Watermarks } from '../../correlate/index.ts';
import {
  type Alert,
  alertRecord,
  type Changes,
  type Decision,
  type Incident,
  incidentRecord,
} from '../../model/index.ts';
import type { Detected } from './detection.ts';
import type { SourceLoss } from './source-port.ts';
import type { AuditEvent, Commit, Ledger, StateRow } from './store-port.ts';

/** The account of a batch, added to another's. */
export function accountOf(detected: Detected, sum?: Ledger): Ledger {
  const rejected = total(detected.rejected);
  const dropped = total(detected.dropped);
  return {
    received: (sum?.received ?? 0) + detected.events + rejected + dropped,
    matched: (sum?.matched ?? 0) + detected.matched,
    unmatched: (sum?.unmatched ?? 0) + detected.events - detected.matched,
    rejected: (sum?.rejected ?? 0) + rejected,
    dropped: (sum?.dropped ?? 0) + dropped,
  };
}

/** The account of what was not handed on, added to another's. */
export function lossesOf(losses: readonly SourceLoss[], sum?: Ledger): Ledger {
  const of = (kind: SourceLoss['kind']): number =>
    losses.reduce((count, one) => count + (one.kind === kind ? one.count : 0), 0);
  const [rejected, dropped] = [of('rejected'), of('dropped')];
  return {
    received: (sum?.received ?? 0) + rejected + dropped,
    matched: sum?.matched ?? 0,
    unmatched: sum?.unmatched ?? 0,
    rejected: (sum?.rejected ?? 0) + rejected,
    dropped: (sum?.dropped ?? 0) + dropped,
  };
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** A revision of an alert as it is stored. */
export function alertRevision(alert: Alert, storedAt: number): Commit['revisions'][number] {
  const { id, revision, state, severity, rule, firstSeen, lastSeen } = alert;
  const entities = alert.entities.map(({ value }) => value);
  const body = JSON.stringify(alertRecord(alert));
  return {
    kind: 'alert',
    id,
    revision,
    state,
    severity,
    ruleId: rule.id,
    entities,
    firstSeen,
    lastSeen,
    body,
    storedAt,
  };
}

/** A revision of an incident as it is stored. */
export function incidentRevision(incident: Incident, storedAt: number): Commit['revisions'][number] {
  const { id, revision, state, severity, template, firstSeen, lastSeen } = incident;
  const entities = incident.entities.map(({ value }) => value);
  const body = JSON.stringify(incidentRecord(incident));
  return {
    kind: 'incident',
    id,
    revision,
    state,
    severity,
    ruleId: template ?? '',
    entities,
    firstSeen,
    lastSeen,
    body,
    storedAt,
  };
}

/** What is written down of a decision. */
export function decisionAudit(decision: Decision, at: number): AuditEvent {
  const { by, target, reason, ...rest } = decision;
  return { at, by, action: `${target.kind}.decided`, subject: target.id, detail: { reason, ...rest } };
}

/** What several steps changed, in their order. */
export function merged(steps: readonly Changes[]): Changes {
  return {
    signals: steps.flatMap(({ signals }) => signals),
    alerts: steps.flatMap(({ alerts }) => alerts),
    incidents: steps.flatMap(({ incidents }) => incidents),
  };
}

/** Where the watermarks stand, as it is kept. */
export function watermarkRow(watermarks: Watermarks): StateRow {
  const bytes = new TextEncoder().encode(JSON.stringify(watermarks.save()));
  return { room: 'watermark', key: 'all', bytes };
}

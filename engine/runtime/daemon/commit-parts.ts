import type { Watermarks } from '../../correlate/index.ts';
import {
  type Alert,
  alertRecord,
  type Changes,
  type Decided,
  type Decision,
  type Incident,
  incidentRecord,
} from '../../model/index.ts';
import type { Route } from './daemon-parts.ts';
import type { Detected } from './detection.ts';
import type { SourceLoss } from './source-port.ts';
import type { AuditEvent, Commit, Ledger, OutboxEntry, StateRow } from './store-port.ts';

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
export function decisionAudit(decision: Decided, at: number): AuditEvent {
  // What it was made from stands with its incident, for the proof.
  const { by, target, reason, grounds: _grounds, ...rest } = decision;
  return { at, by, action: `${target.kind}.decided`, subject: target.id, detail: { reason, ...rest } };
}

/** What is written down of a revision: by whom (the last who decided about it, else the engine), and what it is now. */
export function revisionAudit(
  { kind, id, revision, state, severity }: Commit['revisions'][number],
  decisions: readonly Decision[],
  at: number,
): AuditEvent {
  const decided = decisions.findLast(({ target }) => target.kind === kind && target.id === id);
  const action = `${kind}.${revision === 1 ? 'opened' : 'revised'}`;
  return { at, by: decided?.by ?? 'engine', action, subject: id, detail: { revision, state, severity } };
}

/** What outputs are to get of changes, in their order. */
export function outboxEntries(
  changes: Changes,
  decisions: readonly Decision[],
  route: Route,
): readonly OutboxEntry[] {
  const entries: OutboxEntry[] = [];
  const put = (kind: 'alert' | 'incident', thing: Alert | Incident, body: string): void => {
    const about = decisions.filter(({ target }) => target.kind === kind && target.id === thing.id);
    for (const output of route(thing, about)) {
      const { id, revision } = thing;
      entries.push({ output, kind, id, revision, key: `${kind}:${id}:${revision}`, lane: id, body });
    }
  };
  for (const alert of changes.alerts) put('alert', alert, JSON.stringify(alertRecord(alert)));
  for (const incident of changes.incidents)
    put('incident', incident, JSON.stringify(incidentRecord(incident)));
  return entries;
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

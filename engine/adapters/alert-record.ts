import { type Alert, type CaseNote, type EventRef, formatTime, type ScoreTerm } from '../model/index.ts';
import { ruleRecord } from './signal-record.ts';

/** A revision of an alert as plain data for JSON outputs, keys in a fixed order; times are ISO 8601 in UTC. */
export function alertRecord(alert: Alert): Record<string, unknown> {
  const { suppressed } = alert;
  return {
    kind: 'alert',
    id: alert.id,
    revision: alert.revision,
    state: alert.state,
    title: alert.title,
    severity: alert.severity,
    confidence: alert.confidence,
    score: alert.score,
    level: alert.level,
    rule: ruleRecord(alert.rule),
    firstSeen: formatTime(alert.firstSeen),
    lastSeen: formatTime(alert.lastSeen),
    count: alert.count,
    group: Object.fromEntries(alert.group),
    ...(alert.verdict === undefined ? {} : { verdict: alert.verdict }),
    ...(alert.assignee === undefined ? {} : { assignee: alert.assignee }),
    ...(suppressed === undefined ? {} : { suppressed: suppressionRecord(suppressed) }),
    tactics: alert.tactics,
    techniques: alert.techniques,
    entities: alert.entities,
    entitiesTotal: alert.entitiesTotal,
    ...(alert.description === undefined ? {} : { description: alert.description }),
    remediation: alert.remediation,
    tags: alert.tags,
    terms: alert.terms.map(termRecord),
    signals: alert.signals,
    events: alert.evidence.map(eventRecord),
    eventsTotal: alert.evidenceTotal,
    ...(alert.values.length === 0 ? {} : { values: Object.fromEntries(alert.values) }),
    ...(alert.notes.length === 0 ? {} : { notes: alert.notes.map(noteRecord) }),
    key: alert.key,
  };
}

/** Who muted it, why and until when. */
export function suppressionRecord({
  by,
  reason,
  until,
}: NonNullable<Alert['suppressed']>): Record<string, unknown> {
  return { by, reason, ...(until === undefined ? {} : { until: formatTime(until) }) };
}

/** One line of the waterfall. */
export function termRecord({ name, operation, value, after, reason }: ScoreTerm): Record<string, unknown> {
  return { name, operation, value, after, reason };
}

/** An event as evidence: where it was read, which it is, when it happened. */
export function eventRecord({ file, line, id, time, timeNs }: EventRef): Record<string, unknown> {
  return {
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    id,
    time: formatTime(time, timeNs),
  };
}

/** What somebody said, when. */
export function noteRecord({ at, by, text }: CaseNote): Record<string, unknown> {
  return { at: formatTime(at), by, text };
}

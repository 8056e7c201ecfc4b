import type { Alert, CaseNote, ScoreTerm } from './alert.ts';
import type { Incident } from './incident.ts';
import { type EventTime, formatTime } from './time.ts';

/** An alert or incident as plain JSON data, keys in a fixed order. */
export type CaseRecord = Readonly<Record<string, unknown>>;

/**
 * An alert as plain data for JSON outputs: the members of `Alert`, `kind` in front, times as ISO 8601 in UTC, group and values as maps.
 * `alertFromRecord` reads it back.
 */
export function alertRecord(alert: Alert): CaseRecord {
  const { rule } = alert;
  return {
    kind: 'alert',
    id: alert.id,
    revision: alert.revision,
    key: alert.key,
    state: alert.state,
    title: alert.title,
    ...optional('description', alert.description),
    severity: alert.severity,
    confidence: alert.confidence,
    score: alert.score,
    level: alert.level,
    rule: {
      kind: rule.kind,
      id: rule.id,
      ...optional('name', rule.name),
      title: rule.title,
      version: rule.version,
      level: rule.level,
      confidence: rule.confidence,
      tags: rule.tags,
      hash: rule.hash,
    },
    firstSeen: formatTime(alert.firstSeen),
    lastSeen: formatTime(alert.lastSeen),
    count: alert.count,
    group: Object.fromEntries(alert.group),
    ...optional('verdict', alert.verdict),
    ...optional('assignee', alert.assignee),
    ...suppressedRecord(alert),
    tactics: alert.tactics,
    techniques: alert.techniques,
    entities: alert.entities,
    entitiesTotal: alert.entitiesTotal,
    remediation: alert.remediation,
    tags: alert.tags,
    signals: alert.signals,
    evidence: alert.evidence.map((event) => ({
      ...optional('file', event.file),
      ...optional('line', event.line),
      id: event.id,
      time: formatTime(event.time, event.timeNs),
    })),
    evidenceTotal: alert.evidenceTotal,
    values: Object.fromEntries(alert.values),
    terms: alert.terms.map(termRecord),
    notes: alert.notes.map(noteRecord),
  };
}

/**
 * An incident as plain data for JSON outputs: the members of `Incident`, `kind` in front, times as ISO 8601 in UTC, the members under
 * `alerts`. `incidentFromRecord` reads it back.
 */
export function incidentRecord(incident: Incident): CaseRecord {
  return {
    kind: 'incident',
    id: incident.id,
    revision: incident.revision,
    state: incident.state,
    title: incident.title,
    severity: incident.severity,
    confidence: incident.confidence,
    score: incident.score,
    firstSeen: formatTime(incident.firstSeen),
    lastSeen: formatTime(incident.lastSeen),
    ...optional('verdict', incident.verdict),
    ...optional('assignee', incident.assignee),
    ...optional('template', incident.template),
    ...suppressedRecord(incident),
    entities: incident.entities,
    stages: incident.stages.map((stage) => ({
      tactic: stage.tactic,
      title: stage.title,
      firstSeen: formatTime(stage.firstSeen),
      lastSeen: formatTime(stage.lastSeen),
      alerts: stage.alerts,
      best: stage.best,
      score: stage.score,
    })),
    alerts: incident.members.map((member) => ({
      alert: member.alert,
      rule: member.rule,
      title: member.title,
      firstSeen: formatTime(member.firstSeen),
      lastSeen: formatTime(member.lastSeen),
      count: member.count,
      severity: member.severity,
      ...optional('tactic', member.tactic),
      contribution: member.contribution,
      minimal: member.minimal,
    })),
    alertsTotal: incident.membersTotal,
    links: incident.links,
    refused: incident.refused,
    counter: incident.counter,
    story: incident.story.map((line) => ({
      time: formatTime(line.time),
      text: line.text,
      alerts: line.alerts,
      ...optional('tactic', line.tactic),
    })),
    next: incident.next,
    remediation: incident.remediation,
    approximations: incident.approximations,
    ...optional('redirectedTo', incident.redirectedTo),
    ...optional('continues', incident.continues),
    linked: incident.linked,
    change: incident.change,
    tags: incident.tags,
    terms: incident.terms.map(termRecord),
    notes: incident.notes.map(noteRecord),
  };
}

function optional(key: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [key]: value };
}

function suppressedRecord({
  suppressed,
}: {
  readonly suppressed?: { readonly by: string; readonly reason: string; readonly until?: EventTime };
}): Record<string, unknown> {
  if (suppressed === undefined) return {};
  const { by, reason, until } = suppressed;
  return {
    suppressed: { by, reason, ...optional('until', until === undefined ? undefined : formatTime(until)) },
  };
}

function termRecord({ name, operation, value, after, reason }: ScoreTerm): Record<string, unknown> {
  return { name, operation, value, after, reason };
}

function noteRecord({ at, by, text }: CaseNote): Record<string, unknown> {
  return { at: formatTime(at), by, text };
}

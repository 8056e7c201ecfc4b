import type { Alert, CaseNote, ScoreTerm } from './alert.ts';
import type { Incident } from './incident.ts';
import type { EventRef, RuleRef } from './signal.ts';
import { formatTime, MICROS_PER_SECOND } from './time.ts';

/**
 * A revision of an alert as plain data for JSON outputs and stores, keys in a fixed order; times are ISO 8601 in UTC. `alertFromRecord` reads it
 * back.
 */
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

/**
 * A revision of an incident as plain data for JSON outputs and stores, keys in a fixed order; times are ISO 8601 in UTC, gaps are seconds.
 * `incidentFromRecord` reads it back.
 */
export function incidentRecord(incident: Incident): Record<string, unknown> {
  const { suppressed } = incident;
  return {
    kind: 'incident',
    id: incident.id,
    revision: incident.revision,
    state: incident.state,
    title: incident.title,
    severity: incident.severity,
    confidence: incident.confidence,
    score: incident.score,
    change: incident.change,
    firstSeen: formatTime(incident.firstSeen),
    lastSeen: formatTime(incident.lastSeen),
    ...(incident.verdict === undefined ? {} : { verdict: incident.verdict }),
    ...(incident.assignee === undefined ? {} : { assignee: incident.assignee }),
    ...(incident.template === undefined ? {} : { template: incident.template }),
    ...(incident.redirectedTo === undefined ? {} : { redirectedTo: incident.redirectedTo }),
    ...(incident.continues === undefined ? {} : { continues: incident.continues }),
    ...(suppressed === undefined ? {} : { suppressed: suppressionRecord(suppressed) }),
    entities: incident.entities,
    stages: incident.stages.map((stage) => ({
      ...stage,
      firstSeen: formatTime(stage.firstSeen),
      lastSeen: formatTime(stage.lastSeen),
    })),
    alerts: incident.members.map((member) => ({
      ...member,
      firstSeen: formatTime(member.firstSeen),
      lastSeen: formatTime(member.lastSeen),
    })),
    alertsTotal: incident.membersTotal,
    links: incident.links.map(({ from, to, kind, weight, gap, reason, entity }) => ({
      from,
      to,
      kind,
      weight,
      gap: gap / MICROS_PER_SECOND,
      reason,
      ...(entity === undefined ? {} : { entity }),
    })),
    refused: incident.refused,
    counter: incident.counter,
    story: incident.story.map((line) => ({ ...line, time: formatTime(line.time) })),
    next: incident.next,
    remediation: incident.remediation,
    approximations: incident.approximations,
    linked: incident.linked,
    tags: incident.tags,
    terms: incident.terms.map(termRecord),
    ...(incident.notes.length === 0 ? {} : { notes: incident.notes.map(noteRecord) }),
  };
}

/** What outputs say of a rule. */
export function ruleRecord(rule: RuleRef): Record<string, unknown> {
  return {
    kind: rule.kind,
    id: rule.id,
    ...(rule.name === undefined ? {} : { name: rule.name }),
    title: rule.title,
    version: rule.version,
    level: rule.level,
    confidence: rule.confidence,
    hash: rule.hash,
  };
}

/** Who muted it, why and until when. */
function suppressionRecord({ by, reason, until }: NonNullable<Alert['suppressed']>): Record<string, unknown> {
  return { by, reason, ...(until === undefined ? {} : { until: formatTime(until) }) };
}

/** One line of the waterfall. */
function termRecord({ name, operation, value, after, reason }: ScoreTerm): Record<string, unknown> {
  return { name, operation, value, after, reason };
}

/** An event as evidence: where it was read, which it is, when it happened. */
function eventRecord({ file, line, id, time, timeNs }: EventRef): Record<string, unknown> {
  return {
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    id,
    time: formatTime(time, timeNs),
  };
}

/** What somebody said, when. */
function noteRecord({ at, by, text }: CaseNote): Record<string, unknown> {
  return { at: formatTime(at), by, text };
}

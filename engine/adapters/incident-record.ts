import { formatTime, type Incident } from '../model/index.ts';
import { noteRecord, suppressionRecord, termRecord } from './alert-record.ts';

/** A revision of an incident as plain data for JSON outputs, keys in a fixed order; times are ISO 8601 in UTC, gaps are seconds. */
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
    links: incident.links.map((link) => ({ ...link, gap: link.gap / 1_000_000 })),
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

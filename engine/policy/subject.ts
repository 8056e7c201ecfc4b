import {
  type Alert,
  type EventTime,
  formatTime,
  type Incident,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
} from '../model/index.ts';
import type { PolicyCaseSubject } from './fact.ts';
import { WEEKDAYS } from './fact-kinds.ts';

/** Id, revision and last event of a case. */
export function identityOf(subject: PolicyCaseSubject): {
  readonly id: string;
  readonly revision: number;
  readonly lastSeen: EventTime;
} {
  return subject.kind === 'alert' ? subject.alert : subject.incident;
}

/** The facts that a case carries itself: `alert` or `incident`, `case` and `time`. Plain data; absent members are absent. */
export function factsOfSubject(subject: PolicyCaseSubject): ReadonlyMap<string, unknown> {
  const common = commonFacts(subject.kind === 'alert' ? subject.alert : subject.incident);
  const own = subject.kind === 'alert' ? alertFacts(subject.alert) : incidentFacts(subject.incident);
  const { lastSeen } = identityOf(subject);
  return new Map<string, unknown>([
    [subject.kind, { ...common, ...own }],
    ['case', { kind: subject.kind, ...common, tactics: own['tactics'] }],
    ['time', timeFacts(lastSeen)],
  ]);
}

function commonFacts(one: Alert | Incident): Record<string, unknown> {
  return {
    id: one.id,
    revision: one.revision,
    title: one.title,
    state: one.state,
    ...(one.verdict === undefined ? {} : { verdict: one.verdict }),
    ...(one.assignee === undefined ? {} : { assignee: one.assignee }),
    suppressed: one.suppressed !== undefined,
    severity: one.severity,
    confidence: one.confidence,
    score: one.score,
    firstSeen: formatTime(one.firstSeen),
    lastSeen: formatTime(one.lastSeen),
    durationSeconds: (one.lastSeen - one.firstSeen) / MICROS_PER_SECOND,
    entities: one.entities,
    tags: one.tags,
  };
}

function alertFacts(alert: Alert): Record<string, unknown> {
  const { id, name, title, kind, version, level, confidence, tags } = alert.rule;
  return {
    rule: { id, ...(name === undefined ? {} : { name }), title, kind, version, level, confidence, tags },
    ...(alert.description === undefined ? {} : { description: alert.description }),
    count: alert.count,
    level: alert.level,
    tactics: alert.tactics,
    techniques: alert.techniques,
    entitiesTotal: alert.entitiesTotal,
    evidenceTotal: alert.evidenceTotal,
    group: Object.fromEntries(alert.group),
    values: Object.fromEntries(alert.values),
  };
}

function incidentFacts(incident: Incident): Record<string, unknown> {
  return {
    ...(incident.template === undefined ? {} : { template: incident.template }),
    tactics: incident.stages.map(({ tactic }) => tactic),
    members: incident.members.map(({ rule, title, severity, tactic, count }) => ({
      rule,
      title,
      severity,
      ...(tactic === undefined ? {} : { tactic }),
      count,
    })),
    membersTotal: incident.membersTotal,
    stages: incident.stages.map(({ tactic }) => ({ tactic })),
    counter: incident.counter.map(({ factor, reason }) => ({ factor, reason })),
    ...(incident.continues === undefined ? {} : { continues: incident.continues }),
    ...(incident.redirectedTo === undefined ? {} : { redirectedTo: incident.redirectedTo }),
    change: incident.change,
  };
}

function timeFacts(at: EventTime): Record<string, unknown> {
  const date = new Date(Math.floor(at / MICROS_PER_MS));
  if (Number.isNaN(date.getTime())) return {};
  return {
    hour: date.getUTCHours(),
    weekday: WEEKDAYS[date.getUTCDay()] ?? 'sunday',
    date: date.toISOString().slice(0, 10),
  };
}

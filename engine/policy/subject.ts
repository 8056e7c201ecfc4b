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

/** The facts that a case carries itself: `alert` or `incident`, `case` and `time`, each made when it is first asked for. */
export class OwnFacts {
  readonly #subject: PolicyCaseSubject;
  #common: Record<string, unknown> | undefined;
  #own: Record<string, unknown> | undefined;
  #case: Record<string, unknown> | undefined;
  #time: Record<string, unknown> | undefined;

  constructor(subject: PolicyCaseSubject) {
    this.#subject = subject;
  }

  has(fact: string): boolean {
    return fact === this.#subject.kind || fact === 'case' || fact === 'time';
  }

  /** Plain data; absent members are absent. */
  get(fact: string): unknown {
    const subject = this.#subject;
    if (fact === 'time') {
      this.#time ??= timeFacts(identityOf(subject).lastSeen);
      return this.#time;
    }
    if (!this.has(fact)) return undefined;
    this.#common ??= commonFacts(subject.kind === 'alert' ? subject.alert : subject.incident);
    if (fact === 'case') {
      const tactics =
        subject.kind === 'alert'
          ? subject.alert.tactics
          : subject.incident.stages.map(({ tactic }) => tactic);
      this.#case ??= { kind: subject.kind, ...this.#common, tactics };
      return this.#case;
    }
    this.#own ??= {
      ...this.#common,
      ...(subject.kind === 'alert' ? alertFacts(subject.alert) : incidentFacts(subject.incident)),
    };
    return this.#own;
  }
}

/** The same as a map, all of them made. */
export function factsOfSubject(subject: PolicyCaseSubject): ReadonlyMap<string, unknown> {
  const own = new OwnFacts(subject);
  return new Map([subject.kind, 'case', 'time'].map((fact) => [fact, own.get(fact)] as const));
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

import type {
  Alert,
  Entity,
  EventRef,
  EventTime,
  Incident,
  Severity,
  Signal,
  Technique,
} from '../model/index.ts';

/** What alerts, incidents and signals have in common, for formats that know one kind of finding. */
export interface Summary {
  readonly kind: 'signal' | 'alert' | 'incident';
  readonly id: string;
  readonly revision: number;
  readonly title: string;
  readonly description?: string;
  /** Id, version and kind of the rule; of an incident its template, where it has one. */
  readonly rule: {
    readonly id: string;
    readonly name?: string;
    readonly title: string;
    readonly version: number;
    readonly kind: string;
  };
  readonly severity: Severity;
  /** 0–1. */
  readonly confidence: number;
  /** 0–100. */
  readonly score: number;
  readonly firstSeen: EventTime;
  readonly lastSeen: EventTime;
  readonly count: number;
  readonly state: string;
  readonly verdict?: string;
  readonly assignee?: string;
  readonly tactics: readonly string[];
  readonly techniques: readonly Technique[];
  readonly entities: readonly Entity[];
  readonly tags: readonly string[];
  readonly remediation: readonly string[];
  readonly events: readonly EventRef[];
}

/** A signal in short; its severity is that of its rule's level alone, capped at high. */
export function signalSummary(signal: Signal): Summary {
  const { rule } = signal;
  return {
    kind: 'signal',
    id: signal.id,
    revision: 1,
    title: rule.title,
    rule,
    severity: rule.level === 'critical' ? 'high' : rule.level,
    confidence: rule.confidence,
    score: signal.score,
    firstSeen: signal.start,
    lastSeen: signal.end,
    count: 1,
    state: 'open',
    tactics: attackTags(rule.tags).filter((tag) => !TECHNIQUE.test(tag)),
    techniques: attackTags(rule.tags)
      .filter((tag) => TECHNIQUE.test(tag))
      .map((tag) => ({ id: tag.toUpperCase() })),
    entities: signal.entities,
    tags: rule.tags,
    remediation: [],
    events: signal.evidence,
  };
}

/** An alert in short. */
export function alertSummary(alert: Alert): Summary {
  return {
    kind: 'alert',
    id: alert.id,
    revision: alert.revision,
    title: alert.title,
    ...(alert.description === undefined ? {} : { description: alert.description }),
    rule: alert.rule,
    severity: alert.severity,
    confidence: alert.confidence,
    score: alert.score,
    firstSeen: alert.firstSeen,
    lastSeen: alert.lastSeen,
    count: alert.count,
    state: alert.state,
    ...(alert.verdict === undefined ? {} : { verdict: alert.verdict }),
    ...(alert.assignee === undefined ? {} : { assignee: alert.assignee }),
    tactics: alert.tactics,
    techniques: alert.techniques,
    entities: alert.entities,
    tags: alert.tags,
    remediation: alert.remediation,
    events: alert.evidence,
  };
}

/** An incident in short; its story is the description. */
export function incidentSummary(incident: Incident): Summary {
  return {
    kind: 'incident',
    id: incident.id,
    revision: incident.revision,
    title: incident.title,
    ...(incident.story.length === 0 ? {} : { description: incident.story.map(({ text }) => text).join(' ') }),
    rule: { id: incident.template ?? 'incident', title: incident.title, version: 1, kind: 'incident' },
    severity: incident.severity,
    confidence: incident.confidence,
    score: incident.score,
    firstSeen: incident.firstSeen,
    lastSeen: incident.lastSeen,
    count: incident.membersTotal,
    state: incident.state,
    ...(incident.verdict === undefined ? {} : { verdict: incident.verdict }),
    ...(incident.assignee === undefined ? {} : { assignee: incident.assignee }),
    tactics: incident.stages.map(({ tactic }) => tactic),
    techniques: [],
    entities: incident.entities,
    tags: incident.tags,
    remediation: incident.remediation,
    events: [],
  };
}

const TECHNIQUE = /^t\d{4}(?:\.\d{3})?$/i;

function attackTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => tag.startsWith('attack.')).map((tag) => tag.slice('attack.'.length));
}

/** The values of entities of one type, in the order of the case; of one role where that is asked. */
export function valuesOf(
  { entities }: Pick<Summary, 'entities'>,
  type: Entity['type'],
  role?: Entity['role'],
): string[] {
  return entities
    .filter((entity) => entity.type === type && (role === undefined || entity.role === role))
    .map(({ value }) => value);
}

/** A text of at most so many UTF-16 units, an ellipsis in the place of what was cut; never half a character. */
export function clip(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const cut = text.slice(0, lengthMax - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

import {
  type Alert,
  type Entity,
  type Incident,
  MICROS_PER_MS,
  type Severity,
  type Signal,
} from '../model/index.ts';
import type { SignalFormat } from './signal-format.ts';
import { alertSummary, incidentSummary, type Summary, signalSummary } from './summary.ts';

/** The version of the Open Cybersecurity Schema Framework that the documents follow. */
export const OCSF_VERSION = '1.5.0';

const CATEGORY_FINDINGS = 2;
const CLASS_DETECTION = 2004;
const CLASS_INCIDENT = 2005;

/** `severity_id`; 5 (critical) and 6 (fatal) are more than a severity of ours says. */
const SEVERITY_ID: Readonly<Record<Severity, number>> = { informational: 1, low: 2, medium: 3, high: 4 };
const SEVERITY_NAME: Readonly<Record<Severity, string>> = {
  informational: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
};

/** `type_id` of an observable. */
const OBSERVABLE: Readonly<Record<Entity['type'], readonly [number, string]>> = {
  user: [4, 'User Name'],
  host: [1, 'Hostname'],
  process: [9, 'Process Name'],
  ip: [2, 'IP Address'],
  domain: [1, 'Hostname'],
  file: [7, 'File Name'],
  hash: [8, 'Hash'],
  url: [6, 'URL String'],
  cloud_resource: [10, 'Resource UID'],
  key: [99, 'key'],
  mailbox: [5, 'Email Address'],
  session: [99, 'session'],
  container: [27, 'Container'],
  service: [99, 'service'],
  registry: [28, 'Registry Key'],
  application: [99, 'application'],
};

/** `status_id` of a Detection Finding, and its caption. */
const ALERT_STATUS: Readonly<Record<Alert['state'], readonly [number, string]>> = {
  open: [1, 'New'],
  acknowledged: [2, 'In Progress'],
  resolved: [4, 'Resolved'],
  dismissed: [3, 'Suppressed'],
};

/** `status_id` of an Incident Finding, and its caption. */
const INCIDENT_STATUS: Readonly<Record<Incident['state'], readonly [number, string]>> = {
  candidate: [1, 'New'],
  open: [1, 'New'],
  active: [2, 'In Progress'],
  contained: [3, 'On Hold'],
  resolved: [4, 'Resolved'],
  archived: [5, 'Closed'],
  redirected: [5, 'Closed'],
  retracted: [5, 'Closed'],
};

const VERDICT_ID: Readonly<Record<string, readonly [number, string]>> = {
  false_positive: [1, 'False Positive'],
  true_positive: [2, 'True Positive'],
  benign: [5, 'Benign'],
};

/**
 * The Open Cybersecurity Schema Framework 1.5.0, one JSON object a line: Detection Finding (2004) for signals and alerts, Incident Finding
 * (2005) for incidents. What the classes have no attribute for stands under `unmapped`.
 */
export function ocsfFormat(productVersion: string): SignalFormat {
  const line = (document: Record<string, unknown>): string => `${JSON.stringify(document)}\n`;
  return {
    name: 'ocsf',
    begin: () => '',
    signal: (signal) => line(signalFinding(signal, productVersion)),
    alert: (alert) => line(alertFinding(alert, productVersion)),
    incident: (incident) => line(incidentFinding(incident, productVersion)),
    end: () => '',
  };
}

/** A signal as a Detection Finding that was just created. */
export function signalFinding(signal: Signal, productVersion: string): Record<string, unknown> {
  const summary = signalSummary(signal);
  return detectionFinding(summary, {
    activity: 1,
    status: [1, 'New'],
    kind: signal.rule.kind,
    values: [...signal.values],
    isAlert: false,
    productVersion,
  });
}

/** A revision of an alert as a Detection Finding. */
export function alertFinding(alert: Alert, productVersion: string): Record<string, unknown> {
  const closed = alert.state === 'resolved' || alert.state === 'dismissed';
  return detectionFinding(alertSummary(alert), {
    activity: closed ? 3 : alert.revision === 1 ? 1 : 2,
    status: alert.suppressed === undefined ? ALERT_STATUS[alert.state] : [3, 'Suppressed'],
    kind: alert.rule.kind,
    values: alert.values,
    isAlert: !closed && alert.suppressed === undefined,
    productVersion,
  });
}

interface DetectionParts {
  readonly activity: 1 | 2 | 3;
  readonly status: readonly [number, string];
  readonly kind: string;
  /** The matched fields. */
  readonly values: Alert['values'];
  readonly isAlert: boolean;
  readonly productVersion: string;
}

function detectionFinding(summary: Summary, parts: DetectionParts): Record<string, unknown> {
  return {
    ...classification(CLASS_DETECTION, parts.activity, summary),
    status_id: parts.status[0],
    status: parts.status[1],
    is_alert: parts.isAlert,
    ...confidence(summary),
    risk_score: Math.round(summary.score),
    finding_info: {
      uid: summary.id,
      title: summary.title,
      ...(summary.description === undefined ? {} : { desc: summary.description }),
      created_time: ms(summary.firstSeen),
      modified_time: ms(summary.lastSeen),
      first_seen_time: ms(summary.firstSeen),
      last_seen_time: ms(summary.lastSeen),
      related_events_count: summary.count,
      analytic: {
        uid: summary.rule.id,
        name: summary.rule.title,
        version: String(summary.rule.version),
        ...(parts.kind === 'baseline' ? { type_id: 3, type: 'Statistical' } : { type_id: 1, type: 'Rule' }),
      },
      attacks: attacksOf(summary),
    },
    evidences: evidencesOf(summary, parts.values),
    resources: resourcesOf(summary),
    observables: observablesOf(summary),
    ...(summary.remediation.length === 0 ? {} : { remediation: { desc: summary.remediation.join('\n') } }),
    ...verdictOf(summary),
    metadata: metadataOf(summary, parts.productVersion),
    unmapped: unmappedOf(summary),
  };
}

/** A revision of an incident as an Incident Finding; its alerts are its list of findings. */
export function incidentFinding(incident: Incident, productVersion: string): Record<string, unknown> {
  const summary = incidentSummary(incident);
  const [statusId, status] = INCIDENT_STATUS[incident.state];
  const closed = statusId >= 4;
  const { members } = incident;
  const findings = members.map((member) => ({
    uid: member.alert,
    title: member.title,
    first_seen_time: ms(member.firstSeen),
    last_seen_time: ms(member.lastSeen),
    related_events_count: member.count,
    analytic: { uid: member.rule, name: member.title, type_id: 1, type: 'Rule' },
    ...(member.tactic === undefined ? {} : { attacks: [{ tactic: { name: member.tactic } }] }),
  }));
  return {
    ...classification(CLASS_INCIDENT, closed ? 3 : incident.revision === 1 ? 1 : 2, summary),
    status_id: statusId,
    status,
    ...confidence(summary),
    impact_score: Math.round(incident.score),
    desc: summary.description ?? incident.title,
    // The list is required: an incident whose alerts are not listed stands for itself.
    finding_info_list: findings.length > 0 ? findings : [{ uid: incident.id, title: incident.title }],
    attacks: attacksOf(summary),
    ...(incident.assignee === undefined
      ? { assignee_group: { name: 'Unassigned' } }
      : { assignee: { name: incident.assignee } }),
    ...verdictOf(summary),
    observables: observablesOf(summary),
    metadata: metadataOf(summary, productVersion),
    unmapped: {
      ...unmappedOf(summary),
      links: incident.links.map(({ from, to, kind, weight, reason }) => ({ from, to, kind, weight, reason })),
      counter: incident.counter,
      change: incident.change,
    },
  };
}

function classification(classUid: number, activity: 1 | 2 | 3, summary: Summary): Record<string, unknown> {
  return {
    activity_id: activity,
    activity_name: ['Create', 'Update', 'Close'][activity - 1],
    category_uid: CATEGORY_FINDINGS,
    category_name: 'Findings',
    class_uid: classUid,
    class_name: classUid === CLASS_INCIDENT ? 'Incident Finding' : 'Detection Finding',
    type_uid: classUid * 100 + activity,
    time: ms(summary.lastSeen),
    start_time: ms(summary.firstSeen),
    end_time: ms(summary.lastSeen),
    severity_id: SEVERITY_ID[summary.severity],
    severity: SEVERITY_NAME[summary.severity],
    message: summary.title,
  };
}

function ms(time: number): number {
  return Math.floor(time / MICROS_PER_MS);
}

function confidence({ confidence: share }: Summary): Record<string, unknown> {
  const [id, name] = share < 0.34 ? [1, 'Low'] : share < 0.67 ? [2, 'Medium'] : [3, 'High'];
  return { confidence_id: id, confidence: name, confidence_score: Math.round(share * 100) };
}

function verdictOf({ verdict }: Summary): Record<string, unknown> {
  const known = verdict === undefined ? undefined : VERDICT_ID[verdict];
  return known === undefined ? {} : { verdict_id: known[0], verdict: known[1] };
}

/** One object a technique; a tactic of which no technique is named stands alone. */
function attacksOf({ tactics, techniques }: Summary): Record<string, unknown>[] {
  const named = techniques.map(({ id, name }) => {
    const [whole = id] = id.split('.');
    const title = name ?? id;
    return id === whole
      ? { technique: { uid: id, name: title } }
      : { technique: { uid: whole, name: whole }, sub_technique: { uid: id, name: title } };
  });
  return [...named, ...tactics.map((tactic) => ({ tactic: { name: tactic } }))];
}

function evidencesOf({ entities, events }: Summary, values: Alert['values']): Record<string, unknown>[] {
  return [
    ...entities.map((entity) => ({ name: `${entity.role} ${entity.type}`, ...artifact(entity) })),
    ...events.map((event) => ({
      name: 'event',
      uid: event.id,
      data: {
        time: ms(event.time),
        ...(event.file === undefined ? {} : { file: event.file }),
        ...(event.line === undefined ? {} : { line: event.line }),
      },
    })),
    ...(values.length === 0 ? [] : [{ name: 'matched fields', data: Object.fromEntries(values) }]),
  ];
}

/** The last part of a path of either kind; the whole where that is empty. */
function baseName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}

/**
 * The attribute of an evidence that fits the entity. An evidence needs at least one of a list of attributes in which containers and resources are
 * missing in some versions of the schema; they stand under `data`, too.
 */
function artifact({ type, role, value }: Entity): Record<string, unknown> {
  switch (type) {
    case 'user':
      return role === 'actor' ? { actor: { user: { name: value } } } : { user: { name: value } };
    case 'host':
      return { device: { hostname: value, type_id: 0 } };
    case 'process':
      // A process needs a number or a producer's identifier; ours is the name by which it is told from others.
      return { process: { name: baseName(value), uid: value } };
    case 'ip':
      return role === 'target' ? { dst_endpoint: { ip: value } } : { src_endpoint: { ip: value } };
    case 'domain':
      return { dst_endpoint: { domain: value } };
    case 'file':
      return { file: { name: baseName(value), path: value, type_id: 0 } };
    case 'url':
      return { url: { url_string: value } };
    case 'container':
      return { container: { name: value }, data: { container: value } };
    case 'mailbox':
      return { user: { email_addr: value } };
    case 'cloud_resource':
      return { resources: [{ uid: value }], data: { cloud_resource: value } };
    case 'hash':
    case 'key':
    case 'session':
    case 'service':
    case 'registry':
    case 'application':
      return { data: { [type]: value } };
    default:
      return type satisfies never;
  }
}

function resourcesOf({ entities }: Summary): Record<string, unknown>[] {
  return entities
    .filter(({ type }) => type === 'host' || type === 'cloud_resource' || type === 'container')
    .map(({ type, value }) => ({ uid: value, name: value, type }));
}

function observablesOf({ entities }: Summary): Record<string, unknown>[] {
  return entities.map(({ type, role, value }) => ({
    name: `entities.${role}.${type}`,
    type_id: OBSERVABLE[type][0],
    type: OBSERVABLE[type][1],
    value,
  }));
}

function metadataOf(summary: Summary, productVersion: string): Record<string, unknown> {
  return {
    version: OCSF_VERSION,
    product: { name: 'Telltale', vendor_name: 'Telltale', version: productVersion },
    uid: `${summary.id}:${summary.revision}`,
    correlation_uid: summary.id,
    labels: summary.tags,
    profiles: ['incident'],
  };
}

function unmappedOf({ kind, revision, state, tags, score, count }: Summary): Record<string, unknown> {
  return { kind, revision, state, tags, score, count };
}

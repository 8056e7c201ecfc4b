import { type Alert, formatTime, type Incident, type Signal } from '../model/index.ts';
import type { SignalFormat } from './signal-format.ts';

/** What a CSV can hold: rows of one kind. */
export type CsvKind = 'signals' | 'alerts' | 'incidents';

const COLUMNS: Readonly<Record<CsvKind, readonly string[]>> = {
  signals: [
    'time',
    'level',
    'title',
    'rule_id',
    'rule_version',
    'score',
    'tags',
    'entities',
    'file',
    'line',
    'event_id',
    'events',
    'signal_id',
  ],
  alerts: [
    'first_seen',
    'last_seen',
    'severity',
    'state',
    'title',
    'count',
    'score',
    'confidence',
    'level',
    'rule_id',
    'rule_version',
    'tactics',
    'techniques',
    'group',
    'entities',
    'remediation',
    'suppressed_by',
    'verdict',
    'revision',
    'alert_id',
  ],
  incidents: [
    'first_seen',
    'last_seen',
    'severity',
    'state',
    'title',
    'score',
    'confidence',
    'stages',
    'alerts',
    'entities',
    'story',
    'remediation',
    'verdict',
    'redirected_to',
    'revision',
    'incident_id',
  ],
};

/**
 * RFC 4180 with a header, CRLF line ends and one row a signal, alert or incident; what is of another kind than the header is left out. The
 * place of a signal is that of its first event, and `events` says how many it rests on. A cell that a spreadsheet would take for a formula
 * gets an apostrophe in front (OWASP, "CSV Injection").
 */
export function csvFormat(kind: CsvKind = 'signals'): SignalFormat {
  const row = (of: CsvKind, cells: readonly string[]): string =>
    of === kind ? `${cells.map(csvCell).join(',')}\r\n` : '';
  return {
    name: 'csv',
    begin: () => `${COLUMNS[kind].join(',')}\r\n`,
    signal: (signal) => row('signals', signalCells(signal)),
    alert: (alert) => row('alerts', alertCells(alert)),
    incident: (incident) => row('incidents', incidentCells(incident)),
    end: () => '',
  };
}

function signalCells(signal: Signal): readonly string[] {
  const first = signal.evidence[0];
  return [
    formatTime(signal.end, signal.endNs),
    signal.rule.level,
    signal.rule.title,
    signal.rule.id,
    String(signal.rule.version),
    String(signal.score),
    signal.rule.tags.join(' '),
    entitiesText(signal.entities),
    first?.file ?? '',
    first?.line === undefined ? '' : String(first.line),
    first?.id ?? '',
    String(signal.evidence.length),
    signal.id,
  ];
}

function alertCells(alert: Alert): readonly string[] {
  return [
    formatTime(alert.firstSeen),
    formatTime(alert.lastSeen),
    alert.severity,
    alert.state,
    alert.title,
    String(alert.count),
    String(alert.score),
    String(alert.confidence),
    alert.level,
    alert.rule.id,
    String(alert.rule.version),
    alert.tactics.join(' '),
    alert.techniques.map(({ id }) => id).join(' '),
    alert.group.map(([name, value]) => `${name}=${String(value)}`).join(' '),
    entitiesText(alert.entities),
    alert.remediation.join('\n'),
    alert.suppressed?.by ?? '',
    alert.verdict ?? '',
    String(alert.revision),
    alert.id,
  ];
}

function incidentCells(incident: Incident): readonly string[] {
  return [
    formatTime(incident.firstSeen),
    formatTime(incident.lastSeen),
    incident.severity,
    incident.state,
    incident.title,
    String(incident.score),
    String(incident.confidence),
    incident.stages.map(({ tactic }) => tactic).join(' '),
    String(incident.membersTotal),
    entitiesText(incident.entities),
    incident.story.map(({ time, text }) => `${formatTime(time)} ${text}`).join('\n'),
    incident.remediation.join('\n'),
    incident.verdict ?? '',
    incident.redirectedTo ?? '',
    String(incident.revision),
    incident.id,
  ];
}

function entitiesText(entities: Signal['entities']): string {
  return entities.map(({ type, value }) => `${type}:${value}`).join(' ');
}

/** One cell: guarded against formulas, quoted where it holds a quote, a comma, or a line end. */
export function csvCell(text: string): string {
  const guarded = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

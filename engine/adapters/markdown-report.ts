import { type Alert, formatTime, type Incident, type ScoreTerm } from '../model/index.ts';
import { contextOf, joinsOf, marksOf, numberedOf, refusedOf, shareText, strongestOf } from './case-view.ts';
import { mermaidGraph } from './mermaid.ts';
import { printable } from './printable.ts';
import type { SignalFormat } from './signal-format.ts';
import { alertSummary, clip, incidentSummary, type Summary, signalSummary } from './summary.ts';

const TEXT_MAX = 2000;
const ROWS_MAX = 200;

/**
 * A report in Markdown (CommonMark with tables): one section a finding, incidents with stages, story, graph and reasons. Texts of events are escaped,
 * so that nothing in them becomes markup, HTML or a link.
 */
export function markdownFormat(): SignalFormat {
  return {
    name: 'markdown',
    begin: () => '# Findings\n',
    signal: (signal) => section(signalSummary(signal), []),
    alert: (alert) => section(alertSummary(alert), alertParts(alert)),
    incident: (incident) => section(incidentSummary(incident), incidentParts(incident)),
    end: () => '',
  };
}

/** A text in which nothing is markup: on one line, what HTML knows as entities, every other ASCII punctuation that could be markup escaped. */
export function markdownText(text: string): string {
  return printable(clip(text.replace(/[\r\n\t]+/g, ' '), TEXT_MAX)).replace(
    /[\\`*_{}[\]()<>#+\-.!|~&:@=$^"]/g,
    (char) => ENTITIES[char] ?? `\\${char}`,
  );
}

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };

function section(summary: Summary, parts: readonly string[]): string {
  const facts: readonly (readonly [string, string])[] = [
    ['Severity', summary.severity],
    ['Confidence', shareText(summary.confidence)],
    ['Score', String(Math.round(summary.score))],
    ['State', [summary.state, summary.verdict].filter((one) => one !== undefined).join(', ')],
    ['First seen', formatTime(summary.firstSeen)],
    ['Last seen', formatTime(summary.lastSeen)],
    ['Count', String(summary.count)],
    ['Tactics', summary.tactics.join(', ')],
    [
      'Techniques',
      summary.techniques.map(({ id, name }) => (name === undefined ? id : `${id} ${name}`)).join(', '),
    ],
    ['Assigned to', summary.assignee ?? ''],
    ['Id', `${summary.id} revision ${summary.revision}`],
  ];
  const rows = facts.filter(([, value]) => value !== '').map(([name, value]) => row([name, value]));
  const entities = table(
    ['Entity', 'Type', 'Role'],
    summary.entities.map(({ type, role, value }) => [value, type, role]),
  );
  const steps = summary.remediation.map((step, i) => `${i + 1}. ${markdownText(step)}\n`).join('');
  return [
    `\n## ${markdownText(summary.title)}\n`,
    summary.description === undefined || parts.length > 0 ? '' : `${markdownText(summary.description)}\n`,
    `| ${summary.kind} | |\n| --- | --- |\n${rows.join('')}`,
    ...parts,
    summary.entities.length === 0 ? '' : `### Entities\n\n${entities}`,
    steps === '' ? '' : `### What to do\n\n${steps}`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function alertParts(alert: Alert): string[] {
  const parts = [alert.description === undefined ? '' : `${markdownText(alert.description)}\n`];
  parts.push(...termParts(alert.terms));
  if (alert.values.length > 0) {
    const rows = alert.values.map(([field, value]) => [field, JSON.stringify(value)]);
    parts.push(`### Matched fields\n\n${table(['Field', 'Value'], rows)}`);
  }
  if (alert.evidence.length > 0) {
    const rows = alert.evidence.map((event) => [
      formatTime(event.time, event.timeNs),
      event.file === undefined ? event.id : `${event.file}:${event.line ?? ''}`,
    ]);
    parts.push(`### Events\n\n${table(['Time', 'Event'], rows)}`);
  }
  return parts;
}

function incidentParts(incident: Incident): string[] {
  const parts: string[] = [];
  const story = incident.story
    .map(({ time, text }) => `- ${formatTime(time)}: ${markdownText(text)}\n`)
    .join('');
  if (story !== '') parts.push(`### Story\n\n${story}`);
  const stages = incident.stages.map(({ title, firstSeen, alerts, score }) => [
    title,
    formatTime(firstSeen),
    String(alerts.length),
    String(score),
  ]);
  if (stages.length > 0) parts.push(`### Stages\n\n${table(['Stage', 'Since', 'Alerts', 'Score'], stages)}`);
  const numbered = numberedOf(incident);
  const alerts = numbered.map(({ mark, member: { firstSeen, title, count, severity } }) => [
    mark,
    formatTime(firstSeen),
    title,
    String(count),
    severity,
  ]);
  if (alerts.length > 0)
    parts.push(`### Alerts\n\n${table(['No.', 'Time', 'Alert', 'Count', 'Severity'], alerts)}`);
  const context = contextOf(incident).map(({ title, reason, members }) => [
    title,
    String(members.length),
    reason,
  ]);
  if (context.length > 0)
    parts.push(`### Around it, not part of the score\n\n${table(['Alert', 'Alerts', 'Why'], context)}`);
  const joins = joinsOf(incident);
  const mark = marksOf(incident);
  const strongest = strongestOf(incident);
  const why = numbered.map(({ mark: own, member }) => {
    const join = joins.get(member.alert);
    const joined =
      member === strongest
        ? 'the strongest evidence'
        : join === undefined
          ? ''
          : `${mark(join.to)} by ${join.link.kind.replaceAll('_', ' ')} ${join.link.weight.toFixed(2)}: ${join.link.reason}`;
    return [own, member.reason, joined];
  });
  if (why.length > 0) parts.push(`### Why each part belongs\n\n${table(['No.', 'Why', 'Joined to'], why)}`);
  if (incident.links.length > 0) parts.push(`\`\`\`mermaid\n${mermaidGraph(incident)}\`\`\`\n`);
  parts.push(...termParts(incident.terms));
  const against = [
    ...incident.counter.map(({ reason, factor }) => [reason, `confidence times ${factor}`]),
    ...refusedOf(incident).map(({ reason, other }) => [reason, `not joined: ${other.slice(0, 8)}`]),
  ];
  if (against.length > 0) parts.push(`### What speaks against it\n\n${table(['Reason', 'Effect'], against)}`);
  const approximated = incident.approximations.map((line) => `- ${markdownText(line)}\n`).join('');
  if (approximated !== '') parts.push(`### What was approximated\n\n${approximated}`);
  const next = incident.next.map((line) => `- ${markdownText(line)}\n`).join('');
  if (next !== '') parts.push(`### What may come next\n\n${next}`);
  return parts;
}

function termParts(terms: readonly ScoreTerm[]): string[] {
  if (terms.length === 0) return [];
  const rows = terms.map(({ name, operation, value, after, reason }) => [
    name,
    `${operation} ${value}`,
    String(after),
    reason,
  ]);
  return [`### How the figures came about\n\n${table(['Term', 'Change', 'After', 'Reason'], rows)}`];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = rows.slice(0, ROWS_MAX).map(row).join('');
  const more = rows.length > ROWS_MAX ? `\n${rows.length - ROWS_MAX} more are not shown.\n` : '';
  return `${row(head)}| ${head.map(() => '---').join(' | ')} |\n${shown}${more}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(markdownText).join(' | ')} |\n`;
}

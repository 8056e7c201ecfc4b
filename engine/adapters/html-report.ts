import { type Alert, formatTime, type Incident, type ScoreTerm } from '../model/index.ts';
import { graphOf } from './case-graph.ts';
import { printable } from './printable.ts';
import type { SignalFormat } from './signal-format.ts';
import { alertSummary, clip, incidentSummary, type Summary, signalSummary } from './summary.ts';

const TEXT_MAX = 4000;
const ROWS_MAX = 500;

/**
 * A report as one HTML file: no script, no font, picture or style from elsewhere, and a content security policy that would forbid any. Every text is
 * escaped; what would turn the reading direction is shown as a code.
 */
export function htmlFormat(): SignalFormat {
  return {
    name: 'html',
    begin: () => HEAD,
    signal: (signal) => section(signalSummary(signal), []),
    alert: (alert) => section(alertSummary(alert), alertParts(alert)),
    incident: (incident) => section(incidentSummary(incident), incidentParts(incident)),
    end: () => '</main>\n</body>\n</html>\n',
  };
}

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --high: #c5221f; --medium: #b06000; --low: #1a73a8; --informational: #5f6368; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.15rem; margin: 0; }
h3 { font-size: .8rem; margin: 1.2rem 0 .3rem; text-transform: uppercase; letter-spacing: .06em; opacity: .75; }
section { border: 1px solid var(--line); border-left: 6px solid var(--tone); border-radius: 6px; padding: 1rem 1.25rem; margin: 0 0 1.25rem; }
section.high { --tone: var(--high); } section.medium { --tone: var(--medium); }
section.low { --tone: var(--low); } section.informational { --tone: var(--informational); }
.badge { display: inline-block; padding: 0 .5rem; border-radius: 1rem; background: var(--tone); color: #fff; font-size: .8rem; }
.meta { opacity: .8; font-size: .85rem; margin: .25rem 0 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; opacity: .8; white-space: nowrap; }
ol, ul { margin: .3rem 0; padding-left: 1.3rem; }
time { font-variant-numeric: tabular-nums; white-space: nowrap; }
.chain { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; list-style: none; padding: 0; }
.chain li { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: .25rem .6rem; }
.chain li + li::before { content: '→'; margin-left: -1.25rem; margin-right: .7rem; opacity: .5; }
.chain { column-gap: 1.6rem; }
@media print { section { break-inside: avoid; } }
`;

const HEAD = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Telltale report</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Telltale report</h1>
`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as HTML: nothing in it is markup, an attribute's end, or a control character. */
export function htmlText(text: string): string {
  return printable(clip(text.replace(/[\r\n\t]+/g, ' '), TEXT_MAX)).replace(
    /[&<>"']/g,
    (char) => ENTITIES[char] ?? '',
  );
}

function section(summary: Summary, parts: readonly string[]): string {
  const facts = [
    summary.kind,
    `score ${summary.score}`,
    `confidence ${Math.round(summary.confidence * 100)} %`,
    [summary.state, summary.verdict].filter((one) => one !== undefined).join(', '),
    `${summary.count} ${summary.kind === 'incident' ? 'alert' : 'signal'}${summary.count === 1 ? '' : 's'}`,
    ...(summary.assignee === undefined ? [] : [`assigned to ${summary.assignee}`]),
  ];
  const description = summary.kind === 'incident' ? undefined : summary.description;
  return `<section class="${summary.severity}" id="f-${htmlText(summary.id.replace(/[^\w-]/g, ''))}">
<h2>${htmlText(summary.title)} <span class="badge">${summary.severity}</span></h2>
<p class="meta">${facts.map(htmlText).join(' · ')}<br>${timeText(summary.firstSeen)} – ${timeText(summary.lastSeen)}<br>${htmlText(`${summary.id} revision ${summary.revision}`)}</p>
${description === undefined ? '' : `<p>${htmlText(description)}</p>\n`}${parts.join('')}${block(
  'Entities',
  table(
    ['Entity', 'Type', 'Role'],
    summary.entities.map(({ type, role, value }) => [htmlText(value), type, role]),
  ),
)}${block('ATT&CK', chips([...summary.tactics, ...summary.techniques.map(({ id, name }) => (name === undefined ? id : `${id} ${name}`))]))}${block('What to do', list('ol', summary.remediation))}</section>
`;
}

function alertParts(alert: Alert): string[] {
  const events = alert.evidence.map((event) => [
    timeText(event.time, event.timeNs),
    htmlText(event.file === undefined ? event.id : `${event.file}:${event.line ?? ''}`),
  ]);
  return [terms(alert.terms), block('Events', table(['Time', 'Event'], events))];
}

function incidentParts(incident: Incident): string[] {
  const story = incident.story
    .map(({ time, text }) => `<li>${timeText(time)} ${htmlText(text)}</li>`)
    .join('');
  const alerts = incident.members.map(({ firstSeen, title, tactic, count, severity }) => [
    timeText(firstSeen),
    htmlText(title),
    htmlText(tactic ?? ''),
    String(count),
    severity,
  ]);
  const { nodes, edges } = graphOf(incident);
  const labels = new Map(nodes.map(({ id, label }) => [id, label] as const));
  const joins = edges.map(({ from, to, label }) => [
    htmlText(labels.get(from) ?? from),
    htmlText(label),
    htmlText(labels.get(to) ?? to),
  ]);
  const links = incident.links.map(({ kind, weight, reason }) => [
    kind.replaceAll('_', ' '),
    weight.toFixed(2),
    htmlText(reason),
  ]);
  const against = [
    ...incident.counter.map(({ reason, factor }) => [htmlText(reason), `confidence times ${factor}`]),
    ...incident.refused.map(({ reason, from, to }) => [
      htmlText(reason),
      htmlText(`not joined: ${to === incident.id ? from : to}`),
    ]),
  ];
  return [
    block(
      'Stages',
      incident.stages.length === 0
        ? ''
        : `<ol class="chain">${incident.stages.map(({ title }) => `<li>${htmlText(title)}</li>`).join('')}</ol>\n`,
    ),
    block('Story', story === '' ? '' : `<ol>${story}</ol>\n`),
    block('Alerts', table(['Time', 'Alert', 'Tactic', 'Count', 'Severity'], alerts)),
    block('Why they belong together', table(['Link', 'Weight', 'Reason'], links)),
    block('Graph', table(['From', 'Link', 'To'], joins)),
    block('What speaks against it', table(['Reason', 'Effect'], against)),
    terms(incident.terms),
    block('What may come next', list('ul', incident.next)),
    block('Approximations', list('ul', incident.approximations)),
  ];
}

function terms(list: readonly ScoreTerm[]): string {
  const rows = list.map(({ name, operation, value, after, reason }) => [
    htmlText(name),
    `${operation} ${value}`,
    String(after),
    htmlText(reason),
  ]);
  return block('How the figures came about', table(['Term', 'Change', 'After', 'Reason'], rows));
}

function timeText(time: Alert['firstSeen'], nanos = 0): string {
  const text = formatTime(time, nanos);
  return `<time datetime="${text}">${text.replace('T', ' ')}</time>`;
}

function block(title: string, content: string): string {
  return content === '' ? '' : `<h3>${htmlText(title)}</h3>\n${content}`;
}

/** Cells are HTML already. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const body = rows
    .slice(0, ROWS_MAX)
    .map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>\n`)
    .join('');
  const more =
    rows.length > ROWS_MAX ? `<p class="meta">${rows.length - ROWS_MAX} more are not shown.</p>\n` : '';
  return `<table>\n<tr>${head.map((cell) => `<th>${htmlText(cell)}</th>`).join('')}</tr>\n${body}</table>\n${more}`;
}

function list(tag: 'ol' | 'ul', items: readonly string[]): string {
  return items.length === 0
    ? ''
    : `<${tag}>${items.map((item) => `<li>${htmlText(item)}</li>`).join('')}</${tag}>\n`;
}

function chips(items: readonly string[]): string {
  return items.length === 0 ? '' : `<p>${items.map(htmlText).join(' · ')}</p>\n`;
}

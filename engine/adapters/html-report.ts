import { type Alert, formatTime, type Incident, type ScoreTerm, tacticTitle } from '../model/index.ts';
import { contextOf, joinsOf, marksOf, numberedOf, refusedOf, shareText, strongestOf } from './case-view.ts';
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
  const written = new Set<string>();
  return {
    name: 'html',
    begin: () => HEAD,
    signal: (signal) => section(signalSummary(signal), []),
    alert: (alert) => {
      written.add(alert.id);
      return section(alertSummary(alert), alertParts(alert));
    },
    incident: (incident) => section(incidentSummary(incident), incidentParts(incident, written)),
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
.chain li:not(:last-child)::after { content: '→'; position: absolute; right: -1.3rem; opacity: .5; }
.chain li { position: relative; }
.chain { column-gap: 1.6rem; }
.mark { white-space: nowrap; }
a { color: inherit; }
@media print { main { max-width: none; padding: 0; } tr, h2, h3 { break-inside: avoid; break-after: auto; } h2, h3 { break-after: avoid; } .badge { color: inherit; background: none; border: 1px solid; } }
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
    `score ${Math.round(summary.score)}`,
    `confidence ${shareText(summary.confidence)}`,
    [summary.state, summary.verdict].filter((one) => one !== undefined).join(', '),
    `${summary.count} ${summary.kind === 'incident' ? 'alert' : 'signal'}${summary.count === 1 ? '' : 's'}`,
    ...(summary.assignee === undefined ? [] : [`assigned to ${summary.assignee}`]),
  ];
  const description = summary.kind === 'incident' ? undefined : summary.description;
  return `<section class="${summary.severity}" id="${anchorOf(summary.id)}" aria-labelledby="${anchorOf(summary.id)}-title">
<h2 id="${anchorOf(summary.id)}-title">${htmlText(summary.title)} <span class="badge">${summary.severity}</span></h2>
<p class="meta">${facts.map(htmlText).join(' · ')}<br>${timeText(summary.firstSeen)} – ${timeText(summary.lastSeen)}<br>${htmlText(`${summary.id} revision ${summary.revision}`)}</p>
${description === undefined ? '' : `<p>${htmlText(description)}</p>\n`}${parts.join('')}${block(
  'Entities',
  table(
    ['Entity', 'Type', 'Role'],
    summary.entities.map(({ type, role, value }) => [htmlText(value), type, role]),
  ),
)}${block('ATT&CK', chips([...summary.tactics, ...summary.techniques.map(({ id, name }) => (name === undefined ? id : `${id} ${name}`))]))}${summary.kind === 'incident' ? '' : todo(summary.remediation)}</section>
`;
}

function alertParts(alert: Alert): string[] {
  const events = alert.evidence.map((event) => [
    timeText(event.time, event.timeNs),
    htmlText(event.file === undefined ? event.id : `${event.file}:${event.line ?? ''}`),
  ]);
  const fields = alert.values.map(([field, value]) => [htmlText(field), htmlText(JSON.stringify(value))]);
  return [
    block('Matched fields', table(['Field', 'Value'], fields)),
    terms(alert.terms),
    block('Events', table(['Time', 'Event'], events)),
  ];
}

/** An alert whose section stands above is linked to it. */
function incidentParts(incident: Incident, written: ReadonlySet<string>): string[] {
  const story = incident.story
    .map(({ time, text }) => `<li>${timeText(time)} ${htmlText(text)}</li>`)
    .join('');
  const numbered = numberedOf(incident);
  const alerts = numbered.map(({ mark, member }) => [
    markText(mark),
    timeText(member.firstSeen),
    written.has(member.alert)
      ? `<a href="#${anchorOf(member.alert)}">${htmlText(member.title)}</a>`
      : htmlText(member.title),
    member.tactic === undefined ? '' : htmlText(tacticTitle(member.tactic)),
    String(member.count),
    member.severity,
  ]);
  const around = contextOf(incident).map(({ title, reason, members }) => [
    htmlText(title),
    String(members.length),
    htmlText(reason),
  ]);
  const joins = joinsOf(incident);
  const mark = marksOf(incident);
  const strongest = strongestOf(incident);
  const why = numbered.map(({ mark: own, member }) => {
    const join = joins.get(member.alert);
    const [to, link] =
      member === strongest
        ? ['', 'the strongest evidence: the others are joined to it']
        : join === undefined
          ? ['', 'no kept link leads from it to the strongest evidence']
          : [
              markText(mark(join.to)),
              `${join.link.kind.replaceAll('_', ' ')} ${join.link.weight.toFixed(2)}: ${join.link.reason}`,
            ];
    return [markText(own), htmlText(member.reason), to, htmlText(link)];
  });
  const against = [
    ...incident.counter.map(({ reason, factor }) => [htmlText(reason), `confidence times ${factor}`]),
    ...refusedOf(incident).map(({ reason, other }) => [
      htmlText(reason),
      htmlText(`not joined: ${other.slice(0, 8)}`),
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
    // What to do comes before the proof of it: whoever is called at night reads from above.
    todo(incident.remediation),
    block('What may come next', list('ul', incident.next)),
    block('Alerts', table(['No.', 'Time', 'Alert', 'Tactic', 'Count', 'Severity'], alerts)),
    block('Around it, not part of the score', table(['Alert', 'Alerts', 'Why'], around)),
    block('Why each part belongs', table(['No.', 'Why', 'Joined to', 'By'], why)),
    block('What speaks against it', table(['Reason', 'Effect'], against)),
    terms(incident.terms),
    block('Approximations', list('ul', incident.approximations)),
  ];
}

function todo(steps: readonly string[]): string {
  return block('What to do', list('ol', steps));
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

function markText(mark: string): string {
  return `<span class="mark">${htmlText(mark)}</span>`;
}

/** The anchor of a finding. */
function anchorOf(id: string): string {
  return `f-${id.replace(/[^\w-]/g, '')}`;
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
  return `<table>\n<thead><tr>${head.map((cell) => `<th scope="col">${htmlText(cell)}</th>`).join('')}</tr></thead>\n<tbody>\n${body}</tbody></table>\n${more}`;
}

function list(tag: 'ol' | 'ul', items: readonly string[]): string {
  return items.length === 0
    ? ''
    : `<${tag}>${items.map((item) => `<li>${htmlText(item)}</li>`).join('')}</${tag}>\n`;
}

function chips(items: readonly string[]): string {
  return items.length === 0 ? '' : `<p>${items.map(htmlText).join(' · ')}</p>\n`;
}

import { isIP } from 'node:net';
import { formatTime, type Severity } from '../model/index.ts';
import { printable } from './printable.ts';
import type { SignalFormat } from './signal-format.ts';
import { clip, type Summary, valuesOf } from './summary.ts';
import { summaryFormat } from './summary-format.ts';

/** From 1 to 10. */
const SEVERITY: Readonly<Record<Severity, number>> = { informational: 1, low: 3, medium: 6, high: 9 };
const VALUE_MAX = 4000;

/**
 * IBM Log Event Extended Format 2.0, one line a finding, attributes parted by tabs (the format's default, named in the header).
 * The format has no escape: a tab or a line end inside a value becomes a space, a bar inside the header a broken bar (¦). Other control
 * characters, and those that turn the reading direction, are shown as `\u{…}`. Values longer than 4000 units are cut with an ellipsis.
 */
export function leefFormat(productVersion: string): SignalFormat {
  return summaryFormat('leef', (summary) => `${leefLine(summary, productVersion)}\n`);
}

function leefLine(summary: Summary, productVersion: string): string {
  const header = ['LEEF:2.0', 'Telltale', 'Telltale', productVersion, summary.rule.id, 'x09'];
  return `${header.map(headerText).join('|')}|${attributesOf(summary)}`;
}

function attributesOf(summary: Summary): string {
  const address = (role: 'source' | 'target'): string | undefined =>
    summary.entities.find(
      (entity) =>
        entity.type === 'ip' && (entity.role === 'target') === (role === 'target') && isIP(entity.value) > 0,
    )?.value;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['cat', summary.kind],
    ['devTime', formatTime(summary.lastSeen).replace(/(\.\d{3})\d*Z$/, '$1Z')],
    ['devTimeFormat', "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"],
    ['sev', String(SEVERITY[summary.severity])],
    ['title', summary.title],
    ['src', address('source')],
    ['dst', address('target')],
    ['usrName', valuesOf(summary, 'user')[0]],
    ['identHostName', valuesOf(summary, 'host')[0]],
    ['domain', valuesOf(summary, 'domain')[0]],
    ['url', valuesOf(summary, 'url')[0]],
    ['resource', valuesOf(summary, 'cloud_resource')[0]],
    ['findingId', summary.id],
    ['revision', String(summary.revision)],
    ['state', summary.state],
    ['verdict', summary.verdict],
    ['assignee', summary.assignee],
    ['severity', summary.severity],
    ['confidence', summary.confidence.toFixed(4)],
    ['score', String(summary.score)],
    ['count', String(summary.count)],
    ['firstSeen', formatTime(summary.firstSeen)],
    ['tactics', summary.tactics.join(' ')],
    ['techniques', summary.techniques.map(({ id }) => id).join(' ')],
    ['entities', summary.entities.map(({ type, value }) => `${type}:${value}`).join(' ')],
    ['tags', summary.tags.join(' ')],
    ['description', summary.description],
  ];
  return pairs
    .flatMap(([key, value]) =>
      value === undefined || value === '' ? [] : [`${key}=${attributeText(value)}`],
    )
    .join('\t');
}

function headerText(text: string): string {
  return attributeText(text).replaceAll('|', '¦');
}

function attributeText(text: string): string {
  return printable(clip(text, VALUE_MAX).replace(/[\t\r\n]+/g, ' '));
}

import { isIP } from 'node:net';
import { formatTime, MICROS_PER_MS, type Severity } from '../model/index.ts';
import { printable } from './printable.ts';
import type { SignalFormat } from './signal-format.ts';
import { clip, type Summary, valuesOf } from './summary.ts';
import { summaryFormat } from './summary-format.ts';

/** From 0 to 10, in the middle of the words that the format gives them (Low 0–3, Medium 4–6, High 7–8). */
const SEVERITY: Readonly<Record<Severity, number>> = { informational: 1, low: 3, medium: 5, high: 8 };
const HEADER_MAX = 512;
const VALUE_MAX = 1023;
const CUSTOM_MAX = 4000;

/**
 * ArcSight Common Event Format, version 0, one line a finding (Implementing ArcSight CEF, revision 25). In the header a backslash and a bar
 * are escaped, in the extension a backslash and an equals sign, and line ends are written `\n` and `\r`. Other control characters, and
 * those that turn the reading direction, are shown as `\u{…}`. Values longer than their key allows are cut with an ellipsis.
 */
export function cefFormat(productVersion: string): SignalFormat {
  return summaryFormat('cef', (summary) => `${cefLine(summary, productVersion)}\n`);
}

function cefLine(summary: Summary, productVersion: string): string {
  const header = ['CEF:0', 'Telltale', 'Telltale', productVersion, summary.rule.id, summary.title];
  const severity = String(SEVERITY[summary.severity]);
  return `${header.map(headerText).join('|')}|${severity}|${extensionOf(summary)}`;
}

function extensionOf(summary: Summary): string {
  const { entities } = summary;
  const [actor] = valuesOf(summary, 'user', 'actor');
  const [targetUser] = valuesOf(summary, 'user', 'target');
  const [host] = valuesOf(summary, 'host', 'actor');
  const [targetHost] = valuesOf(summary, 'host', 'target');
  const address = entities.find(({ type, role }) => type === 'ip' && role !== 'target')?.value;
  const target = entities.find(({ type, role }) => type === 'ip' && role === 'target')?.value;
  const pairs: readonly (readonly [string, string | undefined, number?])[] = [
    ['rt', String(Math.floor(summary.lastSeen / MICROS_PER_MS))],
    ['start', String(Math.floor(summary.firstSeen / MICROS_PER_MS))],
    ['end', String(Math.floor(summary.lastSeen / MICROS_PER_MS))],
    ['cnt', String(summary.count)],
    ['externalId', summary.id],
    ['cat', summary.kind],
    ['act', summary.state],
    ['suser', actor],
    ['duser', targetUser],
    ['shost', host],
    ['dhost', targetHost],
    ...addressPairs(address, 'src', ['c6a2', 'Source IPv6 Address']),
    ...addressPairs(target, 'dst', ['c6a3', 'Destination IPv6 Address']),
    ['fname', valuesOf(summary, 'file')[0]],
    ['fileHash', valuesOf(summary, 'hash')[0]],
    ['sproc', valuesOf(summary, 'process')[0]],
    ['request', valuesOf(summary, 'url')[0]],
    ['destinationDnsDomain', valuesOf(summary, 'domain')[0]],
    ...custom(1, 'Tactics', summary.tactics.join(' ')),
    ...custom(2, 'Techniques', summary.techniques.map(({ id }) => id).join(' ')),
    ...custom(3, 'Entities', entities.map(({ type, value }) => `${type}:${value}`).join(' ')),
    ...custom(4, 'Tags', summary.tags.join(' ')),
    ...custom(5, 'Revision', `${summary.revision} at ${formatTime(summary.lastSeen)}`),
    ...custom(6, 'Rule', `${summary.rule.kind} ${summary.rule.id} version ${summary.rule.version}`),
    ['cfp1', summary.confidence.toFixed(4)],
    ['cfp1Label', 'Confidence'],
    ['cfp2', String(summary.score)],
    ['cfp2Label', 'Score'],
    ['reason', summary.verdict],
    ['msg', summary.description],
  ];
  return pairs
    .flatMap(([key, value, lengthMax = VALUE_MAX]) =>
      value === undefined || value === '' ? [] : [`${key}=${extensionText(value, lengthMax)}`],
    )
    .join(' ');
}

/** `src` and `dst` take IPv4 addresses only; the others have keys of their own. */
function addressPairs(
  address: string | undefined,
  key: string,
  [six, label]: readonly [string, string],
): (readonly [string, string])[] {
  if (address === undefined) return [];
  if (isIP(address) === 4) return [[key, address]];
  return isIP(address) === 6
    ? [
        [six, address],
        [`${six}Label`, label],
      ]
    : [];
}

function custom(n: number, label: string, value: string): (readonly [string, string, number?])[] {
  return value === ''
    ? []
    : [
        [`cs${n}`, value, CUSTOM_MAX],
        [`cs${n}Label`, label],
      ];
}

function headerText(text: string): string {
  return printable(clip(text.replace(/[\r\n]+/g, ' '), HEADER_MAX)).replace(/[\\|]/g, '\\$&');
}

function extensionText(text: string, lengthMax: number): string {
  return clip(text, lengthMax)
    .split(/(\r|\n)/)
    .map((part) =>
      part === '\n' ? '\\n' : part === '\r' ? '\\r' : printable(part).replace(/[\\=]/g, '\\$&'),
    )
    .join('');
}

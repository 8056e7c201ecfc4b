import { formatTime } from '../../model/index.ts';
import { printable } from '../printable.ts';
import { clip, type Summary } from '../summary.ts';
import { counted, headline } from './slack-message.ts';

const COLOUR = { informational: 'Default', low: 'Accent', medium: 'Warning', high: 'Attention' } as const;
/** A card of more than 28 KB is refused; titles and entities are clipped so that a full digest stays far below. */
const TITLE_MAX = 200;

/** A message with an Adaptive Card 1.4 for a Teams workflow or connector: one finding whole, or several as a digest with counts. */
export function teamsMessage(findings: readonly Summary[]): unknown {
  const body: unknown[] =
    findings.length > 1
      ? [{ type: 'TextBlock', text: counted(findings), weight: 'Bolder', size: 'Large', wrap: true }]
      : [];
  for (const one of findings) {
    body.push({
      type: 'TextBlock',
      text: plain(headline(one), TITLE_MAX),
      weight: 'Bolder',
      color: COLOUR[one.severity],
      wrap: true,
    });
    body.push({ type: 'FactSet', facts: facts(one) });
    if (findings.length > 1) continue;
    if (one.description !== undefined && one.description !== '')
      body.push({ type: 'TextBlock', text: plain(one.description, 1000), wrap: true });
    for (const step of one.remediation.slice(0, 5))
      body.push({ type: 'TextBlock', text: `- ${plain(step, 200)}`, wrap: true });
  }
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body,
        },
      },
    ],
  };
}

function facts(one: Summary): readonly { readonly title: string; readonly value: string }[] {
  const entities = one.entities.slice(0, 6).map(({ type, value }) => `${type} ${clip(value, 60)}`);
  return [
    { title: 'Severity', value: `${one.severity}, confidence ${one.confidence.toFixed(2)}` },
    { title: 'Seen', value: `${one.count}×, last ${formatTime(one.lastSeen)}` },
    ...(entities.length === 0 ? [] : [{ title: 'Entities', value: plain(entities.join(', '), 400) }]),
    { title: 'Id', value: one.id },
  ];
}

/** Cards take a part of Markdown: what steers it is escaped. */
function plain(text: string, lengthMax: number): string {
  return printable(clip(text, lengthMax))
    .replace(/[\\*_[\]()#`>~]/g, '\\$&')
    .replaceAll('<', '‹');
}

import { formatTime } from '../../model/index.ts';
import { printable } from '../printable.ts';
import { clip, type Summary } from '../summary.ts';

/** Slack's limits: a header has 150 characters, a section 3000, a message 50 blocks. */
const HEADER_MAX = 150;
const SECTION_MAX = 3000;
const ENTITIES_MAX = 10;
const MARK = { informational: '⚪', low: '🔵', medium: '🟠', high: '🔴' } as const;

/** A message of Block Kit for an incoming webhook: one finding whole, or several as a digest with counts. */
export function slackMessage(findings: readonly Summary[]): unknown {
  const [only] = findings;
  if (only === undefined) return { text: 'Telltale: nothing' };
  const title = findings.length === 1 ? headline(only) : counted(findings);
  return {
    text: escaped(clip(title, SECTION_MAX / 8)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: clip(title, HEADER_MAX), emoji: true } },
      ...(findings.length === 1
        ? whole(only)
        : findings.map((one) => section(`*${escaped(clip(headline(one), 300))}*\n${facts(one)}`))),
    ],
  };
}

/** How many of which severity. */
export function counted(findings: readonly Summary[]): string {
  const counts = (['high', 'medium', 'low', 'informational'] as const).flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  return `${findings.length} findings: ${counts.join(', ')}`;
}

/** A finding in one line. */
export function headline({ severity, kind, title, state, revision }: Summary): string {
  const news = revision === 1 ? '' : ` (${state}, revision ${revision})`;
  return `${MARK[severity]} ${kind}: ${printable(clip(title, 400).replace(/\s+/g, ' '))}${news}`;
}

function whole(one: Summary): readonly unknown[] {
  return [
    section(facts(one)),
    ...(one.description === undefined || one.description === ''
      ? []
      : [section(escaped(printable(clip(one.description, 500))))]),
    ...(one.remediation.length === 0
      ? []
      : [
          section(
            `*What to do*\n${one.remediation
              .slice(0, 5)
              .map((step) => `• ${escaped(printable(clip(step, 90)))}`)
              .join('\n')}`,
          ),
        ]),
    {
      type: 'context',
      elements: [{ type: 'plain_text', text: clip(`${one.id} · rule ${printable(one.rule.id)}`, 300) }],
    },
  ];
}

function facts(one: Summary): string {
  const entities = one.entities
    .slice(0, ENTITIES_MAX)
    .map(({ type, value }) => escaped(printable(`${type} ${clip(value, 60)}`)))
    .join(', ');
  const more = one.entities.length > ENTITIES_MAX ? ` and ${one.entities.length - ENTITIES_MAX} more` : '';
  const attack = one.tactics.length === 0 ? '' : `\n${escaped(clip(one.tactics.join(', '), 200))}`;
  return `severity ${one.severity} · confidence ${one.confidence.toFixed(2)} · ${one.count}× · ${formatTime(one.lastSeen)}${entities === '' ? '' : `\n${entities}${more}`}${attack}`;
}

/** Slack cuts off no section: a longer one is refused. Escapes are never cut, as parts are clipped before they are escaped. */
function section(text: string): unknown {
  return { type: 'section', text: { type: 'mrkdwn', text: text.slice(0, SECTION_MAX) } };
}

/** `&`, `<` and `>` steer Slack's markup, and mention people; stars, underscores, tildes and backticks style it, so a zero-width joiner parts them. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[*_~`]/g, '\u2060$&\u2060');
}

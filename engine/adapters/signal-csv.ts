import { formatTime } from '../model/index.ts';
import type { SignalFormat } from './signal-format.ts';

const COLUMNS = [
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
] as const;

/**
 * RFC 4180 with a header, CRLF line ends and one row a signal; its place is that of its first event, and `events` says how many it
 * rests on. A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV Injection").
 */
export function csvFormat(): SignalFormat {
  return {
    name: 'csv',
    begin: () => `${COLUMNS.join(',')}\r\n`,
    signal: (signal) => {
      const first = signal.evidence[0];
      const cells: readonly string[] = [
        formatTime(signal.end, signal.endNs),
        signal.rule.level,
        signal.rule.title,
        signal.rule.id,
        String(signal.rule.version),
        String(signal.score),
        signal.rule.tags.join(' '),
        signal.entities.map((e) => `${e.type}:${e.value}`).join(' '),
        first?.file ?? '',
        first?.line === undefined ? '' : String(first.line),
        first?.id ?? '',
        String(signal.evidence.length),
        signal.id,
      ];
      return `${cells.map(csvCell).join(',')}\r\n`;
    },
    end: () => '',
  };
}

/** One cell: guarded against formulas, quoted where it holds a quote, a comma, or a line end. */
export function csvCell(text: string): string {
  const guarded = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

import { isPlain } from './plain.ts';
import { visible } from './render-finding.ts';

/** An alert or incident in one line for people. What it holds cannot steer the terminal. */
export function caseLine(record: Readonly<Record<string, unknown>>): string {
  const entities = record['entities'];
  const about = (Array.isArray(entities) ? entities : [])
    .filter(isPlain)
    .slice(0, 3)
    .map(({ value }) => String(value))
    .join(', ');
  const count = record['kind'] === 'alert' ? `${text(record, 'count')}×` : `score ${text(record, 'score')}`;
  const muted = isPlain(record['suppressed']) ? ` [muted by ${text(record['suppressed'], 'by')}]` : '';
  const columns = [
    text(record, 'lastSeen').slice(0, 19).replace('T', ' '),
    text(record, 'severity').padEnd(13),
    text(record, 'state').padEnd(12),
    text(record, 'id'),
    `${text(record, 'title')} (${count}; ${about})${muted}`,
  ];
  return visible(columns.join('  ').replaceAll(/[\n\t]/g, ' '));
}

function text(record: Readonly<Record<string, unknown>>, key: string): string {
  const value = record[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

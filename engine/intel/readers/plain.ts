import type { FeedSink } from '../indicator.ts';
import { type FeedOptions, type FeedReading, Reading } from './reading.ts';

/**
 * Reads a list of one value a line: blank lines and comments (`#`, `;`, `//`, also after the value) are passed over, and of a line of a hosts
 * file (`0.0.0.0 name`) the names are taken. Types are told by shape.
 */
export function readPlain(text: string, sink: FeedSink, options: FeedOptions): FeedReading {
  const reading = new Reading(sink, options);
  let line = 0;
  for (let from = text.startsWith('\ufeff') ? 1 : 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    line++;
    takeLine(text.slice(from, end).trim(), line, reading);
    from = end + 1;
  }
  return reading.end();
}

function takeLine(row: string, line: number, reading: Reading): void {
  if (row === '' || row.startsWith('#') || row.startsWith(';') || row.startsWith('//')) return;
  const value = /[\s;]/.test(row) ? row.replace(/(?:\s+(?:#|\/\/)|\s*;).*$/, '') : row;
  const hosts = /^(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+(.+)$/.exec(value);
  if (hosts === null) {
    reading.take(value, undefined, { line });
    return;
  }
  for (const name of (hosts[1] ?? '').split(/\s+/)) {
    if (name !== 'localhost' && name !== '0.0.0.0') reading.take(name, 'domain', { line });
  }
}

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
  const value = withoutRemark(row);
  const hosts = /^(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+(.+)$/.exec(value);
  if (hosts === null) {
    reading.take(value, undefined, { line });
    return;
  }
  for (const name of (hosts[1] ?? '').split(/\s+/)) {
    if (name !== 'localhost' && name !== '0.0.0.0') reading.take(name, 'domain', { line });
  }
}

const BLANK = /\s/;

/**
 * The row up to a remark: a `;`, or a `#` or `//` behind a blank. In one pass from the left: an expression for blanks before a remark is tried
 * anew at each blank of a long run.
 */
function withoutRemark(row: string): string {
  for (let at = 0; at < row.length; at++) {
    const letter = row[at] ?? '';
    const opens = letter === '#' || (letter === '/' && row[at + 1] === '/');
    if (letter === ';' || (opens && at > 0 && BLANK.test(row[at - 1] ?? '')))
      return row.slice(0, at).trimEnd();
  }
  return row;
}

import { nearest } from '../../diagnostic/index.ts';
import type { IndicatorType } from '../../model/index.ts';
import type { FeedSink } from '../indicator.ts';
import { confidenceOf, type FeedOptions, type FeedReading, given, Reading, timeOf } from './reading.ts';
import { typeWord } from './type-word.ts';

/** Which columns hold what, by the names of the header. */
export interface CsvColumns {
  readonly value: string;
  /** A column that says the type (`ip:port`, `sha256_hash`, `domain` …); without it, `fixedType` or the value's shape. */
  readonly type?: string;
  readonly fixedType?: IndicatorType;
  readonly confidence?: string;
  readonly lastSeen?: string;
  readonly validUntil?: string;
  /** The header where the file has none. */
  readonly header?: readonly string[];
  /** A comma where absent. */
  readonly delimiter?: string;
}

/**
 * Reads a table (RFC 4180) by columns. Comments are passed over, and the last one before the first row is the header where it names the
 * column of the values, as abuse.ch writes it.
 */
export function readCsv(
  text: string,
  sink: FeedSink,
  options: FeedOptions & { readonly columns: CsvColumns },
): FeedReading {
  const reading = new Reading(sink, options);
  const { columns } = options;
  const delimiter = columns.delimiter ?? ',';
  let header: readonly string[] | undefined = columns.header?.map((name) => name.toLowerCase());
  let comment: readonly string[] = [];
  for (const { text: row, line } of rowsOf(text)) {
    if (row.trim() === '') continue;
    if (row.startsWith('#')) {
      comment = cellsOf(row.slice(1).trim(), delimiter).map((cell) => cell.trim().toLowerCase());
      if (header === undefined && comment.includes(columns.value.toLowerCase())) header = comment;
      continue;
    }
    const cells = cellsOf(row, delimiter);
    if (header === undefined) {
      header = cells.map((cell) => cell.trim().toLowerCase());
      if (missing(header, columns, { reading, line })) return reading.end();
      continue;
    }
    takeRow(cells, columns, { header, reading, line });
  }
  return reading.end();
}

interface RowPlace {
  readonly header: readonly string[];
  readonly reading: Reading;
  readonly line: number;
}

/** TT6604 for each column that the header lacks. */
function missing(
  header: readonly string[],
  columns: CsvColumns,
  of: { readonly reading: Reading; readonly line: number },
): boolean {
  const wanted = [columns.value, columns.type, columns.confidence, columns.lastSeen, columns.validUntil];
  const absent = wanted.filter(
    (name): name is string => name !== undefined && !header.includes(name.toLowerCase()),
  );
  for (const name of absent) {
    const near = nearest(name, header);
    of.reading.bad('TT6604', `there is no column "${name}"`, {
      line: of.line,
      hint: `${near === undefined ? '' : `did you mean ${near}? `}columns are ${header.join(', ')}`,
    });
  }
  return absent.length > 0;
}

function takeRow(cells: readonly string[], columns: CsvColumns, { header, reading, line }: RowPlace): void {
  const cell = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : cells[header.indexOf(name.toLowerCase())]?.trim();
  const word = cell(columns.type);
  const type = word === undefined ? columns.fixedType : typeWord(word);
  if (word !== undefined && type === undefined) {
    reading.bad('TT6601', `"${word}" is no type of indicator that is known here`, { line });
    return;
  }
  const raw = cell(columns.value) ?? '';
  // ThreatFox and others write an address with its port.
  const value = type === 'ip' ? raw.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1') : raw;
  reading.take(value, type === 'ip' && value.includes('/') ? 'cidr' : type, {
    line,
    ...given({
      confidence: confidenceOf(cell(columns.confidence)),
      lastSeen: timeOf(cell(columns.lastSeen)),
      validUntil: timeOf(cell(columns.validUntil)),
    }),
  });
}

/** Cuts into rows; a line end inside quotes belongs to the cell. */
function* rowsOf(text: string): Iterable<{ readonly text: string; readonly line: number }> {
  let line = 1;
  for (let from = text.startsWith('\ufeff') ? 1 : 0; from < text.length; ) {
    const first = line;
    let end = from;
    let quoted = false;
    const comment = text.charCodeAt(from) === 0x23;
    for (; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      if (unit === 0x22 && !comment) quoted = !quoted;
      else if (unit === 0x0a) {
        line++;
        if (!quoted) break;
      }
    }
    const row = text.slice(from, end);
    yield { text: row.endsWith('\r') ? row.slice(0, -1) : row, line: first };
    from = end + 1;
  }
}

function cellsOf(row: string, delimiter: string): readonly string[] {
  const cells: string[] = [];
  for (let at = 0; ; ) {
    // abuse.ch puts a blank between delimiter and quote.
    let from = at;
    while (row[from] === ' ') from++;
    if (row[from] === '"') {
      let cell = '';
      let end = from + 1;
      for (; end < row.length; end++) {
        if (row[end] !== '"') cell += row[end];
        else if (row[end + 1] === '"') cell += row[++end];
        else break;
      }
      cells.push(cell);
      at = row.indexOf(delimiter, end);
    } else {
      const end = row.indexOf(delimiter, at);
      cells.push(end < 0 ? row.slice(at) : row.slice(at, end));
      at = end;
    }
    if (at < 0) return cells;
    at += delimiter.length;
  }
}

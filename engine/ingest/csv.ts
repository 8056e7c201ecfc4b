import { detectEncoding } from './framing-head.ts';
import type { Mapping } from './mapping.ts';

/** A table in a text file, as a mapping describes it. */
export interface CsvDocument {
  /** The columns that are read; a header with all of them makes a file one of these. Other columns are never read. */
  readonly columns: readonly string[];
  /** A comma where absent. */
  readonly delimiter?: string;
}

/** One row: the cells of the columns that are read, by name; empty cells are left out. */
export interface CsvRow {
  readonly record: Readonly<Record<string, string>>;
  /** Where the row begins, from 1. */
  readonly line: number;
  /**
   * Tells the row from every other of the file: its cells, and which of the rows with the very same cells it is. So two alike rows are two
   * records, whatever the order of the rows.
   */
  readonly key: string;
}

/** A header is looked for in so much of a file. */
const HEADER_MAX = 16_384;
/** A cell longer than this ends where it stands: a quote that is never closed must not swallow a file. */
const CELL_MAX = 262_144;
/** Rows that are remembered, to count those alike, in each of two generations. */
const ALIKE_MAX = 2_000_000;

/** The mapping whose columns the file's header has; undefined where it is no table of any. `head` is the beginning of the file. */
export function csvMapping(mappings: readonly Mapping[], head: Uint8Array): Mapping | undefined {
  const described = mappings.filter(({ csv }) => csv !== undefined);
  if (described.length === 0) return undefined;
  const text = new TextDecoder(detectEncoding(head)).decode(head.subarray(0, HEADER_MAX));
  const line = text.replace(/^\ufeff/, '').split(/\r?\n/, 1)[0] ?? '';
  return described.find(({ csv }) => {
    if (csv === undefined) return false;
    const header = headerOf(line, csv.delimiter ?? ',');
    return csv.columns.every((column) => header.includes(column));
  });
}

function headerOf(line: string, delimiter: string): readonly string[] {
  const cutter = new CellCutter(delimiter);
  return (cutter.push(`${line}\n`)[0]?.cells ?? []).map((cell) => cell.trim());
}

/**
 * Reads a table (RFC 4180, with any delimiter and with either line end) that comes in chunks. Rows that are shorter than the header have no
 * cell there; blank lines are passed over. Memory: one row, and 16 bytes or so for each of the last few million rows.
 */
export class CsvReader {
  readonly #csv: CsvDocument;
  readonly #cutter: CellCutter;
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  /** By column of the file: its name, where it is read. */
  #names: readonly (string | undefined)[] | undefined;
  #alike = new Map<number, number>();
  #older = new Map<number, number>();

  constructor(csv: CsvDocument) {
    this.#csv = csv;
    this.#cutter = new CellCutter(csv.delimiter ?? ',');
  }

  push(chunk: Uint8Array): readonly CsvRow[] {
    this.#decoder ??= new TextDecoder(detectEncoding(chunk));
    return this.#rows(this.#cutter.push(this.#decoder.decode(chunk, { stream: true })));
  }

  end(): readonly CsvRow[] {
    const rest = this.#decoder?.decode() ?? '';
    return this.#rows([...this.#cutter.push(rest), ...this.#cutter.end()]);
  }

  #rows(lines: readonly CutRow[]): readonly CsvRow[] {
    const rows: CsvRow[] = [];
    for (const { cells, line } of lines) {
      if (this.#names === undefined) {
        const { columns } = this.#csv;
        this.#names = cells.map((cell) => columns.find((column) => column === cell.trim()));
        continue;
      }
      if (cells.length === 1 && cells[0] === '') continue;
      rows.push(this.#row(cells, line, this.#names));
    }
    return rows;
  }

  #row(cells: readonly string[], line: number, names: readonly (string | undefined)[]): CsvRow {
    const read: (readonly [string, string])[] = [];
    let key = '';
    names.forEach((name, i) => {
      const cell = cells[i];
      if (name === undefined || cell === undefined || cell === '') return;
      read.push([name, cell]);
      key += `${name}=${cell.length}:${cell}\n`;
    });
    const nth = this.#nth(key);
    return { record: Object.fromEntries(read), line, key: nth === 1 ? key : `${key}#${nth}` };
  }

  /** Which of the rows with these cells it is, from 1. */
  #nth(key: string): number {
    const hash = hash53(key);
    const nth = (this.#alike.get(hash) ?? this.#older.get(hash) ?? 0) + 1;
    if (this.#alike.size >= ALIKE_MAX) {
      this.#older = this.#alike;
      this.#alike = new Map();
    }
    this.#alike.set(hash, nth);
    return nth;
  }
}

interface CutRow {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Cuts text that comes in pieces into rows of cells. */
class CellCutter {
  readonly #delimiter: string;
  #rest = '';
  #line = 1;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  push(text: string): readonly CutRow[] {
    const all = this.#rest === '' ? text : this.#rest + text;
    const rows: CutRow[] = [];
    let at = this.#line === 1 && all.startsWith('\ufeff') ? 1 : 0;
    for (;;) {
      const row = this.#cut(all, at, false);
      if (row === undefined) break;
      rows.push({ cells: row.cells, line: this.#line });
      this.#line += row.lines;
      at = row.end;
    }
    this.#rest = all.slice(at);
    return rows;
  }

  end(): readonly CutRow[] {
    if (this.#rest === '') return [];
    const row = this.#cut(this.#rest, 0, true);
    this.#rest = '';
    return row === undefined ? [] : [{ cells: row.cells, line: this.#line }];
  }

  /** One row from `from`; undefined where its end is still to come. */
  #cut(
    text: string,
    from: number,
    last: boolean,
  ): { readonly cells: readonly string[]; readonly end: number; readonly lines: number } | undefined {
    const newline = text.indexOf('\n', from);
    const plainEnd = newline < 0 ? text.length : newline;
    const quote = text.indexOf('"', from);
    if (quote < 0 || quote > plainEnd) {
      if (newline < 0 && !last) return undefined;
      if (newline < 0 && from >= text.length) return undefined;
      const line = text.slice(from, text.charAt(plainEnd - 1) === '\r' ? plainEnd - 1 : plainEnd);
      return { cells: line.split(this.#delimiter), end: plainEnd + 1, lines: 1 };
    }
    return this.#cutQuoted(text, from, last);
  }

  #cutQuoted(
    text: string,
    from: number,
    last: boolean,
  ): { readonly cells: readonly string[]; readonly end: number; readonly lines: number } | undefined {
    const cells: string[] = [];
    let at = from;
    let lines = 0;
    for (;;) {
      let cell = '';
      if (text.charAt(at) === '"') {
        at++;
        for (;;) {
          const close = text.indexOf('"', at);
          const open = close < 0;
          if (open && !last && text.length - at < CELL_MAX) return undefined;
          const to = open ? text.length : close;
          const part = text.slice(at, to);
          cell += part;
          lines += part.split('\n').length - 1;
          at = to + 1;
          if (open || text.charAt(at) !== '"') break;
          cell += '"';
          at++;
        }
      }
      // What stands outside quotes, or behind them, is taken as it is.
      let to = at;
      while (to < text.length && text[to] !== '\n' && text[to] !== this.#delimiter) to++;
      if (to >= text.length && !last) return undefined;
      const rest = text.slice(at, to);
      cells.push(cell + (rest.endsWith('\r') && text[to] !== this.#delimiter ? rest.slice(0, -1) : rest));
      at = to + 1;
      if (text[to] !== this.#delimiter) return { cells, end: at, lines: lines + 1 };
    }
  }
}

/** A hash of 53 bits: two multiplicative ones (FNV-1a and one of another prime) side by side. Rows of one hash count as alike. */
function hash53(text: string): number {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
    b ^= b >>> 15;
  }
  return (a >>> 0) * 0x20_0000 + ((b >>> 0) & 0x1f_ffff);
}

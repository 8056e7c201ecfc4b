import { type Cell, DatabaseTrouble, type Row } from './database.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Columns that hold texts, as a statement is to ask for them: as bytes. The driver ends the whole process at a text whose bytes are not UTF-8, which one
 * flipped bit makes of it; bytes can be looked at first.
 */
export function texts(...columns: readonly string[]): string {
  return columns.map((column) => `CAST(${column} AS BLOB)`).join(', ');
}

/** The text in a column that was asked for by `texts`. */
export function text(row: Row, column: number): string {
  const cell = row[column];
  if (!(cell instanceof Uint8Array)) throw unexpected('a text', cell);
  try {
    return UTF8.decode(cell);
  } catch (error) {
    throw new DatabaseTrouble('corrupt', { cause: error });
  }
}

/** The number in a column. */
export function number(row: Row, column: number): number {
  const cell = row[column];
  if (typeof cell !== 'number') throw unexpected('a number', cell);
  return cell;
}

/** The bytes in a column. */
export function bytes(row: Row, column: number): Uint8Array {
  const cell = row[column];
  if (!(cell instanceof Uint8Array)) throw unexpected('bytes', cell);
  return cell;
}

function unexpected(what: string, cell: Cell | undefined): DatabaseTrouble {
  return new DatabaseTrouble('corrupt', {
    cause: new Error(`the database holds ${typeof cell} where ${what} was written`),
  });
}

import { type Cell, DatabaseTrouble, type Row } from './database.ts';

/** The text in a column. */
export function text(row: Row, column: number): string {
  const cell = row[column];
  if (typeof cell !== 'string') throw unexpected('a text', cell);
  return cell;
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

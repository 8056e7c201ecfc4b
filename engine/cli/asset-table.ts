import { isPlain } from './plain.ts';

/** The columns of an inventory as a table: `match` is needed; `type` is `host` where absent; tags are parted by semicolons or blanks. */
const COLUMNS = ['type', 'match', 'criticality', 'owner', 'environment', 'tags', 'since'];

/**
 * An inventory of assets from a table with a header (RFC 4180), as the content of a facts file. Columns of other names become attributes of the
 * asset. What is wrong with the values is said by whoever reads the facts.
 */
export function assetsFromCsv(text: string): {
  readonly assets: readonly Readonly<Record<string, unknown>>[];
} {
  const [header = [], ...rows] = rowsOf(text);
  const names = header.map((name) => name.trim());
  const assets = rows.map((cells) => {
    const given = names
      .map((name, i) => [name, (cells[i] ?? '').trim()] as const)
      .filter(([, cell]) => cell !== '');
    const known = given.filter(([name]) => COLUMNS.includes(name));
    const attributes = given.filter(([name]) => !COLUMNS.includes(name));
    return {
      type: 'host',
      ...Object.fromEntries(known.map(([name, cell]) => [name, name === 'tags' ? listIn(cell) : cell])),
      ...(attributes.length === 0 ? {} : { attributes: Object.fromEntries(attributes) }),
    };
  });
  return { assets: assets.filter(isPlain) };
}

/** The columns of a directory as a table: `user` is needed; aliases and tags are parted by semicolons or blanks. */
const PERSON_COLUMNS = ['user', 'aliases', 'department', 'role', 'manager', 'peers', 'tags'];

/** A directory of people and accounts from a table with a header (RFC 4180), as the content of a facts file. Columns of other names are passed over: directories have many. */
export function identitiesFromCsv(text: string): {
  readonly identities: readonly Readonly<Record<string, unknown>>[];
} {
  const [header = [], ...rows] = rowsOf(text);
  const names = header.map((name) => name.trim());
  return {
    identities: rows.map((cells) =>
      Object.fromEntries(
        names.flatMap((name, i) => {
          const cell = (cells[i] ?? '').trim();
          if (cell === '' || !PERSON_COLUMNS.includes(name)) return [];
          return [[name, name === 'aliases' || name === 'tags' ? listIn(cell) : cell] as const];
        }),
      ),
    ),
  };
}

function listIn(cell: string): readonly string[] {
  return cell.split(/[;\s]+/).filter((part) => part !== '');
}

/** Rows of cells; quotes hold delimiters and line ends. Blank rows are passed over. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/y;
  cell.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (found === null) break;
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] !== ',') {
      rows.push(row);
      row = [];
    }
  }
  if (row.length > 0) rows.push(row);
  return rows.filter((cells) => cells.some((text_) => text_.trim() !== ''));
}

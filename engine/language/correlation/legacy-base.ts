import { sha256 } from '../../model/index.ts';
import { ownValue, type PlainMap } from '../document.ts';

/** A Sigma 1 rule with an aggregation, as Sigma 2 documents, and what of it could not be kept as it was. */
export interface LegacyImport {
  /** The detections, then the correlation: plain documents to be written as YAML, one behind the other. */
  readonly documents: readonly PlainMap[];
  /** One sentence for each thing that had to be chosen or was lost. */
  readonly report: readonly string[];
}

/** What an import works on. */
export interface Context {
  readonly document: PlainMap;
  readonly detection: PlainMap;
  readonly timespan: string;
  readonly report: string[];
  readonly logsourceOf: (selection: string) => unknown;
}

/** A detection with the selections that the condition speaks of, and their logsource. */
export function baseOf(
  { document, detection, logsourceOf }: Context,
  { name, condition }: { readonly name: string; readonly condition: string },
): PlainMap {
  const kept = Object.entries(detection).filter(
    ([key]) => key !== 'condition' && key !== 'timeframe' && mentions(condition, key),
  );
  const sources = new Set(kept.map(([key]) => logsourceOf(key)));
  const [own] = sources;
  const author = ownValue(document, 'author');
  const date = ownValue(document, 'date');
  return {
    title: `${titleOf(document)} (${name})`,
    id: idOf(name),
    name,
    ...(author === undefined ? {} : { author }),
    ...(date === undefined ? {} : { date }),
    logsource: (sources.size === 1 ? own : undefined) ?? ownValue(document, 'logsource') ?? {},
    detection: { ...Object.fromEntries(kept), condition },
    level: 'informational',
  };
}

function mentions(condition: string, name: string): boolean {
  return condition.split(/[\s()]+/).some((word) => {
    if (word === name || word.toLowerCase() === 'them') return true;
    if (!word.includes('*')) return false;
    const [head = '', ...rest] = word.split('*');
    return name.startsWith(head) && name.endsWith(rest.at(-1) ?? '');
  });
}

/** The correlation takes over everything that is said about the rule as a whole. */
export function correlationOf(document: PlainMap, correlation: PlainMap): PlainMap {
  const kept = Object.entries(document).filter(
    ([key]) => key !== 'logsource' && key !== 'detection' && key !== 'status',
  );
  return { ...Object.fromEntries(kept), status: 'experimental', correlation };
}

function titleOf(document: PlainMap): string {
  const title = ownValue(document, 'title');
  return typeof title === 'string' ? title : 'Rule';
}

/** A name made of the title, and of the id where there is one: many rules begin alike. */
export function nameOf(document: PlainMap): string {
  const words = titleOf(document)
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? ['rule'];
  const id = ownValue(document, 'id');
  const own =
    typeof id === 'string'
      ? [
          id
            .toLowerCase()
            .replace(/[^a-z0-9]/g, '')
            .slice(0, 8),
        ]
      : [];
  return [...words.slice(0, 6), ...own].join('_');
}

/** A UUID of version 8 (RFC 9562) made of a name: the same import gives the same ids. */
function idOf(name: string): string {
  const hex = sha256(`sigma-legacy ${name}`);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-');
}

import { ANY_LOGSOURCE, type EntitySpec, type EventLogsource, type Logsource } from '../model/index.ts';
import type { AlertDocument } from './alert-spec.ts';
import type { ClassDocument, FieldTable, Mapping } from './mapping.ts';

/** Texts longer than this never tell a class: they count as "other". */
export const DISCRIMINATOR_LENGTH_MAX = 256;

/**
 * The kind of an event within its schema, told by its discriminators: what the matcher compiles a program for.
 * Everything here depends on the class alone, never on one event.
 */
export interface EventClass {
  /** Unique: the schema and the discriminator texts. */
  readonly key: string;
  /** Id of the mapping; `unknown` where none recognised the record. */
  readonly schema: string;
  readonly logsource: EventLogsource;
  /**
   * Sigma fields whose text is the same for every event of the class: a field of the class's events always has exactly this text. One that
   * the mapping gives as a constant has no paths.
   */
  readonly constants: ReadonlyMap<string, string>;
  /**
   * Raw paths of a Sigma field name (or of a raw path) in the order to try; the first present one is the field's value.
   * Cached within the class up to `FIELDS_MAX` names.
   */
  paths(field: string): readonly string[];
  readonly timePaths: readonly string[];
  readonly idPaths: readonly string[];
  readonly entities: readonly EntitySpec[];
  /** Where the events are alerts of another product: the product's name, and how they are read. */
  readonly alert?: AlertDocument & { readonly product: string };
}

const FIELDS_MAX = 4096;
const NO_PATHS: readonly string[] = [];

/** The class of records that no mapping recognises: every field is its own raw path. */
export function unknownClass(logsource: 'any' | Logsource, entities: readonly EntitySpec[]): EventClass {
  const paths = new Map<string, readonly string[]>();
  return {
    key: 'unknown',
    schema: 'unknown',
    logsource: logsource === 'any' ? ANY_LOGSOURCE : only(logsource),
    constants: new Map(),
    paths: (field) => remember(paths, field, () => [field]),
    timePaths: UNKNOWN_TIME_PATHS,
    idPaths: [],
    entities,
  };
}

/** Where the time of an unrecognised record is looked for, best first. */
const UNKNOWN_TIME_PATHS: readonly string[] = [
  '@timestamp',
  'timestamp',
  'eventTime',
  'event_time',
  'time',
  'ts',
  'TimeCreated',
  'EventTime',
  'TimeGenerated',
  'CreationTime',
  'UtcTime',
  'datetime',
  'date',
  'Timestamp',
  'created_at',
  'published',
];

function only(logsource: Logsource): EventLogsource {
  return {
    products: logsource.product === undefined ? [] : [logsource.product.toLowerCase()],
    categories: logsource.category === undefined ? [] : [logsource.category.toLowerCase()],
    services: logsource.service === undefined ? [] : [logsource.service.toLowerCase()],
  };
}

/**
 * The texts as the class sees them: "other" (undefined) for what is too long or not among a discriminator's known values.
 * Classes are equal exactly where these are.
 */
export function knownTexts(
  mapping: Mapping,
  texts: readonly (string | undefined)[],
): readonly (string | undefined)[] {
  return mapping.discriminatorSpecs.map((spec, i) => {
    const text = texts[i];
    if (text === undefined || text.length > DISCRIMINATOR_LENGTH_MAX) return undefined;
    return spec.values === undefined || spec.values.includes(text) ? text : undefined;
  });
}

/** Builds the class of a mapping for discriminator texts that `knownTexts` has been applied to. Cost: O(rows of the mapping). */
export function buildClass(
  mapping: Mapping,
  texts: readonly (string | undefined)[],
  defaults: readonly EntitySpec[],
): EventClass {
  const rows = mapping.classes.filter((row) => rowApplies(row, mapping, texts));
  const tables = [...rows.flatMap((row) => (row.fields ? [row.fields] : [])), mapping.fields];
  const given = new Map(rows.flatMap((row) => Object.entries(row.constants ?? {})).reverse());
  const alert = rows.find((row) => row.alert !== undefined)?.alert ?? mapping.alert;
  const cache = new Map<string, readonly string[]>();
  const paths = (field: string) =>
    remember(cache, field, () => (given.has(field) ? NO_PATHS : expand(field, tables, mapping)));
  return {
    key: `${mapping.id} ${JSON.stringify(texts.map((text) => text ?? null))}`,
    schema: mapping.id,
    logsource: mergeLogsource(mapping, rows),
    constants: new Map([...constantsOf(mapping, texts, paths), ...given]),
    paths,
    timePaths: mapping.timePaths,
    idPaths: mapping.idPaths,
    entities: mergeEntities([...rows.flatMap((row) => row.entities ?? []), ...mapping.entities, ...defaults]),
    ...(alert === undefined ? {} : { alert: { ...alert, product: alert.product ?? mapping.id } }),
  };
}

function rowApplies(row: ClassDocument, mapping: Mapping, texts: readonly (string | undefined)[]): boolean {
  return Object.entries(row.when).every(([name, values]) => {
    const at = mapping.discriminatorSpecs.findIndex((spec) => spec.name === name);
    const text = at < 0 ? undefined : texts[at]?.toLowerCase();
    return values.some((value) => valueHolds(value.toLowerCase(), text));
  });
}

function valueHolds(value: string, text: string | undefined): boolean {
  if (value === '-') return text === undefined;
  if (text === undefined) return false;
  const from = value.startsWith('*') ? 1 : 0;
  const to = value.endsWith('*') ? value.length - 1 : value.length;
  const part = value.slice(from, to);
  if (from > 0) return to < value.length ? text.includes(part) : text.endsWith(part);
  return to < value.length ? text.startsWith(part) : text === part;
}

function mergeLogsource(mapping: Mapping, rows: readonly ClassDocument[]): EventLogsource {
  const of = (kind: 'categories' | 'services') => [
    ...new Set([...(mapping.logsource[kind] ?? []), ...rows.flatMap((row) => row.logsource?.[kind] ?? [])]),
  ];
  const own = rows.flatMap((row) => row.logsource?.products ?? []);
  const products = own.length > 0 ? [...new Set(own)] : (mapping.logsource.products ?? []);
  return { products, categories: of('categories'), services: of('services') };
}

/** A discriminator's field is constant where it reads exactly the discriminator's paths, because both take the first present one. */
function constantsOf(
  mapping: Mapping,
  texts: readonly (string | undefined)[],
  paths: (field: string) => readonly string[],
): ReadonlyMap<string, string> {
  const constants = new Map<string, string>();
  mapping.discriminatorSpecs.forEach((spec, i) => {
    const text = texts[i];
    if (text === undefined || spec.field === undefined) return;
    const read = paths(spec.field);
    if (read.length === spec.paths.length && read.every((path, at) => path === spec.paths[at])) {
      constants.set(spec.field, text);
    }
  });
  return constants;
}

function expand(field: string, tables: readonly FieldTable[], mapping: Mapping): readonly string[] {
  const table = tables.find((one) => Object.hasOwn(one, field));
  const names = table?.[field] ?? [field];
  const paths = new Set<string>();
  for (const name of names) {
    const own = Object.hasOwn(mapping.paths, name) ? mapping.paths[name] : undefined;
    const found = own ?? mapping.lookup.map((template) => fill(template, name));
    for (const path of found) paths.add(path);
  }
  return [...paths];
}

function fill(template: string, name: string): string {
  if (!template.includes('{c') && !template.includes('{p')) return template.split('{}').join(name);
  const camel = name.split('.').map(decapitalise).join('.');
  const pascal = camel.charAt(0).toUpperCase() + camel.slice(1);
  return template.split('{camel}').join(camel).split('{pascal}').join(pascal).split('{}').join(name);
}

function decapitalise(key: string): string {
  return key.charAt(0).toLowerCase() + key.slice(1);
}

function mergeEntities(specs: readonly EntitySpec[]): readonly EntitySpec[] {
  const merged = new Map<
    string,
    { type: EntitySpec['type']; role: EntitySpec['role']; fields: Set<string> }
  >();
  const taken = new Set<string>();
  for (const { type, role, fields } of specs) {
    const key = `${type} ${role}`;
    const into = merged.get(key) ?? { type, role, fields: new Set<string>() };
    for (const field of fields) {
      // The more particular table comes first: a field it gave a role keeps that role.
      if (taken.has(`${type} ${field}`)) continue;
      taken.add(`${type} ${field}`);
      into.fields.add(field);
    }
    merged.set(key, into);
  }
  return [...merged.values()]
    .filter((spec) => spec.fields.size > 0)
    .map(({ type, role, fields }) => ({ type, role, fields: [...fields] }));
}

function remember(
  cache: Map<string, readonly string[]>,
  field: string,
  make: () => readonly string[],
): readonly string[] {
  const known = cache.get(field);
  if (known !== undefined) return known;
  const made = make();
  if (cache.size < FIELDS_MAX) cache.set(field, made);
  return made;
}

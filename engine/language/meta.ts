import {
  duration,
  ENTITY_ROLES,
  ENTITY_TYPES,
  type EntitySpec,
  LEVELS,
  type Level,
  parseDuration,
  RULE_MODES,
  type RuleMeta,
  STATUSES,
  type Status,
  type Suppression,
} from '../model/index.ts';
import { isPlainMap, ownValue, type PlainMap, type RuleDocument } from './document.ts';

/** The level of a rule that names none. */
export const LEVEL_DEFAULT: Level = 'medium';

/** The status of a rule that names none: nobody has claimed more for it. */
export const STATUS_DEFAULT: Status = 'experimental';

// What share of a rule's firings is malicious is learnt from verdicts later; until then authors' levels are the only hint: they call
// `critical` what "borders certainty" and `informational` what should raise no alert at all (Sigma specification 2.1, "Level").
const CONFIDENCE_BY_LEVEL: Readonly<Record<Level, number>> = {
  informational: 0.05,
  low: 0.15,
  medium: 0.3,
  high: 0.55,
  critical: 0.8,
};

const CONFIDENCE_FACTOR: Readonly<Record<Status, number>> = {
  stable: 1.15,
  test: 1,
  experimental: 0.8,
  deprecated: 0.7,
  unsupported: 0.5,
};

/** The confidence of a rule that states none: by its level, raised or lowered by how far its status says it is tested. Two decimals. */
export function defaultConfidence(level: Level, status: Status): number {
  return Math.round(CONFIDENCE_BY_LEVEL[level] * CONFIDENCE_FACTOR[status] * 100) / 100;
}

/**
 * The meta of a document that its schema accepts; members of a wrong type are left out, as the schema has reported them.
 * A document without an id gets one from its hash; one that shares an inherited id gets a number behind it.
 */
export function readMeta(document: RuleDocument, hash: string): RuleMeta {
  const { value, source, inherited } = document;
  const level = oneOf(LEVELS, lower(ownValue(value, 'level'))) ?? LEVEL_DEFAULT;
  const status = oneOf(STATUSES, lower(ownValue(value, 'status'))) ?? STATUS_DEFAULT;
  const confidence = ownValue(value, 'confidence');
  const version = ownValue(value, 'version');
  const suppress = readSuppression(ownValue(value, 'suppress'));
  const mode = oneOf(RULE_MODES, lower(ownValue(value, 'mode')));
  return {
    id: readId(value, { hash, inherited }),
    ...optional('name', value),
    title: textOf(ownValue(value, 'title')) ?? '',
    version: typeof version === 'number' ? version : 1,
    level,
    status,
    confidence: typeof confidence === 'number' ? confidence : defaultConfidence(level, status),
    tags: texts(ownValue(value, 'tags')),
    ...optional('description', value),
    ...optional('author', value),
    ...optional('owner', value),
    ...optional('date', value),
    ...optional('modified', value),
    references: texts(ownValue(value, 'references')),
    falsepositives: texts(ownValue(value, 'falsepositives')),
    related: readRelated(ownValue(value, 'related')),
    remediation: texts(ownValue(value, 'remediation')),
    entities: readEntities(ownValue(value, 'entities')),
    ...(suppress === undefined ? {} : { suppress }),
    ...(mode === undefined ? {} : { mode }),
    source,
    hash,
  };
}

function readId(
  value: PlainMap,
  { hash, inherited }: { readonly hash: string; readonly inherited: number },
): string {
  const id = textOf(ownValue(value, 'id'));
  if (id === undefined) return `x-${hash.slice(0, 32)}`;
  return inherited > 1 ? `${id}-${inherited}` : id;
}

type TextKey = 'name' | 'description' | 'author' | 'owner' | 'date' | 'modified';

function optional<K extends TextKey>(key: K, value: PlainMap): { readonly [P in K]?: string } {
  const text = textOf(ownValue(value, key));
  const found: { [P in TextKey]?: string } = text === undefined ? {} : { [key]: text };
  return found;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : undefined;
}

function lower(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}

function oneOf<T extends string>(allowed: readonly T[], value: string | undefined): T | undefined {
  return allowed.find((item) => item === value);
}

/** The texts of a list; a single text is a list of one. */
export function texts(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value)
    ? value
    : value === undefined || value === null
      ? []
      : [value];
  return list.map(textOf).filter((text) => text !== undefined);
}

function readRelated(value: unknown): { id: string; type: string }[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.filter(isPlainMap).flatMap((item) => {
    const id = textOf(ownValue(item, 'id'));
    const type = textOf(ownValue(item, 'type'));
    return id === undefined ? [] : [{ id, type: type ?? 'similar' }];
  });
}

function readEntities(value: unknown): EntitySpec[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.filter(isPlainMap).flatMap((item) => {
    const type = oneOf(ENTITY_TYPES, textOf(ownValue(item, 'type')));
    const role = oneOf(ENTITY_ROLES, textOf(ownValue(item, 'role')) ?? 'actor');
    const fields = [...texts(ownValue(item, 'fields')), ...texts(ownValue(item, 'field'))];
    return type === undefined || role === undefined || fields.length === 0 ? [] : [{ type, role, fields }];
  });
}

function readSuppression(value: unknown): Suppression | undefined {
  if (!isPlainMap(value)) return undefined;
  const unless = oneOf(LEVELS, lower(ownValue(value, 'unless')));
  const span = parseDuration(String(ownValue(value, 'for') ?? ''));
  return {
    by: texts(ownValue(value, 'by')),
    for: span ?? duration(0),
    ...(unless === undefined ? {} : { unless }),
  };
}

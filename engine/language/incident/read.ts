import { type Checked, type Diagnostic, hasErrors, nearest } from '../../diagnostic/index.ts';
import {
  type AlertSelector,
  type Duration,
  ENTITY_ROLES,
  ENTITY_TYPES,
  INCIDENT_SHAPES,
  type IncidentShape,
  type IncidentTemplate,
  type JoinKey,
  LEVELS,
  parseDuration,
  SEVERITIES,
  type TemplateCounter,
  type TemplatePart,
} from '../../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import { diagnosticAt, type Finding, type KeyPath } from '../finding.ts';
import type { OtherDocument } from '../rules.ts';
import { INCIDENT_TEMPLATE_CODES } from './errors.ts';

const COMMON = ['shape', 'timespan', 'join', 'parts', 'counter', 'severity', 'title', 'story'];

/** The keys beyond the common ones that have an effect on a shape. */
const OWN: Readonly<Record<IncidentShape, readonly string[]>> = {
  same_entity: ['min_parts', 'min_sources'],
  sequence: ['min_parts'],
  theme: ['min_parts', 'min_sources'],
  kill_chain: ['min_parts', 'min_tactics'],
  shared_process: ['min_parts', 'min_hosts'],
};

const SELECTOR_KEYS = ['rules', 'tags', 'tactics', 'techniques', 'titles', 'entities', 'level'];

/** What a placeholder may say of a part beside the entity types. */
const PART_VALUES = ['count', 'title', 'first', 'last'];

interface Reading {
  readonly document: OtherDocument;
  readonly block: PlainMap;
  readonly shape: IncidentShape;
  readonly known: ReadonlySet<string>;
  readonly report: (finding: Finding) => void;
}

/**
 * Reads a loaded document of kind incident. What the schema can say, it has said before; here is what depends on the shape. `known` are the
 * ids and names of all loaded rules. Reports TT1801–TT1807; undefined where one of them is an error.
 */
export function readIncidentTemplate(
  document: OtherDocument,
  known: ReadonlySet<string>,
): Checked<IncidentTemplate> {
  const diagnostics: Diagnostic[] = [];
  const report = (finding: Finding): void => {
    diagnostics.push(diagnosticAt(finding, document.locate(finding.path, finding.part)));
  };
  const { block } = document;
  const shape = INCIDENT_SHAPES.find((one) => isPlainMap(block) && ownValue(block, 'shape') === one);
  if (!isPlainMap(block) || shape === undefined) return { value: undefined, diagnostics };
  const reading: Reading = { document, block, shape, known, report };
  checkKeys(reading);
  const value = readTemplate(reading);
  return { value: hasErrors(diagnostics) ? undefined : value, diagnostics };
}

function checkKeys({ block, shape, report }: Reading): void {
  const allowed = [...COMMON, ...OWN[shape]];
  for (const key of Object.keys(block)) {
    if (allowed.includes(key)) continue;
    report({
      code: INCIDENT_TEMPLATE_CODES.TT1802,
      message: `'${key}' has no effect on an incident of shape ${shape}`,
      path: ['incident', key],
      part: 'key',
      hint: `the keys of this shape are ${allowed.join(', ')}`,
    });
  }
}

function readTemplate(reading: Reading): IncidentTemplate | undefined {
  const { document, block, shape } = reading;
  const timespan = span(reading, ownValue(block, 'timespan'), ['timespan']);
  const join = readJoin(reading);
  const parts = readParts(reading);
  const counter = readCounter(reading);
  checkShape(reading, { join, parts });
  const title = ownValue(block, 'title');
  const story = ownValue(block, 'story');
  checkPlaceholders(reading, 'title', parts);
  checkPlaceholders(reading, 'story', parts);
  if (timespan === undefined) return undefined;
  const minParts = number(block, 'min_parts');
  return {
    kind: 'incident',
    meta: document.meta,
    shape,
    timespan,
    join,
    parts,
    ...(minParts === undefined ? {} : { minParts }),
    minTactics: number(block, 'min_tactics') ?? 3,
    minHosts: number(block, 'min_hosts') ?? 2,
    minSources: number(block, 'min_sources') ?? (shape === 'same_entity' ? 2 : 1),
    counter,
    severity: SEVERITIES.find((one) => one === ownValue(block, 'severity')) ?? 'medium',
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof story === 'string' ? { story } : {}),
    tests: document.tests,
  };
}

const CARRIERS: readonly string[] = ['process', 'file', 'hash', 'session', 'url', 'domain'];

function checkShape(
  reading: Reading,
  { join, parts }: { readonly join: IncidentTemplate['join']; readonly parts: readonly TemplatePart[] },
): void {
  const { shape, block } = reading;
  if (shape === 'sequence' && parts.length < 2) lack(reading, 'parts', 'at least two parts');
  if ((shape === 'theme' || shape === 'same_entity') && parts.length === 0) lack(reading, 'parts', 'parts');
  if (shape === 'shared_process' && !join.flat().some((key) => CARRIERS.includes(key.type))) {
    lack(reading, 'join', `a join by ${CARRIERS.join(', ')}`);
  }
  const least = number(block, 'min_parts');
  if (least !== undefined && least > parts.length) {
    lack(reading, 'min_parts', `a min_parts of at most ${parts.length}, for there are no more`);
  }
}

function readJoin(reading: Reading): JoinKey[][] {
  const written = ownValue(reading.block, 'join');
  const list: readonly unknown[] = Array.isArray(written) ? written : [written];
  return list.map((item, index) => {
    const path = Array.isArray(written) ? ['join', index] : ['join'];
    const whole: readonly unknown[] = Array.isArray(item) ? item : [item];
    return whole.flatMap((text, n) =>
      joinKey(reading, String(text), Array.isArray(item) ? [...path, n] : path),
    );
  });
}

function joinKey({ report }: Reading, text: string, path: KeyPath): JoinKey[] {
  const [name, role] = text.split('/');
  const type = ENTITY_TYPES.find((one) => one === name);
  const known = role === undefined ? undefined : ENTITY_ROLES.find((one) => one === role);
  if (type === undefined || (role !== undefined && known === undefined)) {
    const near = nearest(
      type === undefined ? (name ?? '') : (role ?? ''),
      type === undefined ? ENTITY_TYPES : ENTITY_ROLES,
    );
    report({
      code: INCIDENT_TEMPLATE_CODES.TT1804,
      message: `'${text}' is no entity type`,
      path: ['incident', ...path],
      hint:
        near === undefined
          ? `the types are ${ENTITY_TYPES.join(', ')}; the roles ${ENTITY_ROLES.join(', ')}`
          : `did you mean '${near}'?`,
    });
    return [];
  }
  return [{ type, ...(known === undefined ? {} : { role: known }) }];
}

function readParts(reading: Reading): TemplatePart[] {
  const parts = ownValue(reading.block, 'parts');
  if (!Array.isArray(parts)) return [];
  const names = new Set<string>();
  return parts.flatMap((item: unknown, index): TemplatePart[] => {
    if (!isPlainMap(item)) return [];
    const path = ['parts', index];
    const name = String(ownValue(item, 'name'));
    if (names.has(name)) {
      reading.report({
        code: INCIDENT_TEMPLATE_CODES.TT1807,
        message: `another part is named '${name}' too`,
        path: ['incident', ...path, 'name'],
      });
    }
    names.add(name);
    const within = ownValue(item, 'within');
    if (within !== undefined && reading.shape !== 'sequence') {
      reading.report({
        code: INCIDENT_TEMPLATE_CODES.TT1802,
        message: `'within' of a part has an effect in a sequence only`,
        path: ['incident', ...path, 'within'],
        part: 'key',
      });
    }
    const length = within === undefined ? undefined : span(reading, within, [...path, 'within']);
    return [
      {
        name,
        select: readSelector(reading, item, path),
        times: number(item, 'times') ?? 1,
        optional: ownValue(item, 'optional') === true,
        ...(length === undefined ? {} : { within: length }),
      },
    ];
  });
}

function readCounter(reading: Reading): TemplateCounter[] {
  const counter = ownValue(reading.block, 'counter');
  if (!Array.isArray(counter)) return [];
  return counter.flatMap((item: unknown, index): TemplateCounter[] => {
    if (!isPlainMap(item)) return [];
    const path = ['counter', index];
    const within = span(reading, ownValue(item, 'within'), [...path, 'within']);
    const select = readSelector(reading, item, path);
    if (within === undefined) return [];
    return [
      { select, within, factor: number(item, 'factor') ?? 0, reason: String(ownValue(item, 'reason')) },
    ];
  });
}

function readSelector(reading: Reading, item: PlainMap, path: KeyPath): AlertSelector {
  if (!SELECTOR_KEYS.some((key) => Object.hasOwn(item, key))) {
    reading.report({
      code: INCIDENT_TEMPLATE_CODES.TT1801,
      message: `this does not say which alerts it takes: one of ${SELECTOR_KEYS.join(', ')} is needed`,
      path: ['incident', ...path],
    });
  }
  const rules = texts(ownValue(item, 'rules'));
  for (const [n, rule] of rules.entries()) {
    if (reading.known.has(rule)) continue;
    const near = nearest(rule, reading.known);
    reading.report({
      code: INCIDENT_TEMPLATE_CODES.TT1805,
      message: `no loaded rule has the id or name '${rule}'`,
      path: ['incident', ...path, 'rules', n],
      ...(near === undefined ? {} : { hint: `did you mean '${near}'?` }),
    });
  }
  const level = LEVELS.find((one) => one === ownValue(item, 'level'));
  const named = texts(ownValue(item, 'entities'));
  return {
    rules,
    tags: texts(ownValue(item, 'tags')),
    tactics: texts(ownValue(item, 'tactics')).map(shortTactic),
    techniques: texts(ownValue(item, 'techniques')).map((text) => text.toUpperCase()),
    titles: texts(ownValue(item, 'titles')),
    entities: ENTITY_TYPES.filter((type) => named.includes(type)),
    ...(level === undefined ? {} : { level }),
  };
}

/** Sigma writes `credential_access` or `credential-access`, with or without `attack.`. */
function shortTactic(text: string): string {
  return text
    .toLowerCase()
    .replace(/^attack\./, '')
    .replaceAll('_', '-');
}

function checkPlaceholders(reading: Reading, key: 'title' | 'story', parts: readonly TemplatePart[]): void {
  const text = ownValue(reading.block, key);
  if (typeof text !== 'string') return;
  const allowed = new Set<string>([...ENTITY_TYPES, 'count', 'first', 'last']);
  for (const { name } of parts) {
    for (const value of [...PART_VALUES, ...ENTITY_TYPES]) allowed.add(`${name}.${value}`);
  }
  for (const match of text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)) {
    const name = match[1] ?? '';
    if (allowed.has(name)) continue;
    const near = nearest(name, allowed);
    reading.report({
      code: INCIDENT_TEMPLATE_CODES.TT1806,
      message: `nothing fills '{{${name}}}'`,
      path: ['incident', key],
      hint: near === undefined ? 'write an entity type, or `part.count`' : `did you mean '{{${near}}}'?`,
    });
  }
}

function span(reading: Reading, value: unknown, path: KeyPath): Duration | undefined {
  const parsed = parseDuration(String(value));
  if (parsed === undefined) {
    reading.report({
      code: INCIDENT_TEMPLATE_CODES.TT1803,
      message: `'${String(value)}' is no time span`,
      path: ['incident', ...path],
      hint: 'write a number and a unit: 30s, 5m, 1h, 7d, 2w',
    });
  }
  return parsed;
}

function lack({ report, shape, block }: Reading, key: string, what: string): void {
  report({
    code: INCIDENT_TEMPLATE_CODES.TT1801,
    message: `an incident of shape ${shape} needs ${what}`,
    path: Object.hasOwn(block, key) ? ['incident', key] : ['incident'],
    part: 'key',
  });
}

function number(map: PlainMap, key: string): number | undefined {
  const value = ownValue(map, key);
  return typeof value === 'number' ? value : undefined;
}

function texts(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.map(String);
}

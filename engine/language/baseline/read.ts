// Long because it is one straight reading: every key of a baseline once, in the order of the schema.
import { type Checked, type Diagnostic, hasErrors } from '../../diagnostic/index.ts';
import {
  BASELINE_SCOPES,
  type BaselineFeature,
  type BaselineRule,
  type BaselineScope,
  type Duration,
  duration,
  ENTITY_ROLES,
  ENTITY_TYPES,
  type ExcludedInterval,
  eventTime,
  FEATURE_KINDS,
  type FeatureBody,
  type FeatureKind,
  FIGURES,
  parseDuration,
} from '../../model/index.ts';
import { compileSelections } from '../block.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import { diagnosticAt, type Finding, type KeyPath } from '../finding.ts';
import { readLogsource } from '../kinds/logsource.ts';
import type { LoadOptions } from '../load.ts';
import type { OtherDocument } from '../rules.ts';
import { BASELINE_CODES } from './errors.ts';
import { FEATURE_KEYS } from './keys.ts';

const DAY = 86_400_000_000;

/** A reading in progress. */
interface Reading {
  readonly block: PlainMap;
  readonly report: (finding: Finding) => void;
}

/**
 * Reads a loaded document of kind baseline. What the schema can say, it has said before; here is what depends on the kind of each
 * feature. Reports TT5101–TT5107 and those of the selections; undefined where one of them is an error.
 */
export function readBaseline(document: OtherDocument, options: LoadOptions = {}): Checked<BaselineRule> {
  const diagnostics: Diagnostic[] = [];
  const report = (finding: Finding): void => {
    diagnostics.push(diagnosticAt(finding, document.locate(finding.path, finding.part)));
  };
  const { block } = document;
  if (!isPlainMap(block)) return { value: undefined, diagnostics };
  const selected = compileSelections(document, ['baseline', 'select'], options);
  diagnostics.push(...selected.diagnostics);
  const reading: Reading = { block, report };
  const features = readFeatures(reading, document);
  const entity = mapOf(block, 'entity');
  const ttl = span(reading, ['entity', 'ttl']) ?? duration(90 * DAY);
  const peers = mapOf(block, 'peers');
  const by = texts(ownValue(peers, 'by'));
  checkPeers(reading, features, by);
  const learn = mapOf(block, 'learn');
  const guard = mapOf(block, 'guard');
  const admit = mapOf(guard, 'admit');
  const from = span(reading, ['learn', 'from']) ?? duration(30 * DAY);
  const admitAfter = span(reading, ['guard', 'admit', 'or_after']) ?? duration(14 * DAY);
  const exclude = readExcluded(reading);
  const budget = readBudget(reading);
  if (selected.value === undefined || budget === undefined || hasErrors(diagnostics)) {
    return { value: undefined, diagnostics };
  }
  // The key of the block and that of every rule say the same.
  const shadow = ownValue(block, 'mode') === 'shadow' || document.meta.mode === 'shadow';
  const value: BaselineRule = {
    kind: 'baseline',
    meta: shadow ? { ...document.meta, mode: 'shadow' } : document.meta,
    logsource: readLogsource(ownValue(document.document, 'logsource')),
    select: selected.value,
    entity: {
      type: ENTITY_TYPES.find((type) => type === ownValue(entity, 'type')) ?? 'user',
      role: ENTITY_ROLES.find((role) => role === ownValue(entity, 'role')) ?? 'actor',
      key: texts(ownValue(entity, 'key')),
      ttl,
      max: number(entity, 'max') ?? 100_000,
    },
    features,
    peers: { by, min: number(peers, 'min') ?? 8 },
    learn: {
      from,
      minEvents: number(learn, 'min_events') ?? 50,
      minDays: number(learn, 'min_days') ?? 5,
      exclude,
    },
    guard: {
      admitDays: number(admit, 'days') ?? 2,
      admitPeers: number(admit, 'or_peers') ?? 2,
      admitAfter,
      winsorise: number(guard, 'winsorise') ?? 0.999,
      dayCap: number(guard, 'day_cap') ?? 0.1,
      maxDrift: number(guard, 'max_drift') ?? 0.25,
    },
    budget,
    mode: shadow ? 'shadow' : 'live',
    tests: document.tests,
  };
  return { value, diagnostics };
}

function readFeatures(reading: Reading, document: OtherDocument): BaselineFeature[] {
  const written = ownValue(reading.block, 'features');
  if (!Array.isArray(written)) return [];
  const names = new Set<string>();
  return written.flatMap((item: unknown, index): BaselineFeature[] => {
    if (!isPlainMap(item)) return [];
    const path = ['baseline', 'features', index];
    const kind = FEATURE_KINDS.find((one) => one === ownValue(item, 'kind'));
    if (kind === undefined) return [];
    const name = String(ownValue(item, 'name') ?? kind);
    if (names.has(name)) {
      const message = `there are two features with the name '${name}'`;
      reading.report({ code: BASELINE_CODES.TT5104, message, path: [...path, 'name'] });
    }
    names.add(name);
    const body = readFeature(reading, { item, kind, index });
    return body === undefined
      ? []
      : [{ name, weight: number(item, 'weight') ?? 1, at: document.locate(path), ...body }];
  });
}

interface Written {
  readonly item: PlainMap;
  readonly kind: FeatureKind;
  readonly index: number;
}

function readFeature(reading: Reading, { item, kind, index }: Written): FeatureBody | undefined {
  const path = ['features', index];
  if (!checkKeys(reading, { item, kind, index })) return undefined;
  const field = text(item, 'field');
  const window = span(reading, [...path, 'window']) ?? duration(DAY);
  const season = ownValue(item, 'season') !== 'none';
  const forget = span(reading, [...path, 'forget']) ?? duration(90 * DAY);
  switch (kind) {
    case 'category':
      return { kind, field, scopes: scopesOf(item), forget };
    case 'rarity':
    case 'edge':
      return { kind, field, forget };
    case 'count':
      return { kind, window, season };
    case 'distinct':
    case 'sum':
      return { kind, field, window, season };
    case 'time_of_week':
      return { kind, halfLife: span(reading, [...path, 'half_life']) ?? duration(28 * DAY) };
    case 'travel':
      return {
        kind,
        latitude: text(item, 'latitude'),
        longitude: text(item, 'longitude'),
        speedKmh: number(item, 'speed') ?? 900,
        leastKm: number(item, 'distance') ?? 500,
      };
    case 'peer_deviation': {
      const of = (['count', 'distinct', 'sum'] as const).find((one) => one === ownValue(item, 'of'));
      return { kind, of: of ?? 'count', ...(field === '' ? {} : { field }) };
    }
    case 'beacon':
      return { kind, field, contacts: number(item, 'contacts') ?? 10 };
    case 'random_name':
      return { kind, field };
    case 'sequence':
      return { kind, field, gap: span(reading, [...path, 'gap']) ?? duration(DAY / 48) };
    case 'series': {
      const of = FIGURES.find((one) => one === ownValue(item, 'of')) ?? 'count';
      return { kind, of, ...(field === '' ? {} : { field }), by: texts(ownValue(item, 'by')), window };
    }
  }
}

function checkKeys({ report }: Reading, { item, kind, index }: Written): boolean {
  const path = ['baseline', 'features', index];
  const { needs, takes } = FEATURE_KEYS[kind];
  const figured = (kind === 'peer_deviation' || kind === 'series') && ownValue(item, 'of') !== 'count';
  const needed = figured ? [...needs, 'field'] : needs;
  let sound = true;
  for (const key of needed) {
    if (Object.hasOwn(item, key)) continue;
    sound = false;
    const message = `a feature of kind ${kind}${figured ? ` of ${String(ownValue(item, 'of'))}` : ''} needs '${key}'`;
    report({ code: BASELINE_CODES.TT5101, message, path, part: 'key' });
  }
  const allowed = ['name', 'kind', 'weight', ...needed, ...takes];
  for (const key of Object.keys(item)) {
    if (allowed.includes(key)) continue;
    sound = false;
    report({
      code: BASELINE_CODES.TT5102,
      message: `'${key}' has no effect on a feature of kind ${kind}`,
      path: [...path, key],
      part: 'key',
      hint: `the keys of this kind are ${allowed.join(', ')}`,
    });
  }
  return sound;
}

function scopesOf(item: PlainMap): readonly BaselineScope[] {
  const written = texts(ownValue(item, 'scopes'));
  const scopes = BASELINE_SCOPES.filter((scope) => written.includes(scope));
  return scopes.length === 0 ? ['entity', 'tenant'] : scopes;
}

function checkPeers({ report }: Reading, features: readonly BaselineFeature[], by: readonly string[]): void {
  if (by.length > 0) return;
  features.forEach((feature, index) => {
    const asks =
      feature.kind === 'peer_deviation' || (feature.kind === 'category' && feature.scopes.includes('peers'));
    if (!asks) return;
    report({
      code: BASELINE_CODES.TT5107,
      message: `'${feature.name}' compares with peers, and nothing says who they are`,
      path: ['baseline', 'features', index],
      hint: 'add `peers: {by: [department]}` with the fields that name the group',
    });
  });
}

function readExcluded(reading: Reading): ExcludedInterval[] {
  const written = ownValue(mapOf(reading.block, 'learn'), 'exclude');
  if (!Array.isArray(written)) return [];
  return written.flatMap((item: unknown, index): ExcludedInterval[] => {
    const interval = intervalOf(String(item));
    if (interval !== undefined) return [interval];
    reading.report({
      code: BASELINE_CODES.TT5105,
      message: `'${String(item)}' is no interval`,
      path: ['baseline', 'learn', 'exclude', index],
      hint: 'write a time, a slash and a length: 2026-10-12T08:00Z/PT6H',
    });
    return [];
  });
}

/** ISO 8601 intervals: two times, or a time and a length, in their notation or in Sigma's. */
function intervalOf(written: string): ExcludedInterval | undefined {
  const [from, to, more] = written.split('/').map((part) => part.trim());
  if (from === undefined || to === undefined || more !== undefined) return undefined;
  const start = timeOf(from);
  const length = lengthOf(to);
  const end = length === undefined ? timeOf(to) : start === undefined ? undefined : start + length;
  if (start === undefined || end === undefined || end <= start) return undefined;
  return { start: eventTime(start), end: eventTime(end) };
}

function timeOf(written: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(written))
    return undefined;
  const ms = Date.parse(written);
  return Number.isNaN(ms) ? undefined : ms * 1000;
}

function lengthOf(written: string): number | undefined {
  const iso = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(written);
  if (iso === null) return parseDuration(written);
  const [weeks, days, hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0));
  const sum =
    (((weeks ?? 0) * 7 + (days ?? 0)) * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  return sum > 0 ? sum * 1_000_000 : undefined;
}

const PER_DAY: Readonly<Record<string, number>> = { hour: 24, day: 1, week: 1 / 7, month: 1 / 30 };

function readBudget(reading: Reading): BaselineRule['budget'] | undefined {
  const alarms = mapOf(reading.block, 'false_alarms');
  const written = ownValue(alarms, 'budget') ?? '2/day';
  const match = /^(\d+(?:\.\d+)?)\s*\/\s*(hour|day|week|month)$/.exec(String(written).trim());
  const perDay = Number(match?.[1]) * (PER_DAY[match?.[2] ?? ''] ?? Number.NaN);
  if (!(perDay > 0)) {
    reading.report({
      code: BASELINE_CODES.TT5106,
      message: `'${String(written)}' is no budget`,
      path: ['baseline', 'false_alarms', 'budget'],
      hint: 'write a number above 0 and a unit: 2/day, 1/week',
    });
    return undefined;
  }
  return { perDay, scope: ownValue(alarms, 'scope') === 'entity' ? 'entity' : 'tenant' };
}

/** A time span by its path inside the block; TT5103 where it is none. */
function span({ block, report }: Reading, path: KeyPath): Duration | undefined {
  let value: unknown = block;
  for (const step of path) {
    value = Array.isArray(value)
      ? value[Number(step)]
      : isPlainMap(value)
        ? ownValue(value, String(step))
        : undefined;
  }
  if (value === undefined) return undefined;
  const parsed = parseDuration(String(value));
  if (parsed === undefined) {
    report({
      code: BASELINE_CODES.TT5103,
      message: `'${String(value)}' is no time span`,
      path: ['baseline', ...path],
      hint: 'write a number and a unit: 30s, 5m, 1h, 7d, 2w',
    });
  }
  return parsed;
}

function mapOf(map: PlainMap, key: string): PlainMap {
  const value = ownValue(map, key);
  return isPlainMap(value) ? value : {};
}

function number(map: PlainMap, key: string): number | undefined {
  const value = ownValue(map, key);
  return typeof value === 'number' ? value : undefined;
}

function text(map: PlainMap, key: string): string {
  const value = ownValue(map, key);
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

import { type Checked, type Diagnostic, hasErrors } from '../../diagnostic/index.ts';
import {
  type Decay,
  type Duration,
  duration,
  FEED_FORMATS,
  type FeedFormat,
  type FeedMapping,
  type FeedOrigin,
  type FeedRule,
  type FeedWarnings,
  INDICATOR_TYPES,
  type IndicatorType,
  MICROS_PER_SECOND,
  parseDuration,
} from '../../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import { diagnosticAt, type Finding, type KeyPath } from '../finding.ts';
import { readLogsource } from '../kinds/logsource.ts';
import type { OtherDocument } from '../rules.ts';
import { FEED_READING_CODES } from './errors.ts';

const CONFIDENCE_DEFAULT = 50;
const MIN_CONFIDENCE_DEFAULT = 1;
const REFRESH_DEFAULT = '0 * * * *';
const JITTER_DEFAULT = duration(300 * MICROS_PER_SECOND);
const STALE_DEFAULT = duration(3 * 86_400 * MICROS_PER_SECOND);

/** What a feed may be given for its types where it says nothing; those who match know the rest. */
export interface FeedDefaults {
  readonly decay: Readonly<Record<IndicatorType, Decay>>;
  /** The fields of `match: all`, those for indicators of one type first where the feed has one. */
  readonly fields: (type: IndicatorType | undefined) => readonly string[];
}

interface Reading {
  readonly block: PlainMap;
  readonly report: (finding: Finding) => void;
}

/**
 * Reads a loaded document of kind feed. What the schema can say, it has said before. Reports TT1911–TT1915; undefined where one of them
 * is an error.
 */
export function readFeed(document: OtherDocument, defaults: FeedDefaults): Checked<FeedRule> {
  const diagnostics: Diagnostic[] = [];
  const report = (finding: Finding): void => {
    diagnostics.push(diagnosticAt(finding, document.locate(finding.path, finding.part)));
  };
  const { block, meta } = document;
  if (!isPlainMap(block)) return { value: undefined, diagnostics };
  const reading: Reading = { block, report };
  const origin = readOrigin(reading);
  const format = readFormat(reading, origin);
  const mapping = readMapping(reading, format);
  const type = INDICATOR_TYPES.find((one) => one === ownValue(block, 'type'));
  const fields = readFields(reading, () => defaults.fields(type));
  const rest = {
    decay: readDecay(reading, defaults.decay),
    refresh: readRefresh(reading),
    jitter: spanOf(reading, 'jitter', JITTER_DEFAULT),
    staleAfter: spanOf(reading, 'stale_after', STALE_DEFAULT),
    warnings: readWarnings(reading),
  };
  if (hasErrors(diagnostics) || origin === undefined || format === undefined) {
    return { value: undefined, diagnostics };
  }
  const value: FeedRule = {
    kind: 'feed',
    meta,
    logsource: readLogsource(ownValue(document.document, 'logsource')),
    name: meta.name ?? meta.id,
    origin,
    format,
    ...(mapping === undefined ? {} : { mapping }),
    ...(type === undefined ? {} : { type }),
    confidence: numberOf(block, 'confidence') ?? CONFIDENCE_DEFAULT,
    minConfidence: numberOf(block, 'min_confidence') ?? MIN_CONFIDENCE_DEFAULT,
    fields,
    tests: document.tests,
    ...rest,
  };
  return { value, diagnostics };
}

function readOrigin({ block, report }: Reading): FeedOrigin | undefined {
  const given = ['file', 'url', 'taxii'].filter((key) => ownValue(block, key) !== undefined);
  if (given.length !== 1) {
    const message =
      given.length === 0
        ? 'the feed does not say where it comes from'
        : `the feed comes from ${given.join(' and ')} at once`;
    const hint = 'give exactly one of file, url and taxii';
    report({ code: FEED_READING_CODES.TT1911, message, path: ['feed'], part: 'key', hint });
    return undefined;
  }
  const file = textOf(block, 'file');
  if (file !== undefined) {
    return localFile(file, ['feed', 'file'], report) ? { kind: 'file', path: file } : undefined;
  }
  const url = textOf(block, 'url');
  if (url !== undefined) return webUrl(url, ['feed', 'url'], report) ? { kind: 'http', url } : undefined;
  const taxii = ownValue(block, 'taxii');
  if (!isPlainMap(taxii)) return undefined;
  const [root = '', collection = ''] = [textOf(taxii, 'url'), textOf(taxii, 'collection')];
  if (!webUrl(root, ['feed', 'taxii', 'url'], report)) return undefined;
  if (!/^[\w.-]+$/.test(collection)) {
    const message = `'${collection}' is no id of a collection`;
    report({ code: FEED_READING_CODES.TT1912, message, path: ['feed', 'taxii', 'collection'] });
    return undefined;
  }
  return { kind: 'taxii', url: root, collection };
}

function localFile(path: string, at: KeyPath, report: Reading['report']): boolean {
  const steps = path.split(/[\\/]/);
  const outside = /^(?:[\\/]|[a-z]:)/i.test(path) || path.includes('\0') || steps.includes('..');
  if (!outside) return true;
  const message = `'${path}' leaves the folder of the feed`;
  const hint = 'put the file beside the feed document, or below';
  report({ code: FEED_READING_CODES.TT1912, message, path: at, hint });
  return false;
}

function webUrl(text: string, at: KeyPath, report: Reading['report']): boolean {
  if (/^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/i.test(text)) return true;
  const message = `'${text}' is no address of the form https://host/path`;
  const hint = text.includes('@') ? 'credentials are the configuration of the operator' : undefined;
  report({ code: FEED_READING_CODES.TT1912, message, path: at, ...(hint === undefined ? {} : { hint }) });
  return false;
}

function readFormat({ block, report }: Reading, origin: FeedOrigin | undefined): FeedFormat | undefined {
  const format = FEED_FORMATS.find((one) => one === ownValue(block, 'format'));
  if (origin?.kind === 'taxii') {
    if (format === undefined || format === 'stix') return 'stix';
    const message = `a TAXII server gives STIX, not ${format}`;
    report({ code: FEED_READING_CODES.TT1913, message, path: ['feed', 'format'] });
    return undefined;
  }
  if (format === undefined) {
    const hint = `add format: ${FEED_FORMATS.join(', ')}`;
    const message = 'the feed does not say how it is written';
    report({ code: FEED_READING_CODES.TT1913, message, path: ['feed'], part: 'key', hint });
  }
  return format;
}

function readMapping({ block, report }: Reading, format: FeedFormat | undefined): FeedMapping | undefined {
  const mapping = ownValue(block, 'mapping');
  const mapped = format === 'csv' || format === 'json';
  if (format !== undefined && mapped !== isPlainMap(mapping)) {
    const message = mapped
      ? `a feed in ${format} needs a mapping that says where the value is`
      : `a feed in ${format} says itself what is where; the mapping has no effect`;
    const path: KeyPath = mapped ? ['feed', 'format'] : ['feed', 'mapping'];
    const hint = mapped ? { hint: 'add mapping: {value: …}' } : {};
    report({ code: FEED_READING_CODES.TT1913, message, path, ...hint });
  }
  if (!isPlainMap(mapping)) return undefined;
  const header = ownValue(mapping, 'header');
  return {
    value: textOf(mapping, 'value') ?? '',
    ...optional('list', textOf(mapping, 'list')),
    ...optional('type', textOf(mapping, 'type')),
    ...optional('confidence', textOf(mapping, 'confidence')),
    ...optional('lastSeen', textOf(mapping, 'last_seen')),
    ...optional('validUntil', textOf(mapping, 'valid_until')),
    ...optional('header', Array.isArray(header) ? header.map(String) : undefined),
    ...optional('delimiter', textOf(mapping, 'delimiter')),
  };
}

function readFields({ block, report }: Reading, usual: () => readonly string[]): readonly string[] {
  const match = ownValue(block, 'match') ?? 'all';
  if (match === 'all') return usual();
  if (match === 'none') return [];
  if (Array.isArray(match)) return [...new Set(match.map(String))];
  const message = `the feed cannot match '${String(match)}'`;
  const hint = 'write all, none, or a list of fields';
  report({ code: FEED_READING_CODES.TT1915, message, path: ['feed', 'match'], hint });
  return [];
}

function readDecay(
  { block, report }: Reading,
  defaults: FeedDefaults['decay'],
): Partial<Record<IndicatorType, Decay>> {
  const lifetime = ownValue(block, 'lifetime');
  const speed = ownValue(block, 'decay');
  const decay: Partial<Record<IndicatorType, Decay>> = {};
  for (const type of INDICATOR_TYPES) {
    const span = isPlainMap(lifetime) ? ownValue(lifetime, type) : lifetime;
    const steep = isPlainMap(speed) ? ownValue(speed, type) : speed;
    if (span === undefined && steep === undefined) continue;
    const path: KeyPath = isPlainMap(lifetime) ? ['feed', 'lifetime', type] : ['feed', 'lifetime'];
    const known = typeof span === 'string' ? readSpan(span, path, report) : undefined;
    decay[type] = {
      lifetime: known ?? defaults[type].lifetime,
      speed: typeof steep === 'number' ? steep : defaults[type].speed,
    };
    // What is wrong with the span of all types is said once.
    if (typeof span === 'string' && known === undefined && !isPlainMap(lifetime)) break;
  }
  return decay;
}

function readSpan(text: string, path: KeyPath, report: Reading['report']): Duration | undefined {
  const span = parseDuration(text);
  if (span !== undefined && span > 0) return span;
  const message = `'${text}' is not a time span above zero`;
  const hint = 'write a number and a unit: 30s, 5m, 1h, 7d';
  report({ code: FEED_READING_CODES.TT1914, message, path, hint });
  return undefined;
}

function spanOf({ block, report }: Reading, key: string, usual: Duration): Duration {
  const text = textOf(block, key);
  if (text === undefined) return usual;
  if (key === 'jitter' && /^0+[a-zA-Z]*$/.test(text)) return duration(0);
  return readSpan(text, ['feed', key], report) ?? usual;
}

function readRefresh({ block, report }: Reading): string {
  const text = textOf(block, 'refresh');
  if (text === undefined) return REFRESH_DEFAULT;
  const fields = text.trim().split(/\s+/);
  if (fields.length === 5 && fields.every((field) => /^(?:\*|[\da-z]+)(?:[-,/][\da-z*]+)*$/i.test(field))) {
    return text.trim();
  }
  const message = `'${text}' is no cron expression of five fields`;
  const hint = "every six hours is '0 */6 * * *'";
  report({ code: FEED_READING_CODES.TT1914, message, path: ['feed', 'refresh'], hint });
  return REFRESH_DEFAULT;
}

function readWarnings({ block, report }: Reading): readonly FeedWarnings[] {
  const lists = ownValue(block, 'warning_lists');
  if (!Array.isArray(lists)) return [];
  return lists.flatMap((list: unknown, i): FeedWarnings[] => {
    if (!isPlainMap(list)) return [];
    const values = ownValue(list, 'values');
    const file = textOf(list, 'file');
    if (file !== undefined && !localFile(file, ['feed', 'warning_lists', i, 'file'], report)) return [];
    return [
      {
        name: textOf(list, 'name') ?? `list ${i + 1}`,
        values: Array.isArray(values) ? values.map(String) : [],
        ...optional('file', file),
      },
    ];
  });
}

function textOf(map: PlainMap, key: string): string | undefined {
  const value = ownValue(map, key);
  return typeof value === 'string' ? value : undefined;
}

function numberOf(map: PlainMap, key: string): number | undefined {
  const value = ownValue(map, key);
  return typeof value === 'number' ? value : undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}

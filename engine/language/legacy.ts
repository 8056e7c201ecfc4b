import { stringify } from 'yaml';
import { isPlainMap, ownValue, type PlainMap } from './document.ts';

/** A legacy aggregation as the condition parser hands it over. */
export interface LegacyAggregation {
  readonly before: string;
  readonly aggregation: string;
}

const AGGREGATION =
  /^(count|sum|avg|min|max|median)\s*\(\s*([^()]*?)\s*\)\s*(?:by\s+([^\s<>=]+)\s*)?(<=|>=|==|=|<|>)\s*(-?\d+(?:\.\d+)?)\s*(?:#.*)?$/i;

const AGGREGATION_MAX = 1000;

const OPERATORS: Readonly<Record<string, string>> = {
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
  '=': 'eq',
  '==': 'eq',
};

/**
 * What to write instead of Sigma 1's aggregation: whole documents, made of the rule at hand, with `timeframe` as the correlation's
 * `timespan`. An aggregation that cannot be read gets the general way.
 */
export function legacyHint(
  legacy: LegacyAggregation,
  rule: { readonly document: PlainMap; readonly names: readonly string[] },
): { readonly message: string; readonly hint: string } {
  // The patterns below may look at a text once for each of its blanks; nobody writes an aggregation of that length.
  const written = legacy.aggregation.length > AGGREGATION_MAX ? '' : legacy.aggregation;
  const counted = AGGREGATION.exec(written);
  const near = /^near\s+(.+?)\s*(?:#.*)?$/is.exec(written);
  const documents =
    counted !== null
      ? countDocuments(legacy, counted, rule.document)
      : near !== null
        ? nearDocuments(legacy, near[1] ?? '', rule)
        : undefined;
  const shown = legacy.aggregation.length > 80 ? `${legacy.aggregation.slice(0, 80)}…` : legacy.aggregation;
  const message = `'| ${shown}' is an aggregation of Sigma 1; in Sigma 2 a correlation document counts`;
  if (documents === undefined) {
    return {
      message,
      hint: 'give this rule a `name`, end its condition before the `|`, and count its firings in a `correlation:` document of type event_count, value_count or temporal',
    };
  }
  const text = documents.map((document) => stringify(document, { lineWidth: 0, indent: 4 })).join('---\n');
  const timed =
    isPlainMap(rule.document['detection']) && ownValue(rule.document['detection'], 'timeframe') !== undefined;
  const note = timed ? '' : ' (the rule has no timeframe: choose a timespan)';
  return { message, hint: `write these documents instead${note}:\n${text.trimEnd()}` };
}

function countDocuments(legacy: LegacyAggregation, match: RegExpExecArray, document: PlainMap): object[] {
  const [, call = '', field = '', by, operator = '', number = ''] = match;
  const kind = call.toLowerCase();
  const type = kind === 'count' ? (field === '' ? 'event_count' : 'value_count') : `value_${kind}`;
  const name = slug(document);
  const condition = {
    ...(type === 'event_count' ? {} : { field }),
    [OPERATORS[operator] ?? 'gte']: Number(number),
  };
  const groups = by === undefined ? {} : { 'group-by': by.split(',').filter((part) => part !== '') };
  const correlation = { type, rules: [name], ...groups, timespan: timespanOf(document), condition };
  return [baseRule(document, name, legacy.before), correlationRule(document, correlation)];
}

function nearDocuments(
  legacy: LegacyAggregation,
  tail: string,
  { document }: { readonly document: PlainMap },
): object[] {
  const stem = slug(document);
  const terms = [legacy.before, ...tail.split(/\s+and\s+/i)].map((term, i) => {
    const negated = i > 0 && /^not\s+/i.test(term);
    return { condition: negated ? term.replace(/^not\s+/i, '') : term, negated, name: `${stem}_${i + 1}` };
  });
  const bases = terms.map((term) => baseRule(document, term.name, term.condition));
  const condition = terms.map((term) => (term.negated ? `not ${term.name}` : term.name)).join(' and ');
  const correlation = {
    type: 'temporal',
    rules: terms.map((term) => term.name),
    timespan: timespanOf(document),
    ...(terms.some((term) => term.negated) ? { condition } : {}),
  };
  return [...bases, correlationRule(document, correlation)];
}

function baseRule(document: PlainMap, name: string, condition: string): object {
  const detection = isPlainMap(document['detection']) ? document['detection'] : {};
  const kept = Object.entries(detection).filter(
    ([key]) => key !== 'condition' && key !== 'timeframe' && mentions(condition, key),
  );
  return {
    title: `${titleOf(document)} (${name})`,
    name,
    logsource: ownValue(document, 'logsource') ?? {},
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

function correlationRule(document: PlainMap, correlation: object): object {
  const id = ownValue(document, 'id');
  const level = ownValue(document, 'level');
  return {
    title: titleOf(document),
    ...(typeof id === 'string' ? { id } : {}),
    correlation,
    ...(typeof level === 'string' ? { level } : {}),
  };
}

function titleOf(document: PlainMap): string {
  const title = ownValue(document, 'title');
  return typeof title === 'string' ? title : 'Rule';
}

function slug(document: PlainMap): string {
  const words = titleOf(document)
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? ['rule'];
  return words.slice(0, 5).join('_');
}

function timespanOf(document: PlainMap): string {
  const detection = document['detection'];
  const timeframe = isPlainMap(detection) ? ownValue(detection, 'timeframe') : undefined;
  return typeof timeframe === 'string' ? timeframe : '1h';
}

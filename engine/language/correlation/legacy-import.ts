import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import { baseOf, type Context, correlationOf, type LegacyImport, nameOf } from './legacy-base.ts';
import { importCountPer, importTogether, importWritten } from './legacy-prose.ts';

const AGGREGATION =
  /^(count|sum|avg|min|max|median)\s*\(\s*([^()]*?)\s*\)\s*(?:by\s+(.+?)\s*)?(<=|>=|==|=|<|>)\s*(-?\d+(?:\.\d+)?)$/i;

const OPERATORS: Readonly<Record<string, string>> = {
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
  '=': 'eq',
  '==': 'eq',
};

const TIMESPAN_DEFAULT = '1h';

/**
 * Turns a Sigma 1 rule whose condition ends in `| count() by … > n`, `| sum(…)…` or `| near …` into detections and a correlation, and so conditions that
 * say the same in other words (`prose.ts`). Where the documents of a file have logsources of their own, `logsourceOf` gives that of the one in which a
 * selection stands. A text says why it cannot be done; undefined where the rule has no aggregation at all.
 */
export function importLegacy(
  document: PlainMap,
  logsourceOf: (selection: string) => unknown = () => undefined,
): LegacyImport | string | undefined {
  const detection = ownValue(document, 'detection');
  if (!isPlainMap(detection)) return undefined;
  const written = ownValue(detection, 'condition');
  const conditions = Array.isArray(written)
    ? written.map(String)
    : typeof written === 'string'
      ? [written]
      : [];
  const condition = conditions.find((text) => text.includes('|'));
  if (condition === undefined) {
    const [only] = conditions;
    return conditions.length === 1 && only !== undefined
      ? importUnpiped(document, detection, only)
      : undefined;
  }
  if (conditions.length > 1) return 'several conditions, one of them an aggregation, would be several rules';
  const pipe = condition.indexOf('|');
  const before = condition.slice(0, pipe).trim();
  const aggregation = condition
    .slice(pipe + 1)
    .replace(/#.*$/s, '')
    .trim();
  const report: string[] = [];
  const timeframe = ownValue(detection, 'timeframe');
  const timespan = typeof timeframe === 'string' ? timeframe.toLowerCase() : TIMESPAN_DEFAULT;
  if (typeof timeframe !== 'string')
    report.push(`the rule has no timeframe; a timespan of ${TIMESPAN_DEFAULT} was chosen`);
  const context = { document, detection, timespan, report, logsourceOf };
  const counted = AGGREGATION.exec(aggregation);
  if (counted !== null) return importCount(before, counted, context);
  const near = /^near\s+(.+)$/is.exec(aggregation);
  if (near?.[1] !== undefined) return importNear(before, near[1], context);
  return `the aggregation '${aggregation}' cannot be read`;
}

function importCount(before: string, match: RegExpExecArray, context: Context): LegacyImport {
  const [, call = '', field = '', by, operator = '', number = ''] = match;
  const kind = call.toLowerCase();
  const type = kind === 'count' ? (field === '' ? 'event_count' : 'value_count') : `value_${kind}`;
  const name = nameOf(context.document);
  const op = OPERATORS[operator] ?? 'gte';
  if (op === 'lt' || op === 'lte' || op === 'eq') {
    context.report.push(
      `'${operator} ${number}' is decided when the window closes, and never for groups without any event`,
    );
  }
  const correlation = {
    type,
    rules: [name],
    ...(by === undefined ? {} : { 'group-by': by.split(/[\s,]+/).filter((part) => part !== '') }),
    timespan: context.timespan,
    condition: { ...(type === 'event_count' ? {} : { field }), [op]: Number(number) },
  };
  return {
    documents: [baseOf(context, { name, condition: before }), correlationOf(context.document, correlation)],
    report: context.report,
  };
}

function importNear(before: string, tail: string, context: Context): LegacyImport {
  const stem = nameOf(context.document);
  const terms = [before, ...tail.trim().split(/\s+and\s+/i)].map((term, index) => {
    const negated = index > 0 && /^not\s+/i.test(term);
    return {
      condition: negated ? term.replace(/^not\s+/i, '') : term,
      negated,
      name: `${stem}_${index + 1}`,
    };
  });
  context.report.push(
    '`near` names no field to group by; all events are in one group, add a `group-by` (the host, most often)',
  );
  const negates = terms.some((term) => term.negated);
  if (negates) context.report.push('`not` in `near` is decided when the window closes');
  const correlation = {
    type: 'temporal',
    rules: terms.map((term) => term.name),
    timespan: context.timespan,
    ...(negates
      ? { condition: terms.map(({ name, negated }) => (negated ? `not ${name}` : name)).join(' and ') }
      : {}),
  };
  return {
    documents: [...terms.map((term) => baseOf(context, term)), correlationOf(context.document, correlation)],
    report: context.report,
  };
}

/** Conditions without a pipe that mean an aggregation all the same; undefined where this one does not. */
function importUnpiped(
  document: PlainMap,
  detection: PlainMap,
  condition: string,
): LegacyImport | string | undefined {
  const timeframe = ownValue(detection, 'timeframe');
  const report: string[] = [];
  const timespan = typeof timeframe === 'string' ? timeframe.toLowerCase() : TIMESPAN_DEFAULT;
  const context = { document, detection, timespan, report, logsourceOf: () => undefined };
  const read =
    importCountPer(context, condition) ??
    importWritten(context, condition) ??
    importTogether(context, condition);
  if (typeof read === 'object' && typeof timeframe !== 'string') {
    report.push(`the rule has no timeframe; a timespan of ${TIMESPAN_DEFAULT} was chosen`);
  }
  return read;
}

import type { CorrelationBody, MeasureType, Presence, RuleReference } from '../../model/index.ts';
import { ownValue } from '../document.ts';
import { CORRELATION_CODES } from './errors.ts';
import { parsePresence } from './presence.ts';
import { readBounds, readFields, readWeights } from './read-bounds.ts';
import { readSequence } from './read-sequence.ts';
import { clash, lack, listed, number, type Reading, span } from './reading.ts';

/** What each type has beyond the common part. Reports TT1701, TT1703–TT1709. */
export function readBody(reading: Reading, rules: readonly RuleReference[]): CorrelationBody | undefined {
  const { type, block } = reading;
  switch (type) {
    case 'temporal':
      return readTemporal(reading, rules);
    case 'temporal_ordered':
      return { type };
    case 'sequence':
      return readSequence(reading);
    case 'first_seen': {
      const fields = readFields(reading);
      const warmup = ownValue(block, 'warmup') === undefined ? undefined : span(reading, ['warmup']);
      if (fields.length === 0)
        return lack(reading, 'condition', 'a condition with the field whose values are remembered');
      return { type, fields, ...(warmup === undefined ? {} : { warmup }) };
    }
    case 'risk': {
      if (ownValue(block, 'half_life') === undefined) return lack(reading, 'half_life', 'a half_life');
      const halfLife = span(reading, ['half_life']);
      const bounds = readBounds(reading);
      if (bounds === undefined || halfLife === undefined) return undefined;
      if (bounds.some((bound) => bound.op !== 'gt' && bound.op !== 'gte')) {
        clash(reading, 'condition', 'a risk is compared with gt or gte');
      }
      return {
        type,
        bounds,
        halfLife,
        weights: readWeights(reading, rules),
        minTactics: number(block, 'min_tactics') ?? 1,
        minSources: number(block, 'min_sources') ?? 1,
      };
    }
    default:
      return readMeasure(reading, type);
  }
}

function readMeasure(reading: Reading, type: MeasureType): CorrelationBody | undefined {
  const { block, report } = reading;
  const condition = ownValue(block, 'condition');
  const bounds = readBounds(reading);
  if (bounds === undefined) return undefined;
  const fields = readFields(reading);
  const percentile = number(condition, 'percentile');
  if (type === 'event_count' && fields.length > 0) {
    clash(
      reading,
      'condition',
      'an event_count counts firings, not values: write value_count, or leave `field` out',
    );
    return undefined;
  }
  if (type !== 'event_count' && fields.length === 0)
    return lack(reading, 'condition', 'the field whose values are measured');
  if (fields.length > 1 && type !== 'value_count' && type !== 'value_rarity') {
    clash(reading, 'condition', `a ${type} measures one field`);
    return undefined;
  }
  if (percentile !== undefined && type !== 'value_percentile') {
    clash(reading, 'condition', `'percentile' has no effect on a ${type}`);
    return undefined;
  }
  const minEvents = number(condition, 'min_events') ?? 1;
  if (type === 'value_percentile' && percentile === undefined) {
    report({
      code: CORRELATION_CODES.TT1707,
      message: 'without `percentile` this is the share, in per cent, of a value in its group',
      path: ['correlation', 'type'],
      hint: 'write `type: value_rarity` to say so, or add `percentile`',
    });
    return { type: 'value_rarity', fields, bounds, minEvents };
  }
  return { type, fields, bounds, minEvents, ...(percentile === undefined ? {} : { percentile }) };
}

function readTemporal(reading: Reading, rules: readonly RuleReference[]): CorrelationBody | undefined {
  const { block, report } = reading;
  const condition = ownValue(block, 'condition');
  const weights = ownValue(block, 'weights');
  if (typeof condition === 'string') {
    if (weights !== undefined)
      clash(reading, 'weights', 'weights are compared by bounds, not by a condition over names');
    const path = ['correlation', 'condition'];
    const parsed = parsePresence(condition, {
      rules,
      reference: (name, from) =>
        listed(reading, { name, rules, path, part: { from, to: from + name.length } }),
    });
    if ('value' in parsed) return { type: 'temporal', condition: parsed.value };
    const { message, from, to } = parsed.problem;
    report({ code: CORRELATION_CODES.TT1704, message, path, part: { from, to } });
    return undefined;
  }
  if (condition === undefined) {
    if (weights === undefined) return { type: 'temporal' };
    return lack(reading, 'condition', 'a bound (`condition: {gte: …}`) that the weights are compared with');
  }
  const bounds = readBounds(reading);
  if (bounds === undefined) return undefined;
  if (
    readFields(reading).length > 0 ||
    number(condition, 'percentile') !== undefined ||
    number(condition, 'min_events') !== undefined
  ) {
    clash(reading, 'condition', 'a temporal correlation takes bounds or a condition over rule names');
    return undefined;
  }
  const least = bounds.reduce(
    (most, { op, value }) => Math.max(most, op === 'gt' ? Math.floor(value) + 1 : value),
    1,
  );
  const lower = bounds.every(
    ({ op, value }) => op === 'gt' || op === 'gte' || (op === 'eq' && value === rules.length),
  );
  if (weights !== undefined) {
    if (!bounds.every(({ op }) => op === 'gt' || op === 'gte'))
      clash(reading, 'condition', 'weights are compared with gt or gte');
    const strict = bounds.some(({ op }) => op === 'gt');
    if (strict) clash(reading, 'condition', 'weights are compared with gte');
    return {
      type: 'temporal',
      condition: { kind: 'weight', weights: readWeights(reading, rules), atLeast: least },
    };
  }
  if (!lower || least > rules.length) {
    clash(
      reading,
      'condition',
      `bounds of a temporal correlation count the rules that are there: gt or gte up to ${rules.length}; for what must not be there write a condition with \`not\``,
    );
    return undefined;
  }
  const of = rules.map((rule): Presence => ({ kind: 'rule', rule }));
  return { type: 'temporal', condition: { kind: 'at_least', count: Math.ceil(least), of } };
}

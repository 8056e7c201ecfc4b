import {
  type DetectionRule,
  type Event,
  type EventLogsource,
  type Expression,
  type FieldTest,
  type Logsource,
  logsourceApplies,
} from '../model/index.ts';
import { explainKeywordMiss, explainMiss, type MissReason } from './explain-miss.ts';
import { conditionWords, itemWords, keywordWords, showValue } from './explain-words.ts';
import { evaluate, fieldValues, keywordTexts, type ReferenceOptions } from './reference.ts';

/** One statement of a rule about an event: what was expected, what was found, and why it does not hold. */
export interface ExplainNode {
  readonly kind: 'rule' | 'logsource' | 'selection' | 'and' | 'or' | 'not' | 'constant' | 'field' | 'keyword';
  readonly holds: boolean;
  /** In Sigma's words: a title, a condition over selection names, or a detection item such as `Image|endswith: '\cmd.exe'`. */
  readonly expected: string;
  /** The values found, shortened, the deciding one first; only of `field`, `keyword` and `logsource`. */
  readonly found: readonly string[];
  /** Only where it does not hold. */
  readonly why?: { readonly reason: MissReason | 'logsource' | 'members'; readonly text: string };
  /** How near it came to holding, 0–1; 1 where it holds. */
  readonly nearness: number;
  /** Whether all or any of `of` must hold, where there is a choice. */
  readonly joins?: 'all' | 'any';
  readonly of: readonly ExplainNode[];
}

const FOUND_MAX = 4;

/**
 * Explains why a rule fires on an event or does not: the whole condition tree, every part evaluated, whether or not it decides.
 * It rests on the reference evaluator. A contradicting logsource is the reason given at the root, whatever the condition says.
 */
export function explain(rule: DetectionRule, event: Event, options: ReferenceOptions = {}): ExplainNode {
  const logsource = explainLogsource(rule.logsource, event.logsource);
  const condition = explainExpression(rule.expression, event, options);
  const holds = logsource.holds && condition.holds;
  const why = logsource.why ?? condition.why;
  return {
    kind: 'rule',
    holds,
    expected: rule.meta.title,
    found: [],
    ...(why === undefined ? {} : { why }),
    nearness: holds ? 1 : condition.nearness * (logsource.holds ? 0.99 : 0.5),
    of: [logsource, condition],
  };
}

/** Explains one expression, as a part of a rule or alone. */
export function explainExpression(
  expression: Expression,
  event: Event,
  options: ReferenceOptions = {},
): ExplainNode {
  switch (expression.kind) {
    case 'field':
      return explainField(expression.field, expression.test, { event, options });
    case 'keyword':
      return explainKeyword(expression, event, options);
    case 'constant':
      return {
        ...leaf('constant', expression.value, conditionWords(expression)),
        ...(expression.value ? {} : { why: { reason: 'members' as const, text: 'it never holds' } }),
      };
    case 'selection': {
      const inner = explainExpression(expression.of, event, options);
      // A selection is its members: what joins them is said of the selection.
      const of = inner.joins === undefined ? [inner] : inner.of;
      return { ...inner, kind: 'selection', expected: expression.name, found: [], of };
    }
    case 'not': {
      const inner = explainExpression(expression.of, event, options);
      return {
        ...leaf('not', !inner.holds, conditionWords(expression)),
        ...(inner.holds ? { why: { reason: 'members' as const, text: 'what must not hold does' } } : {}),
        of: [inner],
      };
    }
    case 'and':
    case 'or':
      return explainMembers(expression, event, options);
  }
}

function explainMembers(
  expression: Extract<Expression, { kind: 'and' | 'or' }>,
  event: Event,
  options: ReferenceOptions,
): ExplainNode {
  const of = expression.of.map((member) => explainExpression(member, event, options));
  const held = of.filter((member) => member.holds).length;
  const holds = expression.kind === 'and' ? held === of.length : held > 0;
  const nearness = of.map((member) => member.nearness);
  const near =
    expression.kind === 'and' ? nearness.reduce((a, b) => a + b, 0) / of.length : Math.max(0, ...nearness);
  const text = expression.kind === 'and' ? `${held} of ${of.length} hold` : `none of ${of.length} holds`;
  return {
    kind: expression.kind,
    holds,
    expected: conditionWords(expression),
    found: [],
    ...(holds ? {} : { why: { reason: 'members' as const, text } }),
    nearness: holds ? 1 : Math.min(0.99, near),
    joins: expression.kind === 'and' ? 'all' : 'any',
    of,
  };
}

function explainField(
  field: string,
  test: FieldTest,
  { event, options }: { readonly event: Event; readonly options: ReferenceOptions },
): ExplainNode {
  const holds = evaluate({ kind: 'field', field, test }, event, options);
  const value = event.fields.get(field);
  const values = fieldValues(value);
  // The member that decides comes first.
  const alone = (member: unknown): boolean =>
    evaluate({ kind: 'field', field, test }, withField(event, field, member), options);
  const ordered =
    holds && values.length > 1 ? [...values].sort((a, b) => Number(alone(b)) - Number(alone(a))) : values;
  const found = ordered.slice(0, FOUND_MAX).map((member) => showValue(member));
  if (values.length > FOUND_MAX) found.push(`and ${values.length - FOUND_MAX} more`);
  if (holds && value === undefined) found.push('no such field');
  const node = { ...leaf('field', holds, itemWords(field, test)), found };
  if (holds) return node;
  const { reason, text, nearness } = explainMiss(field, test, event);
  return { ...node, why: { reason, text }, nearness };
}

/** The event with another value in one field. */
function withField(event: Event, field: string, value: unknown): Event {
  return { ...event, fields: { get: (name) => (name === field ? value : event.fields.get(name)) } };
}

function explainKeyword(
  expression: Extract<Expression, { kind: 'keyword' }>,
  event: Event,
  options: ReferenceOptions,
): ExplainNode {
  const holds = evaluate(expression, event, options);
  const node = leaf('keyword', holds, keywordWords(expression.test));
  const strings = keywordTexts(event.raw);
  if (holds) {
    const hit = strings.find((text) => evaluate(expression, { fields: event.fields, raw: text }, options));
    return hit === undefined ? node : { ...node, found: [showValue(hit)] };
  }
  const { reason, text, nearness } = explainKeywordMiss(expression.test, strings);
  return { ...node, why: { reason, text }, nearness };
}

function explainLogsource(wanted: Logsource, found: EventLogsource): ExplainNode {
  const holds = logsourceApplies(wanted, found);
  const parts = [
    ['product', wanted.product, found.products],
    ['category', wanted.category, found.categories],
    ['service', wanted.service, found.services],
  ] as const;
  const asked = parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  const has = parts.flatMap(([name, , values]) =>
    values.length === 0 ? [] : [`${name} ${values.join(' or ')}`],
  );
  const expected = `logsource: ${asked.join(', ') || 'any'}`;
  const node = {
    ...leaf('logsource', holds, expected),
    found: [found.any ? 'any' : has.join(', ') || 'none known'],
  };
  if (holds) return node;
  const wrong = parts
    .filter(([, value, values]) => value !== undefined && !values.includes(value))
    .map(
      ([name, value, values]) =>
        `the rule looks at ${name} ${value}, the event is of ${values.join(' or ') || `no known ${name}`}`,
    );
  return { ...node, why: { reason: 'logsource', text: `other logsource: ${wrong.join('; ')}` } };
}

function leaf(kind: ExplainNode['kind'], holds: boolean, expected: string): ExplainNode {
  return { kind, holds, expected, found: [], nearness: holds ? 1 : 0, of: [] };
}

import type {
  Comparison,
  Expression,
  ExpressionTest,
  FieldTest,
  GlobPart,
  TextShape,
} from '../model/index.ts';

const QUOTED_MAX = 120;

/** A text in single quotes as YAML has them, control characters visible, shortened in the middle of nowhere to `max` characters. */
export function quote(text: string, max = QUOTED_MAX): string {
  const shown = text.length > max ? `${text.slice(0, max)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be made visible.
  return /[\0-\x1f\x7f]/.test(shown) ? JSON.stringify(shown) : `'${shown.replaceAll("'", "''")}'`;
}

/** Any value, shortened: a text quoted, all else as JSON. */
export function showValue(value: unknown, max = QUOTED_MAX): string {
  if (typeof value === 'string') return quote(value, max);
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value !== null && typeof value === 'object')
    return `an object with ${Object.keys(value).length} members`;
  return String(value);
}

/** A detection item as Sigma writes it: `Image|endswith: '\cmd.exe'`. */
export function itemWords(field: string, test: FieldTest): string {
  const item = (modifiers: readonly string[], value: string): string =>
    `${[field, ...modifiers].join('|')}: ${value}`;
  switch (test.kind) {
    case 'text':
      if (test.text === '' && test.shape === 'contains') return item([], "'*'");
      return item([...shapeWords(test.shape), ...(test.cased ? ['cased'] : [])], quote(test.text));
    case 'glob':
      return item(test.cased ? ['cased'] : [], quote(globWords(test.parts)));
    case 'expression':
      return item(['re', ...expressionFlags(test)], quote(test.source));
    case 'null':
      return item([], 'null');
    case 'exists':
      return item(['exists'], 'true');
    case 'cidr':
      return item(['cidr'], quote(test.network));
    case 'compare':
      return item(comparisonWords(test.op), String(test.value));
    case 'time_part':
      return item([test.part, ...comparisonWords(test.op)], String(test.value));
    case 'fieldref':
      return item(['fieldref', ...shapeWords(test.shape), ...(test.cased ? ['cased'] : [])], test.other);
    case 'set':
      return item(['intel'], test.set);
  }
}

/** A keyword as Sigma writes it. */
export function keywordWords(test: Extract<Expression, { kind: 'keyword' }>['test']): string {
  if (test.kind === 'text') return `keyword ${quote(test.text)}`;
  if (test.kind === 'glob') return `keyword ${quote(globWords(test.parts))}`;
  return `keyword|${['re', ...expressionFlags(test)].join('|')} ${quote(test.source)}`;
}

/** A condition over the names of selections, down to where none is named: `selection and not (filter_a or filter_b)`. */
export function conditionWords(expression: Expression, inside = false): string {
  switch (expression.kind) {
    case 'selection':
      return expression.name;
    case 'constant':
      return expression.value ? 'always' : 'never';
    case 'not':
      return `not ${conditionWords(expression.of, true)}`;
    case 'and':
    case 'or': {
      if (expression.of.length === 0) return expression.kind === 'and' ? 'always' : 'never';
      const words = expression.of.map((member) => conditionWords(member, true)).join(` ${expression.kind} `);
      return inside && expression.of.length > 1 ? `(${words})` : words;
    }
    case 'field':
      return itemWords(expression.field, expression.test);
    case 'keyword':
      return keywordWords(expression.test);
  }
}

/** The sign of a comparison. */
export function comparisonSign(op: Comparison): string {
  return { lt: '<', lte: '<=', gt: '>', gte: '>=', eq: '=' }[op];
}

function shapeWords(shape: TextShape): readonly string[] {
  return shape === 'equals' ? [] : [shape];
}

function comparisonWords(op: Comparison): readonly string[] {
  return op === 'eq' ? [] : [op];
}

function expressionFlags(test: ExpressionTest): readonly string[] {
  return [...(test.ignoreCase ? ['i'] : []), ...(test.multiline ? ['m'] : []), ...(test.dotAll ? ['s'] : [])];
}

/** Wildcards as Sigma writes them; those meant literally are escaped. */
function globWords(parts: readonly GlobPart[]): string {
  return parts
    .map((part) =>
      typeof part === 'string'
        ? part.replace(/[*?]|\\(?=[*?\\]|$)/g, '\\$&')
        : part.wild === 'many'
          ? '*'
          : '?',
    )
    .join('');
}

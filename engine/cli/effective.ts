import type { DetectionRule, Expression, FieldTest, GlobPart } from '../model/index.ts';
import type { Ruleset } from '../pipeline/index.ts';
import { visible } from './render-finding.ts';

/** The detections as they count once overlays and filters are applied: metadata and the whole condition as a tree. */
export function effectiveText(ruleset: Ruleset): string {
  return visible(ruleset.detections.map(ruleText).join('\n'));
}

function ruleText({ meta, logsource, expression }: DetectionRule): string {
  const source = [logsource.product, logsource.category, logsource.service];
  const named = ['product', 'category', 'service'].flatMap((key, i) =>
    source[i] ? [`${key}=${source[i]}`] : [],
  );
  return [
    `${meta.source.file}:${meta.source.line}: ${meta.title}`,
    `  id: ${meta.id}`,
    `  version: ${meta.version}`,
    `  level: ${meta.level}`,
    `  confidence: ${meta.confidence}`,
    `  status: ${meta.status}`,
    `  tags: ${meta.tags.length === 0 ? 'none' : meta.tags.join(' ')}`,
    `  logsource: ${named.length === 0 ? 'any' : named.join(',')}`,
    `  hash: ${meta.hash}`,
    '  condition:',
    ...expressionLines(expression).map((line) => `    ${line}`),
    '',
  ].join('\n');
}

function expressionLines(expression: Expression): string[] {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return [expression.kind, ...expression.of.flatMap((part) => indented(expressionLines(part)))];
    case 'not':
      return ['not', ...indented(expressionLines(expression.of))];
    case 'constant':
      return [expression.value ? 'always' : 'never'];
    case 'selection':
      return [`${expression.name}:`, ...indented(expressionLines(expression.of))];
    case 'field':
      return [`${expression.field} ${testText(expression.test)}`];
    case 'keyword':
      return [`any text ${testText(expression.test)}`];
    default:
      return expression satisfies never;
  }
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** What a field test asks, in words and on one line. */
export function testText(test: FieldTest): string {
  switch (test.kind) {
    case 'text':
      return `${test.shape} ${JSON.stringify(test.text)}${test.cased ? ' (cased)' : ''}`;
    case 'glob':
      return `is like ${JSON.stringify(test.parts.map(partText).join(''))}${test.cased ? ' (cased)' : ''}`;
    case 'expression': {
      const flags = `${test.ignoreCase ? 'i' : ''}${test.multiline ? 'm' : ''}${test.dotAll ? 's' : ''}`;
      return `matches /${test.source}/${flags}`;
    }
    case 'null':
      return 'is null or absent';
    case 'exists':
      return 'exists';
    case 'cidr':
      return `is in ${test.network}`;
    case 'compare':
      return `${test.op} ${test.value}`;
    case 'time_part':
      return `${test.part} ${test.op} ${test.value}`;
    case 'fieldref':
      return `${test.shape} the field ${test.other}${test.cased ? ' (cased)' : ''}`;
    case 'set':
      return `is in the set ${test.set}`;
    default:
      return test satisfies never;
  }
}

function partText(part: GlobPart): string {
  if (typeof part === 'string') return part.replace(/[\\*?]/g, '\\$&');
  return part.wild === 'many' ? '*' : '?';
}

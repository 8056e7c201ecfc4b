import type { Diagnostic } from '../../engine/diagnostic/index.ts';
import { type LoadOptions, loadRules } from '../../engine/language/index.ts';
import type { DetectionRule, Expression } from '../../engine/model/index.ts';

/** A rule around selections written as YAML (unindented) and a condition. */
export function ruleText(selections: string, condition = 'selection'): string {
  const indented = selections
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `title: Test\nlevel: low\nlogsource: {product: windows}\ndetection:\n${indented}\n  condition: ${condition}\n`;
}

/** Loads one text and gives the findings and the first detection. */
export function loadOne(
  text: string,
  options: LoadOptions = {},
): { rule: DetectionRule | undefined; diagnostics: readonly Diagnostic[]; codes: string[] } {
  const { rules, diagnostics } = loadRules([{ path: 'rule.yml', text }], options);
  return { rule: rules.detections[0], diagnostics, codes: diagnostics.map((d) => d.code) };
}

/** Short notation of an expression, for tables: what a person would say aloud. */
export function show(expression: Expression | undefined): string {
  if (expression === undefined) return 'none';
  switch (expression.kind) {
    case 'and':
    case 'or':
      return `(${expression.of.map(show).join(` ${expression.kind} `)})`;
    case 'not':
      return `not ${show(expression.of)}`;
    case 'constant':
      return String(expression.value);
    case 'selection':
      return show(expression.of);
    case 'keyword':
      return `any ${showTest(expression.test)}`;
    case 'field':
      return `${expression.field} ${showTest(expression.test)}`;
  }
}

function showTest(test: Extract<Expression, { kind: 'field' }>['test']): string {
  switch (test.kind) {
    case 'text':
      return `${test.shape}${test.cased ? '!' : ''} <${test.text}>`;
    case 'glob':
      return `like${test.cased ? '!' : ''} <${test.parts.map((p) => (typeof p === 'string' ? p : p.wild === 'many' ? '…' : '.')).join('')}>`;
    case 'expression':
      return `/${test.source}/${test.ignoreCase ? 'i' : ''}${test.multiline ? 'm' : ''}${test.dotAll ? 's' : ''}`;
    case 'null':
    case 'exists':
      return test.kind;
    case 'cidr':
      return `in ${test.network}`;
    case 'compare':
      return `${test.op} ${test.value}`;
    case 'time_part':
      return `${test.part} ${test.op} ${test.value}`;
    case 'fieldref':
      return `${test.shape}${test.cased ? '!' : ''} field ${test.other}`;
    case 'set':
      return `in set ${test.set}`;
  }
}

import type { PolicyCondition, PolicyTest } from '../model/index.ts';

/** What became of one condition. `asked` is false where it did not matter any more. */
export type ConditionTrace =
  | { readonly kind: 'all' | 'any' | 'not'; readonly held: boolean; readonly of: readonly ConditionTrace[] }
  | {
      readonly kind: 'test';
      readonly held: boolean;
      readonly asked: boolean;
      /** `asset(entity: host).criticality`. */
      readonly fact: string;
      readonly operator: string;
      readonly wanted: unknown;
      /** Undefined where the fact was absent. */
      readonly found: unknown;
    };

/** A result of a test by its number in the condition; undefined where it was not asked. */
export type TestResults = readonly (
  | { readonly held: boolean; readonly found: unknown; readonly wanted: unknown }
  | undefined
)[];

/** The condition with what was found, from the results of its tests in order. */
export function traceOf(condition: PolicyCondition, results: TestResults): ConditionTrace {
  let next = 0;
  const visit = (node: PolicyCondition): ConditionTrace => {
    switch (node.kind) {
      case 'test': {
        const result = results[next++];
        return {
          kind: 'test',
          held: result?.held ?? false,
          asked: result !== undefined,
          fact: factText(node),
          operator: node.operator,
          wanted: result === undefined ? node.value : result.wanted,
          found: result?.found,
        };
      }
      case 'not': {
        const of = visit(node.of);
        return { kind: 'not', held: !of.held, of: [of] };
      }
      case 'all':
      case 'any': {
        const of = node.of.map(visit);
        const held = node.kind === 'all' ? of.every((one) => one.held) : of.some((one) => one.held);
        return { kind: node.kind, held, of };
      }
    }
  };
  return visit(condition);
}

/** A fact as people read it. */
export function factText({ fact, params, path }: Pick<PolicyTest, 'fact' | 'params' | 'path'>): string {
  const asked = Object.entries(params).map(([name, value]) => `${name}: ${String(value)}`);
  return [asked.length === 0 ? fact : `${fact}(${asked.join(', ')})`, ...path].join('.');
}

const TEXT_MAX = 80;

/** A value as people read it, cut to 80 characters. */
export function valueText(value: unknown): string {
  const text =
    value === undefined ? 'nothing' : typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text;
}

/** The trace as lines of text, indented, each with a mark: ✓ held, ✗ did not, · was not asked. */
export function renderTrace(trace: ConditionTrace, indent = ''): string[] {
  if (trace.kind === 'test') {
    const mark = trace.asked ? (trace.held ? '✓' : '✗') : '·';
    const found = trace.asked ? ` (found ${valueText(trace.found)})` : ' (not asked)';
    return [`${indent}${mark} ${trace.fact} ${trace.operator} ${valueText(trace.wanted)}${found}`];
  }
  return [
    `${indent}${trace.held ? '✓' : '✗'} ${trace.kind}`,
    ...trace.of.flatMap((child) => renderTrace(child, `${indent}  `)),
  ];
}

/** The tests that carried the outcome, in one line: those that held, and below `not` those that did not. */
export function reasonOf(trace: ConditionTrace): string {
  const parts: string[] = [];
  const visit = (node: ConditionTrace, positive: boolean): void => {
    if (node.kind !== 'test') {
      for (const child of node.of) visit(child, node.kind === 'not' ? !positive : positive);
    } else if (node.asked && node.held === positive) {
      const found = valueText(node.found);
      parts.push(
        `${node.fact} is ${found}${positive ? '' : `, not ${node.operator} ${valueText(node.wanted)}`}`,
      );
    }
  };
  visit(trace, true);
  return parts.join('; ');
}
